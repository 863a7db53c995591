// The documented limits of the Machines API: a number of calls per second for each action and identifier, with a burst.
// Keeps one bucket per pair, in memory.

type Limit = { perSecond: number; burst: number };

const LIMITS: Record<string, Limit> = {
  default: { perSecond: 1, burst: 3 },
  'machine.get': { perSecond: 5, burst: 10 },
  'app.delete': { perSecond: 100 / 60, burst: 100 },
};

export type RateLimits = {
  /** Counts the call; false when it exceeds the limit. */
  admit(action: string, identifier: string, now: number): boolean;
};

/** `scale` shortens the seconds, as everywhere (see pace.ts). */
export function createRateLimits(scale: number): RateLimits {
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    admit(action, identifier, now) {
      const limit = LIMITS[action] ?? (LIMITS.default as Limit);
      const key = `${action} ${identifier}`;
      const bucket = buckets.get(key) ?? { left: limit.burst, at: now };
      const refilled = ((now - bucket.at) / 1000) * limit.perSecond * scale;
      const left = Math.min(limit.burst, bucket.left + refilled);
      const admitted = left >= 1;
      buckets.set(key, { left: admitted ? left - 1 : left, at: now });
      return admitted;
    },
  };
}
