import { UPGRADE_CLEAR_MS } from '../policy/machine.ts';
import type { Context } from '../state/events.ts';
import type { MachineRow } from '../state/machine.ts';
import { type State, withoutTimer } from '../state/state.ts';
import { isAtWork, needsMachine } from './readiness.ts';

// A new image, or other settings, for a machine that is there: begun only while nobody works with it or is about to. Going
// on, and back should it not come up, are steps like any other (lifecycle.ts).

/** begun: it is on its way to them · busy: not now · same: it runs them · none: none is there, the next is made with them. */
export type Upgrade = 'begun' | 'busy' | 'same' | 'none';

export function upgradeIfIdle(
  state: State,
  { settings, first }: { settings: string; first: boolean },
  ctx: Context,
): State {
  const { machine } = state;
  // Whoever was told why it is stuck may have mended that.
  if (machine?.refusal && machine.previous !== null) return { ...state, machine: { ...machine, refusal: null } };
  if (machine?.step !== 'ready' || machine.image === null || machine.settings === settings) return state;
  if (isAtWork(state) || needsMachine(state, ctx.now + UPGRADE_CLEAR_MS)) return state;
  const { image } = machine;
  const previous = first ? { image, settings: machine.settings } : null;
  return beginUpgrade(state, machine, previous);
}

/**
 * It refuses us, because it was made before our keys or the protocol changed: it is changed although somebody waits, for
 * nobody can work with it as it is. Null: it is not one of ours, or not known to be there.
 */
export function upgradeRefusing(state: State): State | null {
  const { machine } = state;
  return machine?.step === 'ready' && machine.image !== null ? beginUpgrade(state, machine, null) : null;
}

const beginUpgrade = (state: State, machine: MachineRow, previous: MachineRow['previous']): State => ({
  ...withoutTimer(state, 'machine'),
  machine: { ...machine, step: 'update', previous, stepSince: null, doubtedSince: null },
});

/** What became of it, seen from the row it left. */
export function upgradeOf(machine: MachineRow | null, settings: string): Upgrade {
  if (machine === null || machine.image === null) return 'none';
  if (machine.step === 'ready') return machine.settings === settings ? 'same' : 'busy';
  return machine.step === 'update' || machine.previous !== null ? 'begun' : 'busy';
}
