import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { killMarked } from '../../vm/src/process/process-tree.ts';
import { inheritEnvironment } from '../inherit-environment.ts';
import { config, newFolder } from './fly-stand.ts';

// The fake Fly as the process it is in `npm start -- --fly`, with the agent server of this repository in its machine.

const MAIN = join(import.meta.dirname, '../../simulator/fly/main.ts');
const IMAGE = `registry.fly.io/roost@sha256:${'c'.repeat(64)}`;
const publicKey = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });

async function run(folder: string): Promise<{ url: string; child: ChildProcess; exited: Promise<number | null> }> {
  const child = spawn(process.execPath, [MAIN], {
    env: {
      ...inheritEnvironment(),
      FLY_PORT: '0',
      FLY_API_TOKEN: 't',
      FLY_ORG: 'o',
      FLY_STATE: folder,
      FLY_IMAGE: IMAGE,
      FLY_SCALE: '50',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, address] = /^fake Fly ready on (\S+)$/.exec(line) ?? [];
      if (address) resolve(address);
    });
    void exited.then((code) => reject(new Error(`It ended with ${code}.`)));
  });
  return { url, child, exited };
}

async function healthOf(url: string): Promise<unknown> {
  const answer = await fetch(`${url}/m/one/healthz`);
  return [answer.status, await answer.json()];
}

test('a machine runs the agent server, and after the stand-in was killed the next one finds it stopped and wakes it', async () => {
  const folder = newFolder();
  const first = await run(folder);
  const post = async (path: string, body: object): Promise<{ id: string }> => {
    const headers = { authorization: 'Bearer t', 'content-type': 'application/json' };
    const answer = await fetch(`${first.url}/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    expect([200, 201]).toContain(answer.status);
    return (await answer.json()) as { id: string };
  };
  await post('/apps', { name: 'one', org_slug: 'o', network: 'one' });
  await post('/apps/one/ip_assignments', { type: 'v6' });
  const volume = await post('/apps/one/volumes', { name: 'data', region: 'fra' });
  const env = {
    RELAY_URL: 'http://127.0.0.1:9',
    RELAY_PUBLIC_KEYS: JSON.stringify([publicKey]),
    MACHINE_AUDIENCE: 'one',
    SANDBOX: 'off',
  };
  const mounts = [{ volume: volume.id, path: '/data' }];
  const machine = await post('/apps/one/machines', { region: 'fra', config: { ...config, image: IMAGE, env, mounts } });
  expect(await healthOf(first.url)).toEqual([200, expect.objectContaining({ ok: true })]);
  const stray = await fetch(`${first.url}/m/one/attempts/x`);
  expect(stray.status).toBe(401);
  first.child.kill('SIGKILL');
  await first.exited;

  const second = await run(folder);
  const world = async () => (await fetch(`${second.url}/_world`)).json();
  expect(await world()).toMatchObject({ requests: [], machines: [{ id: machine.id, state: 'stopped' }] });
  // Processes that the first one left running would work on the same volume.
  expect(killMarked(`FLY_MACHINE_ID=${machine.id}`)).toBe(0);
  expect(await healthOf(second.url)).toEqual([200, expect.objectContaining({ ok: true })]);
  expect(await world()).toMatchObject({ requests: [{ app: 'one', woke: true }], machines: [{ state: 'started' }] });
  second.child.kill('SIGTERM');
  expect(await second.exited).toBe(0);
});
