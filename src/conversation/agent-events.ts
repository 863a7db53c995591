import type { MachineEvent, Request } from '../protocol/index.ts';
import { texts } from '../texts/index.ts';
import { backUpRunningTurn } from './machine/backup.ts';
import { tellOtherEnds, withAnswer, withResult } from './outbox/answer-replies.ts';
import { closeFileRequest, readsOfSendFile, sendFile } from './outbox/outgoing-files.ts';
import { enqueue } from './outbox/replies.ts';
import { onRequest, onRequestOver, readsOfRequest, receiveRequest } from './questions/agent-questions.ts';
import { answerQuestion, type RequestRef } from './questions/answer-delivery.ts';
import { isWorkAsked, showWork } from './repositories/show-work.ts';
import { onScheduleRequest, readsOfScheduleRequest } from './schedules/agent-tools.ts';
import { onChecked, onRunResult } from './schedules/runs.ts';
import { andThen, noEffects } from './state/decision.ts';
import type { Context, Decision, Event } from './state/events.ts';
import { noteHappening } from './state/happenings.ts';
import { hasUnanswered, setMessages } from './state/messages.ts';
import type { Read } from './state/reads.ts';
import type { Attempt, Message, Turn } from './state/rows.ts';
import { findOpenTurn, type State, withAttempt, withoutTimer } from './state/state.ts';
import { namesOf } from './state/trace.ts';
import {
  consume,
  hintAtLength,
  notePlace,
  noteSteps,
  noteUsage,
  onCompacted,
  onStarted,
  readsOfAnswer,
} from './turn/agent-status.ts';
import { receiveEvent } from './turn/attempts.ts';
import { tellKeptBack } from './turn/given-up.ts';
import { noteProgress } from './turn/progress.ts';
import { endAttempt } from './turn/queue.ts';
import { forgiveTries, noteStep, onEnded } from './turn/retry.ts';
import { noteSession, readsOfSession } from './turn/sessions.ts';

// One case for each event of the protocol. turn/attempts.ts decides whether an event counts at all. The agent reaches
// questions, schedules and files only from here.

type MachineArrival = Extract<Event, { type: 'machine' }>;

/** The reads of the event's case below, and for an open run the deliveries to others. */
export function readsOfAgentEvent({ event, attempt }: MachineArrival, hot: State): Read[] {
  if (event.type === 'request') return readsOfAgentRequest(event.request, attempt.turn);
  const run = findOpenTurn(hot)?.run ?? null;
  const given: Read[] = run === null ? [] : [{ rows: 'deliveries', run }];
  if (event.type === 'session') return [...given, ...readsOfSession(event.session_id)];
  return event.type === 'result' ? [...given, ...readsOfAnswer(event.user_message_uuids)] : given;
}

function readsOfAgentRequest(request: Request, turn: string): Read[] {
  if (request.kind === 'send_file') return readsOfSendFile(turn);
  return request.kind === 'schedule'
    ? [...readsOfRequest(request, turn), ...readsOfScheduleRequest(request.wish)]
    : readsOfRequest(request, turn);
}

