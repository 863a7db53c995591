import { generateKeyPairSync } from 'node:crypto';
import { machineConfig, machineSettings } from '../../src/machines/fly/machine-config.ts';
import { newName } from '../../src/machines/fly/names.ts';
import { type Answer, ask, bearer } from '../accounts/ask.ts';
import type { Report } from './record.ts';

// Takes one machine on Fly through its whole life: app, addresses, volume, machine, health through the proxy, sleep,
// waking by a request, removal. Calls Fly directly, so that each raw status is seen. The app is removed at the end,
// whatever happens, and its removal is checked.

export type FlyWish = {
  apiUrl: string;
  token: string;
  org: string;
  image: string;
  region: string;
  memoryMb: number;
  volumeGb: number;
  /** With {app} in place of the app's name. */
  machinesUrl: string;
  /** The relay's address for the agent server, which never calls it. */
  relayUrl: string;
};
/** `given` aborts the round; everything created is still removed. */
export type Pauses = { everyMs: number; startWithinMs: number; sleepWithinMs: number; given?: AbortSignal };
export const PAUSES: Pauses = { everyMs: 1000, startWithinMs: 180_000, sleepWithinMs: 120_000 };

const CALL_MS = 60_000;
const OPEN_MS = 30_000;

export async function flyRound(
  wish: FlyWish,
  report: Report,
  pauses: Pauses,
  name = newName('roost-live'),
): Promise<void> {
  const { call, at } = caller(wish, report, name);
  try {
    await make();
  } finally {
    await remove();
  }

  async function make(): Promise<void> {
    await call('create the app', 201, 'POST', '/apps', { name, org_slug: wish.org, network: name });
    await call('create it again: taken', 422, 'POST', '/apps', { name, org_slug: wish.org, network: name });
    await call('read the app', 200, 'GET', at(''));
    await call('a shared IPv4 address', 200, 'POST', at('/ip_assignments'), { type: 'shared_v4' });
    await call('an IPv6 address', 200, 'POST', at('/ip_assignments'), { type: 'v6' });
    const addresses = await call('list the addresses', 200, 'GET', at('/ip_assignments'));
    const { ips } = (addresses.json ?? {}) as { ips?: unknown[] };
    report.note('addresses of the app', '2', String(ips?.length ?? 0), 0);

    const { cpu_kind, cpus, memory_mb } = guest();
    const size = { name: machineSettings.volumeName, region: wish.region, size_gb: wish.volumeGb };
    const compute = { cpu_kind, cpus, memory_mb };
    const volume = idOf(await call('create the volume', 200, 'POST', at('/volumes'), { ...size, compute }), 'volume');
    const config = configOf(volume);
    const made = await call('create the machine', 200, 'POST', at('/machines'), { region: wish.region, config });
    const machine = idOf(made, 'machine');
    report.note('its state in the answer', 'created', stateOf(made), 0);

    await reaches('started', `/machines/${machine}`, pauses.startWithinMs, ['created', 'starting', 'started']);
    await opens('healthy through the proxy', pauses.startWithinMs);
    await call('read a machine that is not there', 404, 'GET', at('/machines/00000000000000'));
    await call('stop it', 200, 'POST', at(`/machines/${machine}/stop`), {
      signal: machineSettings.killSignal,
      timeout: '30s',
    });
    await reaches('stopped', `/machines/${machine}`, pauses.sleepWithinMs, ['started', 'stopping', 'stopped']);
    await opens('woken by a request', pauses.startWithinMs);
    await reaches('started', `/machines/${machine}`, pauses.startWithinMs, ['started']);
  }

  /** Runs in any case, until the app is really gone. */
  async function remove(): Promise<void> {
    const until = Date.now() + pauses.sleepWithinMs;
    const begun = performance.now();
    await call('remove the app with all in it', 202, 'DELETE', at('?force=true')).catch(() => undefined);
    for (;;) {
      const status = await raw('GET', at('')).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 404) return report.note('the app is gone', '404', '404', performance.now() - begun);
      if (Date.now() > until) {
        report.note('the app is gone', '404', String(status || 'no answer'), performance.now() - begun);
        throw new Error(
          `${name} may still exist and cost money. Check with: fly apps list. Remove it with: fly apps destroy ${name}`,
        );
      }
      // The request to remove it may have been lost.
      await raw('DELETE', at('?force=true')).catch(() => undefined);
      await pause(pauses.everyMs);
    }
  }

  function goesOn(): void {
    if (pauses.given?.aborted) throw new Error('It was interrupted.');
  }

  function raw(method: string, path: string): Promise<Answer> {
    return ask(`${wish.apiUrl}/v1${path}`, { method, headers: bearer(wish.token), withinMs: CALL_MS });
  }

  /** Waits for the state. Returns the states on the way; each must be an expected one. */
  async function reaches(state: string, path: string, withinMs: number, expected: string[]): Promise<void> {
    const until = Date.now() + withinMs;
    const begun = performance.now();
    const seen: string[] = [];
    for (;;) {
      const now = stateOf(await raw('GET', at(path)));
      if (seen.at(-1) !== now) seen.push(now);
      const ms = performance.now() - begun;
      const isOver = now === state || ['failed', 'destroyed'].includes(now) || Date.now() > until;
      if (isOver) {
        const differs = now !== state || seen.some((one) => !expected.includes(one));
        report.note(`until it is ${state}`, expected.join(' → '), seen.join(' → '), ms, differs);
        if (now !== state) throw new Error(`The machine is ${now} and not ${state}.`);
        return;
      }
      await pause(pauses.everyMs);
      goesOn();
    }
  }

  /** A request like the relay's: it wakes the machine and waits for its answer. */
  async function opens(what: string, withinMs: number): Promise<void> {
    const url = `${wish.machinesUrl.replaceAll('{app}', name)}/healthz`;
    const until = Date.now() + withinMs;
    const begun = performance.now();
    for (let requests = 1; ; requests++) {
      const status = await ask(url, { withinMs: OPEN_MS }).then(
        (answer) => String(answer.status),
        () => 'no answer',
      );
      if (status === '200' || Date.now() > until) {
        const tries = requests === 1 ? '' : ` after ${requests} requests`;
        report.note(what, '200', `${status}${tries}`, performance.now() - begun, status !== '200');
        if (status !== '200') throw new Error('The machine never answered through the proxy.');
        return;
      }
      await pause(pauses.everyMs);
      goesOn();
    }
  }

  function configOf(volume: string): object {
    const { x, kty, crv } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
    const env = {
      RELAY_URL: wish.relayUrl,
      RELAY_PUBLIC_KEYS: JSON.stringify([{ kty, crv, x }]),
      MACHINE_AUDIENCE: name,
    };
    return machineConfig({
      image: wish.image,
      memoryMb: wish.memoryMb,
      volume,
      env,
      metadata: { roost_deployment: 'live-round' },
    });
  }

  function guest(): { cpu_kind: string; cpus: number; memory_mb: number } {
    const { guest: size } = machineConfig({
      image: wish.image,
      memoryMb: wish.memoryMb,
      volume: '',
      env: {},
      metadata: {},
    });
    return size;
  }
}

