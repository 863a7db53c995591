import { join } from 'node:path';
import { probeSandbox } from '../../vm/src/process/sandbox.ts';
import { cached, unpack } from './debian-packages.ts';

// A PATH on which a sandbox works: the caller's own, or one with the two programs, unpacked by the system's package
// manager into a temporary folder if they are not installed. Without either it gives the reason.

const PACKAGES = ['bubblewrap', 'socat', 'libwrap0', 'libnsl2', 'libtirpc3'];

export async function sandboxPath(): Promise<{ path: string } | { missing: string }> {
  const own = process.env.PATH ?? '';
  const found = await probeSandbox(process.env);
  if (found.works) return { path: own };
  const folder = cached('roost-sandbox-tools');
  const path = `${join(folder, 'bin')}:${own}`;
  if ((await probeSandbox({ PATH: path })).works) return { path };
  try {
    await unpack(folder, PACKAGES, { plain: ['bwrap'], own: ['socat'] });
  } catch {
    return { missing: `${found.reason}, and its package could not be fetched` };
  }
  const unpacked = await probeSandbox({ PATH: path });
  return unpacked.works ? { path } : { missing: unpacked.reason };
}
