import { texts } from '../../texts/index.ts';
import { backoffOf } from '../../units.ts';
import { enqueue, sendNotice } from '../outbox/replies.ts';
import {
  MERGE_EVENTS_MAX,
  MERGE_LEASE_MS,
  MERGE_LEFT_MS,
  MERGE_LOOKS,
  MERGE_RETRY_MS,
  MERGE_TEXTS_MAX,
  MERGE_TRIES_MAX,
  MERGE_WAIT_MAX_MS,
  MERGE_WAIT_MS,
  MERGE_WAITS_MS,
} from '../policy/merging.ts';
import type { KeptText } from '../state/address.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Effect, Event } from '../state/events.ts';
import type { MergeEvent, MergeOutcome } from '../state/merge-events.ts';
import { type Going, type HeldEvent, isMerging, type MergeStep } from '../state/merging.ts';
import { findTimer, newConversation, type State, withoutTimer, withTimer } from '../state/state.ts';
import { hasLeaving, isBusy } from './merge-idle.ts';

// Two homes become one person: the younger home hands everything over to the elder one, step by step. Each step is in
// the row before its call is made, and every call may be repeated, so that a job that was cut continues. Before the
// switch it can be given up, and nothing has changed. merge-stays.ts is the elder's part.

const said = texts.merging;

/** The going home's job, or null. */
export const goingOf = ({ conversation: { merging } }: Pick<State, 'conversation'>): Going | null =>
  merging?.role === 'goes' ? merging : null;

/** Begins the merge after the yes. Safe to repeat. An unused home waits for nothing, so its new texts are kept at once. */
export function beginMerge(
  state: State,
  { op, with: other, tells, isUnused = false }: Extract<MergeEvent, { type: 'merge-begun' }>,
  ctx: Context,
): State {
  if (isMerging(state.conversation.merging)) return state;
  const going: Going = {
    role: 'goes',
    op,
    with: other,
    step: isUnused ? 'freeze' : 'wait',
    since: ctx.now,
    stepSince: ctx.now,
    cursor: null,
    tries: 0,
    told: false,
    projects: {},
    leads: true,
    ...(isUnused ? { isUnused } : {}),
  };
  const begun = wakeAt({ ...state, conversation: { ...state.conversation, merging: going } }, ctx.now);
  return tells ? sendNotice(begun, said.begins, ctx) : begun;
}

/** True if events of this home go to `decideWhileGoing`: nothing new begins here. */
export function isGoing(state: State, event: Event): boolean {
  const going = goingOf(state);
  if (going === null || event.type === 'merge-hurried') return going !== null;
  if (going.step === 'wait') return event.type === 'merge-step' || isOwnTimer(event);
  const passes = going.step === 'freeze' || going.step === 'copy' ? PASSED : LEAVING;
  return !passes.includes(event.type);
}

const isOwnTimer = (event: Event): boolean => event.type === 'timer' && event.timer.kind === 'merge';

/** Events about replies that were sent before: they leave, and their outcome is noted. */
const LEAVING: readonly Event['type'][] = ['alert-raised', 'alert-failed', 'status', 'model-answered'];
const PASSED: readonly Event['type'][] = [
  ...LEAVING,
  'notify',
  'send-begin',
  'send-abandoned',
  'send-accepted',
  'send-unknown',
  'send-refused',
  'reconciled',
  'reconcile-failed',
  'outage-told',
  'outage-not-told',
  'carrier-word',
  'run-given',
  'run-reported',
  'report-taken',
  'access',
  'wish-answered',
];

export function decideWhileGoing(state: State, event: Event, ctx: Context): Decision {
  const going = goingOf(state);
  if (going === null) return noEffects(state);
  switch (event.type) {
    case 'merge-step':
      return event.op === going.op && event.step === going.step
        ? onStep(state, going, event.outcome, ctx)
        : noEffects(state);
    case 'merge-hurried':
      return noEffects(hurry(state, going, ctx.now));
    case 'message': {
      const { type: _, message, files = [], secret = '', ...words } = event;
      // A possible PIN isn't stored, so the person has to send it again.
      const heard = secret === '' ? words : { ...words, unread: 'secret' as const };
      return noEffects(keepText(state, going, { message, files, heard }, ctx));
    }
    case 'host-said':
      return noEffects(keepHostEvent(state, event));
    case 'locked':
      // Nothing reaches a locked address now, so the PIN comes again with its webhook or from the carrier's list.
      if (event.text !== null && (event.secret ?? '') !== '') throw new Error('a PIN has to wait for the merge');
      return noEffects(event.text === null ? state : keepText(state, going, event.text, ctx));
    case 'timer':
      return event.timer.kind === 'merge' ? onTimer(state, going, ctx) : noEffects(state);
    default:
      return noEffects(state);
  }
}

