// When a part that does not answer is given up. One that computes, or waits for its share of the processor, is slow and is
// left to its work: killing it on a busy computer only makes more work. Pure.

export type Patience = {
  /** Between two looks while all is well. */
  lookEveryMs: number;
  answerWithinMs: number;
  /** So many looks in a row without an answer, and nothing done meanwhile: it hangs. */
  idleMisses: number;
  /** However busy: after so long without an answer it is going round in circles. */
  busyForMs: number;
};

export const PATIENCE: Patience = { lookEveryMs: 2_000, answerWithinMs: 1_500, idleMisses: 3, busyForMs: 120_000 };

/** What a process and all below it have computed so far, and whether one of them wants to go on this very moment. */
export type Effort = { cpuMs: number; wantsMore: boolean };

/** A look that got no answer. `away`: nobody listens there. */
export type Miss = { since: number; at: number; kind: 'silent' | 'away'; effort: Effort };

const AWAY_MISSES = 3;
/** Less than that is what an idle process does for its timers. */
const BUSY_SHARE = 0.02;

export function isBusy(before: Effort, now: Effort, elapsedMs: number): boolean {
  return now.wantsMore || now.cpuMs - before.cpuMs >= elapsedMs * BUSY_SHARE;
}

/** Why to give up after these misses in a row, as the end of a sentence; null to go on waiting. */
export function complaintOf(misses: readonly Miss[], patience: Patience): string | null {
  const last = misses.at(-1);
  const first = misses[0];
  if (!last || !first) return null;
  const away = misses.slice(-AWAY_MISSES);
  if (away.length === AWAY_MISSES && away.every(({ kind }) => kind === 'away')) return 'is no longer reachable';
  const silentMs = last.at - first.since;
  const silence = `hasn't answered for ${Math.round(silentMs / 1000)} s`;
  if (silentMs >= patience.busyForMs) return `${silence}, although it's busy`;
  const recent = misses.slice(-patience.idleMisses);
  if (recent.length < patience.idleMisses) return null;
  const worked = recent.some((miss, n) => {
    const before = recent[n - 1];
    return before ? isBusy(before.effort, miss.effort, miss.at - before.at) : miss.effort.wantsMore;
  });
  return worked ? null : `${silence} and is idle`;
}
