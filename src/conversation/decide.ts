import { bindAddress, leadAgain, onLed, withoutAddress } from './access/addresses.ts';
import { withAsk } from './access/budget-asks.ts';
import { admit, changeAccess } from './access/change.ts';
import { letGoAgain, onLinkEvent } from './access/links.ts';
import { decideMerge, isOfMerge, onMergeTimer } from './access/merge-stays.ts';
import { askDirectoryAgain, onWishAnswered } from './access/wishes.ts';
import { onAgentEvent } from './agent-events.ts';
import { keepDeep, onDeepIdle } from './commands/deep-work.ts';
import { onRecipientsAnswered } from './commands/make-schedule.ts';
import { notify } from './commands/notify.ts';
import { operate } from './commands/operate.ts';
import { offerRepositories, onLookedUp } from './commands/project-repository.ts';
import { makeProject, onThread } from './commands/projects.ts';
import { decideGoing, isGoing } from './decide-going.ts';
import { bringFilesAgain, deleteMedia, onFile, withMediaTimers } from './inbound/attachment-events.ts';
import { onMessage } from './inbound/inbound-message.ts';
import { onKeptTimer, onLocked } from './inbound/locked-texts.ts';
import { queueMessage, tellWaiting } from './inbound/queue-message.ts';
import { tellKeys, withKeyLine } from './inbound/removed-keys.ts';
import { isBackupStale, onArchive } from './machine/backup.ts';
import { decideMachine, keepMachine, type LifecycleEvent } from './machine/lifecycle.ts';
import { isMachineReady, wantsMachine } from './machine/readiness.ts';
import { noteWake } from './machine/wakes.ts';
import { onDoubtOver, tryBlocked } from './outbox/blocked-sender.ts';
import { askAgain, onCarrierWord, onNewsNotTold, onNewsTold, tryHeld } from './outbox/carrier-outage.ts';
import { deferForQuiet } from './outbox/deferral.ts';
import { freeMovable, keepLeaving } from './outbox/moving.ts';
import { decideOutbox } from './outbox/outbox.ts';
import { answerFileAgain, decideOutgoing, expireFiles, isOutgoingFile } from './outbox/outgoing-files.ts';
import { parkHeldTooLong, releaseAfterQuiet } from './outbox/service-window.ts';
import { keepTyping } from './outbox/typing.ts';
import { withWelcome } from './outbox/welcome.ts';
import { WAKE_FOR_MS } from './policy/schedules.ts';
import { onExportStep, takeExport } from './privacy/export.ts';
import { decideWhileForgetting } from './privacy/forget.ts';
import { onQuestionTimer } from './questions/agent-questions.ts';
import { giveAnswerAgain, onAnswerRefused, onAnswerTaken } from './questions/answer-delivery.ts';
import { askAboutOpened } from './repositories/ask-host.ts';
import { keepIndex, onIndexTold, tellIndexAgain } from './repositories/bound-projects.ts';
import { onConnectStep, onConnectTimer } from './repositories/connect.ts';
import { onConnection, tellTokenEnds } from './repositories/connections.ts';
import { onHostTimer, onHostTold } from './repositories/host-answers.ts';
import { onHostEvent } from './repositories/host-events.ts';
import { lookUpAgain } from './repositories/look-up.ts';
import { askAboutNews } from './repositories/news.ts';
import { askPermission } from './repositories/permissions.ts';
import { tellUses } from './repositories/uses.ts';
import { emptyTexts, keepRetention, onEmptied } from './retention.ts';
import { askRecipientsAgain } from './schedules/ask-recipients.ts';
import { onScheduleTimer } from './schedules/due.ts';
import { deliverAgain, onRunReported, onRunTaken } from './schedules/fan-out.ts';
import { onReportTaken, passOn, reportAgain, takeRun } from './schedules/received-runs.ts';
import { onSnooze } from './schedules/reminders.ts';
import { keepRuns } from './schedules/runs.ts';
import { keepSpending } from './spending/keep-spending.ts';
import { onModelRequest } from './spending/model-requests.ts';
import { withAccess } from './state/access.ts';
import { alertLater, raise } from './state/alerts.ts';
import { andThen, noEffects } from './state/decision.ts';
import type { Context, Decision, Event } from './state/events.ts';
import type { Message } from './state/rows.ts';
import { findOpenAttempt, findOpenTurn, type State, withoutTimer } from './state/state.ts';
import type { Timer } from './state/timers.ts';
import { logJoined } from './state/trace.ts';
import { decideAttempt } from './turn/attempts.ts';
import { goOnWithBudget, stopAtBudget } from './turn/budget-stop.ts';
import { giveUpWithoutMachine } from './turn/ending.ts';
import { tellGivenUpNow } from './turn/given-up.ts';
import { tellProgress } from './turn/progress.ts';
import { beginAttempt, startTurn } from './turn/queue.ts';
import { joinWaiting, steer } from './turn/steer.ts';
import { askToStop, haltUnserved } from './turn/stop.ts';
import { watchAttempt } from './turn/watchdog.ts';