function hurry(state: State, going: Going, now: number): State {
  const left = withGoing(state, { leads: false });
  return going.step === 'leave' ? wakeAt(left, now) : left;
}

/** Webhooks of git hosts that came after this home stopped beginning work. */
export const hostEventsOf = (state: Pick<State, 'conversation'>): readonly HeldEvent[] =>
  goingOf(state)?.hostEvents ?? [];

/** The number of texts and webhooks that wait here. */
export const waitingAt = (state: Pick<State, 'conversation' | 'keptTexts'>): number =>
  state.keptTexts.length + hostEventsOf(state).length;

/** Keeps the webhook, which goes over with the texts. Throws when too many wait. */
function keepHostEvent(state: State, { said, digest }: HeldEvent): State {
  const kept = hostEventsOf(state);
  if (kept.length >= MERGE_EVENTS_MAX) throw new Error('too many webhooks wait for the merge');
  return withGoing(state, { hostEvents: [...kept, { said, digest }] });
}

/** The text goes over with the rest, and is answered there. Throws when too many wait: they come again. */
function keepText(
  state: State,
  going: Going,
  { message, files, heard }: Pick<KeptText, 'message' | 'files' | 'heard'>,
  ctx: Context,
): State {
  const { providerId, from } = message;
  if (state.keptTexts.some((text) => text.providerId === providerId)) return state;
  if (state.keptTexts.length >= MERGE_TEXTS_MAX) throw new Error('too many texts wait for the merge');
  const text: KeptText = { providerId, address: from, message, files, heard, keptAt: ctx.now };
  const kept = { ...state, keptTexts: [...state.keptTexts, text] };
  const mayTell = !going.isUnused && (going.step === 'freeze' || going.step === 'copy');
  return mayTell && state.keptTexts.length === 0 ? sendNotice(kept, said.textWaits, ctx) : kept;
}

function onTimer(state: State, going: Going, ctx: Context): Decision {
  if (going.step !== 'wait') return noEffects(state);
  if (ctx.now - going.since >= MERGE_WAITS_MS) return giveUp(state, going, said.neverIdle, ctx);
  if (!isBusy(state, ctx.now)) return noEffects(toStep(state, 'freeze', ctx));
  return noEffects(waitOn(state, going, ctx));
}

/** One of the homes is at work: the longer it waits, the rarer it looks. The person hears once that it waits. */
function waitOn(state: State, going: Going, ctx: Context): State {
  const waited = ctx.now - going.since;
  const told = going.told || waited >= MERGE_WAIT_MS;
  const waits = withGoing(state, { step: 'wait', stepSince: ctx.now, cursor: null, tries: 0, told });
  const wait = Math.min(Math.max(MERGE_WAIT_MS, waited / MERGE_LOOKS), MERGE_WAIT_MAX_MS);
  const timed = wakeAt(waits, ctx.now + Math.round(wait));
  return told && !going.told ? sendNotice(timed, said.waits, ctx) : timed;
}

function onStep(state: State, going: Going, outcome: MergeOutcome, ctx: Context): Decision {
  const { step } = going;
  switch (outcome.kind) {
    case 'gone':
      // The elder home knows nothing of it any more, so nobody was taken over.
      return isBeforeEnd(step) ? giveUp(state, going, said.calledOff, ctx) : noEffects(toNext(state, going, ctx));
    case 'refused':
      return giveUp(state, going, said.needsRole, ctx);
    case 'busy':
      return noEffects(takeTexts(waitOn(state, going, ctx), ctx.now));
    case 'later':
      return tryAgain(state, going, outcome.reason, ctx);
    case 'more':
      return noEffects(wakeAt(withGoing(state, { cursor: outcome.cursor, tries: 0 }), ctx.now));
    case 'done':
      return onDone(state, going, outcome, ctx);
  }
}

const isBeforeEnd = (step: MergeStep): boolean => step !== 'empty' && step !== 'leave';

type Done = Extract<MergeOutcome, { kind: 'done' }>;

