// Decides when a part that doesn't answer health checks is restarted. A part that uses the processor or waits for it is
// only slow and is left alone, because a restart on a busy computer makes things worse. Pure.

export type Patience = {
  /** The pause between two health checks while the part answers. */
  lookEveryMs: number;
  answerWithinMs: number;
  /** After this many checks in a row without an answer, an idle part counts as hung. */
  idleMisses: number;
  /** After this time without an answer, even a busy part counts as hung. */
  busyForMs: number;
};

export const PATIENCE: Patience = { lookEveryMs: 2_000, answerWithinMs: 1_500, idleMisses: 3, busyForMs: 120_000 };

/** The processor time of a process and its children so far, and whether one of them is running or waiting to run. */
export type Effort = { cpuMs: number; wantsMore: boolean };

/** A health check without an answer. `away`: nothing listens on the port. */
export type Miss = { since: number; at: number; kind: 'silent' | 'away'; effort: Effort };

const AWAY_MISSES = 3;
/** An idle process with timers uses less than this share of the processor. */
const BUSY_SHARE = 0.02;

export function isBusy(before: Effort, now: Effort, elapsedMs: number): boolean {
  return now.wantsMore || now.cpuMs - before.cpuMs >= elapsedMs * BUSY_SHARE;
}

/** The reason to restart the part after these misses in a row, as the end of a sentence; null to keep waiting. */
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
