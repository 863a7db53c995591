import { readLineComment } from '../../input/line-comment.ts';
import { texts } from '../../texts/index.ts';
import { sendNotice } from '../outbox/replies.ts';
import { askAgent } from '../repositories/ask-agent.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import type { State } from '../state/state.ts';
import { projectNamed } from './pull-requests.ts';

/** /comment: what the page of a diff fills into the chat. The agent of its project gets the words with their line. */
export function onComment(state: State, rest: string, ctx: Context): Decision {
  const comment = readLineComment(rest);
  if (comment === null) return noEffects(sendNotice(state, texts.pulls.commentUse, ctx));
  const project = projectNamed(state, comment.label);
  if ('refusal' in project) return noEffects(sendNotice(state, project.refusal, ctx));
  return askAgent(state, project.id, texts.pulls.comment(comment), ctx);
}
