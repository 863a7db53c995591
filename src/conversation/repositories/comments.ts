import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import type { State } from '../state/state.ts';
import { askAgent } from './ask-agent.ts';

/** A comment on a line of a diff, from its page: the person's next text, in the project of the diff. */
export function onComment(state: State, { comment }: Extract<Event, { type: 'commented' }>, ctx: Context): Decision {
  const { project } = comment;
  if (!state.projects.some((p) => p.id === project && p.archivedAt === null)) {
    return { state: enqueue(state, 'notice', [texts.pulls.commentLost(comment)], ctx), effects: [], log: [] };
  }
  const told = enqueue(state, 'notice', [texts.pulls.commented(comment)], ctx);
  return askAgent(told, project, texts.pulls.comment(comment), ctx);
}
