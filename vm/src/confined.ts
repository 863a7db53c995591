import { realpathSync, statSync } from 'node:fs';
import type { Consent } from './agent/consent.ts';

// How a command that no agent runs is confined where the agent's own are: it sees no private place, reaches no network
// and no other program, and writes nothing but temporary files. Linux; elsewhere it runs as it is, with the person's
// consent. Keeps nothing.

/** Where programs leave the sockets others can talk to them by. */
const SHARED = ['/tmp', '/run'];

export function confined(
  command: readonly [string, ...string[]],
  consent: Consent,
  own: readonly string[],
): readonly [string, ...string[]] {
  if (consent.approvals === 'auto' || !consent.isSandboxed || process.platform !== 'linux') return command;
  const hidden = [...SHARED, ...consent.privatePaths].flatMap(real).filter((path) => path !== '/');
  const namespaces = ['user', 'pid', 'net', 'ipc'].map((name) => `--unshare-${name}`);
  return [
    'bwrap',
    ...namespaces,
    '--die-with-parent',
    '--new-session',
    // As root it would keep the means to take these mounts away again.
    ...['--cap-drop', 'ALL'],
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'],
    // What lies above is hidden first: it would take what is shown within away.
    ...hidden.toSorted((a, b) => a.length - b.length).flatMap(hide),
    ...own.flatMap(real).flatMap((path) => ['--ro-bind', path, path]),
    '--',
    ...command,
  ];
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
