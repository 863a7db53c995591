import { texts } from '../../texts/index.ts';
import { backoffOf } from '../../units.ts';
import { decideOutbox } from '../outbox/outbox.ts';
import { enqueue, headOf, WAITING } from '../outbox/replies.ts';
import { FORGET_ANSWER_MS, FORGET_NOTICE_MS, FORGET_RETRY_MS, FORGET_TOLD_TRIES } from '../policy/privacy.ts';
import { HEARTBEAT_MS } from '../policy/turn.ts';
import { alertLater, raise } from '../state/alerts.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import { FORGET_STEPS, type ForgetOutcome, type Forgetting } from '../state/forgetting.ts';
import { findOpenAttempt, findTimer, type State, withoutTimer, withTimer } from '../state/state.ts';

// Deletes everything that is kept about the person, one step after the other. Each step is in the rows before its call
// is made, and may be repeated, so that a deletion that was cut continues. Nothing else happens in the conversation
// meanwhile.

/**
 * Ends all work of the conversation and begins. `carrier`: the carrier's copies too. Not while a home that went into this
 * one doesn't know it yet: it would go on by itself, with copies of everything.
 */
export function beginForgetting(state: State, carrier: boolean, ctx: Context): Decision {
  if (state.conversation.merging?.step === 'done')
    return noEffects(enqueue(state, 'notice', [texts.privacy.forgetAfterMerge], ctx));
  const id = ctx.id();
  const forgetting: Forgetting = {
    id,
    since: ctx.now,
    carrier,
    step: 'notice',
    stepSince: ctx.now,
    cursor: null,
    tries: 0,
    left: 0,
    answeredAt: null,
  };
  const attempt = findOpenAttempt(state);
  const quiet = endWork(state, ctx.now);
  const begun = {
    ...quiet,
    conversation: { ...quiet.conversation, forgetting, merging: null, asking: null, connecting: null, deep: null },
  };
  const told = enqueue(begun, 'notice', [texts.privacy.forgetBegun(carrier)], ctx);
  return {
    state: withTimer(told, { kind: 'forget', ref: id, dueAt: ctx.now + HEARTBEAT_MS, attempts: 0 }),
    effects: [
      ...(attempt ? [{ do: 'interrupt' as const, attempt: { turn: attempt.turn, n: attempt.n } }] : []),
      ...credentialsOf(state).map(({ host, sealed }) => ({ do: 'revoke' as const, host, sealed })),
    ],
    log: [{ level: 'info', event: 'forget-begun', carrier }],
  };
}

/** Of accounts that are connected, and of one whose code wasn't texted yet. */
function credentialsOf({ connections, conversation: { connecting } }: State): { host: string; sealed: string }[] {
  const found = connecting?.found ?? null;
  return connecting === null || found === null
    ? [...connections]
    : [...connections, { host: connecting.host, sealed: found.sealed }];
}

/** Everything under way is over, and nothing that waits will happen. Alerts for the operator are kept. */
function endWork(state: State, now: number): State {
  return {
    ...state,
    connections: [],
    turns: state.turns.map((t) => (t.state === 'open' ? { ...t, state: 'failed', endedAt: now, progress: null } : t)),
    attempts: state.attempts.map((a) =>
      a.state === 'ended' ? a : { ...a, state: 'ended', endedAt: now, outcome: 'forgotten' },
    ),
    messages: state.messages.map((m) =>
      m.state === 'waiting' || m.state === 'active' ? { ...m, state: 'consumed', turn: null } : m,
    ),
    files: state.files.map((f) => (f.state === 'wanted' ? { ...f, state: 'failed' } : f)),
    outgoing: state.outgoing.map((f) => ({ ...f, state: 'failed', answer: null })),
    questions: state.questions.map((q) => (q.state === 'closed' ? q : { ...q, state: 'closed' })),
    replies: state.replies.map((r) => (r.state === 'ready' || r.state === 'held' ? { ...r, state: 'dropped' } : r)),
    timers: state.timers.filter((t) => t.kind === 'alert'),
  };
}

/** Every event of a conversation that is being deleted. Events of ended work change nothing. */
export function decideWhileForgetting(state: State, event: Event, ctx: Context): Decision {
  const { forgetting } = state.conversation;
  if (forgetting === null) return noEffects(state);
  switch (event.type) {
    case 'message':
      return noEffects(answerMeanwhile(state, event, forgetting, ctx));
    case 'forget-step':
      return event.step === forgetting.step ? onStep(state, forgetting, event.outcome, ctx) : noEffects(state);
    case 'timer':
      if (event.timer.kind === 'forget') return noEffects(moveOn(state, ctx));
      if (event.timer.kind === 'alert') return noEffects(state);
      return noEffects(withoutTimer(state, event.timer.kind, event.timer.ref));
    case 'alert-raised':
      return noEffects(withoutTimer(state, 'alert', event.cause));
    case 'alert-failed':
      return noEffects(alertLater(state, event.cause, ctx.now));
    case 'send-begin':
    case 'send-abandoned':
    case 'send-accepted':
    case 'send-unknown':
    case 'send-refused':
    case 'reconciled':
    case 'reconcile-failed':
    case 'status': {
      const decision = decideOutbox(state, event, ctx);
      return { ...decision, state: moveOn(decision.state, ctx) };
    }
    default:
      return noEffects(state);
  }
}