// The one decision: state and event in, new state and effects out. Pure: no clock, no storage, no network. The object
// loads the state, commits the new one in a single transaction, and performs the effects afterwards.

export function decide(state: State, event: Event, ctx: Context): Decision {
  if (state.conversation.forgetting !== null) {
    // The model's answer was paid for, and what a person has spent outlives the rows.
    return event.type === 'model-answered'
      ? onModelRequest(state, event, ctx)
      : decideWhileForgetting(state, event, ctx);
  }
  if (isGoing(state, event)) return decideGoing(state, event, ctx);
  const paid = stopAtBudget(state, haltUnserved(state, decideDeep(state, event, ctx), ctx), ctx);
  const answered = withKeyLine(state, withWelcome(state, event, paid, ctx), ctx);
  const decided = keepRuns(state, answered, ctx);
  const passed = passOn(state, keepRuns(decided.state, deferForQuiet(state, decided, ctx), ctx), ctx);
  const kept = tellUses(state, keepLeaving(state, noteWake(state, keepMachine(state, event, passed, ctx)), ctx));
  const indexed = keepIndex(state, event, keepRetention(state, keepSpending(state, event, kept, ctx), ctx), ctx);
  const decision = { ...indexed, log: [...indexed.log, ...logJoined(state, indexed.state)] };
  return ctx.policy.deleteMedia ? { ...decision, state: withMediaTimers(state, decision.state, ctx) } : decision;
}

/** Each event decides on the state that the one before it left. */
export const decideAll = (state: State, events: readonly Event[], ctx: () => Context): Decision =>
  events.reduce((so, event) => andThen(so, (next) => decide(next, event, ctx())), noEffects(state));

function decideDeep(state: State, event: Event, ctx: Context): Decision {
  const kept = keepDeep(event, decideEvent(state, event, ctx), ctx);
  const hasBegun = state.conversation.deep === null && kept.state.conversation.deep !== null;
  return hasBegun ? andThen(kept, (begun) => joinWaiting(begun, ctx)) : kept;
}

