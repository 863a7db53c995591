// Rolls a new image or other settings out to existing machines: to one machine first, and to the others only when that
// one has started with them. Pure; the directory owns the rows, and each conversation knows whether its machine is
// idle.

/** `settings`: the fingerprint of all settings, the image among them. */
export type Wanted = { image: string; settings: string };

/**
 * first: one machine is being tried · all: a machine has started with the settings · failed: waits for the operator, or
 * for other settings.
 */
export type Rollout = Wanted & {
  state: 'first' | 'all' | 'failed';
  /** The conversation whose machine is tried first; null: no machine was idle yet. */
  first: string | null;
  /** When that try began. */
  beganAt: number;
};

/** The machines' settings compared with the wanted ones. */
export type FleetState = {
  /** Conversations whose machine has started before and runs other settings. */
  others: readonly string[];
  /** A machine runs the wanted settings, so it has started with them. */
  hasComeUp: boolean;
  /** A machine went back from the wanted settings. */
  hasReverted: boolean;
};

export type Next = {
  rollout: Rollout | null;
  /** The conversations to ask, in this order; `first`: one of them is enough. */
  ask: readonly string[];
  first: boolean;
  /** The first machine neither starts nor goes back, so the operator must be alerted. */
  isStuck: boolean;
};

/** Longer than a start and a return take together. */
export const FIRST_MAX_MS = 15 * 60_000;
/** The machine keeps trying: Fly may manage later, and its failure says nothing about the settings. */
export const isStuck = ({ state, first, beganAt }: Rollout, now: number): boolean =>
  state === 'first' && first !== null && now - beganAt >= FIRST_MAX_MS;
/** The operator may restart the rollout. */
export const mayBeginAnew = (rollout: Rollout, now: number): boolean =>
  rollout.state === 'failed' || isStuck(rollout, now);
/** The number of machines asked in one pass: more than may change in it, because some are busy. */
export const ASKED_MAX = 50;

export function decideRollout(known: Rollout | null, wanted: Wanted, standing: FleetState, now: number): Next {
  const { others, hasComeUp, hasReverted } = standing;
  const isSame = known?.settings === wanted.settings;
  const nothing: Next = { rollout: known, ask: [], first: false, isStuck: false };
  if (isSame && known.state === 'failed') return nothing;
  const { image, settings } = wanted;
  const rollout: Rollout = isSame ? known : { image, settings, state: 'first', first: null, beganAt: now };
  if (others.length === 0) return { ...nothing, rollout: known && tryFirst(rollout, null, now) };
  if (hasReverted) return { ...nothing, rollout: { ...rollout, state: 'failed' } };
  // Each pass starts with another machine, so that busy machines block nobody.
  const shift = Math.floor(now / 60_000) % others.length;
  const inTurn = [...others.slice(shift), ...others.slice(0, shift)];
  if (hasComeUp || rollout.state === 'all') {
    return { ...nothing, rollout: { ...rollout, state: 'all' }, ask: inTurn.slice(0, ASKED_MAX) };
  }
  const { first } = rollout;
  const ask = first === null ? inTurn : [first, ...inTurn.filter((one) => one !== first)];
  return { rollout, ask: ask.slice(0, ASKED_MAX), first: true, isStuck: isStuck(rollout, now) };
}

/** Notes the conversation whose machine is tried first; null: no machine was idle. */
export const tryFirst = (rollout: Rollout, conversation: string | null, now: number): Rollout =>
  rollout.first === conversation ? rollout : { ...rollout, first: conversation, beganAt: now };
