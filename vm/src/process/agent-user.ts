import { createHash } from 'node:crypto';
import { fchownSync, lchownSync } from 'node:fs';

// The user as whom agents and everything they start run: on a laptop the server's own, on a machine of their own a user
// who can neither read nor end the server (AGENT_UID, AGENT_GID). Set once, at start. Linux only.

export type AgentUser = { uid: number; gid: number };

let user: AgentUser | null = null;

/** Null: agents are the server's own user. */
export const getAgentUser = (): AgentUser | null => user;

export function runAgentsAs(who: AgentUser | null): void {
  user = who;
}

/**
 * The command line that runs `command` as the agent's user, with none of the server's rights and no way to get others.
 * Every process it starts carries the groups of `mark`, which it cannot lay down.
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

/** Two groups that no user has, drawn from the mark: within what a container without root has, and never the same two. */
export function groupsOf(mark: string): [number, number] {
  const digest = createHash('sha256').update(mark).digest();
  const [first, second] = [digest.readUInt32BE(0) % GROUPS, digest.readUInt32BE(4) % (GROUPS - 1)];
  return [FIRST_GROUP + first, FIRST_GROUP + (second < first ? second : second + 1)];
}

/** What the server made for the agent becomes the agent's. */
export function giveToAgent(fd: number): void {
  if (user) fchownSync(fd, user.uid, user.gid);
}

/** The same for a path in a folder that only the server changes. */
export function givePathToAgent(path: string): void {
  if (user) lchownSync(path, user.uid, user.gid);
}

/** Whether a file may be read for the agent: another user's may have been linked there. */
export const isAgentsFile = ({ uid }: { uid: number }): boolean => user === null || uid === user.uid;
