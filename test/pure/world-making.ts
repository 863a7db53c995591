import { isSleepDue, wantsMachine } from '../../src/conversation/machine/readiness.ts';
import { MACHINE_ANSWER_MS } from '../../src/conversation/policy/machine.ts';
import type { World } from './world.ts';
import type { Machine } from './world-machine.ts';

// The machine's life in the closed world: made by its provider, changed, taken away, down, restarted or lost.

export class Making {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** The lane's next request: the machine is created, changed, inspected or put to sleep. */
  work(): boolean {
    const { rows, now, provider, network } = this.#world;
    const state = rows.load();
    const { machine } = state;
    if (machine === null || !wantsMachine(state, now)) return false;
    const of = { lane: 'machine', to: 'provider', timeoutMs: MACHINE_ANSWER_MS } as const;
    if (machine.step === 'ready') {
      const lost = () => void this.#world.apply({ type: 'machine-seen', seen: null, stopped: false });
      const arrive = () => {
        const told = provider.describe(isSleepDue(rows.load(), this.#world.now));
        if (told.stopped) this.restart();
        return () => void this.#world.apply({ type: 'machine-seen', ...told });
      };
      network.call({ ...of, name: 'describe', arrive, lost });
      return true;
    }
    this.#world.apply({ type: 'machine-begin' });
    const { step } = machine;
    const unknown = { kind: 'unknown', reason: 'cut' } as const;
    const lost = () => void this.#world.apply({ type: 'machine-step', step, outcome: unknown });
    const arrive = () => {
      const outcome = provider.ensure(machine);
      if (step === 'update' || step === 'revert') this.restart();
      return () => void this.#world.apply({ type: 'machine-step', step, outcome });
    };
    network.call({ ...of, name: step, arrive, lost });
    return true;
  }

  /** A new image, for an idle machine. */
  upgrade(first: boolean): void {
    const { provider } = this.#world;
    provider.settings++;
    this.#world.apply({ type: 'machine-upgrade', settings: `s${provider.settings}`, first });
  }

  /** Others need the slot: the machine goes if it is idle, and its disk stays. */
  release(): void {
    const { rows, provider } = this.#world;
    this.#world.apply({ type: 'machine-release' });
    if (rows.load().machine?.step !== 'claim' || provider.machine === 'none') return;
    provider.machine = 'none';
    this.restart();
  }

  /** The machine and its disk are gone, or it went to sleep without being told. */
  take(how: 'gone' | 'asleep'): void {
    const { makesMachines, machine, provider, attach } = this.#world;
    if (!makesMachines || (how === 'asleep' && machine.running)) return;
    if (provider.machine !== 'none') provider.machine = how === 'gone' ? 'none' : 'asleep';
    if (how === 'gone') this.lose();
    else attach.cut();
  }

  /** Nothing answers at its address: it is down, not created, or asleep and woken by this request. */
  isAway(): boolean {
    const { makesMachines, machine, provider } = this.#world;
    if (machine.mode === 'down') return true;
    if (!makesMachines || provider.machine === 'started') return false;
    if (provider.machine === 'asleep') provider.machine = 'started';
    return true;
  }

  restart(): void {
    this.#world.machine.restart();
    this.#world.attach.cut();
  }

  /** Another machine takes its place: requests on their way to the old one never arrive. */
  lose(): void {
    this.#world.machine.loseMemory();
    this.#world.attach.cut();
    this.#world.network.loseMachine();
  }

  set(mode: Machine['mode']): void {
    this.#world.machine.mode = mode;
    if (mode === 'down') this.#world.attach.cut();
  }
}
