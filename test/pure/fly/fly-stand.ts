import { MACHINE_BACKOFF_MS } from '../../../src/conversation/policy/machine.ts';
import { type MachineRow, newMachine, type StepOutcome } from '../../../src/conversation/state/machine.ts';
import { createFlyProvider, type FlyProviderOptions } from '../../../src/machines/fly/provider.ts';
import type { MachineProvider } from '../../../src/machines/provider.ts';

// The part of Fly that its provider can see, in memory: resources stay, answers are lost or late as a test says, and
// time moves with every call. Strict where the provider could be wrong; simulator/fly is the stand-in for whole runs.
// test/edge/fly.ts puts it in place of the network.

/**
 * before: the call never arrives · after: it is done, and its answer is lost · late: as after, but done seconds later ·
 * busy, down: refused temporarily · full: no room, for calls that need some.
 */
export const FAULTS = ['before', 'after', 'late', 'busy', 'down', 'full'] as const;
export type Fault = (typeof FAULTS)[number] | 'none';

export const TOKEN = 'FlyV1 fm2_secret';
export const GOOD = 'registry.example.com/agent@sha256:1';
export const NAME = 'roost-aaaaaaaaaaaaaaaaaaaa';
const LATE_MS = 4000;

export type StandMachine = {
  id: string;
  state: string;
  region: string;
  host_status: string;
  created_at: string;
  config: {
    image: string;
    metadata: Record<string, string>;
    mounts: { volume: string }[];
    env: Record<string, string>;
  };
  events: { type: string; status: string; timestamp: number }[];
};
export type StandVolume = {
  id: string;
  state: string;
  region: string;
  size_gb: number;
  host_status: string;
  created_at: string;
  attached_machine_id: string | null;
};
export type StandApp = {
  network: string;
  ips: { ip: string; shared: boolean }[];
  volumes: StandVolume[];
  machines: StandMachine[];
};

type Body = { [name: string]: unknown; config?: StandMachine['config'] };
type Reply = { status: number; body: unknown };

export class FlyStand {
  now = 1_900_000_000_000;
  readonly #org: string;
  readonly apps = new Map<string, StandApp>();
  /** Calls of the API in order, as `POST /apps`. */
  readonly calls: string[] = [];
  /** The faults of the next calls, one each. */
  plan: Fault[] = [];
  /** Regions without room for a volume or a machine. */
  readonly full = { volumes: new Set<string>(), machines: new Set<string>() };
  /** Images whose machines never answer. */
  readonly broken = new Set<string>();
  /** Images of this list that start, end and are restarted. */
  readonly crashing = new Set<string>();
  /** The refusals of all further calls, by call. */
  readonly refusals = new Map<string, Reply>();
  #late: { at: number; work: () => void }[] = [];
  #ids = 0;

  constructor(org = 'our-org') {
    this.#org = org;
  }

  readonly fetch = async (
    input: unknown,
    init?: { method?: string; headers?: unknown; body?: unknown; redirect?: string; signal?: AbortSignal },
  ): Promise<Response> => {
    const url = new URL(String(input));
    // A redirect would carry the token elsewhere, and a call without a time-out would hold up everything after it.
    if (init?.redirect !== 'manual' || !init.signal) throw new TypeError('a call that is not bounded');
    this.pass(20);
    if (url.hostname.endsWith('.fly.example')) return this.#proxied(url);
    const method = init?.method ?? 'GET';
    const path = url.pathname.replace('/v1', '');
    if (new Headers(init?.headers as HeadersInit).get('authorization') !== `Bearer ${TOKEN}`) {
      return answer({ status: 401, body: { error: 'Authenticate: token validation error' } });
    }
    const body = init?.body === undefined ? {} : (JSON.parse(String(init.body)) as Body);
    this.calls.push(`${method} ${path.replace(/(roost-[a-z2-7]+|vol_\d+|m\d+)/g, '*')}`);
    const force = url.searchParams.get('force') === 'true';
    return this.#faulty(this.plan.shift() ?? 'none', method, () => this.serve(method, path, body, force), path);
  };

