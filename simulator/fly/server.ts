import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { killMarked } from '../../vm/src/process/process-tree.ts';
import { createFlyApi } from './api.ts';
import { type Cloud, createCloud, type FlyOptions, loadOf } from './cloud.ts';
import type { ApiFaults } from './faults.ts';
import { type ApiCall, awakeMs, type Change, type ProxiedRequest } from './history.ts';
import * as hosts from './hosts.ts';
import { halt, takeOver } from './lifecycle.ts';
import { marksOf } from './machine-environment.ts';
import { keepPassing, passOnce } from './passes.ts';
import { createProxy } from './proxy.ts';
import type { AddressRecord, AppRecord, MachineRecord, VolumeRecord } from './store.ts';

// The fake Fly as one server on one port: the Machines API below /v1, every app's public address below /m/{app}, and
// the history as JSON at /_world. Listens on this computer only, and ends every program it started.

export type FlyWorld = {
  apps(): AppRecord[];
  addresses(): AddressRecord[];
  /** Includes deleted volumes that can be recovered; `live` leaves them out. */
  volumes(which?: 'all' | 'live'): VolumeRecord[];
  /** Includes destroyed machines; `live` leaves them out. */
  machines(which?: 'all' | 'live'): MachineRecord[];
  changes: readonly Change[];
  calls: readonly ApiCall[];
  requests: readonly ProxiedRequest[];
  /** How long the app's machines were awake, including destroyed ones. */
  awakeMs(app: string): number;
  /** Requests in progress to the app, including streams. */
  openRequests(app: string): number;
  /** The last lines of output of the app's machines. */
  output(app: string): string[];
  /** The folder with a volume's files. */
  volumeFolder(id: string): string;
  until(holds: () => boolean, withinMs: number, what: string): Promise<void>;
};

export type FlyFaults = ApiFaults & {
  /** `volumes`: unreachable for a while, or gone. */
  loseHost(app: string, volumes?: 'unreachable' | 'gone'): Promise<void>;
  recoverHost(app: string): void;
  destroyMachine(app: string): Promise<void>;
  killProgram(app: string): void;
  cutStreams(app: string, forMs: number): void;
  /** Makes the proxy itself answer the next requests, without JSON, as happens just after a start. */
  failRequests(app: string, times?: number, status?: 502 | 503): void;
};

export type FakeFly = {
  /** The API's address, without /v1. */
  apiUrl: string;
  /** The address of an app; {app} stands for its name. */
  machinesUrl: string;
  world: FlyWorld;
  faults: FlyFaults;
  /** Makes one auto-stop pass of the proxy now; returns the ids of the machines it put to sleep. */
  passNow(): string[];
  stop(): Promise<void>;
};

/** How long programs may take when the stand-in ends, in real seconds. */
const LAST_WORDS_S = 2;

export async function startFly(options: FlyOptions): Promise<FakeFly> {
  const cloud = createCloud(options);
  // Processes that a killed stand-in left behind would still use the same volumes.
  for (const machine of cloud.store.machines) {
    const volume = machine.config.mounts?.[0]?.volume;
    const place = { volume: volume ? cloud.store.volumeFolder(volume) : null, scratch: '', port: 0 };
    for (const mark of marksOf(machine, place)) killMarked(mark);
  }
  const proxy = createProxy(cloud);
  const world = worldOf(cloud);
  const api = getRequestListener(createFlyApi(cloud).fetch);
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const [, app, path] = /^\/m\/([^/?]+)(.*)$/.exec(request.url ?? '') ?? [];
    if (app !== undefined) {
      const rest = path?.startsWith('/') ? path : `/${path ?? ''}`;
      cloud.background.run(() => proxy.handle(request, response, app, rest));
    } else if (request.url === '/healthz') {
      response.end('ok\n');
    } else if (request.url === '/_world') {
      showWorld(world, response);
    } else {
      void api(request, response);
    }
  };
  const server = createServer({ requestTimeout: 0 }, listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  keepPassing(cloud);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { next, noCapacity, overQuota, clear } = cloud.faults;
  return {
    apiUrl: url,
    machinesUrl: `${url}/m/{app}`,
    world,
    faults: {
      next,
      noCapacity,
      overQuota,
      clear,
      loseHost: (app, volumes = 'unreachable') => hosts.loseHost(cloud, app, volumes),
      recoverHost: (app) => hosts.recoverHost(cloud, app),
      destroyMachine: (app) => hosts.destroyMachine(cloud, app),
      killProgram: (app) => hosts.killProgram(cloud, app),
      cutStreams: proxy.cut,
      failRequests: (app, times = 1, status = 502) => proxy.fail(app, times, status),
    },
    passNow: () => passOnce(cloud, Date.now()),
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const programs = [...cloud.running];
      await Promise.all(programs.map(([id]) => endProgram(cloud, id)));
      const rested = cloud.background.close();
      server.closeAllConnections();
      // A program may have been starting while the others ended.
      for (const program of cloud.running.values()) program.kill();
      await Promise.all([closed, rested]);
      cloud.store.save();
    },
  };
}

async function endProgram(cloud: Cloud, id: string): Promise<void> {
  const machine = cloud.store.machines.find((known) => known.id === id);
  if (!machine) return cloud.running.get(id)?.kill();
  // The machine is off and its work is cancelled.
  takeOver(cloud, machine);
  machine.state = 'stopped';
  await halt(cloud, machine, machine.config.stop_config?.signal ?? 'SIGINT', `${LAST_WORDS_S * cloud.pace.scale}s`);
}

function worldOf(cloud: Cloud): FlyWorld {
  const { store, history } = cloud;
  return {
    apps: () => [...store.apps],
    addresses: () => [...store.addresses],
    volumes: (which = 'all') => store.volumes.filter(({ deletedAt }) => which === 'all' || deletedAt === null),
    machines: (which = 'all') =>
      store.machines.filter(({ state }) => which === 'all' || !['destroying', 'destroyed'].includes(state)),
    changes: history.changes,
    calls: history.calls,
    requests: history.requests,
    awakeMs(app) {
      const of = history.changes.filter((change) => change.kind === 'machine' && change.app === app);
      return [...new Set(of.map(({ id }) => id))].reduce((sum, id) => sum + awakeMs(of, id, Date.now()), 0);
    },
    openRequests: (app) =>
      store.machines.filter((machine) => machine.app === app).reduce((sum, { id }) => sum + loadOf(cloud, id), 0),
    output: (app) =>
      store.machines.filter((machine) => machine.app === app).flatMap(({ id }) => cloud.running.get(id)?.output ?? []),
    volumeFolder: store.volumeFolder,
    until: history.until,
  };
}

function showWorld(world: FlyWorld, response: ServerResponse): void {
  const { changes, calls, requests } = world;
  const body = {
    apps: world.apps(),
    addresses: world.addresses(),
    volumes: world.volumes(),
    machines: world.machines(),
  };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ ...body, changes, calls, requests }));
}
