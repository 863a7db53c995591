import { requireRead } from './reads.ts';
import type { Reply } from './rows.ts';
import type { State } from './state.ts';

/** The reply with this sid. Null if it isn't ours or is too old. */
export function findQuotedReply(state: State, sid: string): Reply | null {
  requireRead(state, { rows: 'quoted', sid });
  return state.replies.find((r) => r.sid === sid || r.doubledSid === sid) ?? null;
}

/** The project of the quoted answer, if it is another than the active one and still exists. */
export function projectOfReply(state: State, sid: string): State['projects'][number] | null {
  const reply = findQuotedReply(state, sid);
  const turn = reply?.kind === 'notice' ? undefined : state.turns.find((t) => t.id === reply?.turn);
  const project = state.projects.find((p) => p.id === turn?.project && p.archivedAt === null);
  return project && project.id !== state.conversation.project ? project : null;
}