  pass(ms: number): void {
    this.now += ms;
    const due = this.#late.filter(({ at }) => at <= this.now);
    this.#late = this.#late.filter(({ at }) => at > this.now);
    for (const { work } of due) work();
  }

  /** Runs until no late call is pending. */
  settle(): void {
    this.pass(LATE_MS + 1);
  }

  #faulty(fault: Fault, method: string, work: () => Reply, path: string): Response {
    const refused = this.refusals.get(this.calls.at(-1) ?? '');
    if (refused) return answer(refused);
    switch (fault) {
      case 'before':
        throw new TypeError('connection closed');
      case 'after':
        work();
        throw new TypeError('connection closed');
      case 'late':
        if (method !== 'GET') this.#late.push({ at: this.now + LATE_MS, work: () => void work() });
        throw new DOMException('timed out', 'TimeoutError');
      case 'busy':
        return answer({ status: 429, body: { error: 'rate limit exceeded' } }, { 'retry-after': '1' });
      case 'down':
        return new Response('<html>bad gateway</html>', { status: 502 });
      case 'full':
        if (method !== 'POST' || !/\/(volumes|machines)$/.test(path)) return answer(work());
        return answer({ status: 422, body: { error: 'no host', status: 'insufficient_capacity' } });
      default:
        return answer(work());
    }
  }

  #proxied(url: URL): Response {
    const app = this.apps.get(url.hostname.split('.')[0] ?? '');
    if (!app?.ips.length) throw new TypeError('no such host');
    const able = app.machines.filter(
      ({ state, host_status }) => ['started', 'stopped'].includes(state) && host_status === 'ok',
    );
    for (const machine of able)
      if (machine.state === 'stopped' || this.crashing.has(machine.config.image)) this.launch(machine);
    const isUp = able.length > 0 && able.every(({ config }) => !this.broken.has(config.image));
    return new Response(isUp ? '{"ok":true}' : 'no machine', { status: isUp ? 200 : 503 });
  }

  /** All machines are gone with their hosts; the volumes stay. */
  loseMachines(): void {
    for (const app of this.apps.values()) {
      app.machines = [];
      for (const volume of app.volumes) volume.attached_machine_id = null;
    }
  }

  turn(machine: StandMachine, state: string): void {
    machine.state = state;
    machine.events.unshift({ type: state === 'started' ? 'start' : 'exit', status: state, timestamp: this.now });
  }

  /** The API's work, without faults. `path`: after /v1. */
  serve(method: string, path: string, body: Body, force: boolean): Reply {
    const [, , name = '', kind = '', id = '', verb = ''] = path.split('/');
    if (path === '/apps' && method === 'GET') {
      return ok({
        total_apps: this.apps.size,
        apps: [...this.apps].map(([app, { network }]) => ({ name: app, network })),
      });
    }
    if (path === '/apps') return this.#createApp(body);
    const app = this.apps.get(name);
    if (!app) return refuse(404, `Could not find App "${name}"`);
    if (method === 'DELETE' && kind !== 'volumes' && !force) return refuse(412, 'failed_precondition: not stopped');
    if (kind === '' && method === 'DELETE') {
      this.apps.delete(name);
      return { status: 202, body: null };
    }
    if (kind === '') return ok({ name, network: app.network, status: 'pending' });
    if (kind === 'ip_assignments') return method === 'GET' ? ok({ ips: app.ips }) : this.#assign(app, body);
    if (kind === 'volumes') return id === '' ? this.#volumes(method, app, body) : this.#deleteVolume(app, id);
    return id === '' ? this.#machines(method, app, body) : this.#machine(method, app, id, verb, body);
  }

  #createApp({ name, org_slug, network, ...rest }: Body): Reply {
    if (typeof name !== 'string' || org_slug !== this.#org || network !== name || Object.keys(rest).length > 0) {
      return refuse(400, 'invalid request');
    }
    if (this.apps.has(name)) return refuse(422, 'Validation failed: Name has already been taken');
    this.apps.set(name, { network: name, ips: [], volumes: [], machines: [] });
    return { status: 201, body: { id: 'x', created_at: this.now } };
  }

  #assign(app: StandApp, { type }: Body): Reply {
    const isShared = type === 'shared_v4';
    if (!isShared && type !== 'v6') return refuse(400, 'invalid type');
    const address = { ip: isShared ? '203.0.113.10' : `2001:db8:1::${app.ips.length}`, shared: isShared };
    app.ips.push(address);
    return ok(address);
  }

  #volumes(method: string, app: StandApp, body: Body): Reply {
    if (method === 'GET') return ok(app.volumes);
    const region = String(body.region);
    if (this.full.volumes.has(region)) return refuse(400, 'no capacity');
    const { memory_mb } = (body.compute ?? {}) as { memory_mb?: number };
    if (memory_mb !== 1024) return refuse(400, 'there may be no room for the machine beside it');
    const volume = {
      id: `vol_${++this.#ids}`,
      state: 'created',
      region,
      size_gb: Number(body.size_gb),
      host_status: 'ok',
      created_at: new Date(this.now).toISOString(),
      attached_machine_id: null,
    };
    app.volumes.push(volume);
    return ok(volume);
  }

  #deleteVolume(app: StandApp, id: string): Reply {
    const volume = app.volumes.find((one) => one.id === id);
    if (volume?.state !== 'created') return refuse(404, 'volume not found');
    if (volume.host_status !== 'ok') return refuse(408, 'host cannot be reached');
    if (volume.attached_machine_id !== null) return refuse(412, 'volume is in use');
    volume.state = 'pending_destroy';
    return ok(volume);
  }

  #machines(method: string, app: StandApp, { region, config }: Body): Reply {
    if (method === 'GET') return ok(app.machines);
    const volume = app.volumes.find(({ id, state }) => id === config?.mounts[0]?.volume && state === 'created');
    if (!config || !volume || volume.host_status !== 'ok') return refuse(422, 'volume not found');
    if (volume.region !== region) return refuse(422, 'the volume is in another region');
    if (volume.attached_machine_id !== null) return refuse(422, 'volume is already attached');
    if (this.full.machines.has(volume.region)) {
      return refuse(412, `insufficient resources to create new machine with existing volume '${volume.id}'`);
    }
    const machine: StandMachine = {
      id: `m${++this.#ids}`,
      state: 'created',
      region: volume.region,
      host_status: 'ok',
      created_at: new Date(this.now).toISOString(),
      config,
      events: [],
    };
    volume.attached_machine_id = machine.id;
    app.machines.push(machine);
    this.launch(machine);
    return ok({ ...machine, state: 'created' });
  }

  #machine(method: string, app: StandApp, id: string, verb: string, body: Body): Reply {
    const machine = app.machines.find((one) => one.id === id);
    if (!machine || (machine.state === 'destroyed' && method !== 'GET')) return refuse(404, 'machine not found');
    if (method === 'GET') return ok(machine);
    if (machine.host_status !== 'ok') return refuse(408, 'host cannot be reached');
    if (method === 'DELETE') {
      machine.state = 'destroyed';
      for (const volume of app.volumes) if (volume.attached_machine_id === id) volume.attached_machine_id = null;
    } else if (verb === 'start') this.launch(machine);
    else if (verb === 'stop') {
      if (machine.state !== 'started') return refuse(400, 'machine is not running');
      if (body.signal !== 'SIGTERM' || body.timeout !== '300s') return refuse(400, 'a turn would be cut off');
      this.turn(machine, 'stopped');
    } else {
      if (body.config?.mounts[0]?.volume !== machine.config.mounts[0]?.volume)
        return refuse(400, 'volume cannot change');
      machine.config = body.config as StandMachine['config'];
      if (body.skip_launch !== true) this.launch(machine);
    }
    return ok(machine);
  }

  launch(machine: StandMachine): void {
    const { image } = machine.config;
    if (this.crashing.has(image)) for (let n = 0; n < 3; n++) this.turn(machine, 'stopped');
    this.turn(machine, this.broken.has(image) && !this.crashing.has(image) ? 'failed' : 'started');
  }
}

