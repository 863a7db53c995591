import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Vars } from '../../scripts/local/dev-vars.ts';
import { type FakeFly, startFly } from '../../simulator/fly/server.ts';
import { killMarked } from '../../vm/src/process/process-tree.ts';
import { inheritEnvironment } from '../inherit-environment.ts';
import { machineOf, uncopied, unfinished } from './rows.ts';
import { type Stack, startStack } from './stack.ts';

// The stack of a journey with a machine per person: a fake Fly in this process instead of the one agent server. Real
// agent servers run as its machines unless a test uses another image.

const root = resolve(import.meta.dirname, '../..');
const TOKEN = 'token-of-the-journeys';
const ORG = 'journeys';
const IMAGE = `registry.fly.io/roost@sha256:${'a'.repeat(64)}`;
const SOON_MS = 60_000;
const LOOK_AGAIN_MS = 100;
/** The time that a turn has after SIGTERM, as in the image, shortened by the platform's scale. */
const GRACE_MS = 280_000;

type FlyOptions = Parameters<typeof startFly>[0];
type FlyImage = FlyOptions['images'][string];
type Pace = NonNullable<FlyOptions['pace']>;

const agentServer: FlyImage = { command: process.execPath, args: [join(root, 'vm/src/main.ts')], cwd: root };

/** An attempt that nobody asked for, for requests of strangers. */
export const STRAY = '01KAJ5T8Q0Z6M3V9W2X4Y6A8BC.1';

/** `path`: of the machines' programs, if not this process's. */
export type FlyStackOptions = { pace?: Pace; vars?: Vars; image?: FlyImage; path?: string };

export class FlyStack {
  readonly stack: Stack;
  readonly fly: FakeFly;
  readonly folder: string;

  constructor(stack: Stack, fly: FakeFly, folder: string) {
    this.stack = stack;
    this.fly = fly;
    this.folder = folder;
  }

  /** The person's app. */
  appOf(person: string): string {
    const machine = machineOf(this.stack.relay.objects, person);
    if (!machine) throw new Error(`no machine was made for ${person}`);
    return machine.name;
  }

  address = (app: string): string => this.fly.machinesUrl.replace('{app}', app);

  /** How often a machine of the app was started. */
  starts = (app: string): number =>
    this.fly.world.changes.filter(({ kind, to, app: of }) => kind === 'machine' && of === app && to === 'starting')
      .length;

  requests = (app: string): number => this.fly.world.requests.filter((request) => request.app === app).length;

  /** The person has no work in progress and nothing left to back up. */
  atRest(person: string): Promise<void> {
    const { objects } = this.stack.relay;
    return soon(
      () => unfinished(objects, person).every((what) => what === 'timer sleep') && uncopied(objects, person) === 0,
      'nothing left to do',
    );
  }

  /** Makes the proxy pass whenever nobody uses the machine, until it is off. */
  async letSleep(app: string): Promise<void> {
    const { world } = this.fly;
    const isOff = (): boolean =>
      world.machines('live').every(({ app: of, state }) => of !== app || ['stopped', 'suspended'].includes(state));
    await soon(() => {
      if (world.openRequests(app) === 0) this.fly.passNow();
      return isOff();
    }, 'a machine that is off');
  }

  /** Ends everything and removes the folders; fails when any process of a machine is left. */
  async stop(): Promise<void> {
    await this.stack.stop();
    await this.fly.stop();
    const left = ['DATA_DIR', 'CLAUDE_CONFIG_DIR'].map((name) => killMarked(`${name}=${this.folder}/`));
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    if (left.some((count) => count > 0)) throw new Error(`machines were left running: ${left.join(', ')}`);
  }
}

async function soon(isThere: () => boolean, what: string): Promise<void> {
  const until = Date.now() + SOON_MS;
  while (!isThere()) {
    if (Date.now() > until) throw new Error(`waited ${SOON_MS / 1000} s for ${what}`);
    await pause(LOOK_AGAIN_MS);
  }
}

/** `pace`: without automatic passes, `scale` times as fast as Fly. */
export async function startFlyStack({
  pace,
  vars,
  image = agentServer,
  path,
}: FlyStackOptions = {}): Promise<FlyStack> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-fly-'));
  const scale = pace?.scale ?? 20;
  const fly = await startFly({
    port: 0,
    token: TOKEN,
    org: ORG,
    folder,
    images: { [IMAGE]: { ...image, env: { PORT: '8080', DATA_DIR: '/data', HOME: '/data/home', ...image.env } } },
    pace: { passMs: 0, ...pace, scale },
    env: {
      ...inheritEnvironment(),
      ...(path && { PATH: path }),
      SHUTDOWN_GRACE_MS: String(Math.round(GRACE_MS / scale)),
    },
  });
  try {
    const stack = await startStack({
      machine: false,
      vars: {
        MACHINE_PROVIDER: 'fly',
        FLY_API_URL: fly.apiUrl,
        FLY_MACHINES_URL: fly.machinesUrl,
        FLY_API_TOKEN: TOKEN,
        FLY_ORG: ORG,
        FLY_IMAGE: IMAGE,
        FLY_REGION: 'fra,ams',
        ...vars,
      },
    });
    return new FlyStack(stack, fly, folder);
  } catch (error) {
    await fly.stop();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
