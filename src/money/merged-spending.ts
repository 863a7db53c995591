import { SPENT_ON, type Spending } from './spending.ts';

// What two people spent who are one from now on.

/** The release before doesn't say which turns a budget ended. */
export type Spent = Pick<Spending, 'day' | 'month' | 'today' | 'thisMonth' | 'projects'> &
  Partial<Pick<Spending, 'stopped'>>;

/**
 * Adds what the other one spent on the same day and in the same month, so that nobody gets a second budget. Their total
 * was reported under their own name. `ids`: the names of their projects here.
 */
export function addSpent(spending: Spending, other: Spent, ids: Readonly<Record<string, string>>): Spending {
  const [isDay, isMonth] = [other.day === spending.day, other.month === spending.month];
  const sum = (one: Spending['today'], more: Spending['today']): Spending['today'] => {
    const [model, carrier, machine] = SPENT_ON.map((on) => one[on] + more[on]);
    return { model: model ?? 0, carrier: carrier ?? 0, machine: machine ?? 0 };
  };
  const projects = { ...spending.projects };
  for (const [id, { day, month }] of Object.entries(isMonth ? other.projects : {})) {
    const here = ids[id] ?? id;
    const known = projects[here] ?? { day: 0, month: 0 };
    projects[here] = { day: known.day + (isDay ? day : 0), month: known.month + month };
  }
  return {
    ...spending,
    today: isDay ? sum(spending.today, other.today) : spending.today,
    thisMonth: isMonth ? sum(spending.thisMonth, other.thisMonth) : spending.thisMonth,
    projects,
    stopped: [...spending.stopped, ...(other.stopped ?? [])],
  };
}