/** The words are not kept. */
function answerMeanwhile(
  state: State,
  { message }: Extract<Event, { type: 'message' }>,
  forgetting: Forgetting,
  ctx: Context,
): State {
  const emptied = { ...message, text: '', attachments: 0, state: 'consumed' as const };
  const kept = { ...state, messages: [...state.messages, emptied] };
  const { answeredAt, step } = forgetting;
  const isSaid = answeredAt !== null && ctx.now - answeredAt < FORGET_ANSWER_MS;
  if (isSaid || step === 'farewell' || step === 'rows') return kept;
  return enqueue(withForgetting(kept, { answeredAt: ctx.now }), 'notice', [texts.privacy.forgetGoesOn], ctx);
}

/** A step that waits for a notice to leave is over when it has left, or has waited long. */
function moveOn(state: State, ctx: Context): State {
  const { forgetting } = state.conversation;
  if (forgetting === null || (forgetting.step !== 'notice' && forgetting.step !== 'farewell')) return state;
  const waits = headOf(state) !== null && ctx.now - forgetting.stepSince < FORGET_NOTICE_MS;
  return waits ? wakeAt(state, ctx.now + HEARTBEAT_MS) : toNext(state, forgetting, ctx);
}

function onStep(state: State, forgetting: Forgetting, outcome: ForgetOutcome, ctx: Context): Decision {
  if (outcome.kind === 'later') return tryAgain(state, forgetting, outcome.reason, ctx);
  const left = forgetting.left + (outcome.left ?? 0);
  if (outcome.kind === 'more') return noEffects(withForgetting(state, { cursor: outcome.cursor, tries: 0, left }));
  const log = [{ level: 'info' as const, event: 'forget-step', step: forgetting.step, left }];
  return { state: toNext(state, { ...forgetting, left }, ctx), effects: [], log };
}

function toNext(state: State, forgetting: Forgetting, ctx: Context): State {
  const after = FORGET_STEPS.slice(FORGET_STEPS.indexOf(forgetting.step) + 1);
  const step = after.find((each) => each !== 'carrier' || forgetting.carrier) ?? 'rows';
  const moved = { step, stepSince: ctx.now, cursor: null, tries: 0, left: forgetting.left };
  const next = wakeAt(withForgetting(state, moved), ctx.now);
  if (step !== 'farewell') return next;
  // An older notice that never left would only hold up the last one.
  const replies = next.replies.map((r) => (WAITING.includes(r.state) ? { ...r, state: 'dropped' as const } : r));
  const words = texts.privacy.forgetDone(forgetting.left);
  return wakeAt(enqueue({ ...next, replies }, 'notice', [words], ctx), ctx.now + HEARTBEAT_MS);
}

function tryAgain(state: State, forgetting: Forgetting, reason: string, ctx: Context): Decision {
  const tries = forgetting.tries + 1;
  const { step } = forgetting;
  const later = wakeAt(withForgetting(state, { tries }), ctx.now + backoffOf(FORGET_RETRY_MS, tries - 1));
  const log = [{ level: 'warn' as const, event: 'forget-later', step, tried: tries, reason }];
  if (tries !== FORGET_TOLD_TRIES) return { state: later, effects: [], log };
  const told = enqueue(
    later,
    'notice',
    [texts.privacy.forgetWaits(step === 'notice' || step === 'farewell' ? 'rows' : step)],
    ctx,
  );
  return { state: raise(told, 'forget-waits', ctx.now), effects: [], log };
}

function withForgetting(state: State, change: Partial<Forgetting>): State {
  const { forgetting } = state.conversation;
  if (forgetting === null) return state;
  return { ...state, conversation: { ...state.conversation, forgetting: { ...forgetting, ...change } } };
}

/** The timer stands until the rows are gone: it wakes the object after a crash. */
function wakeAt(state: State, dueAt: number): State {
  const { forgetting } = state.conversation;
  return forgetting === null ? state : withTimer(state, { kind: 'forget', ref: forgetting.id, dueAt, attempts: 0 });
}

/** True if the forget lane has a call to make now. */
export function wantsForget(state: State, now: number): boolean {
  const { forgetting } = state.conversation;
  if (forgetting === null || forgetting.step === 'notice' || forgetting.step === 'farewell') return false;
  return (findTimer(state, 'forget')?.dueAt ?? 0) <= now;
}
