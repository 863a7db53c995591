import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { JWK } from 'jose';
import { afterEach, beforeEach } from 'vitest';
import { directoryOf } from '../../src/objects/namespaces.ts';
import { checkToken } from '../../src/protocol/index.ts';
import { FlyStand, type StandApp, type StandMachine, type StandVolume } from '../pure/fly/fly-stand.ts';
import type { Outside } from './outside.ts';

// Fly in place of the network for test/edge: the API of the Fly that its provider's own tests use, and the proxy in
// front of the machines. Behind every app's proxy stands the machine of outside.ts.

type Reaction = Response | Promise<Response> | undefined;

export class Fly {
  readonly #stand = new FlyStand(FLY_VARS.FLY_ORG);
  /** Every call to the API, without names: `POST apps/volumes`. */
  readonly calls: string[] = [];
  /** Requests through the proxy: the app, the path, the machine, and the person of the token. */
  readonly proxied: { app: string; path: string; preferred: string | null; audience: string | null }[] = [];
  /** In place of the API's work. */
  onCall: ((call: string) => Reaction) | undefined;
  /** The `nth` call gets no answer: it is lost before or after the API did the work. */
  lost: { nth: number; when: 'before' | 'after' } | null = null;
  isUp = (_image: string): boolean => true;
  /** Requests for a missing machine are accepted and never answered, as by a host that hangs. */
  hangs = false;
  /** Machines accept only callers with the key they were created for, as real ones do. */
  checksKeys = false;

  get apps(): ReadonlyMap<string, StandApp> {
    return this.#stand.apps;
  }

  get machines(): StandMachine[] {
    return [...this.apps.values()].flatMap(({ machines }) => machines);
  }

  get volumes(): StandVolume[] {
    return [...this.apps.values()].flatMap(({ volumes }) => volumes);
  }

  /** Calls that change something, without the look-ups before them. */
  get changes(): string[] {
    return this.calls.filter((call) => !call.startsWith('GET'));
  }

  async api(request: Request, url: URL): Promise<Response> {
    const [, , , , kind = '', , verb = ''] = url.pathname.split('/');
    const call = `${request.method} ${['apps', kind, verb].filter((part) => part !== '').join('/')}`;
    const nth = this.calls.push(call) - 1;
    const isLost = this.lost?.nth === nth;
    if (isLost && this.lost?.when === 'before') return new Promise<Response>(() => undefined);
    const body = request.method === 'POST' ? await jsonOf(request) : {};
    const answer = (await this.onCall?.(call)) ?? this.#serve(request.method, url, body);
    return isLost ? new Promise<Response>(() => undefined) : answer;
  }

  async proxy(request: Request, url: URL, outside: Outside): Promise<Response> {
    const name = url.host.split('.')[0] ?? '';
    const preferred = request.headers.get('fly-prefer-instance-id');
    this.proxied.push({ app: name, path: url.pathname, preferred, audience: audienceOf(request) });
    const machine = this.apps.get(name)?.machines[0];
    if (!machine && this.hangs) return new Promise<Response>(() => undefined);
    if (!machine) return new Response('no machine', { status: 503 });
    this.#stand.now = Date.now();
    if (machine.state !== 'started') this.#stand.launch(machine);
    if (!this.isUp(machine.config.image)) return new Response('it does not answer', { status: 502 });
    if (url.pathname === '/healthz') return Response.json({ ok: true });
    if (this.checksKeys && !(await isAdmitted(request, name, machine.config))) {
      return Response.json({ error: { code: 'unauthorized', message: 'not for this machine' } }, { status: 401 });
    }
    return outside.fetch(new Request(`https://machine.example.com${url.pathname}${url.search}`, request));
  }

  #serve(method: string, { pathname, searchParams }: URL, sent: Record<string, unknown>): Response {
    this.#stand.now = Date.now();
    const force = searchParams.get('force') === 'true';
    const { status, body } = this.#stand.serve(method, pathname.replace('/v1', ''), sent, force);
    return Response.json(body, { status });
  }

  loseMachines(): void {
    this.#stand.loseMachines();
  }
}

const FLY_VARS = {
  MACHINE_PROVIDER: 'fly',
  MACHINE_URL: '',
  STATIC_SHARED: '',
  FLY_API_TOKEN: 'fly-token',
  FLY_ORG: 'edge-tests',
  FLY_IMAGE: 'registry.example.com/roost:1',
  FLY_REGION: 'fra,ams',
  FLY_MAX_MACHINES: '3',
  FLY_API_URL: 'https://fly.example.com',
  FLY_MACHINES_URL: 'https://{app}.machines.example.com',
};

/**
 * In these tests the relay creates a machine for each person, and Fly answers beside the carrier, new for each test. The
 * directory's knowledge of machines ends with the test.
 */
export function useFly(world: { outside: Outside }): { fly: Fly } {
  beforeEach(() => void Object.assign(env, FLY_VARS));
  const holder = { fly: new Fly() };
  const others = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    const request = new Request(input as RequestInfo, init);
    const url = new URL(request.url);
    if (url.host === 'fly.example.com') return holder.fly.api(request, url);
    if (url.host.endsWith('.machines.example.com')) return holder.fly.proxy(request, url, world.outside);
    return others(request);
  };
  afterEach(async () => {
    await inDirectory((sql) => {
      for (const table of ['machines', 'rollouts', 'deliveries', 'alerts']) sql.exec(`DELETE FROM ${table}`);
    });
    holder.fly = new Fly();
  });
  return holder;
}

export const directory = () => directoryOf(env, {});
export const inDirectory = <T>(work: (sql: SqlStorage) => T): Promise<T> =>
  runInDurableObject(directory(), (_, { storage }) => work(storage.sql));

const jsonOf = async (request: Request): Promise<Record<string, unknown>> => {
  const text = await request.text();
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
};

async function isAdmitted(
  request: Request,
  audience: string,
  { env: given }: StandMachine['config'],
): Promise<boolean> {
  const token = (request.headers.get('authorization') ?? '').slice('Bearer '.length);
  const keys = JSON.parse(given?.RELAY_PUBLIC_KEYS ?? '[]') as JWK[];
  return (await checkToken(token, keys, audience, Date.now())).ok;
}

function audienceOf(request: Request): string | null {
  const [, claims] = (request.headers.get('authorization') ?? '').split('.');
  if (claims === undefined) return null;
  const text = atob(claims.replaceAll('-', '+').replaceAll('_', '/'));
  return (JSON.parse(text) as { aud: string }).aud;
}
