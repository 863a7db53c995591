import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { FlyImage, FlyOptions } from '../../simulator/fly/cloud.ts';
import { type FakeFly, startFly } from '../../simulator/fly/server.ts';
import { inheritEnvironment } from '../inherit-environment.ts';

// The base of the fake Fly's tests: a fake that is a hundred times faster than the real one and ends with its test, a
// plain client, and a machine with a volume in one call. Loopback only.

export const TOKEN = 'fly-tests';
export const ORG = 'tests';
export const IMAGE = `registry.fly.io/program@sha256:${'a'.repeat(64)}`;
export const OTHER_IMAGE = `registry.fly.io/program@sha256:${'b'.repeat(64)}`;
const root = join(import.meta.dirname, '../..');

const program: FlyImage = {
  command: process.execPath,
  args: [join(import.meta.dirname, 'fly-program.cjs')],
  cwd: root,
  env: { PORT: '8080', DATA_DIR: '/data', HOME: '/data/home' },
};

export const service = {
  protocol: 'tcp',
  internal_port: 8080,
  autostart: true,
  autostop: 'stop',
  ports: [{ port: 443, handlers: ['tls', 'http'] }],
};
export const config = {
  image: IMAGE,
  guest: { cpu_kind: 'shared', cpus: 1, memory_mb: 1024 },
  services: [service],
  stop_config: { signal: 'SIGTERM', timeout: '300s' },
};

type Json = Record<string, unknown>;
/** The fields of an answer that tests read; lists and other shapes are requested by type. */
export type Body = {
  id: string;
  state: string;
  error: string;
  instance_id: string;
  name: string;
  nonce?: string;
  host_status: string;
  config?: Json & { services: Json[]; metadata?: Record<string, string> };
  checks: { status: string }[];
  events: { type: string; status: string; source: string; request?: { exit_event: Json } }[];
};
type Called<T> = { status: number; body: T };

export type Stand = {
  fly: FakeFly;
  call<T = Body>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Called<T>>;
  /** App, address, volume and machine; resolves when the machine is `started`, unless told otherwise. */
  make(app: string, changes?: Json, state?: string): Promise<{ machine: string; volume: string }>;
  url(app: string): string;
  state(app: string): string | undefined;
  until(app: string, state: string): Promise<void>;
  /** The lines that the program in a volume's machine wrote. */
  notes(volume: string): string[];
};

export const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'roost-fly-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

export async function standUp(options: Partial<FlyOptions> = {}): Promise<Stand> {
  const fly = await startFly({
    port: 0,
    token: TOKEN,
    org: ORG,
    folder: options.folder ?? newFolder(),
    images: { [IMAGE]: program, [OTHER_IMAGE]: program },
    rateLimits: false,
    env: inheritEnvironment(),
    ...options,
    pace: { scale: 100, passMs: 0, ...options.pace },
  });
  onTestFinished(() => fly.stop());
  const { world } = fly;

  const call = async <T = Body>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Called<T>> => {
    const answer = await fetch(`${fly.apiUrl}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: (/^[[{]/.test(text) ? JSON.parse(text) : text) as T };
  };
  const state = (app: string): string | undefined => world.machines().find((machine) => machine.app === app)?.state;
  const until = (app: string, wanted: string): Promise<void> =>
    world.until(() => state(app) === wanted, 10_000, `${app} ${wanted}`);

  return {
    fly,
    call,
    async make(app, changes = {}, wanted = 'started') {
      await call('POST', '/apps', { app_name: app, org_slug: ORG, network: app });
      await call('POST', `/apps/${app}/ip_assignments`, { type: 'shared_v4' });
      const volume = await call('POST', `/apps/${app}/volumes`, { name: 'data', region: 'fra', size_gb: 3 });
      const mounts = [{ volume: volume.body.id, path: '/data' }];
      const body = { region: 'fra', config: { ...config, mounts, ...changes } };
      const machine = await call('POST', `/apps/${app}/machines`, body);
      if (machine.status !== 200) throw new Error(JSON.stringify(machine.body));
      await until(app, wanted);
      return { machine: machine.body.id, volume: volume.body.id };
    },
    url: (app) => fly.machinesUrl.replace('{app}', app),
    state,
    until,
    notes: (volume) =>
      readFileSync(join(world.volumeFolder(volume), 'notes'), 'utf8')
        .split('\n')
        .filter(Boolean),
  };
}
