import type { Reply } from './rows.ts';
import type { State } from './state.ts';
// The reply that a message quotes. It is loaded by the carrier’s id (preload.ts).

/** The reply of ours that the person replied to; null when it is none, or not known any more. */
export const findQuotedReply = (state: State, sid: string): Reply | null =>
  state.replies.find((r) => r.sid === sid || r.doubledSid === sid) ?? null;

/** The project an answer came from, when it is another than the present one and still there. */
export function projectOfReply(state: State, sid: string): State['projects'][number] | null {
  const reply = findQuotedReply(state, sid);
  const turn = reply?.kind === 'notice' ? undefined : state.turns.find((t) => t.id === reply?.turn);
  const project = state.projects.find((p) => p.id === turn?.project && p.archivedAt === null);
  return project && project.id !== state.conversation.project ? project : null;
}
