import * as z from 'zod/mini';
import { parseJson } from '../../parse-json.ts';
import { classifyFailure, type FlyAnswer } from './responses.ts';

// The calls to Fly’s Machines API that Roost uses, and the fields it reads of the answers. Nothing retries or waits; a
// call of unknown outcome throws. The token goes into one header and nowhere else.

const App = z.looseObject({ name: z.string(), network: z.nullish(z.string()) });
const Apps = z.looseObject({
  apps: z.pipe(
    z.nullish(z.array(App)),
    z.transform((apps) => apps ?? []),
  ),
});
const Addresses = z.looseObject({
  ips: z.pipe(
    z.nullish(z.array(z.looseObject({ ip: z.string(), shared: z.nullish(z.boolean()) }))),
    z.transform((ips) => ips ?? []),
  ),
});
const Volume = z.looseObject({
  id: z.string().check(z.minLength(1)),
  state: z.string(),
  region: z.string(),
  size_gb: z.nullish(z.number()),
  host_status: z.nullish(z.string()),
  attached_machine_id: z.nullish(z.string()),
  created_at: z.nullish(z.string()),
});
const MachineConfig = z.looseObject({
  image: z.nullish(z.string()),
  metadata: z.nullish(z.record(z.string(), z.string())),
  mounts: z.nullish(z.array(z.looseObject({ volume: z.nullish(z.string()) }))),
});
const Machine = z.looseObject({
  id: z.string().check(z.minLength(1)),
  state: z.string(),
  region: z.nullish(z.string()),
  host_status: z.nullish(z.string()),
  created_at: z.nullish(z.string()),
  config: z.nullish(MachineConfig),
  /** The known part of the config while its host is unreachable. */
  incomplete_config: z.nullish(MachineConfig),
  events: z.nullish(
    z.array(z.looseObject({ type: z.string(), status: z.nullish(z.string()), timestamp: z.nullish(z.number()) })),
  ),
});
const Anything = z.unknown();

export type FlyApp = z.infer<typeof App>;
export type FlyVolume = z.infer<typeof Volume>;
export type FlyMachine = z.infer<typeof Machine>;

/** Fly may reserve a host or fetch an image before it answers a change. */
const BOUND_MS = { GET: 10_000, DELETE: 15_000, POST: 45_000 } as const;

type Call = { method: keyof typeof BOUND_MS; path: string; body?: object; isName?: boolean };

export type FlyApi = ReturnType<typeof createFlyApi>;

export function createFlyApi({ apiUrl, token }: { apiUrl: string; token: string }) {
  async function call<T>(schema: z.ZodMiniType<T>, { method, path, body, isName }: Call): Promise<FlyAnswer<T>> {
    const what = `${method} /v1${path.split('?')[0]}`;
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${apiUrl}/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/json',
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
        // A redirect would carry the token elsewhere.
        redirect: 'manual',
        signal: AbortSignal.timeout(BOUND_MS[method]),
      });
      text = await response.text();
    } catch (error) {
      throw new Error(`Fly did not answer ${what} (${error instanceof Error ? error.name : 'no connection'})`);
    }
    if (!response.ok) {
      const safe = token === '' ? text : text.replaceAll(token, '[token]');
      const retryAfter = response.headers.get('retry-after');
      return classifyFailure(what, { status: response.status, text: safe, retryAfter }, isName);
    }
    const value = schema.safeParse(parseJson(text));
    if (!value.success) throw new Error(`Fly’s answer to ${what} could not be understood`);
    return { kind: 'ok', value: value.data };
  }

  const at = (app: string, rest = ''): string => `/apps/${encodeURIComponent(app)}${rest}`;
  const machineAt = (app: string, id: string, rest = ''): string =>
    at(app, `/machines/${encodeURIComponent(id)}${rest}`);

  return {
    apps: async (org: string): Promise<FlyAnswer<FlyApp[]>> => {
      const answer = await call(Apps, { method: 'GET', path: `/apps?org_slug=${encodeURIComponent(org)}` });
      return answer.kind === 'ok' ? { kind: 'ok', value: answer.value.apps } : answer;
    },
    app: (app: string) => call(App, { method: 'GET', path: at(app) }),
    // The published schema and Fly’s own client say `name`; some of the prose says `app_name`.
    createApp: ({ name, org }: { name: string; org: string }) =>
      call(Anything, {
        method: 'POST',
        path: '/apps',
        body: { name, org_slug: org, network: name },
        isName: true,
      }),
    /** Deletes the app with its machines and volumes. */
    deleteApp: (app: string) => call(Anything, { method: 'DELETE', path: at(app, '?force=true') }),

    addresses: (app: string) => call(Addresses, { method: 'GET', path: at(app, '/ip_assignments') }),
    assignAddress: (app: string, type: 'shared_v4' | 'v6') =>
      call(Anything, { method: 'POST', path: at(app, '/ip_assignments'), body: { type } }),

    volumes: (app: string) => call(z.array(Volume), { method: 'GET', path: at(app, '/volumes') }),
    createVolume: (app: string, body: { name: string; region: string; size_gb: number; compute: object }) =>
      call(Volume, { method: 'POST', path: at(app, '/volumes'), body }),
    deleteVolume: (app: string, id: string) =>
      call(Anything, { method: 'DELETE', path: at(app, `/volumes/${encodeURIComponent(id)}`) }),

    machines: (app: string) => call(z.array(Machine), { method: 'GET', path: at(app, '/machines') }),
    machine: (app: string, id: string) => call(Machine, { method: 'GET', path: machineAt(app, id) }),
    createMachine: (app: string, body: { region: string; config: object }) =>
      call(Machine, { method: 'POST', path: at(app, '/machines'), body }),
    /** Replaces the whole config. With `skip_launch` a sleeping machine stays asleep. */
    updateMachine: (app: string, id: string, body: { config: object; skip_launch: boolean }) =>
      call(Machine, { method: 'POST', path: machineAt(app, id), body }),
    startMachine: (app: string, id: string) => call(Anything, { method: 'POST', path: machineAt(app, id, '/start') }),
    stopMachine: (app: string, id: string, body: { signal: string; timeout: string }) =>
      call(Anything, { method: 'POST', path: machineAt(app, id, '/stop'), body }),
    /** Also destroys a running machine. */
    destroyMachine: (app: string, id: string) =>
      call(Anything, { method: 'DELETE', path: machineAt(app, id, '?force=true') }),
  };
}