function caller({ apiUrl, token }: FlyWish, report: Report, name: string) {
  const at = (rest: string): string => `/apps/${name}${rest}`;
  async function call(what: string, expected: number, method: string, path: string, body?: object): Promise<Answer> {
    const begun = performance.now();
    const shape = `${method} ${path.replaceAll(name, '{app}').replace(/\/machines\/\w+/, '/machines/{id}')}`;
    const answer = await ask(`${apiUrl}/v1${path}`, {
      method,
      headers: bearer(token),
      json: body,
      withinMs: CALL_MS,
    }).catch((error: Error) => {
      report.note(`${what} (${shape})`, String(expected), 'no answer', performance.now() - begun);
      throw error;
    });
    report.note(`${what} (${shape})`, String(expected), String(answer.status), performance.now() - begun);
    if (answer.status >= 400 && answer.status !== expected) {
      throw new Error(`Fly answered ${answer.status} to “${what}”: ${wordsOf(answer, token)}`);
    }
    return answer;
  }
  return { call, at };
}

const wordsOf = ({ json, text }: Answer, token: string): string => {
  const { error } = (json ?? {}) as { error?: unknown };
  return (typeof error === 'string' ? error : text).replaceAll(token, '[token]').slice(0, 200);
};
const stateOf = ({ json }: Answer): string => {
  const { state } = (json ?? {}) as { state?: unknown };
  return typeof state === 'string' ? state : 'unknown';
};
function idOf({ json }: Answer, what: string): string {
  const { id } = (json ?? {}) as { id?: unknown };
  if (typeof id !== 'string') throw new Error(`Fly’s answer names no ${what}.`);
  return id;
}
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
