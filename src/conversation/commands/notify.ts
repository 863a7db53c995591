import { withWords } from '../access/wishes.ts';
import { enqueue, findReply, sendWordButtons } from '../outbox/replies.ts';
import type { Context, Event } from '../state/events.ts';
import type { State } from '../state/state.ts';

/** A text of Roost's own, once for each id. */
export function notify(
  state: State,
  { id, kind, text, buttons = [] }: Extract<Event, { type: 'notify' }>,
  ctx: Context,
): State {
  if (findReply(state, id)) return state;
  if (buttons.length === 0) return enqueue(state, kind, [text], ctx, { id });
  return sendWordButtons(state, { text, plain: withWords(text, buttons), buttons }, ctx, { id });
}
