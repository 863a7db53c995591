import type { MachineEvent } from '../../protocol/index.ts';
import { texts } from '../../texts/index.ts';
import { askToStop } from '../commands/commands.ts';
import { onTheWay, steer } from '../inbound/inbound-message.ts';
import { turnRuns } from '../machine/backup.ts';
import { doubt, trusted } from '../machine/lifecycle.ts';
import { onOtherJournal, onRestored, withJournal } from '../machine/restore.ts';
import { broughtUpToDate } from '../machine/upgrade.ts';
import { withAnswer, withResult } from '../outbox/answer-replies.ts';
import { requestOver, sendFile } from '../outbox/outgoing-files.ts';
import { enqueue } from '../outbox/replies.ts';
import { backoff } from '../policy/backoff.ts';
import { REACH_BACKOFF_MS, REACH_GIVE_UP_MS, STEADY_MS, TELL_UNREACHABLE_MS } from '../policy/machine.ts';
import type { Policy } from '../policy/policy.ts';
import { BUSY_GIVE_UP_MS } from '../policy/turn.ts';
import { onRequest, onRequestOver } from '../questions/questions.ts';
import { onChecked, onRunResult } from '../schedules/runs.ts';
import type { AttemptRef, Context, Decision, Event } from '../state/events.ts';
import type { Attempt, Message, Turn } from '../state/rows.ts';
import {
  findTimer,
  openAttempt,
  openTurn,
  type State,
  withAttempt,
  withoutTimer,
  withTimer,
  withTurn,
} from '../state/state.ts';
import { addCost, begun, compacted, consume, hint, inLine, noteUsage } from './agent-status.ts';
import { giveUp, onEnded } from './ending.ts';
import { tellKeptBack } from './given-up.ts';
import { noteProgress } from './progress.ts';
import { endAttempt, hasUnanswered, same, setMessages } from './queue.ts';
import { gotOn, stepped } from './retry.ts';
import { noteSession } from './sessions.ts';

// One try at a turn: taken by the machine, followed event by event, ended once. Events of another attempt, of another
// journal or already applied change nothing.

/** The machine that answers has another memory than the one that had the attempt. */
const OTHER_JOURNAL = { outcome: 'lost', reason: 'other journal' } as const;

type AttemptEvent = Exclude<Extract<Event, { attempt: AttemptRef }>, { type: 'files-forgotten' }>;

export function decideAttempt(state: State, event: AttemptEvent, ctx: Context, policy: Policy): Decision {
  const attempt = openAttempt(state);
  const turn = openTurn(state);
  if (event.type === 'steer-refused') return steerRefused(state, event.uuid);
  if (!attempt || !turn || attempt.turn !== event.attempt.turn || attempt.n !== event.attempt.n) return same(state);
  switch (event.type) {
    case 'attempt-taken':
      return onTaken(state, turn, attempt, event.journal, ctx, policy);
    case 'other-journal':
      return onOtherJournal(state, event.journal, ctx);
    case 'restored':
      return onRestored(state, event.restored, ctx);
    case 'attached':
      return same(event.steady ? reachable(state, turn) : reopened(state, turn, ctx.now));
    case 'unreachable':
      if (event.isBusy) return busy(state, turn, event.reason, ctx, policy);
      return unreachable(state, turn, event.reason, ctx, policy);
    case 'attempt-lost':
      return onEnded(endAttempt(state, 'lost', ctx), { outcome: 'lost', reason: event.reason }, ctx, policy);
    case 'attempt-refused': {
      const changed = event.isOutdated === true && turn.stopping === null ? broughtUpToDate(state) : null;
      if (changed) return unreachable(changed, turn, event.reason, ctx, policy);
      const why = event.isFull ? 'disk-full' : 'refused';
      return giveUp(endAttempt(state, 'refused', ctx), why, event.reason, ctx, policy);
    }
    case 'steered':
      return steerNext(withoutTimer(state, 'steer', event.uuid), ctx);
    case 'machine': {
      if (attempt.journal !== event.journal) {
        return onEnded(endAttempt(state, 'lost', ctx), OTHER_JOURNAL, ctx, policy);
      }
      if (event.seq <= attempt.lastSeq) return same(state);
      // The journal has them all: read again from the last applied one.
      if (event.seq !== attempt.lastSeq + 1) {
        return unreachable(state, turn, `event ${event.seq} followed ${attempt.lastSeq}`, ctx, policy);
      }
      const reached = reachable(state, turn);
      return onEvent(withAttempt(reached, { ...attempt, lastSeq: event.seq }), event.event, ctx, policy);
    }
  }
}

