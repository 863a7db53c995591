import { createHash } from 'node:crypto';
import { fchownSync, lchownSync } from 'node:fs';

// The user that runs agents and everything they start: on a laptop the server's own user, on a machine of their own a
// user that can neither read nor end the server (AGENT_UID, AGENT_GID). Set once, at start. Linux only.

export type AgentUser = { uid: number; gid: number };

let user: AgentUser | null = null;

/** Null: agents run as the server's own user. */
export const getAgentUser = (): AgentUser | null => user;

export function runAgentsAs(who: AgentUser | null): void {
  user = who;
}

/**
 * The command line that runs `command` as the agent's user, without the server's rights and with no way to get others.
 * Every process it starts carries the groups of `mark` and can't drop them.
 */
export function toAgentCommand(
  command: string,
  args: readonly string[],
  mark?: string,
): [command: string, args: string[]] {
  if (!user) return [command, [...args]];
  const groups = mark === undefined ? '--clear-groups' : `--groups=${groupsOf(mark).join()}`;
  const ids = [`--reuid=${user.uid}`, `--regid=${user.gid}`, groups];
  const rights = ['--inh-caps=-all', '--ambient-caps=-all', '--no-new-privs'];
  return ['/usr/bin/setpriv', [...ids, ...rights, '--', command, ...args]];
}

const FIRST_GROUP = 10_000;
const GROUPS = 50_000;

/** Two different groups that no user has, derived from the mark, in the range of a rootless container. */
export function groupsOf(mark: string): [number, number] {
  const digest = createHash('sha256').update(mark).digest();
  const [first, second] = [digest.readUInt32BE(0) % GROUPS, digest.readUInt32BE(4) % (GROUPS - 1)];
  return [FIRST_GROUP + first, FIRST_GROUP + (second < first ? second : second + 1)];
}

/** Gives a file that the server made to the agent. */
export function giveToAgent(fd: number): void {
  if (user) fchownSync(fd, user.uid, user.gid);
}

/** The same for a path in a folder that only the server changes. */
export function givePathToAgent(path: string): void {
  if (user) lchownSync(path, user.uid, user.gid);
}

/** Whether the file is the agent's and may be read for it: a link may lead to another user's file. */
export const isAgentsFile = ({ uid }: { uid: number }): boolean => user === null || uid === user.uid;
