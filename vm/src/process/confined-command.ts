import { existsSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ApprovalPolicy } from './sandbox.ts';
import { systemFoldersOf } from './system-path.ts';

// Confines commands that no agent runs, where the agent's own are confined. A check sees no private place, reaches no
// network and no other program, and writes only temporary files; on other systems than Linux it runs unconfined, with
// the person's consent. A project's program may do what the agent's commands may, and runs on Linux only. Keeps
// nothing.

/** Where programs leave the sockets others can talk to them by. */
const SHARED = ['/tmp', '/run'];

type Command = readonly [string, ...string[]];

export function confineCheck(command: Command, consent: ApprovalPolicy, own: readonly string[]): Command {
  if (consent.approvals === 'auto' || !consent.isSandboxed || process.platform !== 'linux') return command;
  return bubble(command, consent.privatePaths, '--ro-bind', own);
}

/**
 * For a program that works like the agent's commands: where it writes, what of that it does not, the way out, and names of
 * variables that it is given as `insideNameOf` says. No path leads through a link that somebody else could have made.
 */
type Reach = { written: readonly string[]; kept: readonly string[]; door: string; variables?: readonly string[] };

export function confineProgram(command: Command, privatePaths: readonly string[], reach: Reach): Command {
  const kept = reach.kept.flatMap((path) => ['--ro-bind-try', path, path]);
  const more = [...kept, '--bind', reach.door, DOOR_INSIDE, '--disable-userns'];
  const names = (reach.variables ?? []).join(' ');
  return bubble(['sh', '-c', BEHIND_DOOR, 'sh', names, ...command], privatePaths, '--bind', reach.written, more);
}

/** What somebody else configured may say how programs are loaded, so it gets its own name inside, not before. */
export const insideNameOf = (name: string): string => `ROOST_INSIDE_${name}`;

/** What a program has to know of the way out. */
export const PROXY_INSIDE = 'http://127.0.0.1:3128';
const DOOR_INSIDE = '/tmp/network-door';
/** Waits until the port is open, which is 3128 in the kernel's spelling. */
const BEHIND_DOOR = `socat TCP-LISTEN:3128,bind=127.0.0.1,fork,reuseaddr UNIX-CONNECT:${DOOR_INSIDE} </dev/null >/dev/null 2>&1 &
for name in $1; do eval "export $name=\\"\\$ROOST_INSIDE_$name\\""; done; shift
n=0; until grep -q :0C38 /proc/net/tcp || [ $n -ge 100 ]; do sleep 0.02; n=$((n + 1)); done; exec "$@"`;

function bubble(
  command: Command,
  privatePaths: readonly string[],
  bind: '--bind' | '--ro-bind',
  own: readonly string[],
  more: readonly string[] = [],
): Command {
  const hidden = [...SHARED, ...privatePaths].flatMap(real).filter((path) => path !== '/');
  const namespaces = ['user', 'pid', 'net', 'ipc'].map((name) => `--unshare-${name}`);
  return [
    systemProgram('bwrap'),
    ...namespaces,
    '--die-with-parent',
    '--new-session',
    // As root it would keep the means to take these mounts away again.
    ...['--cap-drop', 'ALL'],
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'],
    // What lies above is hidden first: it would take what is shown within away.
    ...hidden.toSorted((a, b) => a.length - b.length).flatMap(hide),
    ...own.flatMap(real).flatMap((path) => [bind, path, path]),
    ...more,
    '--',
    ...command,
  ];
}

/** Never from a folder that commands write to, whatever the path of the environment is. */
function systemProgram(name: string): string {
  const paths = systemFoldersOf(process.env).map((folder) => join(folder, name));
  return paths.find((path) => existsSync(path)) ?? join('/usr/bin', name);
}

const hide = (path: string): string[] =>
  statSync(path).isDirectory() ? ['--tmpfs', path] : ['--ro-bind', '/dev/null', path];

/** Where its links lead; what is not there need not be hidden. */
function real(path: string): string[] {
  try {
    return [realpathSync(path)];
  } catch {
    return [];
  }
}
