import { SPENT_ON, type Spending } from '../../money/spending.ts';
import { type DayFigures, emptyDay, type Figures, WAITS, type Wait } from '../state/figures.ts';
import type { Turn } from '../state/rows.ts';
import { findOpenTurn, type State } from '../state/state.ts';
import { OTHER, withModel } from './sums.ts';
import { withWait } from './waits.ts';

// Counts for the overview what a commit changes: money, turns and how long people waited. All of it changes in commits
// that write the conversation's row anyway, but for turns that end without words.

/** A late telling still brings the figures of yesterday. */
const DAYS_KEPT = 2;

/** `day`: of the deployment's zone. `waits`: those of the open turn that are known, in milliseconds. */
export type Counting = { day: string; waits: Partial<Record<Wait, number>> };

/** The state after a commit, with its figures. */
export function countFigures(before: State, after: State, { day, waits }: Counting): State {
  const { figures } = after.conversation;
  const known = figures.days.find((each) => each.day === day) ?? emptyDay(day);
  const paid = withMoney(known, before.conversation.spending, after.conversation.spending);
  const open = findOpenTurn(before);
  const { today, counted, failing } = open
    ? withTurn(paid, open, { ...figures, after, waits })
    : { ...figures, today: paid };
  const isSame = today === known && counted === figures.counted && failing === figures.failing;
  if (isSame) return after;
  const others = figures.days.filter((each) => each.day !== day);
  const days = today === known && others.length === figures.days.length ? figures.days : [today, ...others];
  const next: Figures = { ...figures, counted, failing, days: days.slice(0, DAYS_KEPT) };
  return { ...after, conversation: { ...after.conversation, figures: next } };
}

function withMoney(today: DayFigures, before: Spending, after: Spending): DayFigures {
  if (before === after) return today;
  const isSameMonth = before.month === after.month;
  const [model, carrier, machine] = SPENT_ON.map(
    (on) => after.thisMonth[on] - (isSameMonth ? before.thisMonth[on] : 0),
  ) as [number, number, number];
  if (model === 0 && carrier === 0 && machine === 0) return today;
  let { models } = today;
  let named = 0;
  for (const { id, model: name } of before.open) {
    const settled = after.open.some((each) => each.id === id)
      ? undefined
      : after.settled.find((each) => each.id === id);
    models = withModel(models, name, settled?.micros ?? 0);
    named += settled?.micros ?? 0;
  }
  // A correction doesn't say of which model it is.
  models = withModel(models, OTHER, model - named);
  return { ...today, models, carrier: today.carrier + carrier, machine: today.machine + machine };
}

type Known = Pick<Figures, 'counted' | 'failing'> & Pick<Counting, 'waits'> & { after: State };

/** Counts the turn once: with its first words, or at its end. */
function withTurn(
  today: DayFigures,
  { id }: Turn,
  { after, waits, counted, failing }: Known,
): Pick<Figures, 'counted' | 'failing'> & { today: DayFigures } {
  const hasWords = after.replies.some((r) => r.turn === id && r.kind !== 'notice');
  const ended = after.turns.find((turn) => turn.id === id && turn.state !== 'open');
  // The agent may say that it failed, or the turn is given up.
  const outcome = after.attempts.findLast(({ turn }) => turn === id)?.outcome;
  const isFailed = ended?.state === 'failed' || (ended !== undefined && outcome === 'failed');
  const so = { counted, failing: isFailed || (failing && !ended && !(hasWords && counted !== id)) };
  const failed = isFailed ? { ...today, failed: today.failed + 1 } : today;
  if (counted === id || !(hasWords || ended)) return { ...so, today: failed };
  const known = hasWords ? WAITS : [];
  const all = { ...failed.waits };
  for (const wait of known) {
    const ms = waits[wait];
    if (ms !== undefined) all[wait] = withWait(all[wait], ms);
  }
  return { ...so, counted: id, today: { ...failed, turns: failed.turns + 1, waits: all } };
}
