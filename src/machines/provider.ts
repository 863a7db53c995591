import type { MachineRow, MachineSeen, StepOutcome } from '../conversation/state/machine.ts';

// The interface of a machine provider: it creates, finds and inspects a conversation's machine. client.ts talks to the
// machine. A provider keeps nothing: everything it must know later is in the row.

/** `headers`: added to every request to the machine. */
export type Machine = { url: string; audience: string; headers: Record<string, string> };

export type MachineProvider = {
  /** The machine's address; any request wakes a sleeping machine. `row`: null for a shared machine. */
  address(row: MachineRow | null): Machine;
  /** Does the row's step, which may already have been done, in part, or twice. Throws when the outcome is unknown. */
  ensure(row: MachineRow, now: number): Promise<StepOutcome>;
  /** Observes the machine's state without waking it. */
  inspect(row: MachineRow): Promise<MachineSeen>;
  /** Puts the machine to sleep; harmless when it sleeps. */
  stop(row: MachineRow): Promise<void>;
  /** Removes the machine, keeps its volume, and gives its place back; harmless when done already. */
  release(row: Pick<MachineRow, 'name'>): Promise<void>;
  /** Removes the machine and everything created for it; harmless when nothing is there. */
  destroy(row: Pick<MachineRow, 'name'>): Promise<void>;
};
