import type { MachineRow, MachineSeen, MachineStep, StepOutcome } from '../../src/conversation/state/machine.ts';

// The machine's provider in a closed world: steps that can be repeated, refused or postponed; a machine that sleeps, is
// woken by the first request (which gets no answer), and can be lost with its disk.

const NEXT: Partial<Record<MachineStep, MachineStep>> = {
  claim: 'app',
  app: 'addresses',
  addresses: 'volume',
  volume: 'machine',
  machine: 'health',
  health: 'record',
};

export const PROVIDER_MODES = ['ok', 'puts off', 'refuses', 'full', 'does not come up'] as const;
export type ProviderMode = (typeof PROVIDER_MODES)[number];

export class Provider {
  mode: ProviderMode = 'ok';
  /** none: no machine to send a request to. */
  machine: 'none' | 'started' | 'asleep' = 'none';
  /** The target of the update. */
  settings = 1;
  /** Calls for a machine that nobody needs. */
  calls = 0;

  ensure(row: MachineRow): StepOutcome {
    this.calls++;
    const { step } = row;
    if (this.mode === 'puts off') return { kind: 'retryable', reason: 'busy' };
    if (this.mode === 'refuses') return { kind: 'permanent', refusal: 'quota', reason: 'no more machines' };
    if (this.mode === 'full' && step === 'volume') {
      const region = row.region === 'fra' ? 'ams' : 'fra';
      return { kind: 'retryable', reason: 'no room', waitMs: 100, next: { region } };
    }
    const now = { image: `image:${this.settings}`, settings: `s${this.settings}` };
    if (step === 'update') {
      this.machine = 'started';
      const before = { image: row.image, settings: row.settings };
      return { kind: 'done', next: { ...now, step: 'health', previous: row.previous ?? before } };
    }
    if (step === 'revert') {
      this.machine = 'started';
      const before = row.previous ?? {};
      return { kind: 'done', next: { ...before, step: 'ready', previous: null } };
    }
    if (step === 'record') return { kind: 'done', next: { step: 'ready', previous: null } };
    if (step === 'machine') {
      if (this.machine === 'none') this.machine = 'started';
      return { kind: 'done', next: { ...now, step: 'health', volume: 'v', machine: 'm' } };
    }
    if (step === 'health') {
      if (this.machine === 'none') return { kind: 'done', next: { step: 'volume', volume: null, machine: null } };
      if (this.mode === 'does not come up') {
        if (row.previous !== null) return { kind: 'done', next: { step: 'revert' } };
        return { kind: 'permanent', refusal: 'image', reason: 'it does not start' };
      }
    }
    return { kind: 'done', next: { step: NEXT[step] ?? 'ready' } };
  }

  /** `stops`: the machine should sleep, and is put to sleep. */
  describe(stops: boolean): { seen: MachineSeen; stopped: boolean } {
    this.calls++;
    const { machine } = this;
    if (machine === 'none') return { seen: { state: 'gone', reason: 'not there', stoppedAt: null }, stopped: false };
    const seen: MachineSeen = { state: machine, reason: 'looked', stoppedAt: null };
    const stopped = stops && machine === 'started';
    if (stopped) this.machine = 'asleep';
    return { seen, stopped };
  }
}
