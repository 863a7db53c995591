import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentPool } from '../agent/pool.ts';
import type { Journal } from '../journal/journal.ts';
import { RequestRefusal } from '../refusal.ts';
import type { Repositories } from '../repository/repositories.ts';
import { temporaryFolderOf } from '../workspace/temporary-folder.ts';
import { workspaceOf } from '../workspace/workspace.ts';
import type { Attempts } from './attempts.ts';

// Deletes everything of one conversation from this machine: its agent and the commands it left running, its folder with
// projects, homes and files in transit, and its rows. May be repeated; what was cut is completed by the next call.

export type ForgetParts = {
  attempts: Attempts;
  pool: AgentPool;
  journal: Journal;
  repositories: Repositories;
  dataDir: string;
};

/** Throws `conversation_busy` while an attempt is still ending. */
export async function forgetConversation(
  { attempts, pool, journal, repositories, dataDir }: ForgetParts,
  conversation: string,
): Promise<void> {
  await attempts.cutAll(conversation, 'everything of this conversation is being deleted');
  if (attempts.isBusy(conversation))
    throw new RequestRefusal('conversation_busy', 'An attempt of this conversation is still ending. Try again.');
  await pool.closeWarm(conversation);
  const workspace = workspaceOf(dataDir, conversation);
  for (const project of await readdir(workspace.projects).catch(() => []))
    await rm(temporaryFolderOf(workspace, project), { recursive: true, force: true });
  // Nothing of the agent runs any more, so nobody moves folders meanwhile.
  await rm(join(dataDir, 'conversations', conversation), { recursive: true, force: true });
  repositories.forget(conversation);
  journal.forgetConversation(conversation);
}
