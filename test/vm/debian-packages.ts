import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

// Programs from the system's package manager, unpacked below node_modules if they are not installed.

const run = promisify(execFile);
const BOUND_MS = 60_000;

/** Where confined programs see them: /tmp, and with it perhaps this clone, is hidden from them. */
export function cached(name: string): string {
  const own = realpathSync(join(import.meta.dirname, '../../node_modules'));
  return join(own.startsWith('/tmp/') ? `/var/tmp/roost-tests-${process.getuid?.() ?? ''}` : join(own, '.cache'), name);
}

/** The names in `bin/`; `own` programs need libraries of these packages. */
type Programs = { plain?: readonly string[]; own?: readonly string[] };

/** Built aside and renamed, because another test may look at the same moment. */
export async function unpack(
  folder: string,
  packages: readonly string[],
  { plain = [], own = [] }: Programs,
): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true });
  const aside = mkdtempSync(`${folder}-`);
  // For agents that are another user, too.
  chmodSync(aside, 0o755);
  const options = { cwd: aside, timeout: BOUND_MS };
  const tool = (name: string, ...args: string[]) => run(name, args, options);
  try {
    await tool('apt-get', 'download', ...packages);
    const archives = readdirSync(aside).filter((name) => name.endsWith('.deb'));
    for (const archive of archives) await tool('dpkg', '-x', archive, 'root');
    mkdirSync(join(aside, 'bin'));
    const root = join(folder, 'root');
    const lib = join(aside, 'root/usr/lib');
    const libraries = existsSync(lib) ? readdirSync(lib).filter((name) => name.includes('linux-gnu')) : [];
    const places = libraries.flatMap((name) => [join(root, 'usr/lib', name), join(root, 'lib', name)]);
    for (const name of plain) symlinkSync(`../root/usr/bin/${name}`, join(aside, 'bin', name));
    for (const name of own) {
      const script = `#!/bin/sh\nLD_LIBRARY_PATH=${places.join(':')} exec ${join(root, 'usr/bin', name)} "$@"\n`;
      writeFileSync(join(aside, 'bin', name), script);
      chmodSync(join(aside, 'bin', name), 0o755);
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(aside, folder);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}
