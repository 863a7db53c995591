import { askToStop } from './commands/commands.ts';
import { keepDeep, onDeepIdle } from './commands/deep-work.ts';
import { deleteMedia, forgotten, onFile, withMediaTimers } from './inbound/attachment-events.ts';
import { joinWaiting, keep, onMessage, onWaiting, steer } from './inbound/inbound-message.ts';
import { isMachineReady, wantsMachine } from './lanes.ts';
import { isStale, onArchive } from './machine/backup.ts';
import { decideMachine, keepMachine } from './machine/lifecycle.ts';
import { askAgain, keepOutage, newsNotTold, newsTold, onCarrierWord, tryHeld } from './outbox/carrier-outage.ts';
import { holdForQuiet } from './outbox/deferral.ts';
import { decideOutbox } from './outbox/outbox.ts';
import { answerFileAgain, decideOutgoing, expireFiles, isFile } from './outbox/outgoing-files.ts';
import { enqueue, findReply } from './outbox/replies.ts';
import { heldTooLong, quietOver } from './outbox/service-window.ts';
import { withWelcome } from './outbox/welcome.ts';
import { ALERT_RETRY_MS } from './policy/alerts.ts';
import { backoff } from './policy/backoff.ts';
import type { Policy } from './policy/policy.ts';
import { WAKE_FOR_MS } from './policy/schedules.ts';
import { TYPING_REFRESH_MS } from './policy/turn.ts';
import { answerAgain, answerRefused, answerTaken, openQuestions } from './questions/question-rows.ts';
import { onQuestionTimer } from './questions/questions.ts';
import { onScheduleTimer } from './schedules/due.ts';
import { deliverAgain, runReported, runTaken } from './schedules/fan-out.ts';
import { passOn, reportAgain, reportTaken, takeRun } from './schedules/received-runs.ts';
import { onSnooze } from './schedules/reminders.ts';
import { keepRuns } from './schedules/runs.ts';
import { raise } from './state/alerts.ts';
import type { Context, Decision, Event } from './state/events.ts';
import type { Message } from './state/rows.ts';
import { isWhatsApp, openAttempt, openTurn, type State, withoutTimer, withTimer } from './state/state.ts';
import type { Timer } from './state/timers.ts';
import { decideAttempt } from './turn/attempts.ts';
import { giveUpTurn } from './turn/ending.ts';
import { tellNow } from './turn/given-up.ts';
import { tellProgress } from './turn/progress.ts';
import { beginAttempt, same, startTurn } from './turn/queue.ts';
import { watchAttempt } from './turn/watchdog.ts';

// The one decision: state and event in, new state and effects out. Pure: no clock, no storage, no network. The object
// loads the state, commits the new one in a single transaction, and performs the effects afterwards.

export function decide(state: State, event: Event, ctx: Context, policy: Policy): Decision {
  const answered = withWelcome(state, event, decideDeep(state, event, ctx, policy), ctx, policy);
  const decided = keepRuns(state, answered, ctx);
  const passed = passOn(state, keepRuns(decided.state, holdForQuiet(state, decided, ctx, policy), ctx), ctx);
  const decision = keepOutage(keepMachine(state, event, passed, ctx, policy), ctx);
  return policy.deleteMedia ? { ...decision, state: withMediaTimers(state, decision.state, ctx) } : decision;
}

function decideDeep(state: State, event: Event, ctx: Context, policy: Policy): Decision {
  const kept = keepDeep(event, decideEvent(state, event, ctx, policy), ctx, policy);
  const hasBegun = state.conversation.deepProject === null && kept.state.conversation.deepProject !== null;
  if (!hasBegun) return kept;
  const joined = joinWaiting(kept.state, ctx, policy);
  return { state: joined.state, effects: [...kept.effects, ...joined.effects], log: [...kept.log, ...joined.log] };
}

function decideEvent(state: State, event: Event, ctx: Context, policy: Policy): Decision {
  switch (event.type) {
    case 'message':
      return onMessage(state, event, ctx, policy);
    case 'notify':
      return same(
        findReply(state, event.id) ? state : enqueue(state, event.kind, null, [event.text], ctx, { id: event.id }),
      );
    case 'run-given':
      return same(takeRun(state, event, ctx, policy));
    case 'run-taken':
      return same(runTaken(state, event, ctx));
    case 'run-reported':
      return same(runReported(state, event, ctx));
    case 'report-taken':
      return same(reportTaken(state, event, ctx));
    case 'archive':
      return onArchive(state, event, ctx);
    case 'machine-begin':
    case 'machine-step':
    case 'machine-seen':
    case 'machine-upgrade':
      return decideMachine(state, event, ctx, (so, why, reason) => giveUpTurn(so, why, reason, ctx, policy));
    case 'timer':
      return onTimer(state, event.timer, ctx, policy);
    case 'heartbeat':
      return onHeartbeat(state, ctx, policy);
    case 'timer-failing':
      return same(raise(state, 'timer-failing', ctx.now));
    case 'answer-taken':
      if (isFile(state, event.question)) return decideOutgoing(state, event, ctx);
      return answerTaken(state, event.question, event.request);
    case 'answer-refused':
      if (isFile(state, event.question)) return decideOutgoing(state, event, ctx);
      return kept(answerRefused(state, event.question, event.request), ctx, policy);
    case 'alert-raised':
      return same(withoutTimer(state, 'alert', event.cause));
    case 'alert-failed':
      return same(alertLater(state, event.cause, ctx.now));
    case 'file-kept':
    case 'file-failed':
    case 'file-later':
      return onFile(state, event, ctx);
    case 'media-deleted':
      return same(withoutTimer(state, 'media', `${event.message}`));
    case 'files-forgotten':
      return decideAttempt(forgotten(state, event.attempt, ctx), { ...event, type: 'unreachable' }, ctx, policy);
    case 'outage-told':
      return same(newsTold(state, event.news, ctx));
    case 'outage-not-told':
      return same(newsNotTold(state, ctx));
    case 'carrier-word':
      return same(onCarrierWord(state, event.word, event.sender, ctx));
    case 'attempt-taken':
    case 'other-journal':
    case 'restored':
    case 'attached':
    case 'unreachable':
    case 'attempt-lost':
    case 'attempt-refused':
    case 'steered':
    case 'steer-refused':
    case 'machine':
      return decideAttempt(state, event, ctx, policy);
    case 'outgoing-stored':
    case 'outgoing-failed':
    case 'outgoing-delayed':
    case 'outgoing-removed':
      return decideOutgoing(state, event, ctx);
    default:
      return decideOutbox(state, event, ctx, policy);
  }
}

