import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

// Sockets in the folder for temporary files whose process was killed: of the agent server's way to the network, and of
// Claude Code's sandbox. Nothing else removes them.

const OURS = /^(?:roost-door-\w{6}|claude-http-\w+\.sock)$/;
/** A younger one may be about to be listened on. */
const DEAD_AFTER_MS = 10_000;

/** Removes those that nobody listens on; returns how many. On systems that don't list their sockets it removes none. */
export function removeDeadSockets(folder: string, now = Date.now()): number {
  const listening = listSockets();
  if (listening === null) return 0;
  const dead = readdirSync(folder).filter((name) => {
    const path = join(folder, name);
    const isInUse = listening.some((each) => each === path || each.startsWith(`${path}/`));
    return (
      OURS.test(name) && !isInUse && now - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now) > DEAD_AFTER_MS
    );
  });
  for (const name of dead) rmSync(join(folder, name), { recursive: true, force: true });
  return dead.length;
}

/** The paths of all sockets that are open on this computer. */
function listSockets(): string[] | null {
  try {
    const lines = readFileSync('/proc/net/unix', 'utf8').split('\n');
    return lines.map((line) => line.slice(line.indexOf('/'))).filter((path) => path.startsWith('/'));
  } catch {
    return null;
  }
}