const ok = (body: unknown): Reply => ({ status: 200, body: structuredClone(body) });
const refuse = (status: number, error: string): Reply => ({ status, body: { error } });
const answer = ({ status, body }: Reply, headers: Record<string, string> = {}): Response =>
  new Response(body === null ? null : JSON.stringify(body), { status, headers });

export const newRow = (now: number): MachineRow => newMachine(NAME, now);

export type Recorded = Parameters<FlyProviderOptions['ledger']['record']>[0];

export function optionsWith(ledger: Recorded[], change: Partial<FlyProviderOptions> = {}): FlyProviderOptions {
  return {
    apiUrl: 'https://api.example.com',
    token: TOKEN,
    org: 'our-org',
    image: GOOD,
    regions: ['fra', 'ams', 'iad'],
    memoryMb: 1024,
    volumeGb: 3,
    machinesUrl: 'https://{app}.fly.example',
    env: { RELAY_URL: 'https://relay.example.com' },
    deployment: 'relay.example.com',
    version: '1.0.0',
    ledger: {
      claim: async () => 'taken',
      release: async () => undefined,
      record: async (row) => {
        ledger.push(row);
      },
    },
    ...change,
  };
}

export const providerOf = (ledger: Recorded[], change: Partial<FlyProviderOptions> = {}): MachineProvider =>
  createFlyProvider(optionsWith(ledger, change));

