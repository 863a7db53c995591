import { UPGRADE_CLEAR_MS } from '../policy/machine.ts';
import type { Context } from '../state/events.ts';
import type { MachineRow } from '../state/machine.ts';
import { type State, withoutTimer } from '../state/state.ts';
import { isAtWork, needsMachine } from './readiness.ts';

// Upgrades an existing machine to a new image or new settings, only while nobody uses it or is about to. Going on, and
// going back if the new image doesn't start, are ordinary steps (lifecycle.ts).

/**
 * begun: the upgrade runs · busy: not now · same: the machine runs these settings · none: no machine, the next one gets
 * them.
 */
export type Upgrade = 'begun' | 'busy' | 'same' | 'none';

export function upgradeIfIdle(
  state: State,
  { settings, first }: { settings: string; first: boolean },
  ctx: Context,
): State {
  const { machine } = state;
  // The operator may have fixed the cause of the refusal.
  if (machine?.refusal && machine.previous !== null) return { ...state, machine: { ...machine, refusal: null } };
  if (machine?.step !== 'ready' || machine.image === null || machine.settings === settings) return state;
  if (isAtWork(state) || needsMachine(state, ctx.now + UPGRADE_CLEAR_MS)) return state;
  const { image } = machine;
  const previous = first ? { image, settings: machine.settings } : null;
  return beginUpgrade(state, machine, previous);
}

/**
 * The machine refuses our calls because it is older than our keys or protocol. It is changed even though somebody
 * waits, because it can't work as it is. Null: not our machine, or not known to exist.
 */
export function upgradeRefusing(state: State): State | null {
  const { machine } = state;
  return machine?.step === 'ready' && machine.image !== null ? beginUpgrade(state, machine, null) : null;
}

const beginUpgrade = (state: State, machine: MachineRow, previous: MachineRow['previous']): State => ({
  ...withoutTimer(state, 'machine'),
  machine: { ...machine, step: 'update', previous, stepSince: null, doubtedSince: null },
});

/** How the upgrade stands, judged by the machine's row. */
export function upgradeOf(machine: MachineRow | null, settings: string): Upgrade {
  if (machine === null || machine.image === null) return 'none';
  if (machine.step === 'ready') return machine.settings === settings ? 'same' : 'busy';
  return machine.step === 'update' || machine.previous !== null ? 'begun' : 'busy';
}
