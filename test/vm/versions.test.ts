import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { JWK } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createScriptedModel, type ScriptedModel } from '../../simulator/model/script.ts';
import { readSession, readSnapshot } from '../../src/machines/backup.ts';
import * as thisRelay from '../../src/machines/client.ts';
import { fetchFile } from '../../src/machines/files.ts';
import { JOURNAL_HEADER, PROTOCOL_VERSION } from '../../src/protocol/index.ts';
import {
  type Machine,
  MachineClient,
  type ModelEdge,
  message,
  newAttempt,
  newKey,
  removeDataDir,
  startMachine,
  startModelEdge,
  within,
} from './machine-harness.ts';

// Relay and machine of neighbouring versions, both ways: the relay's own client and a real machine, each also as the
// next version, made by copying the code and raising its number.

type Relay = typeof thisRelay;
const root = join(import.meta.dirname, '../..');
const places = new Map<number, string>();
let key: JWK;
let model: ScriptedModel;
let edge: ModelEdge;
const machines = new Map<string, Machine>();

beforeAll(async () => {
  key = await newKey();
  model = createScriptedModel();
  edge = await startModelEdge(model, key);
});
afterAll(async () => {
  for (const machine of machines.values()) {
    await machine.stop();
    removeDataDir(machine.dataDir);
  }
  edge.close();
  for (const place of places.values()) rmSync(place, { recursive: true, force: true });
});