/** The machine has the attempt: what was meant for it in the meantime follows. */
function onTaken(state: State, turn: Turn, attempt: Attempt, journal: string, ctx: Context, policy: Policy): Decision {
  if (attempt.journal !== null && attempt.journal !== journal) {
    return onEnded(endAttempt(state, 'lost', ctx), OTHER_JOURNAL, ctx, policy);
  }
  const isNew = attempt.state === 'requested';
  // Its time begins now: the machine may have been away, or have had to be made, for longer than a turn may take.
  const now: Attempt = { ...attempt, journal, ...(isNew ? { state: 'running', openedAt: ctx.now } : {}) };
  const taken = withAttempt(reachable(state, turn), now);
  const kept = turnRuns(withJournal(taken, journal), ctx, policy);
  if (turn.stopping) return askToStop(kept, ctx);
  return steerNext(kept, ctx);
}

function steerNext(state: State, ctx: Context): Decision {
  const next = onTheWay(state)[0];
  return next ? steer(state, next.uuid, ctx) : same(state);
}

function onEvent(state: State, event: MachineEvent['event'], ctx: Context, policy: Policy): Decision {
  const turn = openTurn(state);
  const attempt = openAttempt(state);
  if (!turn || !attempt) return same(state);
  switch (event.type) {
    case 'session':
      return same(turnRuns(noteSession(state, turn, event.session_id, ctx), ctx, policy));
    case 'session_lost': {
      const forgotten = noteSession(state, turn, null, ctx);
      const said = event.seeded === false ? texts.sessionForgotten : texts.sessionLost;
      return {
        state: enqueue(forgotten, 'notice', turn.id, [said], ctx),
        effects: [],
        log: [{ level: 'warn', event: 'session-lost', turn: turn.id }],
      };
    }
    case 'progress':
      return same(noteProgress(state, event.text, ctx, policy));
    case 'result': {
      if (turn.run !== null) return same(onRunResult(state, turn, event, ctx, policy));
      // The person has read that it was dropped: /retry asks for it anew.
      if (turn.stopping !== null) return same(addCost(state, event.cost_usd, ctx, policy));
      const { user_message_uuids: uuids } = event;
      const settled = event.is_error ? failed(state, uuids) : consume(state, turn, uuids, ctx, { inPassing: true });
      const shown = gotOn(addCost(settled, event.cost_usd, ctx, policy), { ...turn, progress: null });
      const answered = withResult(shown, turn.id, event, ctx, policy.maxParts, settled !== state);
      return same(hint(tellKeptBack(answered, ctx), turn, ctx));
    }
    case 'aside':
      return same(withAside(state, turn, event, ctx, policy));
    case 'usage':
      return same(noteUsage(state, turn, event, ctx));
    case 'compacted':
      return same(compacted(state, turn, event, ctx));
    case 'checked':
      return same(onChecked(state, turn, event, ctx));
    case 'waiting':
      return same(inLine(state, turn, event.place, ctx));
    case 'started':
      return same(begun(state, turn, attempt, ctx));
    case 'request': {
      const ref = { turn: turn.id, n: attempt.n, request: event.request_id };
      if (event.request.kind === 'send_file') return sendFile(state, attempt, event.request_id, event.request, ctx);
      return onRequest(state, turn, ref, event.request, ctx, policy);
    }
    case 'request_over':
      return onRequestOver(requestOver(state, event.request_id), { turn: turn.id, request: event.request_id }, ctx);
    case 'tool_ended':
      return same(event.is_error ? state : stepped(state, turn, ctx.now - attempt.openedAt - attempt.waitedMs));
    case 'ending':
      return same(withAttempt(state, { ...attempt, state: 'ending' }));
    case 'ended':
      return onEnded(endAttempt(state, event.outcome, ctx), event, ctx, policy);
    default:
      return same(state);
  }
}

/** A failed result answers nothing: its messages wait for /retry, which asks them anew. */
function failed(state: State, uuids: readonly string[]): State {
  const isIt = (m: Message): boolean => m.state === 'active' && uuids.includes(m.uuid);
  return state.messages.some(isIt)
    ? setMessages(state, isIt, { state: 'failed', turn: null, tried: false, steered: false })
    : state;
}

