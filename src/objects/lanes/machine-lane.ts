import { isSleepDue, wantsMachine } from '../../conversation/machine/readiness.ts';
import type { Event } from '../../conversation/state/events.ts';
import type { State } from '../../conversation/state/state.ts';
import { reasonOf } from '../../log.ts';
import type { MachineProvider } from '../../machines/provider.ts';

// The lane that creates a conversation's machine, changes it, inspects it, and puts it to sleep. Holds no state: it
// commits the intent before every call and the outcome afterwards.

export type MachineDeps = {
  now: () => number;
  load: () => State;
  apply: (event: Event) => State;
  provider: MachineProvider;
};

/** Runs until nothing is due. */
export async function runMachineLane({ now, load, apply, provider }: MachineDeps): Promise<void> {
  for (let state = load(); wantsMachine(state, now()); state = load()) {
    const row = state.machine;
    if (!row) return;
    if (row.step === 'ready') {
      const isDue = isSleepDue(state, now());
      const seen = await provider.inspect(row).catch(() => null);
      const stopped = isDue && seen?.state === 'started' && isSleepDue(load(), now()) && (await stop(provider, row));
      apply({ type: 'machine-seen', seen, stopped });
      continue;
    }
    // The provider gets the row from before the intent: an older call may be in doubt, while this one was not made yet.
    apply({ type: 'machine-begin' });
    const outcome = await provider
      .ensure({ ...row, stepSince: row.stepSince ?? now() }, now())
      .catch((error: unknown) => ({ kind: 'unknown' as const, reason: reasonOf(error) }));
    apply({ type: 'machine-step', step: row.step, outcome });
  }
}

const stop = (provider: MachineProvider, row: NonNullable<State['machine']>): Promise<boolean> =>
  provider.stop(row).then(
    () => true,
    () => false,
  );
