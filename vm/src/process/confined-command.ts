import { existsSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ApprovalPolicy } from './sandbox.ts';
import { systemFoldersOf } from './system-path.ts';

// Confines commands that the server runs itself, if the agent's commands are confined. A check sees no private folder,
// reaches no network and no other program, and writes only temporary files; on systems other than Linux it runs
// unconfined, with the person's consent. A project's program may do what the agent's commands may, and runs on Linux
// only. Keeps nothing.

/** Folders with the sockets of other programs. */
const SHARED = ['/tmp', '/run'];

type Command = readonly [string, ...string[]];

/** `written`: a folder beside temporary ones that it writes to. No path leads through a link of somebody else's. */
export function confineCheck(
  command: Command,
  policy: ApprovalPolicy,
  own: readonly string[],
  written: readonly string[] = [],
): Command {
  if (policy.approvals === 'auto' || !policy.isSandboxed || process.platform !== 'linux') return command;
  const more = written.flatMap((path) => ['--bind', path, path]);
  return bubble(command, policy.privatePaths, '--ro-bind', own, more);
}

/**
 * A confined program's access: folders it writes to, paths in them it may not change, the socket of its proxy, and
 * names of variables that it gets under `insideNameOf`. No path leads through a link that somebody else could have
 * made.
 */
type Reach = { written: readonly string[]; kept: readonly string[]; socket: string; variables?: readonly string[] };

export function confineProgram(command: Command, privatePaths: readonly string[], reach: Reach): Command {
  const kept = reach.kept.flatMap((path) => ['--ro-bind-try', path, path]);
  const more = [...kept, '--bind', reach.socket, SOCKET_INSIDE, '--disable-userns'];
  const names = (reach.variables ?? []).join(' ');
  return bubble(['sh', '-c', BEHIND_PROXY, 'sh', names, ...command], privatePaths, '--bind', reach.written, more);
}

/** The project's variables may change how programs are loaded, so they get their real names only inside the sandbox. */
export const insideNameOf = (name: string): string => `ROOST_INSIDE_${name}`;

/** The proxy's port for confined programs: ours here, and Claude Code's own in the sandbox of its commands. */
const PORT_INSIDE = 3128;
/** The proxy's address for a confined program. */
export const PROXY_INSIDE = `http://127.0.0.1:${PORT_INSIDE}`;
/** Where a confined command finds the proxy that listens on `port`. Only Linux gives it a network of its own. */
export const portInSandbox = (port: number): number => (process.platform === 'linux' ? PORT_INSIDE : port);
const SOCKET_INSIDE = '/tmp/network-door';
/** Waits until the port is open: 0C38 is 3128 in the kernel's spelling. */
const BEHIND_PROXY = `socat TCP-LISTEN:3128,bind=127.0.0.1,fork,reuseaddr UNIX-CONNECT:${SOCKET_INSIDE} </dev/null >/dev/null 2>&1 &
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
    // As root, the program could otherwise remove these mounts again.
    ...['--cap-drop', 'ALL'],
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'],
    // Parents are hidden first, because hiding them later would hide the shown folders inside.
    ...hidden.toSorted((a, b) => a.length - b.length).flatMap(hide),
    ...own.flatMap(real).flatMap((path) => [bind, path, path]),
    ...more,
    '--',
    ...command,
  ];
}

/** A system program, never from a folder that commands can write to. */
function systemProgram(name: string): string {
  const paths = systemFoldersOf(process.env).map((folder) => join(folder, name));
  return paths.find((path) => existsSync(path)) ?? join('/usr/bin', name);
}

const hide = (path: string): string[] =>
  statSync(path).isDirectory() ? ['--tmpfs', path] : ['--ro-bind', '/dev/null', path];

/** The real path; nothing if it doesn't exist, because then there is nothing to hide. */
function real(path: string): string[] {
  try {
    return [realpathSync(path)];
  } catch {
    return [];
  }
}
