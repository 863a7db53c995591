// How long things take at the fake Fly. Pure. Everything is divided by `scale`, also what a machine's own settings say
// in seconds (its kill time-out), so that half an hour of the platform can be watched in seconds.

export type Pace = {
  /** A create call, until its answer. */
  createMs: number;
  /** A new machine stays in `created` while its image is prepared ("some seconds", field reports). */
  imagePullMs: number;
  /** From starting to started: a cold start takes about 2 s (documented). */
  startMs: number;
  /** From suspended to started: "a few hundred ms" (documented). */
  resumeMs: number;
  /** From started until the program is run; its own start comes on top. */
  bootMs: number;
  /** From the end of the program to `stopped`; also the proxy's short wait before it sends the signal. */
  stopMs: number;
  /** A volume is `creating`. The answer comes when it is `created`. */
  volumeMs: number;
  deleteMs: number;
  /** The time of an update besides stopping and starting: about 20 s in total (documented). */
  updateMs: number;
  /** Between two tries of the restart policy. */
  restartMs: number;
  /** The proxy's pass that stops idle machines runs "every few minutes" (documented); 0: only by passNow(). */
  passMs: number;
  /**
   * A machine with less idle time than this is left alone by a pass; nothing is documented, so it may be hit at once.
   */
  firstIdleMs: number;
  /** How long the proxy holds a request for a machine that is on its way; not documented. */
  holdMs: number;
  /** A volume that was deleted can be recovered for 24 hours (documented), then it is gone. */
  volumeKeptMs: number;
  scale: number;
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const REALISTIC: Pace = {
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

/** A held request waits for a program that starts at the speed of this computer, however fast the platform is. */
const HOLD_AT_LEAST_MS = 30 * SECOND;

/** The pace as it is lived: all milliseconds divided by the scale. */
export function paceOf(given: Partial<Pace> = {}): Pace {
  const wanted = { ...REALISTIC, ...given };
  const { scale } = wanted;
  const scaled = Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, value / scale]));
  const holdMs = given.holdMs ?? Math.max(REALISTIC.holdMs / scale, HOLD_AT_LEAST_MS);
  return { ...wanted, ...scaled, holdMs, scale };
}
