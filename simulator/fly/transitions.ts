// The states of a machine and the transitions between them, from the published diagrams. Pure.

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
  // Here and below: a destroy during other work is not in the diagram; with force every state accepts it.
  starting: { success: 'started', error: 'failed', destroy: 'destroying' },
  started: {
    stop: 'stopping',
    restart: 'restarting',
    suspend: 'suspended',
    destroy: 'destroying',
    update: 'updating',
    // Not in the diagram; the table of states says that a machine stops when its program exits.
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

/** The states that last until somebody acts. */
export const isSettled = (state: MachineState): boolean =>
  ['created', 'started', 'stopped', 'suspended', 'failed', 'destroyed'].includes(state);