function decideEvent(state: State, event: Event, ctx: Context): Decision {
  if (isOfMerge(event)) return decideMerge(state, event, ctx);
  switch (event.type) {
    case 'message':
      return onMessage(state, event, ctx);
    case 'notify':
      return noEffects(notify(state, event, ctx));
    case 'locked':
      return onLocked(state, event, ctx);
    case 'bind':
      return noEffects(bindAddress(state, event.address, event.how, ctx));
    case 'unbind':
      return noEffects(withoutAddress(state, event.address));
    case 'linked':
    case 'unlinked':
      return onLinkEvent(state, event, ctx);
    case 'thread':
      return noEffects(onThread(state, event, ctx));
    case 'led':
      return noEffects(onLed(state, event, ctx));
    case 'access':
      return changeAccess(event.op ? withAccess(state, { op: event.op }) : state, event.change, ctx);
    case 'operated':
      return operate(state, event.act, ctx);
    case 'admitted':
      return admit(state, event);
    case 'wish-answered':
      return noEffects(
        onWishAnswered(event.said.asked ? withAsk(state, event.ref, ctx.now) : state, event.ref, event.said, ctx),
      );
    case 'recipients-answered':
      return onRecipientsAnswered(state, event, ctx);
    case 'host-said':
      return onHostEvent(state, event.said, ctx);
    case 'pull-request-opened':
      return askAboutOpened(state, { project: event.project, number: event.number }, ctx);
    case 'host-told':
      return onHostTold(state, event.ref, event.told, ctx);
    case 'repositories-told':
      return noEffects(onIndexTold(state, event.repositories));
    case 'run-given':
      return noEffects(takeRun(state, event, ctx));
    case 'run-taken':
      return noEffects(onRunTaken(state, event, ctx));
    case 'run-reported':
      return noEffects(onRunReported(state, event, ctx));
    case 'report-taken':
      return noEffects(onReportTaken(state, event, ctx));
    case 'archive':
      return onArchive(state, event, ctx);
    case 'machine-begin':
    case 'machine-step':
    case 'machine-seen':
    case 'machine-upgrade':
    case 'machine-release':
      return onMachine(state, event, ctx);
    case 'git-permission-asked':
      return askPermission(state, event, ctx);
    case 'connection':
      return noEffects(onConnection(state, event, ctx));
    case 'connect-step':
      return onConnectStep(state, event.id, event.step, ctx);
    case 'looked-up':
      return onLookedUp(state, event, (next, label) => makeProject(next, label, ctx), ctx);
    case 'repositories-listed':
      return noEffects(offerRepositories(state, event, ctx));
    case 'timer':
      return onTimer(state, event.timer, ctx);
    case 'heartbeat':
      return onHeartbeat(state, ctx);
    case 'forget-step':
      return noEffects(state);
    case 'export-step':
      return onExportStep(state, event.export, event.outcome, ctx);
    case 'export-taken':
      return noEffects(takeExport(state, event.link));
    case 'timer-failing':
      return noEffects(raise(state, 'timer-failing', ctx.now));
    case 'answer-taken':
      if (isOutgoingFile(state, event.question)) return decideOutgoing(state, event, ctx);
      return onAnswerTaken(state, event.question, event.request);
    case 'answer-refused':
      if (isOutgoingFile(state, event.question)) return decideOutgoing(state, event, ctx);
      return kept(onAnswerRefused(state, event.question, event.request), ctx);
    case 'alert-raised':
      return noEffects(withoutTimer(state, 'alert', event.cause));
    case 'alert-failed':
      return noEffects(alertLater(state, event.cause, ctx.now));
    case 'file-kept':
    case 'file-failed':
    case 'file-later':
      return onFile(state, event, ctx);
    case 'media-deleted':
      return noEffects(withoutTimer(state, 'media', `${event.message}`));
    case 'files-forgotten':
      return decideAttempt(bringFilesAgain(state, event.attempt, ctx), { ...event, type: 'unreachable' }, ctx);
    case 'outage-told':
      return noEffects(onNewsTold(state, event.news, ctx));
    case 'outage-not-told':
      return noEffects(onNewsNotTold(state, ctx));
    case 'carrier-word':
      return noEffects(onCarrierWord(state, event.word, event.sender, ctx));
    case 'emptied':
      return noEffects(onEmptied(state, event, ctx));
    case 'machine':
      return onAgentEvent(state, event, ctx);
    case 'attempt-taken':
    case 'other-journal':
    case 'restored':
    case 'attached':
    case 'unreachable':
    case 'attempt-lost':
    case 'attempt-refused':
    case 'steered':
    case 'steer-refused':
      return decideAttempt(state, event, ctx);
    case 'model-asked':
    case 'model-answered':
    case 'model-leased':
    case 'model-stopped':
      return onModelRequest(state, event, ctx);
    case 'outgoing-stored':
    case 'outgoing-failed':
    case 'outgoing-delayed':
    case 'outgoing-removed':
      return decideOutgoing(state, event, ctx);
    default:
      return decideOutbox(state, event, ctx);
  }
}

/** The machine's provider reports. If the conversation can't have a machine, the waiting turn is given up. */
function onMachine(state: State, event: LifecycleEvent, ctx: Context): Decision {
  const { gaveUp, ...decision } = decideMachine(state, event, ctx);
  return gaveUp ? andThen(decision, (next) => giveUpWithoutMachine(next, gaveUp.why, gaveUp.reason, ctx)) : decision;
}

