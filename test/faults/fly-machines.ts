import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Vars } from '../../scripts/local/dev-vars.ts';
import type { Process } from '../../scripts/local/process-families.ts';
import { type FakeFly, startFly } from '../../simulator/fly/server.ts';
import { inheritEnvironment } from '../inherit-environment.ts';
import type { Machines } from './machine.ts';

// A machine per person on the fake Fly, with the scripted agent server as their image. All are killed at once, like the
// shared machine. Fly restarts ended programs, and the relay asks for missing machines.

const IMAGE = `registry.fly.io/roost@sha256:${'a'.repeat(64)}`;
const [TOKEN, ORG] = ['token-of-the-faults', 'faults'];
/** How many times faster than the platform. */
const SCALE = 20;
const CUT_MS = 15_000;
const GONE_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 20;

export class FlyMachines implements Machines {
  readonly #fly: FakeFly;

  constructor(fly: FakeFly) {
    this.#fly = fly;
  }

  get log(): string {
    return this.#apps()
      .flatMap((app) => this.#fly.world.output(app))
      .join('\n');
  }

  /** Fly starts them, or the first request does. */
  start(): Promise<void> {
    return Promise.resolve();
  }

  async kill(): Promise<void> {
    const { changes } = this.#fly.world;
    const before = changes.length;
    const awake = this.#fly.world.machines('live').filter(({ state }) => state === 'started').length;
    for (const app of this.#apps()) this.#fly.faults.killProgram(app);
    const deadline = Date.now() + GONE_WITHIN_MS;
    while (awake > 0 && changes.length === before && Date.now() < deadline) await pause(LOOK_EVERY_MS);
  }

  end(): Promise<void> {
    return this.kill();
  }

  pause(): void {
    for (const app of this.#apps()) this.#fly.faults.cutStreams(app, CUT_MS);
  }

  goOn(): void {}

  /** Their hosts are gone, with the disks. */
  async loseDisk(): Promise<void> {
    await Promise.all(this.#apps().map((app) => this.#fly.faults.loseHost(app, 'gone')));
  }

  fill(): Promise<void> {
    return this.kill();
  }

  /** The programs get no input from here. */
  arm(): Promise<void> {
    return Promise.resolve();
  }

  /** The fake Fly ends its programs itself. */
  process(): Process | undefined {
    return undefined;
  }

  stop(): Promise<void> {
    return this.#fly.stop();
  }

  #apps(): string[] {
    return this.#fly.world.apps().map(({ name }) => name);
  }
}

export async function startFlyMachines(
  folder: string,
  env: Record<string, string>,
): Promise<{ machines: FlyMachines; url: string; vars: (front: string) => Vars }> {
  const main = join(import.meta.dirname, 'machine-main.ts');
  const data = { PORT: '8080', DATA_DIR: '/data', HOME: '/data/home', FAULTS_STAYS: '1' };
  const fly = await startFly({
    port: 0,
    token: TOKEN,
    org: ORG,
    folder: join(folder, 'fly'),
    images: {
      [IMAGE]: { command: process.execPath, args: [main], cwd: import.meta.dirname, env: { ...data, ...env } },
    },
    pace: { passMs: 0, scale: SCALE },
    env: inheritEnvironment(),
  });
  return {
    machines: new FlyMachines(fly),
    url: fly.apiUrl,
    vars: (front) => ({
      MACHINE_PROVIDER: 'fly',
      MACHINE_URL: '',
      FLY_API_URL: fly.apiUrl,
      FLY_MACHINES_URL: `${front}/m/{app}`,
      FLY_API_TOKEN: TOKEN,
      FLY_ORG: ORG,
      FLY_IMAGE: IMAGE,
      FLY_REGION: 'fra,ams',
    }),
  };
}
