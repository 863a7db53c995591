import { execFile } from 'node:child_process';
import {
  chmodSync,
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
import { probeSandbox } from '../../vm/src/sandbox.ts';

// A PATH on which a sandbox works: the caller's own, or one with the two programs unpacked into a temporary folder by the
// system's package manager, where nothing is installed. Without either it says why not.

const run = promisify(execFile);
const PACKAGES = ['bubblewrap', 'socat', 'libwrap0', 'libnsl2', 'libtirpc3'];
const BOUND_MS = 60_000;

export async function sandboxPath(): Promise<{ path: string } | { missing: string }> {
  const own = process.env.PATH ?? '';
  const found = await probeSandbox(process.env);
  if (found.works) return { path: own };
  const folder = join(shownFolder(), 'roost-sandbox-tools');
  mkdirSync(dirname(folder), { recursive: true });
  const path = `${join(folder, 'bin')}:${own}`;
  if ((await probeSandbox({ PATH: path })).works) return { path };
  try {
    await unpack(folder);
  } catch {
    return { missing: `${found.reason}, and its package could not be fetched` };
  }
  const unpacked = await probeSandbox({ PATH: path });
  return unpacked.works ? { path } : { missing: unpacked.reason };
}

/** Where what is confined sees them: what is in /tmp, this clone perhaps, is hidden from it. */
function shownFolder(): string {
  const own = realpathSync(join(import.meta.dirname, '../../node_modules'));
  return own.startsWith('/tmp/') ? `/var/tmp/roost-tests-${process.getuid?.() ?? ''}` : join(own, '.cache');
}

/** Made aside and renamed: another test may look at the same moment. */
async function unpack(folder: string): Promise<void> {
  const aside = mkdtempSync(`${folder}-`);
  // For agents that are another user, too.
  chmodSync(aside, 0o755);
  const options = { cwd: aside, timeout: BOUND_MS };
  const tool = (name: string, ...args: string[]) => run(name, args, options);
  try {
    await tool('apt-get', 'download', ...PACKAGES);
    const archives = readdirSync(aside).filter((name) => name.endsWith('.deb'));
    for (const archive of archives) await tool('dpkg', '-x', archive, 'root');
    mkdirSync(join(aside, 'bin'));
    symlinkSync('../root/usr/bin/bwrap', join(aside, 'bin', 'bwrap'));
    const root = join(folder, 'root');
    const libraries = readdirSync(join(aside, 'root/usr/lib')).filter((name) => name.includes('linux-gnu'));
    const places = libraries.flatMap((name) => [join(root, 'usr/lib', name), join(root, 'lib', name)]);
    const socat = `#!/bin/sh\nLD_LIBRARY_PATH=${places.join(':')} exec ${join(root, 'usr/bin/socat')} "$@"\n`;
    writeFileSync(join(aside, 'bin', 'socat'), socat);
    chmodSync(join(aside, 'bin', 'socat'), 0o755);
    rmSync(folder, { recursive: true, force: true });
    renameSync(aside, folder);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}