/** The code of relay and machine, as the version this many later. */
function later(by: number): string {
  const made = places.get(by);
  if (made !== undefined) return made;
  const place = mkdtempSync(join(tmpdir(), 'roost-version-'));
  places.set(by, place);
  for (const path of ['vm/src', 'vm/migrations', 'vm/package.json', 'src', 'package.json']) {
    mkdirSync(join(place, path, '..'), { recursive: true });
    cpSync(join(root, path), join(place, path), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'));
  const file = join(place, 'src/protocol/version.ts');
  const text = readFileSync(file, 'utf8');
  const changed = text.replace(/(PROTOCOL_VERSION = )\d+/, `$1${PROTOCOL_VERSION + by}`);
  expect(changed).not.toBe(text);
  writeFileSync(file, changed);
  return place;
}
const relayAt = (place: string): Promise<Relay> => import(join(place, 'src/machines/client.ts')) as Promise<Relay>;

async function machineAt(place: string): Promise<Machine> {
  const machine =
    machines.get(place) ?? (await startMachine({ key, relayUrl: edge.url, main: join(place, 'vm/src/main.ts') }));
  machines.set(place, machine);
  return machine;
}

/** A turn as the relay runs it; its end and its answer. */
async function turn(relay: Relay, machine: Machine): Promise<unknown[]> {
  const client = new MachineClient(() => machine, key);
  const access = { url: machine.url, token: await client.token() };
  const attempt = newAttempt();
  const asked = await client.asked({ messages: [message('hello')] });
  const started = await relay.startAttempt(access, attempt, asked, machine.journal, 5000);
  if (started.kind !== 'taken') return [started];
  model.reply('Hello');
  const followed = await relay.followAttempt(access, attempt, 0, asked.model_token.token, 5000);
  if (followed.kind !== 'open') return [followed];
  const said: unknown[] = [];
  const read = async (): Promise<unknown[]> => {
    for await (const batch of followed.stream.items) {
      for (const item of batch) {
        if (item.kind !== 'event') continue;
        if (item.event.event.type === 'result') said.push(item.event.event.text);
        if (item.event.event.type === 'ended') said.push(item.event.event.outcome);
      }
    }
    return said;
  };
  const all = await within(60_000, read(), 'the end of the turn');
  await relay.acknowledgeAttempt(access, attempt, 5000);
  return all;
}

describe('upgraded one after the other', () => {
  test('a machine of the next version works for this relay, and says its version', async () => {
    const machine = await machineAt(later(1));
    expect(await (await fetch(`${machine.url}/healthz`)).json()).toMatchObject({ protocol: PROTOCOL_VERSION + 1 });
    expect(await turn(thisRelay, machine)).toEqual(['Hello', 'done']);
  });

  test('a relay of the next version works with this machine', async () => {
    const next = await relayAt(later(1));
    const machine = await machineAt(root);
    expect(next.requestHeaders({ url: '', token: '' })['roost-protocol']).toBe(
      `${PROTOCOL_VERSION + 1}, ${PROTOCOL_VERSION}`,
    );
    expect(await turn(next, machine)).toEqual(['Hello', 'done']);
  });

  test('two versions apart: refused with a sentence, and nothing has begun', async () => {
    const far = later(2);
    const before = model.requests.length;
    const refused = (newest: number) => [
      {
        kind: 'refused',
        code: 'unsupported_version',
        reason: expect.stringMatching(new RegExp(`speaks version ${newest}.* Update the older of the two\\.$`)),
      },
    ];
    const here = await machineAt(root);
    expect(await turn(await relayAt(far), here)).toEqual(refused(PROTOCOL_VERSION));
    expect(await turn(thisRelay, await machineAt(far))).toEqual(refused(PROTOCOL_VERSION + 2));
    expect(model.requests).toHaveLength(before);
  });
});

describe('a machine that does not have everything yet', () => {
  const attempt = newAttempt();
  const journal = '01KAJ5S0000000000000000000';

  /**
   * Starts attempts and sends their events in the first version's format; knows neither expected journals nor later
   * additions.
   */
  async function old(unknown: (path: string) => Response): Promise<{ url: string; close: () => void }> {
    const app = new Hono();
    app.put('/attempts/:attempt', (c) =>
      c.json({ attempt, journal, state: 'accepted', last_seq: 0 }, 201, { [JOURNAL_HEADER]: journal }),
    );
    app.get('/attempts/:attempt/events', (c) =>
      streamSSE(c, async (stream) => {
        const told = [
          { type: 'started' },
          { type: 'of_the_future', why: 1 },
          { type: 'ended', outcome: 'done', reason: '' },
        ];
        for (const [index, event] of told.entries()) {
          const seq = index + 1;
          await stream.writeSSE({ id: String(seq), data: JSON.stringify({ attempt, journal, seq, at: 1, event }) });
        }
      }),
    );
    app.notFound((c) => unknown(c.req.path));
    const { promise, resolve } = Promise.withResolvers<number>();
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(port));
    return { url: `http://127.0.0.1:${await promise}`, close: () => server.close() };
  }

  const missing = { error: { code: 'invalid_request', message: 'No such address.' } };
  test.each([
    ['in the protocol’s words', () => Response.json(missing, { status: 400 }), 'refused'],
    ['as a bare 404', () => new Response('404 Not Found', { status: 404 }), 'unreachable'],
    [
      'with a code of a newer one',
      () => Response.json({ error: { code: 'new', message: 'Now.' } }, { status: 422 }),
      'unreachable',
    ],
  ] as const)('an unknown call, answered %s, ends only that call', async (_, unknown, kind) => {
    const machine = await old(unknown);
    const access = { url: machine.url, token: 'token' };
    const asked = await new MachineClient(() => ({ url: '' }) as Machine, key).asked({ messages: [message('hello')] });
    const answers = [
      await thisRelay.holdMachine(access, 5000),
      await thisRelay.interruptAttempt(access, attempt, 5000),
      await thisRelay.steerAttempt(access, attempt, message('more'), 5000),
      await thisRelay.sendAnswer(access, attempt, 'one', { kind: 'none', text: '' }, 5000),
      await readSession(access, 'one', 0, 5000),
      await readSnapshot(access, 'projects/main', null, 5000),
      await fetchFile(access, '0', 5000),
    ];
    expect(answers.map((answer) => answer.kind)).toEqual(Array(answers.length).fill(kind));
    await thisRelay.acknowledgeAttempt(access, attempt, 5000);

    // It accepts the attempt whatever journal was expected, and names its own: that is how the relay learns of it.
    expect(await thisRelay.startAttempt(access, attempt, asked, 'another', 5000)).toEqual({ kind: 'taken', journal });
    const followed = await thisRelay.followAttempt(access, attempt, 0, 'token', 5000);
    const types: string[] = [];
    if (followed.kind === 'open')
      for await (const batch of followed.stream.items)
        for (const item of batch) if (item.kind === 'event') types.push(item.event.event.type);
    expect(types).toEqual(['started', 'unknown', 'ended']);
    machine.close();
  });
});