/** The answer to a side question, which names it where the work it was asked beside goes on; no part of what a run says. */
function withAside(
  state: State,
  turn: Turn,
  { uuid, text, cost_usd: cost }: Extract<MachineEvent['event'], { type: 'aside' }>,
  ctx: Context,
  policy: Policy,
): State {
  const isIt = (m: Message): boolean => m.uuid === uuid && m.state === 'active';
  const question = state.messages.find(isIt);
  if (!question) return state;
  const paid = addCost(withoutTimer(state, 'steer', uuid), cost, ctx, policy);
  const consumed = setMessages(paid, isIt, { state: 'consumed' });
  const answer = text.trim() === '' ? texts.deep.noAside : text;
  const named = hasUnanswered(consumed) ? texts.deep.aside(question.text, answer) : answer;
  return withAnswer(consumed, turn.run === null ? turn.id : null, named, null, ctx, policy.maxParts);
}

/** The machine does not answer: the same attempt is asked for again, because it may well be running there. */
function unreachable(state: State, turn: Turn, reason: string, ctx: Context, policy: Policy): Decision {
  const since = turn.unreachableSince ?? ctx.now;
  if (ctx.now - since >= REACH_GIVE_UP_MS) {
    return giveUp(endAttempt(state, 'unreachable', ctx), 'unreachable', reason, ctx, policy);
  }
  const tried = findTimer(state, 'reach')?.attempts ?? 0;
  const dueAt = ctx.now + backoff(REACH_BACKOFF_MS, tried);
  const tellAt = turn.toldUnreachable ? null : (turn.tellAt ?? ctx.now + TELL_UNREACHABLE_MS);
  const noted = withTurn(state, { ...turn, unreachableSince: since, tellAt });
  const log = [{ level: 'warn' as const, event: 'machine-unreachable', turn: turn.id, tried: tried + 1, reason }];
  const next = withTimer(noted, { kind: 'reach', ref: turn.id, dueAt, attempts: tried + 1 });
  return { state: doubt(next, since, ctx.now), effects: [], log };
}

/** It answers, and still works on what was given up before: this attempt is next there, and asked for again until then. */
function busy(state: State, turn: Turn, reason: string, ctx: Context, policy: Policy): Decision {
  if (ctx.now - turn.openedAt >= BUSY_GIVE_UP_MS) {
    return giveUp(endAttempt(state, 'busy', ctx), 'refused', reason, ctx, policy);
  }
  const tried = findTimer(state, 'reach')?.attempts ?? 0;
  const dueAt = ctx.now + backoff(REACH_BACKOFF_MS, tried);
  const tellAt = turn.toldPlace ? null : (turn.tellAt ?? ctx.now + TELL_UNREACHABLE_MS);
  const answered = trusted(withTurn(state, { ...turn, unreachableSince: null, place: 1, tellAt }));
  const log = [{ level: 'warn' as const, event: 'machine-busy', turn: turn.id, tried: tried + 1, reason }];
  const next = withTimer(answered, { kind: 'reach', ref: turn.id, dueAt, attempts: tried + 1 });
  return { state: next, effects: [], log };
}

/** The machine answered: what was waiting for it is settled. */
export function reachable(state: State, turn: Turn): State {
  const settled = trusted(withoutTimer(state, 'reach'));
  if (turn.unreachableSince === null && turn.tellAt === null) return settled;
  return withTurn(settled, { ...turn, unreachableSince: null, tellAt: null });
}

/** The stream is open again, but has yet to show that it lasts: nothing is forgotten, only the person hears later. */
function reopened(state: State, turn: Turn, now: number): State {
  if (turn.tellAt === null) return state;
  return withTurn(state, { ...turn, tellAt: Math.max(turn.tellAt, now + STEADY_MS) });
}

/** It came too late for that turn: it waits for the next, and so do those behind it. */
function steerRefused(state: State, uuid: string): Decision {
  const refused = state.messages.find((m) => m.uuid === uuid && m.state === 'active' && m.steered);
  if (!refused) return same(withoutTimer(state, 'steer', uuid));
  const back = onTheWay(state).filter((m) => m.seq >= refused.seq || m.uuid === uuid);
  const settled = [uuid, ...back.map((m) => m.uuid)].reduce((next, ref) => withoutTimer(next, 'steer', ref), state);
  const isBack = (m: Message): boolean => m.uuid === uuid || back.some((b) => b.uuid === m.uuid);
  return same(setMessages(settled, isBack, { state: 'waiting', turn: null, steered: false }));
}
