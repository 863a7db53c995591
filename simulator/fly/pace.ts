// How long things take at the fake Fly. Pure. All times are divided by `scale`, including those in a machine's own
// settings (its kill time-out), so that half an hour of the platform takes seconds.

export type FlyPace = {
  /** A create call, until its answer. */
  createMs: number;
  /** A new machine stays in `created` while its image is prepared ("some seconds", field reports). */
  imagePullMs: number;
  /** From starting to started: a cold start takes about 2 s (documented). */
  startMs: number;
  /** From suspended to started: "a few hundred ms" (documented). */
  resumeMs: number;
  /** From `started` until the program runs; the program's own start comes on top. */
  bootMs: number;
  /** From the program's end to `stopped`; also the proxy's short wait before it sends the signal. */
  stopMs: number;
  /** How long a volume is `creating`. The answer comes once it is `created`. */
  volumeMs: number;
  deleteMs: number;
  /** The time of an update without stop and start: about 20 s in total (documented). */
  updateMs: number;
  /** Between two attempts of the restart policy. */
  restartMs: number;
  /** The proxy stops idle machines in a pass "every few minutes" (documented); 0: only in passNow(). */
  passMs: number;
  /**
   * A pass leaves machines alone that have been idle for less than this. Undocumented, so a pass may stop a machine at
   * once.
   */
  firstIdleMs: number;
  /** How long the proxy holds a request for a machine that is starting; not documented. */
  holdMs: number;
  /** A deleted volume can be recovered for 24 hours (documented); then it is gone. */
  volumeKeptMs: number;
  scale: number;
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const REALISTIC: FlyPace = {
  createMs: 800,
  imagePullMs: 8 * SECOND,
  startMs: 2 * SECOND,
  resumeMs: 300,
  bootMs: 0,
  stopMs: 500,
  volumeMs: 1500,
  deleteMs: 2 * SECOND,
  updateMs: 8 * SECOND,
  restartMs: 1 * SECOND,
  passMs: 5 * MINUTE,
  firstIdleMs: 0,
  holdMs: 60 * SECOND,
  volumeKeptMs: 24 * 60 * MINUTE,
  scale: 1,
};

/** A held request waits for a program that starts at this computer's speed, whatever the platform's scale. */
const HOLD_AT_LEAST_MS = 30 * SECOND;

/** The pace in real milliseconds: divided by the scale. */
export function paceOf(given: Partial<FlyPace> = {}): FlyPace {
  const wanted = { ...REALISTIC, ...given };
  const { scale } = wanted;
  const scaled = Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, value / scale]));
  const holdMs = given.holdMs ?? Math.max(REALISTIC.holdMs / scale, HOLD_AT_LEAST_MS);
  return { ...wanted, ...scaled, holdMs, scale };
}
