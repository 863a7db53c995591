import type { Log } from '../../log.ts';
import { findNearlyUsedUp, type Line } from '../../money/budget.ts';
import { carrierCost, inboundCarrierCost } from '../../money/carrier-prices.ts';
import { machineCost } from '../../money/machine-price.ts';
import { segmentsOf } from '../../money/segments.ts';
import { type SpentOn, settleUnreported, spend, spentIn } from '../../money/spending.ts';
import { texts } from '../../texts/index.ts';
import { withReply } from '../outbox/replies.ts';
import { MERGED_CHARS } from '../policy/outbox.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import type { Reply } from '../state/rows.ts';
import { attemptId, findOpenAttempt, findOpenTurn, type State, withTurn } from '../state/state.ts';
import { namesOfTurn } from '../state/trace.ts';
import { linesNow, spendingNow, withSpending } from './limits.ts';
import { priceOf } from './price.ts';
import { keepBudgetTimer } from './stops.ts';

// Runs after every event: counts messages and the machine's time, settles the requests of an attempt that ended, notes
// what a turn cost, and warns once when a budget is nearly used up. The warning and what an answer cost go below the
// answer, because a message of its own costs money.

export function keepSpending(before: State, event: Event, decision: Decision, ctx: Context): Decision {
  const counted = countMessages(before, event, countMachine(before, decision.state, ctx), ctx);
  const { state, log } = settleAttempt(before, counted, ctx);
  const warned = state.conversation.spending === before.conversation.spending ? state : warn(state, ctx);
  const told = keepBudgetTimer(before, withLines(before, closeTurns(before, warned), ctx), ctx);
  return returnLease(before, { ...decision, state: told, log: [...decision.log, ...log] });
}

function add(state: State, on: SpentOn, micros: number, turn: string | null, ctx: Context): State {
  if (micros === 0) return state;
  const project = state.turns.find((each) => each.id === turn)?.project ?? null;
  return withSpending(state, spend(spendingNow(state, ctx), { on, micros, project, turn: null }));
}

/** Each message in or out, as the carrier takes it. */
function countMessages(before: State, event: Event, state: State, ctx: Context): State {
  const heard =
    event.type === 'message'
      ? add(
          state,
          'carrier',
          inboundCarrierCost(event.message.from, sizeOf(event.message.from, event.message.text, ctx)),
          null,
          ctx,
        )
      : state;
  if (heard.replies === before.replies) return heard;
  return heard.replies.reduce((next, reply) => {
    const was = before.replies.find(({ id }) => id === reply.id);
    const taken = Number(reply.sid !== null && !was?.sid) + Number(reply.doubledSid !== null && !was?.doubledSid);
    const each = carrierCost(reply.to, sizeOf(reply.to, wordsOf(reply, ctx), ctx));
    return taken === 0 ? next : add(next, 'carrier', taken * each, reply.turn, ctx);
  }, heard);
}

const wordsOf = ({ to, body }: Reply, { channelOf, plain }: Context): string =>
  channelOf(to).markup === 'plain' ? plain(body) : body;

const sizeOf = (address: string, text: string, ctx: Context) => ({
  segments: segmentsOf(text),
  price: priceOf(address, ctx),
});

function countMachine(before: State, state: State, ctx: Context): State {
  const { machineMemoryMb = null } = ctx.policy;
  const awakeMs = (state.machine?.awakeMs ?? 0) - (before.machine?.awakeMs ?? 0);
  return machineMemoryMb === null || awakeMs <= 0
    ? state
    : add(state, 'machine', machineCost(awakeMs, machineMemoryMb), null, ctx);
}

/** The attempt is over: requests whose answers never reported are settled at their reserve. */
function settleAttempt(before: State, state: State, ctx: Context): { state: State; log: Log[] } {
  const was = findOpenAttempt(before);
  const now = findOpenAttempt(state);
  if (was === null || state.conversation.spending.open.length === 0) return { state, log: [] };
  if (now !== null && attemptId(now) === attemptId(was)) return { state, log: [] };
  const { spending, left } = settleUnreported(spendingNow(state, ctx), ({ turn }) => turn === was.turn);
  if (left.length === 0) return { state, log: [] };
  const micros = left.reduce((sum, { reserve }) => sum + reserve, 0);
  return {
    state: withSpending(state, spending),
    log: [
      {
        level: 'warn',
        event: 'model-answers-unreported',
        ...namesOfTurn(state, was.turn),
        answers: left.length,
        micros,
      },
    ],
  };
}

/** Nothing runs any more: what is left of everybody's budget goes back. */
function returnLease(before: State, decision: Decision): Decision {
  const { state } = decision;
  const { spending } = state.conversation;
  if (spending.lease === null || findOpenTurn(before) === null || findOpenTurn(state) !== null) return decision;
  const effects = [...decision.effects, { do: 'return-lease' as const, total: spending.total }];
  return { ...decision, effects, state: withSpending(state, { ...spending, lease: null }) };
}

/** A turn that has ended knows what it cost. */
function closeTurns(before: State, state: State): State {
  const turn = findOpenTurn(before);
  const ended = state.turns.find((each) => each.id === turn?.id && each.state !== 'open');
  const spent = ended ? spentIn(state.conversation.spending, ended.id) : null;
  return !ended || spent === null || ended.spent === spent ? state : withTurn(state, { ...ended, spent });
}

function warn(state: State, ctx: Context): State {
  const turn = findOpenTurn(state);
  const project = turn?.project ?? state.conversation.project;
  const spending = spendingNow(state, ctx);
  const keyOf = ({ of, per }: Line): string => (of === 'person' ? `${of}/${per}` : `${of} ${project}/${per}`);
  const near = findNearlyUsedUp(linesNow(state, { turn: null, project }, ctx));
  const news = near.filter((line) => !spending.warned.includes(keyOf(line)));
  const [line] = news;
  if (!line) return state;
  const label = state.projects.find(({ id }) => id === project)?.label ?? project;
  const warning = texts.spending.nearlyUsedUp(line, label);
  return withSpending(state, { ...spending, warned: [...spending.warned, ...news.map(keyOf)], warning });
}

const BETWEEN = '\n\n';

/** Below the last of the new answers that has room: what it cost, if the person wants to know, and a warning. */
function withLines(before: State, state: State, ctx: Context): State {
  const { spending, showsCost } = state.conversation;
  if (state.replies === before.replies || (spending.warning === null && !showsCost)) return state;
  const isNew = ({ id }: Reply): boolean => !before.replies.some((reply) => reply.id === id);
  const reply = state.replies.findLast((each) => isNew(each) && hasRoom(each, ctx));
  if (!reply) return state;
  const now = spendingNow(state, ctx);
  const lines = [
    ...(showsCost ? [texts.spending.ofAnswer(now, reply.turn)] : []),
    ...(now.warning === null ? [] : [now.warning]),
  ];
  const told = withReply(state, reply.id, { body: [reply.body, ...lines].join(BETWEEN) });
  return now.warning === null ? told : withSpending(told, { ...now, warning: null });
}

/** An answer in plain words that leaves now. */
const hasRoom = ({ state, kind, to, body, choices, media, template, owner }: Reply, { channelOf }: Context): boolean =>
  state === 'ready' &&
  kind === 'answer' &&
  [choices, media, template, owner].every((each) => each === null) &&
  body.length + LINES_CHARS <= Math.min(MERGED_CHARS, channelOf(to).limits.text);

/** The longest lines have less. */
const LINES_CHARS = 250;
