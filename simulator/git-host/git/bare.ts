import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GitHost } from '../host.ts';
import type { Repository } from '../records.ts';

// Bare repositories with the settings of a big host. Every push asks the stand-in about each of its refs: git calls
// the hook of proc-receive, which reports a reason per ref as GitHub does.

const SETTINGS: readonly (readonly [string, string])[] = [
  ['http.receivepack', 'true'],
  ['uploadpack.allowFilter', 'true'],
  ['uploadpack.allowAnySHA1InWant', 'true'],
  ['receive.procReceiveRefs', 'refs'],
  ['receive.advertisePushOptions', 'true'],
  ['receive.denyDeleteCurrent', 'ignore'],
  // Packs stay as they came, and large files without deltas, so that clones are sent at once.
  ['receive.unpackLimit', '1'],
  ['core.bigFileThreshold', '1m'],
  ['receive.autogc', 'false'],
  ['gc.auto', '0'],
];

export async function createBare(host: GitHost, repository: Repository): Promise<void> {
  const folder = host.store.bareFolder(repository);
  mkdirSync(folder, { recursive: true });
  const { git } = host;
  await git.ask(folder, ['init', '--quiet', '--bare', '--template=', `--initial-branch=${repository.defaultBranch}`]);
  const lines = SETTINGS.map(([name, value]) => {
    const [section = '', key = ''] = name.split('.');
    return `[${section}]\n\t${key} = ${value}\n`;
  });
  writeFileSync(join(folder, 'config'), lines.join(''), { flag: 'a' });
  mkdirSync(join(folder, 'hooks'), { recursive: true });
  const hook = join(folder, 'hooks', 'proc-receive');
  const program = join(import.meta.dirname, 'proc-receive.ts');
  writeFileSync(hook, `#!/bin/sh\nexec '${process.execPath}' --no-warnings '${program}'\n`);
  chmodSync(hook, 0o755);
}