/** Applies an event of the open attempt. An event out of sequence changes nothing. */
export function onAgentEvent(before: State, { event, ...from }: MachineArrival, ctx: Context): Decision {
  const received = receiveEvent(before, { event, ...from }, ctx);
  if ('decision' in received) return received.decision;
  const { applied: state, turn, attempt } = received;
  switch (event.type) {
    case 'session':
      return noEffects(backUpRunningTurn(noteSession(state, turn, event.session_id, ctx), ctx));
    case 'session_lost': {
      const forgotten = noteSession(state, turn, null, ctx);
      const said = event.seeded === false ? texts.sessionForgotten : texts.sessionLost;
      const noted = noteHappening(forgotten, event.seeded === false ? 'session-lost' : 'session-seeded', ctx.now);
      return {
        state: enqueue(noted, 'notice', [said], ctx, { turn: turn.id }),
        effects: [],
        log: [{ level: 'warn', event: 'session-lost', ...namesOf(turn) }],
      };
    }
    case 'progress':
      return noEffects(noteProgress(state, event.text, ctx));
    case 'result': {
      if (turn.run !== null) return noEffects(onRunResult(state, turn, event, ctx));
      // The person has read that the side question was dropped. /retry asks it again.
      if (turn.stopping !== null) return noEffects(state);
      const { user_message_uuids: uuids } = event;
      const settled = event.is_error ? failed(state, uuids) : consume(state, turn, uuids, ctx, { inPassing: true });
      const shown = forgiveTries(settled, { ...turn, progress: null });
      const answered =
        event.diff !== undefined && isWorkAsked(state, uuids)
          ? showWork(shown, turn, event.diff, ctx)
          : withResult(shown, turn.id, event, ctx, settled !== state);
      const told = event.is_error ? answered : tellOtherEnds(answered, turn.id, uuids, ctx);
      return noEffects(hintAtLength(tellKeptBack(told, ctx), turn, ctx));
    }
    case 'aside':
      return noEffects(withAside(state, turn, event, ctx));
    case 'usage':
      return noEffects(noteUsage(state, turn, event, ctx));
    case 'compacted':
      return noEffects(onCompacted(state, turn, event, ctx));
    case 'checked':
      return noEffects(onChecked(state, turn, event, ctx));
    case 'waiting':
      return noEffects(notePlace(state, turn, event.place, ctx));
    case 'started':
      return noEffects(onStarted(state, turn, attempt, ctx));
    case 'request': {
      const ref = { turn: turn.id, n: attempt.n, request: event.request_id };
      return onAgentRequest(state, { turn, attempt }, ref, event.request, ctx);
    }
    case 'request_over':
      return onRequestOver(
        closeFileRequest(state, event.request_id),
        { turn: turn.id, request: event.request_id },
        ctx,
      );
    case 'tool_ended':
      return noEffects(event.is_error ? state : noteStep(state, turn, ctx.now - attempt.openedAt - attempt.waitedMs));
    case 'steps':
      return noEffects(noteSteps(state, attempt, event, ctx));
    case 'ending':
      return noEffects(withAttempt(state, { ...attempt, state: 'ending' }));
    case 'ended':
      return onEnded(endAttempt(state, event.outcome, event.reason, ctx), event, ctx);
    default:
      return noEffects(state);
  }
}

function onAgentRequest(
  state: State,
  { turn, attempt }: { turn: Turn; attempt: Attempt },
  ref: RequestRef,
  request: Request,
  ctx: Context,
): Decision {
  if (request.kind === 'send_file') return sendFile(state, attempt, ref.request, request, ctx);
  const received = receiveRequest(state, turn, ref, request, ctx);
  if ('decision' in received) return received.decision;
  const { question } = received;
  if (request.kind !== 'schedule') return onRequest(state, turn, question, request, ctx);
  const { decision, ok, text } = onScheduleRequest(state, turn, request.wish, ctx);
  return andThen(decision, (next) => answerQuestion(next, question, { kind: 'done', ok, text }, ctx));
}

/** A failed result answers nothing. Its messages wait for /retry, which asks them again. */
function failed(state: State, uuids: readonly string[]): State {
  const isIt = (m: Message): boolean => m.state === 'active' && uuids.includes(m.uuid);
  return state.messages.some(isIt)
    ? setMessages(state, isIt, { state: 'failed', turn: null, tried: false, steered: false })
    : state;
}

/**
 * The answer to a side question. It quotes the question while other work goes on, and is never part of a run's words.
 */
function withAside(
  state: State,
  turn: Turn,
  { uuid, text }: Extract<MachineEvent['event'], { type: 'aside' }>,
  ctx: Context,
): State {
  const isIt = (m: Message): boolean => m.uuid === uuid && m.state === 'active';
  const question = state.messages.find(isIt);
  if (!question) return state;
  const paid = withoutTimer(state, 'steer', uuid);
  const consumed = setMessages(paid, isIt, { state: 'consumed' });
  const answer = text.trim() === '' ? texts.deep.noAside : text;
  const named = hasUnanswered(consumed) ? texts.deep.aside(question.text, answer) : answer;
  return withAnswer(consumed, { turn: turn.run === null ? turn.id : null, text: named }, ctx);
}
