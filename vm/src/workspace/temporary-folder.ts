import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { getAgentUser, givePathToAgent } from '../process/agent-user.ts';
import type { Workspace } from './workspace.ts';

// The temporary folders of Claude Code and its commands if the agent asks for consent: one for each project of a
// conversation. Their paths are short, because with longer ones Claude Code lets commands write to a folder that all
// agents of the account share. Keeps nothing.

const uid = (): number => getAgentUser()?.uid ?? process.getuid?.() ?? 0;
const allTemporary = (): string => join('/tmp', `roost-${uid()}`);

export function temporaryFolderOf(workspace: Workspace, project: string): string {
  const name = createHash('sha256').update(join(workspace.projects, project)).digest('hex');
  return join(allTemporary(), name.slice(0, 10));
}

/** Creates the folder anew for each process, and removes an earlier process's files. */
export function makeTemporaryFolder(path: string): void {
  const parent = dirname(path);
  mkdirSync(parent, { recursive: true, mode: 0o711 });
  const found = lstatSync(parent);
  // Another user may have made something of that name before.
  if (!found.isDirectory() || found.uid !== process.getuid?.()) throw new Error(`${parent} belongs to another user`);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { mode: 0o700 });
  givePathToAgent(path);
}

/** Temporary folders that commands must not see: other projects', and those of the person's own Claude Code. */
export const listForeignTemporary = (): string[] => [allTemporary(), `/tmp/claude-${uid()}`];
