// How a new image, or any other setting, goes to machines that are there: to one first, to the others when it has come up,
// to none when it has not. Pure; the rows are the directory's, and whether a machine is idle its conversation says.

/** `settings`: the fingerprint of all settings, the image among them. */
export type Wanted = { image: string; settings: string };

/** first: one machine is being tried · all: the settings have come up · failed: not before the operator says so, or wants others. */
export type Rollout = Wanted & {
  state: 'first' | 'all' | 'failed';
  /** The conversation whose machine was asked first; null: none that was idle yet. */
  first: string | null;
  /** Since when that one is tried. */
  beganAt: number;
};

/** What machines run, seen from the wanted settings. */
export type FleetState = {
  /** Conversations whose machine has come up once and runs other settings. */
  others: readonly string[];
  /** A machine runs the wanted ones: changed, or made with them. Either way they have come up. */
  hasComeUp: boolean;
  /** One of the others went back from them. */
  hasReverted: boolean;
};

export type Next = {
  rollout: Rollout | null;
  /** Whom to ask, in this order; `first`: one of them is enough. */
  ask: readonly string[];
  first: boolean;
  /** The operator is to hear that the first one neither comes up nor goes back. */
  isStuck: boolean;
};

/** Longer than a start and the way back take together. */
export const FIRST_MAX_MS = 15 * 60_000;
/** It keeps trying: Fly may be able to do it later, and its failure says nothing about the settings. */
export const isStuck = ({ state, first, beganAt }: Rollout, now: number): boolean =>
  state === 'first' && first !== null && now - beganAt >= FIRST_MAX_MS;
/** The operator may have it begun as if nothing had been tried. */
export const mayBeginAnew = (rollout: Rollout, now: number): boolean =>
  rollout.state === 'failed' || isStuck(rollout, now);
/** As many are asked in one pass: more than may change in it, because some are at work. */
export const ASKED_MAX = 50;

export function nextToRoll(known: Rollout | null, wanted: Wanted, standing: FleetState, now: number): Next {
  const { others, hasComeUp, hasReverted } = standing;
  const isSame = known?.settings === wanted.settings;
  const nothing: Next = { rollout: known, ask: [], first: false, isStuck: false };
  if (isSame && known.state === 'failed') return nothing;
  const { image, settings } = wanted;
  const rollout: Rollout = isSame ? known : { image, settings, state: 'first', first: null, beganAt: now };
  if (others.length === 0) return { ...nothing, rollout: known && tryFirst(rollout, null, now) };
  if (hasReverted) return { ...nothing, rollout: { ...rollout, state: 'failed' } };
  // Another one is asked first each time, so that some which are always at work keep none from its turn.
  const shift = Math.floor(now / 60_000) % others.length;
  const inTurn = [...others.slice(shift), ...others.slice(0, shift)];
  if (hasComeUp || rollout.state === 'all') {
    return { ...nothing, rollout: { ...rollout, state: 'all' }, ask: inTurn.slice(0, ASKED_MAX) };
  }
  const { first } = rollout;
  const ask = first === null ? inTurn : [first, ...inTurn.filter((one) => one !== first)];
  return { rollout, ask: ask.slice(0, ASKED_MAX), first: true, isStuck: isStuck(rollout, now) };
}

/** `conversation` is asked next whether its machine may be the first; null: none of them was idle. */
export const tryFirst = (rollout: Rollout, conversation: string | null, now: number): Rollout =>
  rollout.first === conversation ? rollout : { ...rollout, first: conversation, beganAt: now };
