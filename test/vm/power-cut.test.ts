import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from 'tar-stream';
import { ulid } from 'ulid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../scripts/local/ports.ts';
import { readConversation } from '../../simulator/model/conversation.ts';
import { createScriptedModel, say, use } from '../../simulator/model/script.ts';
import { publicPartOf } from '../../src/protocol/index.ts';
import type { Machine } from './machine-harness.ts';
import { MachineClient, message, newKey, startModelEdge } from './machine-harness.ts';
import { type Failures, FILES, findStrace, letPowerFail, startTraced } from './power.ts';

// A machine's power fails: everything the relay was told is on its disk, and of the rest a beginning. An agent server
// works under strace; then the power fails at many moments of the trace, with any possible state of unsynced data.

const CONVERSATIONS = 3;
const ATTEMPTS = 5;
/** More pages than SQLite gathers in its log before it moves them to the database. */
const LINES = 50;
const LINE_BYTES = 40_000;
const TURN = { limits: { turn_ms: 60_000, silence_ms: 60_000 } };

const found = await findStrace();
const seed = Date.now() % 1_000_000;
let folder = '';
let seen: Failures;

beforeAll(async () => {
  if ('missing' in found) return;
  folder = mkdtempSync(join(tmpdir(), 'roost-power-'));
  const key = await newKey();
  const edge = await startModelEdge(createScriptedModel(steps), key);
  const port = await freePort();
  const machine = await startTraced(found.program, folder, port, {
    RELAY_URL: edge.url,
    RELAY_PUBLIC_KEYS: JSON.stringify([publicPartOf(key)]),
    FAULTS_COUNTER: join(folder, 'counter'),
    FAULTS_TOOLS_URL: edge.url,
  });
  const people = Array.from(
    { length: CONVERSATIONS },
    () => new MachineClient(() => machine as unknown as Machine, key),
  );
  await Promise.all(people.map(works));
  const calls = await machine.stop();
  edge.close();
  seen = letPowerFail(folder, port, calls, seed);
});
afterAll(() => {
  if (folder !== '') rmSync(folder, { recursive: true, force: true });
});

/** Uses a tool first if the newest text says so. */
function steps(request: Parameters<typeof readConversation>[0]) {
  const last = readConversation(request).at(-1);
  const asked = JSON.stringify(request.messages.at(-1));
  if (last?.kind === 'result' || !asked.includes('please')) return say('done');
  return use(asked.includes('ask please') ? 'ask-m0001' : 'count-m0001', {});
}

/** A relay's requests to a machine: attempts, steered texts, answers, stops, files, sessions and folders to restore. */
async function works(client: MachineClient, n: number): Promise<void> {
  const lines = sessionLines(n === 0 ? LINES : 1);
  await ok(client.send('PUT', `/sessions/${randomUUID()}`, lines, { 'content-type': 'application/x-ndjson' }));
  await ok(
    client.send('PUT', '/projects/restored/snapshot', new Uint8Array(await folderOf(FILES)), {
      'content-type': 'application/x-tar',
    }),
  );
  for (let n = 0; n < ATTEMPTS; n++) {
    const turn = ulid();
    const file = randomBytes(20_000 * n);
    await ok(client.send('PUT', `/files/${hashOf(file)}`, new Uint8Array(file), { 'content-type': 'text/plain' }));
    const asks = n % 2 === 0;
    const words = asks ? 'ask please' : 'count please';
    await ok(client.put(`${turn}.1`, { ...TURN, messages: [{ ...message(words), files: [hashOf(file)] }] }));
    // The other attempts may be over before a text reaches them.
    if (asks) await ok(client.call('POST', `/attempts/${turn}.1/messages/${randomUUID()}`, { text: 'and this' }));
    for await (const { event } of client.events(`${turn}.1`)) {
      if (event.type !== 'request') continue;
      const answer = { kind: 'text', text: 'red' };
      if (n % 4 === 0) await ok(client.call('POST', `/attempts/${turn}.1/interrupt`));
      else await ok(client.call('POST', `/attempts/${turn}.1/answers/${event.request_id}`, answer));
    }
    await ok(client.call('DELETE', `/attempts/${turn}.1`));
    await ok(client.call('POST', `/attempts/${ulid()}.1/interrupt`));
  }
}

async function ok(call: Promise<Response>): Promise<void> {
  const response = await call;
  const words = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${words}`);
}

const hashOf = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

function sessionLines(length: number): string {
  const lines = Array.from({ length }, (_, n) => ({
    ...{ position: n + 1, project_key: 'main', subpath: '' },
    entry: { type: 'user', uuid: randomUUID(), message: 'x'.repeat(LINE_BYTES) },
  }));
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

async function folderOf(files: number): Promise<Buffer> {
  const tar = pack();
  for (let n = 0; n < files; n++) {
    const content = randomBytes(5000);
    tar.entry({ name: `files/${hashOf(content)}` }, content);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

test('everything the relay is told of was synced before, whatever it is', ({ skip }) => {
  if ('missing' in found) skip(found.missing);
  expect(seen.lost, `seed ${seed}`).toEqual([]);
  expect([...seen.acknowledged.keys()].sort()).toEqual(
    [
      ...['acknowledged', 'answer', 'attempt', 'event', 'file', 'journal', 'message'],
      ...['project', 'session', 'stopped'],
    ].sort(),
  );
});

test('a disk that lost its power opens with a beginning of what was written, and nothing in between', ({ skip }) => {
  if ('missing' in found) skip(found.missing);
  expect(seen.mixed, `seed ${seed}`).toEqual([]);
  // Both files were caught: the log, and the database while the log is moved into it.
  expect(seen.checkpoints).toBeGreaterThan(0);
  expect([seen.failures > 100, seen.transactions > 100]).toEqual([true, true]);
});
