// The states of a machine and what may follow what, as the published diagrams have it. Pure.

export type MachineState =
  | 'created'
  | 'starting'
  | 'started'
  | 'stopping'
  | 'stopped'
  | 'suspended'
  | 'restarting'
  | 'updating'
  | 'destroying'
  | 'destroyed'
  | 'failed';

const TABLE: Record<MachineState, Partial<Record<string, MachineState>>> = {
  created: { start: 'starting', stop: 'stopping', destroy: 'destroying', update: 'updating' },
  // Here and below: a destroy while something is under way is not in the diagram; with force it is taken in any state.
  starting: { success: 'started', error: 'failed', destroy: 'destroying' },
  started: {
    stop: 'stopping',
    restart: 'restarting',
    suspend: 'suspended',
    destroy: 'destroying',
    update: 'updating',
    // Not in the diagram: the table of states says that a machine whose program exited is stopped.
    exit: 'stopped',
  },
  restarting: { 'begin restart': 'starting', destroy: 'destroying' },
  suspended: { start: 'starting', stop: 'stopping', destroy: 'destroying', update: 'updating' },
  stopping: { success: 'stopped', error: 'failed', destroy: 'destroying' },
  stopped: { start: 'starting', destroy: 'destroying', update: 'updating' },
  failed: { start: 'starting', stop: 'stopping', destroy: 'destroying', update: 'updating' },
  updating: {
    'auto-start': 'starting',
    'no auto-start': 'created',
    'preserve state': 'stopped',
    destroy: 'destroying',
  },
  destroying: { success: 'destroyed' },
  destroyed: {},
};

export type MachineCommand = 'start' | 'stop' | 'restart' | 'suspend' | 'destroy' | 'update';
export type MachineOutcome =
  | 'success'
  | 'error'
  | 'exit'
  | 'begin restart'
  | 'auto-start'
  | 'no auto-start'
  | 'preserve state';

/** The machine's next state, or null when its state does not allow the command. */
export const follows = (state: MachineState, on: MachineCommand | MachineOutcome): MachineState | null =>
  TABLE[state][on] ?? null;

/** The states in which it stays until somebody does something. */
export const isSettled = (state: MachineState): boolean =>
  ['created', 'started', 'stopped', 'suspended', 'failed', 'destroyed'].includes(state);