export type Played = { row: MachineRow; outcomes: (StepOutcome | { kind: 'lost' })[] };

/**
 * The conversation’s side: records that it makes a call, makes the call, records the outcome, waits. Ends at ready, or
 * refused.
 */
export async function play(stand: FlyStand, provider: MachineProvider, start: MachineRow, most = 400): Promise<Played> {
  let row = start;
  let tried = 0;
  const outcomes: Played['outcomes'] = [];
  for (let n = 0; n < most && row.step !== 'ready'; n++) {
    const given = { ...row, stepSince: row.stepSince ?? stand.now };
    row = { ...given, inDoubtSince: stand.now };
    const outcome = await provider.ensure(given, stand.now).catch(() => ({ kind: 'lost' as const }));
    outcomes.push(outcome);
    if (outcome.kind === 'permanent') return { row, outcomes };
    tried = outcome.kind === 'done' ? 0 : tried + 1;
    if (outcome.kind === 'lost')
      stand.pass(MACHINE_BACKOFF_MS[Math.min(tried - 1, MACHINE_BACKOFF_MS.length - 1)] ?? 0);
    else if (outcome.kind === 'retryable') {
      row = { ...row, ...outcome.next, inDoubtSince: null };
      stand.pass(outcome.waitMs ?? 1000);
    } else {
      const isNext = outcome.next.step !== row.step;
      row = { ...row, ...outcome.next, inDoubtSince: null, stepSince: isNext ? null : row.stepSince };
    }
  }
  return { row, outcomes };
}

/** The resources that exist and cost money. */
export function there(stand: FlyStand) {
  const apps = [...stand.apps.values()];
  return {
    apps: apps.length,
    addresses: apps.flatMap(({ ips }) => ips).length,
    volumes: apps.flatMap(({ volumes }) => volumes.filter(({ state }) => state === 'created')),
    machines: apps.flatMap(({ machines }) => machines.filter(({ state }) => state !== 'destroyed')),
  };
}
