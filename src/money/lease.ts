// The budget of everybody together. The directory counts it and lends parts to conversations, so that no object is on
// the path of every request. Money is whole micro-dollars.

/** null: no limit. */
export type DeploymentLimits = { day: number | null; month: number | null };

/** What was spent on the newest day and in its month, in the deployment's zone. `warned`: the day of the last warning. */
export type Pool = { day: string; month: string; dayMicros: number; monthMicros: number; warned: string | null };
export const EMPTY_POOL: Pool = { day: '', month: '', dayMicros: 0, monthMicros: 0, warned: null };

/** `reported`: all that the conversation ever spent, as it last said. `held`: lent beyond that. */
export type Lease = { conversation: string; reported: number; held: number; askedAt: number };

const PART_MAX = 250_000;
/** A smaller part pays for no request. */
const PART_MIN = 1_000;
/** A lease that nobody asked about for this long is asked back. */
export const LEASE_IDLE_MS = 10 * 60_000;

export function onDate(pool: Pool, date: string): Pool {
  if (date <= pool.day) return pool;
  const month = date.slice(0, 7);
  return { ...pool, day: date, month, dayMicros: 0, monthMicros: month === pool.month ? pool.monthMicros : 0 };
}

/** What the conversation has spent since its last report. Repeating it changes nothing, because `total` only grows. */
export function report(pool: Pool, lease: Lease | null, total: number): { pool: Pool; reported: number } {
  // Money that was spent before the first report belongs to no budget.
  const more = lease === null ? 0 : Math.max(0, total - lease.reported);
  const reported = Math.max(total, lease?.reported ?? 0);
  return { pool: { ...pool, dayMicros: pool.dayMicros + more, monthMicros: pool.monthMicros + more }, reported };
}

/** What is neither spent nor lent to others; null: no limit. */
export function leftOf(pool: Pool, { day, month }: DeploymentLimits, lentToOthers: number): number | null {
  const left = [day === null ? null : day - pool.dayMicros, month === null ? null : month - pool.monthMicros];
  const least = left.filter((each) => each !== null);
  return least.length === 0 ? null : Math.min(...least) - lentToOthers;
}

/** The part that a conversation gets, beyond what its open answers have set aside; 0 when too little is left. */
export function partOf(left: number, holders: number): number {
  const part = Math.min(PART_MAX, Math.floor(left / (4 * Math.max(1, holders))));
  return part >= PART_MIN ? part : 0;
}

/** True for a day on which four fifths of a budget are spent, and nobody was warned yet. */
export const isNearlySpent = ({ day, dayMicros, monthMicros, warned }: Pool, limits: DeploymentLimits): boolean =>
  warned !== day &&
  [
    [dayMicros, limits.day],
    [monthMicros, limits.month],
  ].some(([spent, limit]) => limit != null && (spent ?? 0) * 5 >= limit * 4);
