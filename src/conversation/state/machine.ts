// The machine created for one conversation, as far as the relay knows it. A conversation on a shared machine (the
// static provider) has no such row.

/**
 * The next step. Creation: claim (a place among FLY_MAX_MACHINES) · app · addresses · volume · machine · health
 * (started doesn't mean ready) · record (tells the directory what runs). Then ready. A new image: update, then health
 * or record; revert if the machine doesn't start with it.
 */
export const MACHINE_STEPS = [
  'claim',
  'app',
  'addresses',
  'volume',
  'machine',
  'health',
  'record',
  'ready',
  'update',
  'revert',
] as const;
export type MachineStep = (typeof MACHINE_STEPS)[number];

/** The machine's setup before a change. `config`: as the provider returned it; only the provider's steps read it. */
export type PreviousSetup = { image: string | null; settings: string | null; config?: unknown };

export type MachineRow = {
  /**
   * `{prefix}-{20 base32}`: names the app, its network, and the audience of its tokens. It never shows whose machine it
   * is.
   */
  name: string;
  step: MachineStep;
  /** The region that the machine is in, or that is tried. Null: the configured one. */
  region: string | null;
  /** The provider's ids, null until they are known. */
  volume: string | null;
  machine: string | null;
  /** The image it runs, and a fingerprint of all its settings. */
  image: string | null;
  settings: string | null;
  /** The setup to go back to, until the machine has started with the new one. Null: none. */
  previous: PreviousSetup | null;
  /** The time of the step's first call, or null before it. */
  stepSince: number | null;
  /** A call has begun and its outcome is unknown: its result may appear a moment later. */
  inDoubtSince: number | null;
  /** Why the machine can't be created or changed, until a retry. Null: no refusal. */
  refusal: MachineRefusal | null;
  /**
   * The machine was ready and doesn't answer, so its provider is asked. The time since then, or since its host was last
   * reachable.
   */
  doubtedSince: number | null;
  /**
   * The start of the present waking time as far as we know, or null while it sleeps. `awakeMs` is the sum of earlier
   * ones.
   */
  awakeSince: number | null;
  awakeMs: number;
  /** Time of the last use, to check that the machine falls asleep after it. */
  usedAt: number;
  /** The turn in which the person was told that starting takes a moment. */
  toldTurn: string | null;
  createdAt: number;
};

/**
 * limit: FLY_MAX_MACHINES exist · quota: the organisation's own limit · token: the token lacks rights · image: the
 * image can't start · other: a reason that waiting doesn't change.
 */
export const REFUSALS = ['limit', 'quota', 'token', 'image', 'other'] as const;
export type MachineRefusal = (typeof REFUSALS)[number];

/** The outcome of a step. `next`: changes to the row, including its next step. */
export type StepOutcome =
  | { kind: 'done'; next: Partial<MachineRow> & { step: MachineStep } }
  /** Retried after `waitMs` or the usual back-off. `next`: a change for the retry, such as another region. */
  | { kind: 'retryable'; reason: string; waitMs?: number; next?: Partial<MachineRow> }
  | { kind: 'permanent'; refusal: MachineRefusal; reason: string };

/**
 * started: runs · asleep: the next request starts it · starting: on its way · gone: has to be created again, with a new
 * volume.
 */
export type MachineSeen = {
  state: 'started' | 'asleep' | 'starting' | 'gone';
  reason: string;
  stoppedAt: number | null;
};

/** A row without a volume and without a machine. */
export const NOTHING_THERE = {
  volume: null,
  machine: null,
  image: null,
  settings: null,
  previous: null,
  stepSince: null,
  inDoubtSince: null,
  doubtedSince: null,
} as const satisfies Partial<MachineRow>;

/** A row for a machine that doesn't exist yet. */
export const newMachine = (name: string, now: number): MachineRow => ({
  ...NOTHING_THERE,
  name,
  step: 'claim',
  region: null,
  refusal: null,
  awakeSince: null,
  awakeMs: 0,
  usedAt: now,
  toldTurn: null,
  createdAt: now,
});