/** A timer is only a wake-up: the rows as they are now decide what happens. Lanes settle the timers they wait for. */
function onTimer(state: State, timer: Timer, ctx: Context): Decision {
  const settled = withoutTimer(state, timer.kind, timer.ref);
  switch (timer.kind) {
    case 'gather':
      return findOpenTurn(settled) ? noEffects(settled) : startTurn(settled, ctx);
    case 'waiting':
      return tellWaiting(settled, ctx);
    case 'key':
      return noEffects(tellKeys(state, ctx));
    case 'budget':
      return goOnWithBudget(settled, ctx);
    case 'lead':
      return noEffects(leadAgain(settled, timer, ctx.now));
    case 'let-go':
      return noEffects(letGoAgain(settled, timer, ctx.now));
    case 'kept':
      return onKeptTimer(settled, ctx);
    case 'attempt':
      return findOpenAttempt(settled) ? noEffects(settled) : beginAttempt(settled, ctx);
    case 'stop':
      return findOpenTurn(settled)?.stopping ? askToStop(settled, ctx) : noEffects(settled);
    case 'steer':
      return steer(settled, timer.ref, ctx);
    case 'held':
      return noEffects(parkHeldTooLong(settled, ctx.now));
    case 'send':
    case 'file':
      return noEffects(settled);
    case 'media':
      return deleteMedia(state, timer.ref, timer.attempts, ctx);
    case 'expire':
      return noEffects(expireFiles(settled, ctx.now));
    case 'deep':
      return onDeepIdle(settled, ctx);
    case 'question':
      return onQuestionTimer(settled, timer.ref, ctx);
    case 'answer':
      if (isOutgoingFile(state, timer.ref)) return answerFileAgain(settled, timer.ref, ctx);
      return kept(giveAnswerAgain(settled, timer.ref, ctx), ctx);
    case 'schedule':
      return onScheduleTimer(settled, Number(timer.ref), ctx);
    case 'quiet':
      return noEffects(releaseAfterQuiet(settled, ctx));
    case 'snooze':
      return onSnooze(settled, timer, ctx);
    case 'wake':
      // A run that can't start keeps no machine awake.
      return noEffects(ctx.now - timer.dueAt > WAKE_FOR_MS ? settled : state);
    case 'deliver':
      return noEffects(deliverAgain(settled, timer, ctx));
    case 'report':
      return noEffects(reportAgain(settled, timer, ctx));
    case 'machine':
    case 'sleep':
      // Settles the timer if the machine lane has nothing to do.
      return noEffects(wantsMachine(state, ctx.now) ? state : settled);
    case 'archive':
      // Without a machine no backup lane runs, so nobody else would settle the timer.
      return noEffects(!isMachineReady(state) && isBackupStale(state, timer, ctx.now) ? settled : state);
    case 'given-up':
      return noEffects(tellGivenUpNow(state, timer, ctx));
    case 'outage':
      return noEffects(askAgain(state, ctx));
    case 'again':
      return noEffects(tryHeld(freeMovable(settled, ctx), ctx));
    case 'blocked':
      return noEffects(tryBlocked(state, timer, ctx));
    case 'doubt':
      return noEffects(onDoubtOver(state, timer, ctx));
    case 'wish':
      return askDirectoryAgain(state, timer, ctx);
    case 'git-news':
      return askAboutNews(settled, timer, ctx);
    case 'host':
      return onHostTimer(state, timer, ctx);
    case 'repositories':
      return tellIndexAgain(settled, timer, ctx);
    case 'recipients':
      return askRecipientsAgain(state, timer, ctx);
    case 'connect':
      return onConnectTimer(state, ctx);
    case 'look-up':
      return lookUpAgain(state, timer, ctx);
    case 'token-ends':
      return noEffects(tellTokenEnds(state, timer, ctx));
    case 'merge':
      return noEffects(onMergeTimer(state, ctx));
    case 'empty':
      return emptyTexts(state, ctx);
    case 'forget':
    case 'export':
    case 'reach':
    case 'outgoing':
    case 'reconcile':
    case 'alert':
      return noEffects(state);
  }
}

/** Words that came as an answer, but that no agent waits for any more, wait for a turn. */
function kept({ words, ...decision }: Decision & { words: Message | null }, ctx: Context): Decision {
  return words ? queueMessage(decision.state, words, ctx) : decision;
}

function onHeartbeat(state: State, ctx: Context): Decision {
  return andThen(watchAttempt(state, ctx), (watched) => keepTyping(tellProgress(watched, ctx), ctx));
}
