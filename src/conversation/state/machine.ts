// The machine made for one conversation, as far as it is known here. A conversation that shares a machine somebody else
// runs (the static provider) has no such row.

/**
 * What is to be done next. Making one: claim (a place among FLY_MAX_MACHINES) · app · addresses · volume · machine · health
 * (started is not ready) · record (the directory knows what it runs). Afterwards: ready. A new image: update, then health or
 * record; and back by revert when it does not come up.
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

/** What a machine ran before a change. `config`: as the provider told it; only the provider's steps read it. */
export type PreviousSetup = { image: string | null; settings: string | null; config?: unknown };

export type MachineRow = {
  /** `{prefix}-{20 base32}`: the app, its network, and the audience of tokens for it. Never says whose it is. */
  name: string;
  step: MachineStep;
  /** Where it is, or is being tried; null: as configured. */
  region: string | null;
  /** The provider's ids, null until they are known. */
  volume: string | null;
  machine: string | null;
  /** The image it runs, and a fingerprint of all its settings. */
  image: string | null;
  settings: string | null;
  /** What to go back to until the new settings have shown that they come up; null when there is nothing. */
  previous: PreviousSetup | null;
  /** Since when the step is being done, null before its first call. */
  stepSince: number | null;
  /** A call was begun and its outcome is not known: what it asked for may appear a moment later. */
  inDoubtSince: number | null;
  /** Why it cannot be made, until it is tried again; null when nothing is in the way. */
  refusal: MachineRefusal | null;
  /**
   * The machine was ready and does not answer: the provider is to be asked what became of it. Since then, or since it was
   * last seen on a host that can be reached.
   */
  doubtedSince: number | null;
  /** Since when it is (as far as we know) awake, null: it sleeps. What it was awake in all, in milliseconds. */
  awakeSince: number | null;
  awakeMs: number;
  /** When it was last used, to see that it goes to sleep. */
  usedAt: number;
  /** The turn whose person was told that it takes a moment. */
  toldTurn: string | null;
  createdAt: number;
};

/**
 * limit: FLY_MAX_MACHINES are there · quota: the organisation's own limit · token: not allowed to · image: it cannot be
 * started · other: refused for another reason that waiting does not change.
 */
export const REFUSALS = ['limit', 'quota', 'token', 'image', 'other'] as const;
export type MachineRefusal = (typeof REFUSALS)[number];

/** What a step came to. `next` is what is different in the row afterwards, its next step included. */
export type StepOutcome =
  | { kind: 'done'; next: Partial<MachineRow> & { step: MachineStep } }
  /** Nothing is lost; again after `waitMs`, or after the usual back-off. `next`: what is different then (another region). */
  | { kind: 'retryable'; reason: string; waitMs?: number; next?: Partial<MachineRow> }
  | { kind: 'permanent'; refusal: MachineRefusal; reason: string };

/** started: it runs · asleep: it does not, and the next request starts it · starting: it is on its way · gone: it has to be made again, volume included. */
export type MachineSeen = {
  state: 'started' | 'asleep' | 'starting' | 'gone';
  reason: string;
  stoppedAt: number | null;
};

/** There is neither disk nor machine, and so nothing that either runs or does. */
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

/** One that is yet to be made. */
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
