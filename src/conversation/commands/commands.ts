import type { Command } from '../../input/command.ts';
import { findMisspelt } from '../../input/nearest-name.ts';
import { texts } from '../../texts/index.ts';
import { sendPageParts } from '../outbox/answer-replies.ts';
import { tell } from '../outbox/notice.ts';
import { enqueue } from '../outbox/replies.ts';
import { optIn, optOut } from '../outbox/service-window.ts';
import { QUEUE_MODES } from '../policy/policy.ts';
import { QUEUE_MAX } from '../policy/turn.ts';
import { onApprovals } from '../questions/approvals.ts';
import { onVerdict } from '../questions/verdicts.ts';
import { wantedAgain } from '../state/attachments.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { setMessages, waiting, waitingRuns } from '../state/messages.ts';
import type { Message } from '../state/rows.ts';
import { scheduleOfRun } from '../state/schedules.ts';
import { openTurn, type State, withoutTimer } from '../state/state.ts';
import { namedWords, stopKeptBack } from '../turn/given-up.ts';
import { queueMode, startTurn } from '../turn/queue.ts';
import { stopTurn } from '../turn/stop.ts';
import { onDeep, onEnd } from './deep-work.ts';
import { onHelp } from './help.ts';
import { onAssistant, onModel } from './preferences.ts';
import { homeOf, onProject } from './projects.ts';
import { onQuiet } from './quiet-hours.ts';
import { onScheduleCommand } from './schedules.ts';
import { onNew, onSessions, undoRefusal } from './sessions.ts';
import { statusOf } from './status.ts';
import { onTimezone } from './timezone.ts';

// The commands that the relay answers itself, at once, even while a turn runs. The command's own message is already
// settled.

export function onCommand(state: State, { name, rest }: Command, ctx: Context): Decision {
  const say = (text: string, next = state): Decision => noEffects(enqueue(next, 'notice', null, [text], ctx));
  switch (name) {
    case 'project':
      return onProject(state, rest, ctx);
    case 'new':
      return onNew(state, ctx);
    case 'sessions':
      return onSessions(state, rest, ctx);
    case 'undo':
      // Undoing a turn is the machine’s work and does not come here (inbound/command-message.ts).
      return say(undoRefusal(state));
    case 'model':
      return onModel(state, rest, ctx);
    case 'assistant':
      return onAssistant(state, rest, ctx);
    case 'help':
      return onHelp(state, rest, ctx);
    case 'status':
      return noEffects(
        tell(state, texts.state.status(statusOf(state, retryable(state).length, ctx.now, ctx.policy)), ctx),
      );
    case 'stop':
      return onStop(state, rest, ctx);
    case 'retry':
      return onRetry(state, ctx);
    case 'more':
      return onMore(state, ctx);
    case 'queue':
      return onQueue(state, rest.toLowerCase(), ctx);
    case 'deep':
      return onDeep(state, ctx);
    case 'end':
      return onEnd(state, ctx);
    case 'btw':
      return rest === '' ? say(texts.deep.asideUse) : noEffects(state);
    case 'approve':
      return onVerdict(state, 'allow', rest, ctx);
    case 'deny':
      return onVerdict(state, 'deny', rest, ctx);
    case 'approvals':
      return onApprovals(state, rest, ctx);
    case 'timezone':
      return onTimezone(state, rest, ctx, onCommand);
    case 'quiet':
      return onQuiet(state, rest, ctx);
    case 'files':
      return say(texts.files.use);
    case 'schedule':
    case 'remind':
    case 'standup':
    case 'schedules':
    case 'pause':
    case 'resume':
    case 'skip':
    case 'cancel':
    case 'run':
      return onScheduleCommand(state, { name, rest }, ctx);
    case 'verbose': {
      if (rest === '') return say(texts.verboseIs(state.conversation.verbose));
      const verbose = rest.toLowerCase() === 'on';
      if (!verbose && rest.toLowerCase() !== 'off') return say(texts.verboseUse);
      return say(texts.verbose(verbose), { ...state, conversation: { ...state.conversation, verbose } });
    }
  }
}

