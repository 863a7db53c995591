import { parseCommand } from '../../input/command.ts';
import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import { LOCKED_TOLD_MS, SILENT_MS_MAX, TEXTS_A_DAY } from '../policy/access.ts';
import { accessOf, dayOf, withAccess } from '../state/access.ts';
import { raise } from '../state/alerts.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import { isPersonSilent, withHeard } from '../state/heard.ts';
import { standingOf } from '../state/standing.ts';
import type { State } from '../state/state.ts';
import { traceOf } from '../state/trace.ts';
import { answerWriter } from './addresses.ts';
import { type Ends, lock, sayAnyway, sayLocked, unlock } from './lock.ts';
import { mayAnswerPin, tryPin } from './pin.ts';

// The first look at each text: whether the person is let in, locked out, or over the day's bound.

type Arrival = Extract<Event, { type: 'message' }>;

const said = texts.access;

/** `passes`: the text goes on to the recognisers, in this state. */
export type Gate = { passes: State } | { decision: Decision };

export function lookAtSender(state: State, event: Arrival, ctx: Context): Gate {
  switch (standingOf(state, ctx)) {
    case 'out':
    case 'blocked':
      return { decision: refuse(state, event, standingOf(state, ctx)) };
    case 'locked':
      if (isCarriersWord(state, event)) return { passes: state };
      return { decision: onLocked(withoutWords(state, event), event, ctx) };
    case 'in':
      break;
  }
  const { pin, toldAt } = accessOf(state);
  // After a lock for silence an admin may have unlocked: then the texts that met the lock are what was heard last.
  const isSilent = isPersonSilent(state, ctx.now) && ctx.now - toldAt > SILENT_MS_MAX;
  if (pin !== null && isSilent) {
    return { decision: lock(withoutWords(state, event), 'silent', ctx) };
  }
  return countText(state, event, ctx);
}

/** Nothing of the text is kept. */
const refuse = (state: State, { message }: Arrival, why: string): Decision =>
  noEffects(state, { level: 'warn', event: 'text-refused', why, trace: traceOf(message) });

/** STOP or HELP, and START after a STOP. The carrier reads YES as START too: to a locked conversation it says nothing. */
const isCarriersWord = ({ conversation }: State, { optOut, late }: Arrival): boolean =>
  optOut !== undefined && !late && (optOut !== 'start' || conversation.optedOutAt !== null);

/** Keeps the message as read, so that a repeat changes nothing, and none of its words. */
function withoutWords(state: State, { message }: Arrival): State {
  return { ...state, messages: [...state.messages, { ...message, text: '', state: 'consumed', turn: null }] };
}

/** Only /unlock is read. Any other text is answered once an hour. The answer goes to the writer, who may be a thief. */
function onLocked(state: State, { message, secret, unread, externalId }: Arrival, ctx: Context): Decision {
  const { toldAt } = accessOf(state);
  const ends = { from: message.to, to: message.from };
  // A PIN that came during a merge was not kept, so it isn't a wrong one.
  if (parseCommand(message.text)?.name !== 'unlock' || unread === 'secret') {
    return noEffects(ctx.now - toldAt < LOCKED_TOLD_MS ? state : sayLocked(state, ctx, ends));
  }
  const tried = tryPin(state, secret ?? '', ctx);
  switch (tried.kind) {
    case 'right': {
      const heard = answerWriter(
        withHeard(markSeen(tried.state, ctx.now), message.from, ctx.now),
        { from: message.from, ...(externalId ? { externalId } : {}) },
        message.to,
        ctx,
      );
      return noEffects(unlock(heard, ctx), { level: 'info', event: 'unlocked' });
    }
    case 'wrong': {
      const wrong = sayAnyway(tried.state, said.wrongPin(tried.left), ctx, ends);
      return noEffects(tried.left === 0 ? raise(wrong, 'wrong-pins', ctx.now) : wrong);
    }
    case 'wait':
      return noEffects(sayRefused(state, said.pinWaits(tried.minutes), ctx, ends));
    case 'admin':
      return noEffects(sayRefused(state, said.onlyAdmin, ctx, ends));
  }
}

/** A PIN that can't count is answered once an hour: each answer costs money. */
function sayRefused(state: State, text: string, ctx: Context, ends: Ends): State {
  if (!mayAnswerPin(state, ctx.now)) return state;
  return sayAnyway(withAccess(state, { refusedAt: ctx.now }), text, ctx, ends);
}

/** The person has just proved who they are: the silence is over. */
const markSeen = (state: State, now: number): State => ({
  ...state,
  windows: state.windows.map((w) => ({ ...w, lastInboundAt: now })),
});

/** These work at any number of texts. */
const ALWAYS = ['stop', 'lock', 'unlock'];

/** Counts the day's texts. Above the bound the person is told once, and texts are not kept. */
function countText(state: State, event: Arrival, ctx: Context): Gate {
  const today = dayOf(ctx.now);
  const { day, texts: before } = accessOf(state);
  const count = (day === today ? before : 0) + 1;
  const name = event.name ?? accessOf(state).name;
  const { from, receivedAt } = event.message;
  const counted = withHeard(withAccess(state, { day: today, texts: count, name }), from, receivedAt);
  if (count <= TEXTS_A_DAY || ALWAYS.includes(parseCommand(event.message.text)?.name ?? '')) return { passes: counted };
  if (count > TEXTS_A_DAY + 1) return { decision: refuse(state, event, 'texts-a-day') };
  const told = enqueue(counted, 'notice', [said.tooManyTexts(TEXTS_A_DAY)], ctx);
  return { decision: refuse(raise(told, 'texts-a-day', ctx.now), event, 'texts-a-day') };
}
