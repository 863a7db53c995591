import { parseCommand } from '../../input/command.ts';
import { texts } from '../../texts/index.ts';
import { lockAddress, lockDoubtful, unlockAddress, withAddress } from '../access/addresses.ts';
import { mayAnswerPin, tryPin } from '../access/pin.ts';
import { onThread } from '../commands/projects.ts';
import { enqueue } from '../outbox/replies.ts';
import { KEPT_TEXT_MS, KEPT_TEXTS_MAX } from '../policy/persons.ts';
import { withAccess } from '../state/access.ts';
import type { KeptText } from '../state/address.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import { findAddress, isLocked } from '../state/person.ts';
import type { Read } from '../state/reads.ts';
import { type State, withoutTimer, withTimer } from '../state/state.ts';
import { traceOf } from '../state/trace.ts';
import { onMessage, readsOfMessage } from './inbound-message.ts';
import { readSender } from './sender.ts';
import { readsOfTopic, topicOf } from './topic.ts';

// Texts from a locked address. They wait up to an hour for a yes, and are then taken as if they had just come. The
// writer is told once, in a sentence that says nothing about the person.

const said = texts.persons;

type Locked = Extract<Event, { type: 'locked' }>;
type Arrival = Extract<Event, { type: 'message' }>;

/** `text` null: it is offered to whoever the external id belongs to, before it is kept. */
export function onLocked(before: State, { from, to, externalId, text, secret }: Locked, ctx: Context): Decision {
  const doubts = readSender(before, { from, externalId }, ctx.now) === 'doubtful';
  const state = doubts ? lockDoubtful(before, from, ctx) : lockAddress(before, from, externalId, ctx);
  if (text === null) return noEffects(state);
  if (parseCommand(text.message.text)?.name === 'unlock')
    return noEffects(onUnlock(state, secret ?? '', { from, to }, ctx));
  const kept = keepText(state, { ...text, keptAt: ctx.now }, ctx.now);
  const isTold = (findAddress(kept, from)?.told ?? null) !== null;
  const log = { level: 'info', event: 'text-locked', trace: traceOf(text) } as const;
  return noEffects(isTold ? kept : tell(kept, said.locked, { from, to }, ctx), log);
}

type Ends = { from: string; to: string };

/** The PIN shows that the number is still the person's. */
function onUnlock(state: State, pin: string, ends: Ends, ctx: Context): State {
  const tried = tryPin(state, pin, ctx);
  const row = findAddress(state, ends.from);
  if (tried.kind === 'wrong') return tell(tried.state, texts.access.wrongPin(tried.left), ends, ctx);
  if (tried.kind === 'wait' || tried.kind === 'admin' || row === undefined) {
    if (!mayAnswerPin(state, ctx.now)) return state;
    const text = tried.kind === 'wait' ? texts.access.pinWaits(tried.minutes) : said.locked;
    return tell(withAccess(state, { refusedAt: ctx.now }), text, ends, ctx);
  }
  return tell(unlockAddress(tried.state, row, ctx), texts.access.unlocked, ends, ctx);
}

/** Says something to whoever writes from a locked address: the newest such notice may leave. */
function tell(state: State, text: string, { from, to }: Ends, ctx: Context): State {
  const id = ctx.id();
  const row = findAddress(state, from);
  const noted = row === undefined ? state : withAddress(state, { ...row, told: isLocked(state, from) ? id : null });
  return enqueue(noted, 'notice', [text], ctx, { id, from: to, to: from });
}

function keepText(state: State, text: KeptText, now: number): State {
  const isKnown = state.keptTexts.some(({ providerId }) => providerId === text.providerId);
  if (isKnown || state.keptTexts.length >= KEPT_TEXTS_MAX) return state;
  return withKeptTimer({ ...state, keptTexts: [...state.keptTexts, text] }, now);
}

/** Wakes for the first text that can be taken or is over. */
function withKeptTimer(state: State, now: number): State {
  if (state.keptTexts.length === 0) return withoutTimer(state, 'kept');
  const dueAt = Math.min(
    ...state.keptTexts.map(({ address, keptAt }) => (isLocked(state, address) ? keptAt + KEPT_TEXT_MS : now)),
  );
  return withTimer(state, { kind: 'kept', ref: '', dueAt, attempts: 0 });
}

const isOver = ({ keptAt }: KeptText, now: number): boolean => now - keptAt >= KEPT_TEXT_MS;

/** The first text that a locked address no longer holds back. */
const findFreed = (state: State, now: number): KeptText | undefined =>
  state.keptTexts.find((text) => !isLocked(state, text.address) && !isOver(text, now));

export function readsOfKeptText(state: State): Read[] {
  const freed = state.keptTexts.find((text) => !isLocked(state, text.address));
  if (freed === undefined) return [];
  const event = eventOf(freed, 0);
  return [...readsOfTopic(event), ...readsOfMessage(event, state)];
}

/** Takes one text that is free now, and drops those that waited too long. */
export function onKeptTimer(state: State, ctx: Context): Decision {
  const freed = findFreed(state, ctx.now);
  const left = state.keptTexts.filter((text) => text !== freed && !isOver(text, ctx.now));
  const settled = withKeptTimer({ ...state, keptTexts: left }, ctx.now);
  if (freed === undefined) return noEffects(settled);
  const event = eventOf(freed, ctx.messageSeq());
  const topic = topicOf(event, { load: () => settled }, () => ctx);
  const there = topic.reduce((next, heard) => onThread(next, heard, ctx), settled);
  return onMessage(there, event, ctx);
}

function eventOf({ message, files, heard }: KeptText, seq: number): Arrival {
  const numbered = files.map((file) => ({ ...file, message: seq }));
  return { ...heard, type: 'message', message: { ...message, seq }, files: numbered };
}
