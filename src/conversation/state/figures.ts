// What a conversation counts of its days for the operator's overview. The days are those of the deployment's zone, so
// that everybody's can be added.

/** Waits by their length: the number of a bucket (overview/waits.ts), and how many waits are in it. */
export type Buckets = Readonly<Record<string, number>>;

export const WAITS = ['typing', 'agent', 'words'] as const;
/** From a text to the typing indicator, to the agent, and to the first words of the answer. */
export type Wait = (typeof WAITS)[number];

/** Money in micro-dollars. `models`: by name. `turns`: that said something or ended. */
export type DayFigures = {
  /** `2026-11-23` */
  day: string;
  models: Readonly<Record<string, number>>;
  carrier: number;
  machine: number;
  turns: number;
  failed: number;
  waits: Readonly<Record<Wait, Buckets>>;
};

export type Figures = {
  /** The newest days with figures, the newest first. */
  days: readonly DayFigures[];
  /** The turn that was counted last, or null. */
  counted: string | null;
  /** True if the last turn failed, and no words have come since. */
  failing: boolean;
};

export const NO_FIGURES: Figures = { days: [], counted: null, failing: false };

export const emptyDay = (day: string): DayFigures => ({
  day,
  models: {},
  carrier: 0,
  machine: 0,
  turns: 0,
  failed: 0,
  waits: { typing: {}, agent: {}, words: {} },
});
