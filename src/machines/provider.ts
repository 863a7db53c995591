import type { MachineRow, MachineSeen, StepOutcome } from '../conversation/state/machine.ts';

// Where a conversation's machine is, and how one comes to be. What is said to a machine is client.ts. A provider keeps
// nothing: everything it must know later is in the row.

/** `headers`: what every request to it carries besides. */
export type Machine = { url: string; audience: string; headers: Record<string, string> };

export type MachineProvider = {
  /** Where requests for the machine go; one that sleeps is woken by any request. `row`: null for a machine that is shared. */
  address(row: MachineRow | null): Machine;
  /** Does the row's step, which may have been done already, in part, or twice. Throws when the outcome is not known. */
  ensure(row: MachineRow, now: number): Promise<StepOutcome>;
  /** What became of it, without waking it. */
  inspect(row: MachineRow): Promise<MachineSeen>;
  /** Puts it to sleep; harmless when it sleeps. */
  stop(row: MachineRow): Promise<void>;
  /** Removes it and all that was made for it; harmless when there is nothing. */
  destroy(row: Pick<MachineRow, 'name'>): Promise<void>;
};
