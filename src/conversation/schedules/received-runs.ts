import { readNumber } from '../../addresses.ts';
import { texts } from '../../texts/index.ts';
import { backoffOf } from '../../units.ts';
import { withAnswer } from '../outbox/answer-replies.ts';
import { GIVE_RETRY_MS, REPORT_TRIES_MAX } from '../policy/schedules.ts';
import type { Context, Decision, Effect, Event } from '../state/events.ts';
import { isAnswerDoubtful } from '../state/heard.ts';
import { addressesOfPerson } from '../state/person.ts';
import { requireRead } from '../state/reads.ts';
import type { Reply } from '../state/rows.ts';
import type { Became, GivenRun, RunReport } from '../state/schedule-rows.ts';
import { isIn } from '../state/standing.ts';
import { OPEN_REPLIES, type State, withoutTimer, withTimer } from '../state/state.ts';
import { addressOfTimer, refOfRun, runOfTimer, type Timer } from '../state/timers.ts';
import { findNextDelivery, isTooLarge } from './fan-out.ts';

// Words of another person's schedule, on the recipient's side: replies like any other, with the owner's address. They
// change nothing else here. The outcome is reported to the owner's conversation; a `report` timer stands for a call
// under way, so that one call ends before the next begins.

type Named = Pick<GivenRun, 'run' | 'owner'>;

const repliesOf = (state: Pick<State, 'replies'>, { run, owner }: Named): Reply[] =>
  state.replies.filter((r) => r.run === run && r.owner === owner);

/** True if this text was taken before. Its outcome may be in the row of another part. */
function hasTaken(state: State, given: GivenRun): boolean {
  requireRead(state, { rows: 'run', id: given.run });
  return repliesOf(state, given).some((r) => r.part === given.part);
}

export function takeRun(state: State, given: GivenRun, ctx: Context): State {
  const { owner, run, schedule, part, text } = given;
  const isOut = state.conversation.optedOutAt !== null || isAnswerDoubtful(state, ctx.now);
  if (hasTaken(state, given) || isOut || isTooLarge(text) || !isIn(state, ctx)) {
    return state;
  }
  // An id of a channel's own says nothing to others, and isn't theirs to know.
  const whose = readNumber(owner) ?? `${ctx.channelOf(owner).name} …${owner.slice(-4)}`;
  const words = `${texts.deliveries.from(whose, schedule)}\n\n${text}`;
  return withAnswer(state, { turn: null, text: words }, ctx, { run, schedule, owner, part });
}

/** The outcome of a given text, new or old. */
export function outcomeOfGiven(state: State, given: GivenRun): Became {
  const became = hasTaken(state, given) ? outcomeOf(state, given) : null;
  if (became) return became;
  const note = state.conversation.optedOutAt !== null ? 'opted-out' : 'access';
  return { state: 'skipped', note, code: null };
}

/** The outcome of the run according to its replies; null if there are none. */
function outcomeOf(state: Pick<State, 'replies'>, named: Named): Became | null {
  const replies = repliesOf(state, named).filter((r) => r.state !== 'replaced');
  const is = (...states: Reply['state'][]): Reply | undefined => replies.find((r) => states.includes(r.state));
  const refused = is('failed', 'parked');
  if (refused) return { state: 'failed', note: 'undelivered', code: refused.errorCode };
  const became = (to: Became['state'], note: Became['note'] = null): Became => ({ state: to, note, code: null });
  if (is('dropped')) return became('skipped', 'newer');
  if (is('held')) return became('held');
  if (is(...OPEN_REPLIES)) return became('given');
  if (is('accepted', 'sent')) return became('sent');
  return replies.length === 0 ? null : became('delivered');
}

/** The report to the owner's conversation; null while there is nothing new. */
export function reportOf(state: State, named: Named): RunReport | null {
  requireRead(state, { rows: 'run', id: named.run });
  const became = outcomeOf(state, named);
  if (!became || became.state === 'given') return null;
  const parts = 1 + Math.max(...repliesOf(state, named).map((r) => r.part));
  const [address = '', ...also] = addressesOfPerson(state);
  return { ...became, run: named.run, address, parts, ...(also.length > 0 ? { also } : {}) };
}

/** Runs after every event: reports on words of other owners, and makes calls to other conversations. */
export function passOn(before: State, decision: Decision, ctx: Context): Decision {
  const { state: after } = decision;
  const changed = after.replies.filter((r) => r.owner !== null && !before.replies.includes(r));
  const state = changed.reduce((next, { run, owner }) => {
    if (run === null || owner === null) return next;
    const isUnderWay = next.timers.some((t) => t.kind === 'report' && t.ref === refOfRun(run, owner));
    const now = outcomeOf(after, { run, owner });
    const isNews = now?.state !== 'given' && now?.state !== outcomeOf(before, { run, owner })?.state;
    return isNews && !isUnderWay ? withReport(next, { run, owner }, 0, ctx) : next;
  }, after);
  const calls = state.timers.filter((t) => !before.timers.includes(t)).flatMap((timer) => callOf(state, timer));
  return { ...decision, state, effects: [...decision.effects, ...calls] };
}

/** A new timer of these kinds means a call now. */
function callOf(state: State, timer: Timer): Effect[] {
  const run = runOfTimer(timer);
  const address = addressOfTimer(timer);
  // While a given run has no report yet, no call is made.
  if (timer.kind === 'deliver') return findNextDelivery(state, run, address) ? [{ do: 'deliver', run, address }] : [];
  if (timer.kind === 'lead') return [{ do: 'lead', address: timer.ref }];
  if (timer.kind === 'let-go') return [{ do: 'let-go', ref: timer.ref }];
  return timer.kind === 'report' ? [{ do: 'report', run, owner: address }] : [];
}

function withReport(state: State, { run, owner }: Named, attempts: number, ctx: Context): State {
  const dueAt = ctx.now + backoffOf(GIVE_RETRY_MS, attempts);
  return withTimer(state, { kind: 'report', ref: refOfRun(run, owner), dueAt, attempts });
}

/** The owner's conversation has the report. News since then follows. */
export function onReportTaken(state: State, event: Extract<Event, { type: 'report-taken' }>, ctx: Context): State {
  requireRead(state, { rows: 'run', id: event.run });
  const now = outcomeOf(state, event);
  const isAll = !now || now.state === 'given' || now.state === event.state;
  return isAll ? withoutTimer(state, 'report', refOfRun(event.run, event.owner)) : withReport(state, event, 0, ctx);
}

/** Nobody has answered the call. `state` is without the timer. */
export function reportAgain(state: State, timer: Timer, ctx: Context): State {
  const attempts = timer.attempts + 1;
  const named = { run: runOfTimer(timer), owner: addressOfTimer(timer) };
  return attempts < REPORT_TRIES_MAX && reportOf(state, named) ? withReport(state, named, attempts, ctx) : state;
}
