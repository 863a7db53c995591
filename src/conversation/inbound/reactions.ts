import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import { answerByMessage } from '../questions/match-answer.ts';
import { heardConsent } from '../questions/read-answer.ts';
import { answerNamed } from '../schedules/reminders.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import { setMessages } from '../state/messages.ts';
import type { State } from '../state/state.ts';
import { answerAsked } from './own-answers.ts';

// A person's reaction to a message: an answer to its question if it says yes or no; anything else has no effect.

export function onReaction(state: State, event: Extract<Event, { type: 'message' }>, ctx: Context): Decision {
  const { unread: _, ...asWords } = event;
  const { message, quoted } = event;
  const free = setMessages(state, (m) => m.seq === message.seq, { state: 'consumed', turn: null });
  // It was taken away again.
  if (message.text === '') return noEffects(free);
  const asked = quoted === undefined ? null : answerAsked(free, event, ctx);
  const given = asked ?? (quoted === undefined ? null : answerNamed(free, event, ctx));
  const answered = given ?? answerByMessage(state, event, ctx);
  if (answered) return answered;
  if (heardConsent(state, asWords) === null) return noEffects(free);
  return noEffects(enqueue(free, 'notice', null, [texts.inbound.unread.reaction], ctx));
}
