import { formatDuration, formatTime } from '../../recurrence/print/format.ts';
import { texts } from '../../texts/index.ts';
import { enqueue, withReply } from '../outbox/replies.ts';
import { openWindow } from '../outbox/service-window.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import { setMessages } from '../state/messages.ts';
import { clockOfPerson, zoneOf } from '../state/person-clock.ts';
import { toOneLine } from '../state/quote-block.ts';
import type { Message, Reply } from '../state/rows.ts';
import type { State } from '../state/state.ts';

// A text whose webhook was lost and that was found minutes later in the carrier's list. The person is told, because
// answers may come in a different order; the agent is told when it was written. Times are the carrier's.

type Arrival = Extract<Event, { type: 'message' }>;

const EXCERPT_CHARS = 60;
/** Further texts are added to a notice that hasn't left yet, up to this length. */
const NOTICE_CHARS = 1_000;

/**
 * True if a text that the person wrote later came in before this one. The carrier cuts its date to the second, so the
 * date is older than our clocks. If the newest text we have is the one that the carrier's list shows just before this one,
 * nothing overtook it.
 */
export const isOvertaken = (state: State, { message, predecessor }: Arrival): boolean =>
  state.conversation.lastInboundId !== predecessor &&
  state.windows.some((w) => w.sender === message.to && w.lastInboundAt > message.receivedAt);

const minutesLate = (message: Message, now: number): number =>
  Math.max(1, Math.round((now - message.receivedAt) / 60_000));

/** Tells the person that the text came late. */
export function tellLate(state: State, message: Message, ctx: Context): State {
  const line = texts.inbound.reachedLate(minutesLate(message, ctx.now), toOneLine(message.text, EXCERPT_CHARS));
  const waiting = state.replies.findLast(({ state: is, body }) => is === 'ready' && texts.inbound.saysLate(body));
  const body = `${waiting?.body}\n${line}`;
  if (!waiting || !isRoomFor(body, waiting, ctx)) return enqueue(state, 'notice', [line], ctx);
  return withReply(state, waiting.id, { body });
}

const isRoomFor = (body: string, { to }: Reply, { channelOf }: Context): boolean =>
  body.length <= Math.min(NOTICE_CHARS, channelOf(to).limits.text);

/** A text found hours late is kept for /retry. Nothing starts unasked. */
export function onMissed(state: State, event: Arrival, isWork: boolean, ctx: Context): Decision {
  const { message } = event;
  const isIt = (m: Message): boolean => m.seq === message.seq;
  const opened = openWindow(state, state, message, ctx);
  if (!isWork) {
    const used = setMessages(opened, isIt, { state: 'consumed' });
    return noEffects(enqueue(used, 'notice', [missedCommand(message, ctx.now)], ctx));
  }
  const { text } = withWritten(opened, message, isOvertaken(opened, event), ctx);
  return noEffects(tellMissed(setMessages(opened, isIt, { state: 'failed', text }), message, ctx));
}

function tellMissed(state: State, message: Message, ctx: Context): State {
  const ago = formatDuration(ctx.now - message.receivedAt);
  const line = texts.inbound.missedLine(ago, toOneLine(message.text, EXCERPT_CHARS));
  const waiting = state.replies.findLast(({ state: is, body }) => is === 'ready' && texts.inbound.missedIn(body));
  const told = waiting ? (texts.inbound.missedIn(waiting.body) ?? []) : [];
  const body = texts.inbound.missed([...told, line]);
  if (!waiting || !isRoomFor(body, waiting, ctx)) {
    return enqueue(state, 'notice', [texts.inbound.missed([line])], ctx);
  }
  return withReply(state, waiting.id, { body });
}

const missedCommand = (message: Message, now: number): string =>
  texts.inbound.missedCommand(formatDuration(now - message.receivedAt), toOneLine(message.text, EXCERPT_CHARS));

/** Explains why an overtaken command doesn't run: its reason may be gone, and it would act on something newer. */
export const explainLeftUndone = (message: Message, now: number): string =>
  texts.inbound.leftUndone(minutesLate(message, now), toOneLine(message.text, EXCERPT_CHARS));

/** The text with a line above it that says when it was written. */
export function withWritten(state: State, message: Message, overtaken: boolean, ctx: Context): Message {
  const zone = zoneOf(state, ctx.policy) ?? 'UTC';
  // Always with the date, because the text may be read on another day.
  const at = formatTime(message.receivedAt, zone, clockOfPerson(state), 0);
  const header = texts.inbound.agent.written(at, zone, minutesLate(message, ctx.now), overtaken);
  return { ...message, text: `${header}\n\n${message.text}` };
}