function onDone(state: State, going: Going, { projects, handed }: Done, ctx: Context): Decision {
  // A text or a webhook came while the last call was under way: the call is repeated with it.
  if (handed !== undefined && waitingAt(state) > handed) return noEffects(wakeAt(state, ctx.now));
  // Replies that are leaving are sent from here. The other home would send them a second time.
  if (going.step === 'copy' && hasLeaving(state)) {
    const isLong = ctx.now - going.stepSince >= MERGE_LEASE_MS;
    if (isLong && going.isUnused) return giveUp(state, going, said.failed, ctx);
    if (isLong) return noEffects(takeTexts(waitOn(state, going, ctx), ctx.now));
    return noEffects(wakeAt(state, ctx.now + MERGE_WAIT_MS));
  }
  const known = projects === undefined ? state : withGoing(state, { projects });
  const effects: Effect[] =
    going.step === 'switch' ? state.connections.map(({ host, sealed }) => ({ do: 'revoke', host, sealed })) : [];
  const log = [{ level: 'info' as const, event: 'merge-step', step: going.step }];
  return { state: toNext(known, going, ctx), effects, log };
}

const NEXT: Readonly<Record<MergeStep, MergeStep>> = {
  wait: 'freeze',
  freeze: 'copy',
  copy: 'switch',
  switch: 'empty',
  empty: 'leave',
  leave: 'leave',
};

function toNext(state: State, going: Going, ctx: Context): State {
  const next = toStep(state, NEXT[going.step], ctx);
  if (going.step === 'switch') return withGoing(next, { hostEvents: [] });
  if (going.step !== 'empty') return next;
  // The rows are gone. What stays for a week: whose machine it is, where the links lead, and what the operator hasn't
  // been told.
  const { address, sender, merging } = next.conversation;
  const left = { ...newConversation(address, sender), welcomed: true, merging };
  const isKept = going.leads && !(going.isUnused && next.machine === null);
  const timers = next.timers.filter(({ kind }) => kind === 'alert');
  return wakeAt({ ...next, conversation: left, timers }, ctx.now + (isKept ? MERGE_LEFT_MS : 0));
}

function toStep(state: State, step: MergeStep, ctx: Context): State {
  const moved = withGoing(state, { step, stepSince: ctx.now, cursor: null, tries: 0 });
  const going = goingOf(moved);
  return going === null ? moved : wakeAt(moved, ctx.now);
}

function tryAgain(state: State, going: Going, reason: string, ctx: Context): Decision {
  const tries = going.tries + 1;
  const { step } = going;
  const log = [{ level: 'warn' as const, event: 'merge-later', step, tried: tries, reason }];
  const mayGiveUp = step === 'freeze' || step === 'copy';
  if (mayGiveUp && tries >= MERGE_TRIES_MAX) {
    const given = giveUp(state, going, said.failed, ctx);
    return { ...given, log: [...log, ...given.log] };
  }
  const later = wakeAt(withGoing(state, { tries }), ctx.now + backoffOf(MERGE_RETRY_MS, tries - 1));
  return { state: later, effects: [], log };
}

/** Nothing is merged, and this home goes on as before. */
export function giveUp(state: State, going: Going, words: string, ctx: Context): Decision {
  const alone = { ...state, conversation: { ...state.conversation, merging: null } };
  const told = enqueue(withoutTimer(alone, 'merge'), 'notice', [words], ctx);
  const log = [{ level: 'info' as const, event: 'merge-given-up', step: going.step }];
  const effects: Effect[] = [{ do: 'call-off-merge', with: going.with, op: going.op }];
  return { state: takeTexts(told, ctx.now), effects, log };
}

/** Texts that came meanwhile are taken as if they had just come. */
export function takeTexts(state: State, now: number): State {
  if (state.keptTexts.length === 0) return state;
  const keptTexts = state.keptTexts.map((text) => ({ ...text, keptAt: now }));
  return withTimer({ ...state, keptTexts }, { kind: 'kept', ref: '', dueAt: now, attempts: 0 });
}

export function withGoing(state: State, change: Partial<Going>): State {
  const going = goingOf(state);
  return going === null
    ? state
    : { ...state, conversation: { ...state.conversation, merging: { ...going, ...change } } };
}

/** The timer stands until the job is over: it wakes the object after a crash. */
const wakeAt = (state: State, dueAt: number): State => withTimer(state, { kind: 'merge', ref: '', dueAt, attempts: 0 });

/** True if the merge lane has a call to make now. */
export function wantsMerge(state: State, now: number): boolean {
  const going = goingOf(state);
  if (going === null || going.step === 'wait') return false;
  return (findTimer(state, 'merge')?.dueAt ?? 0) <= now;
}