/** A timer is only a wake-up: what is done depends on what is true now. Lanes settle the timers they wait for. */
function onTimer(state: State, timer: Timer, ctx: Context, policy: Policy): Decision {
  const settled = withoutTimer(state, timer.kind, timer.ref);
  switch (timer.kind) {
    case 'gather':
      return openTurn(settled) ? same(settled) : startTurn(settled, ctx, policy);
    case 'waiting':
      return onWaiting(settled, ctx);
    case 'attempt':
      return openAttempt(settled) ? same(settled) : beginAttempt(settled, ctx);
    case 'stop':
      return openTurn(settled)?.stopping ? askToStop(settled, ctx) : same(settled);
    case 'steer':
      return steer(settled, timer.ref, ctx);
    case 'held':
      return same(heldTooLong(settled, ctx.now));
    case 'send':
    case 'file':
      return same(settled);
    case 'media':
      return deleteMedia(state, timer.ref, timer.attempts, ctx);
    case 'expire':
      return same(expireFiles(settled, ctx.now));
    case 'deep':
      return onDeepIdle(settled, ctx, policy);
    case 'question':
      return onQuestionTimer(settled, timer.ref, ctx);
    case 'answer':
      if (isFile(state, timer.ref)) return answerFileAgain(settled, timer.ref, ctx);
      return kept(answerAgain(settled, timer.ref, ctx), ctx, policy);
    case 'schedule':
      return onScheduleTimer(settled, Number(timer.ref), ctx, policy);
    case 'quiet':
      return same(quietOver(settled, ctx, policy));
    case 'snooze':
      return onSnooze(settled, timer, ctx);
    case 'wake':
      // One whose schedule cannot do its work keeps no machine awake.
      return same(ctx.now - timer.dueAt > WAKE_FOR_MS ? settled : state);
    case 'deliver':
      return same(deliverAgain(settled, timer, ctx));
    case 'report':
      return same(reportAgain(settled, timer, ctx));
    case 'machine':
    case 'sleep':
      // Where nothing waits for it any more it wakes nobody.
      return same(wantsMachine(state, ctx.now) ? state : settled);
    case 'archive':
      // Without the machine no lane is there to let go of it.
      return same(!isMachineReady(state) && isStale(state, timer, ctx.now) ? settled : state);
    case 'given-up':
      return same(tellNow(state, timer, ctx));
    case 'outage':
      return same(askAgain(state, ctx));
    case 'again':
      return same(tryHeld(settled, ctx));
    case 'reach':
    case 'outgoing':
    case 'reconcile':
    case 'alert':
      return same(state);
  }
}

/** Words that were an answer nobody takes any more wait for a turn. */
function kept({ words, ...decision }: Decision & { words: Message | null }, ctx: Context, policy: Policy): Decision {
  return words ? keep(decision.state, words, ctx, policy) : decision;
}

function onHeartbeat(state: State, ctx: Context, policy: Policy): Decision {
  const watched = watchAttempt(state, ctx, policy);
  const typing = keepTyping(tellProgress(watched.state, ctx, policy), ctx.now);
  return { ...typing, effects: [...watched.effects, ...typing.effects], log: watched.log };
}

/** The carrier shows typing for a short while only; shown again as long as the agent works. */
function keepTyping(state: State, now: number): Decision {
  const { lastInboundId, typingAt, address } = state.conversation;
  const isAsking = openQuestions(state).length > 0;
  if (
    !openAttempt(state) ||
    isAsking ||
    // Nobody has just written to the agent.
    openTurn(state)?.run != null ||
    lastInboundId === null ||
    !isWhatsApp(address) ||
    now - typingAt < TYPING_REFRESH_MS
  ) {
    return same(state);
  }
  const conversation = { ...state.conversation, typingAt: now };
  return { state: { ...state, conversation }, effects: [{ do: 'typing', messageId: lastInboundId }], log: [] };
}

function alertLater(state: State, cause: string, now: number): State {
  const timer = state.timers.find((t) => t.kind === 'alert' && t.ref === cause);
  if (!timer) return state;
  const dueAt = now + backoff(ALERT_RETRY_MS, timer.attempts);
  return withTimer(state, { ...timer, dueAt, attempts: timer.attempts + 1 });
}