/** What waits is dropped first, so that nothing of it slips into the turn's place; then the running turn is stopped. */
function onStop(state: State, rest: string, ctx: Context): Decision {
  const turn = openTurn(state);
  const queued = [...waiting(state), ...waitingRuns(state)];
  const active = state.messages.filter((m) => m.state === 'active' && turn?.stopping == null);
  const kept = stopKeptBack(state, turn?.stopping ?? ctx.now);
  const dropped = [...kept.stopped, ...active, ...queued].sort((a, b) => a.seq - b.seq);
  if (!turn && dropped.length === 0) {
    const text = rest === '' ? texts.nothingToStop : texts.nothingToStopBefore(rest);
    return noEffects(enqueue(state, 'notice', null, [text], ctx));
  }
  // A second /stop belongs to the first: /retry brings back what both dropped.
  const stoppedAt = turn?.stopping ?? ctx.now;
  const emptied = setMessages(kept.state, (m) => queued.includes(m), { state: 'failed', stoppedAt });
  const idle = withoutTimer(withoutTimer(emptied, 'gather'), 'waiting');
  const wordsOfTask = (m: Message): string | undefined =>
    m.run === null ? undefined : scheduleOfRun(state, m.run)?.prompt;
  const named = dropped.map((m) => namedWords(m, wordsOfTask(m)));
  const told = enqueue(idle, 'notice', turn?.id ?? null, [texts.stopped(named)], ctx);
  return turn ? stopTurn(told, turn, ctx) : noEffects(told);
}

/**
 * What /retry brings back: what went wrong last. That is what one /stop dropped, or what failed; what was stopped long
 * before was meant, and does not come back with a later failure.
 */
function retryable(state: State): Message[] {
  const failed = state.messages.filter((m) => m.state === 'failed');
  const last = failed.at(-1);
  return last ? failed.filter((m) => m.stoppedAt === last.stoppedAt) : [];
}

function onRetry(state: State, ctx: Context): Decision {
  if (openTurn(state)?.stopping != null) return noEffects(enqueue(state, 'notice', null, [texts.stillStopping], ctx));
  const back = retryable(state);
  if (back.length === 0) return noEffects(enqueue(state, 'notice', null, [texts.nothingToRetry], ctx));
  const told = enqueue(state, 'notice', null, [texts.retrying(back.length, back.length >= QUEUE_MAX)], ctx);
  const messages = told.messages.map((m) =>
    back.includes(m) ? { ...anew(m, ctx), project: homeOf(state, m.project) } : m,
  );
  const again = wantedAgain({ ...told, messages }, back);
  return openTurn(again) ? noEffects(again) : startTurn(again, ctx);
}

/**
 * What was given up goes on under its old uuid, so that the agent continues it. What was stopped, or ended in an error, is
 * asked again: by a new uuid the agent does not take it for the text it was at.
 */
const anew = (message: Message, ctx: Context): Message => ({
  ...message,
  ...(message.stoppedAt === null && message.tried ? {} : { uuid: ctx.uuid(), tried: false }),
  state: 'waiting',
  turn: null,
  stoppedAt: null,
});

function onMore(state: State, ctx: Context): Decision {
  const page = state.pages.at(-1);
  const sent = page ? sendPageParts(state, page, ctx) : null;
  return noEffects(sent ?? enqueue(state, 'notice', null, [texts.nothingMore], ctx));
}

function onQueue(state: State, word: string, ctx: Context): Decision {
  const chosen = QUEUE_MODES.find((mode) => mode === word);
  if (!chosen && word !== '')
    return noEffects(enqueue(state, 'notice', null, [texts.queueUse(findMisspelt(word, QUEUE_MODES))], ctx));
  if (!chosen) return noEffects(enqueue(state, 'notice', null, [texts.queueModeIs(queueMode(state, ctx.policy))], ctx));
  const next = { ...state, conversation: { ...state.conversation, queueMode: chosen } };
  return noEffects(enqueue(next, 'notice', null, [texts.queueMode(chosen)], ctx));
}

/** A word the SMS carrier acts on by itself: noted, never answered, never a turn. */
export function onOptOut(state: State, message: Message, word: 'stop' | 'start' | 'help', ctx: Context): Decision {
  const noted = setMessages(state, (m) => m.seq === message.seq, { state: 'consumed', turn: null });
  if (word === 'stop') return { ...noEffects(optOut(noted, ctx.now)), log: [{ level: 'info', event: 'opted-out' }] };
  if (word === 'start')
    return { ...noEffects(welcomeBack(optIn(noted, ctx), ctx)), log: [{ level: 'info', event: 'opted-in' }] };
  return noEffects(noted);
}

/** Texts that came while nothing could be answered are not forgotten. */
function welcomeBack(state: State, ctx: Context): State {
  const kept = state.messages.filter((m) => m.state === 'failed').length;
  return kept === 0 ? state : enqueue(state, 'notice', null, [texts.optedBack(kept)], ctx);
}
