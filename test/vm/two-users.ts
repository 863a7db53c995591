import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Starts an agent server like its image: by root, with the entrypoint. Two unused numbers stand for the users of the
// image.

export const SERVER = 64_001;
export const AGENT = 64_002;
const root = join(import.meta.dirname, '../..');
const reads = spawnSync(process.execPath, ['--version'], { cwd: root, uid: AGENT, gid: AGENT });

/** Why there can't be two users here; null if there can. */
export const oneUserBecause =
  process.getuid?.() !== 0
    ? 'it takes root to be two users'
    : reads.status !== 0
      ? 'another user cannot run what is installed here'
      : null;

/** Two machines at the same time need users of their own: each ends all processes of its agents’ user. */
export function layEntrypoint(server = SERVER, agent = AGENT): { command: [string, string]; remove: () => void } {
  const scripts = mkdtempSync(join(tmpdir(), 'roost-entry-'));
  const script = readFileSync(join(root, 'vm/entrypoint.sh'), 'utf8')
    .replaceAll(/\$\(id -[ug] roost\)/g, `${server}`)
    .replaceAll(/\$\(id -[ug] node\)/g, `${agent}`)
    .replaceAll('vm/dist/main.mjs', join(root, 'vm/src/main.ts'));
  writeFileSync(join(scripts, 'entrypoint.sh'), script);
  return { command: ['/bin/sh', join(scripts, 'entrypoint.sh')], remove: () => rmSync(scripts, { recursive: true }) };
}
