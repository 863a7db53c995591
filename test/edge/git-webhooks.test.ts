import { runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Directory } from '../../src/objects/directory.ts';
import { EVENT_BYTES_MAX } from '../../src/worker/git-webhooks.ts';
import { checkFailed, type HostWebhook, opened, pullRequest, REPOSITORY, reviewed } from '../fixtures/host-events.ts';
import { accountRow } from './git-account.ts';
import { evict, newPerson, OF_A_TEST, rows, stubOf, text, useOutside, vars } from './relay.ts';

// The git host's webhook at the edge: who is believed, and which home is told, how often.

const world = useOutside();
const SECRET = 'webhook-secret-of-these-tests';
const spied: { mockRestore: () => void }[] = [];
beforeEach(() => {
  Object.assign(vars, { GITHUB_WEBHOOK_SECRET: SECRET });
  for (const level of ['warn', 'error', 'log'] as const)
    spied.push(vi.spyOn(console, level).mockImplementation(() => undefined));
});
afterEach(() => {
  Object.assign(vars, { GITHUB_WEBHOOK_SECRET: undefined });
  for (const spy of spied.splice(0)) spy.mockRestore();
});

const now = (): string => new Date().toISOString();

type Sending = { secret?: string; signature?: string | null; type?: string; delivery?: string };

function send({ name, body }: HostWebhook | { name: string; body: unknown }, so: Sending = {}): Promise<Response> {
  const json = typeof body === 'string' ? body : JSON.stringify(body);
  const digest = createHmac('sha256', new TextEncoder().encode(so.secret ?? SECRET))
    .update(json)
    .digest('hex');
  const signature = so.signature === undefined ? `sha256=${digest}` : so.signature;
  return exports.default.fetch('https://relay.example.com/webhooks/git', {
    method: 'POST',
    headers: {
      'content-type': so.type ?? 'application/json',
      'x-github-event': name,
      'x-github-delivery': so.delivery ?? crypto.randomUUID(),
      ...(signature === null ? {} : { 'x-hub-signature-256': signature }),
    },
    body: json,
  });
}

/** A person whose active project `shop` has the repository, and who hears of every pull request in it. */
async function bound(): Promise<string> {
  const person = newPerson();
  await text(person, '/project new shop');
  const { id } = REPOSITORY;
  const repository = {
    host: 'github.com',
    path: 'mara/shop',
    id: `${id}`,
    defaultBranch: 'main',
    isPrivate: true,
    sizeKb: 1,
  };
  await change(person, `UPDATE projects SET repository = '${JSON.stringify(repository)}' WHERE label = 'shop'`);
  // Every change of what the projects have is told to the directory.
  for (const words of ['/project archive shop', '/project restore shop', '/watch all']) await text(person, words);
  await world.outside.until(async () => (await homes()).includes(stubOf(person).id.toString()));
  return person;
}

/** Changes rows behind the object's back, which then reads them anew. */
async function change(person: string, query: string): Promise<void> {
  await runInDurableObject(stubOf(person), (_, { storage: { sql } }) => void sql.exec(OF_A_TEST + query));
  await evict(person);
}

const homes = (): Promise<string[]> =>
  runInDurableObject(env.DIRECTORY.getByName('directory') as DurableObjectStub<Directory>, (directory) =>
    directory.homesOf(['github.com/mara/shop']),
  );
const heard = async (person: string): Promise<number> => (await rows(person, 'SELECT id FROM git_events')).length;
const pulls = (person: string) =>
  rows<{ number: number; news: string }>(person, 'SELECT number, news FROM pull_requests');

test.each([
  ['no signature', { signature: null }],
  ['another secret', { secret: 'another secret of theirs' }],
  ['a signature that is none', { signature: 'sha256=00' }],
  ['a signature of another kind', { signature: 'sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709' }],
] as const)('forged, %s: 403, and nobody is told', async (_, so) => {
  const person = await bound();
  expect((await send(opened(now()), so)).status).toBe(403);
  expect(await heard(person)).toBe(0);
});

test('a body that was changed on the way: 403', async () => {
  const event = opened(now());
  const digest = createHmac('sha256', new TextEncoder().encode(SECRET))
    .update(JSON.stringify(event.body))
    .digest('hex');
  expect((await send({ ...event, body: { ...event.body, more: 1 } }, { signature: `sha256=${digest}` })).status).toBe(
    403,
  );
});

test('not JSON: 415; too large: 413, also without a length; another shape: 400; nobody’s event: 204', async () => {
  expect((await send(opened(now()), { type: 'application/x-www-form-urlencoded' })).status).toBe(415);
  expect((await send({ name: 'push', body: 'x'.repeat(EVENT_BYTES_MAX + 1) })).status).toBe(413);
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(100_000)),
  });
  const headers = { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` };
  const url = 'https://relay.example.com/webhooks/git';
  expect((await exports.default.fetch(url, { method: 'POST', headers, body: endless })).status).toBe(413);
  expect((await send({ name: 'pull_request', body: { action: 'opened' } })).status).toBe(400);
  expect((await send({ name: 'pull_request', body: 'no json' })).status).toBe(400);
  expect((await send({ name: 'ping', body: { zen: 'Keep it logically awesome.' } })).status).toBe(204);
});

test('a body that drips is ended by the clock: 413', async () => {
  let isLeft = false;
  const drips = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      if (!isLeft) controller.enqueue(new Uint8Array(1));
    },
    cancel() {
      isLeft = true;
    },
  });
  const headers = { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` };
  const began = performance.now();
  const answer = await exports.default.fetch('https://relay.example.com/webhooks/git', {
    method: 'POST',
    headers,
    body: drips,
  });
  expect([answer.status, performance.now() - began < 8_000]).toEqual([413, true]);
  isLeft = true;
});

test('a home with a project of the repository is told, once, whatever name the delivery has', async () => {
  const [mine, other] = [await bound(), newPerson()];
  await text(other, '/help');
  await change(mine, await accountRow(stubOf(mine).id.toString()));
  const asked: string[] = [];
  world.outside.onGit = (request) => {
    asked.push(new URL(request.url).pathname);
    return Response.json(asked.at(-1)?.endsWith('/pulls/12') ? pullRequest() : { check_runs: [], statuses: [] });
  };
  const event = opened(now());
  const told = () => world.outside.sent.filter(({ to, body }) => to === mine && body.startsWith('Pull request #12'));
  expect((await send(event)).status).toBe(204);
  await world.outside.until(() => told().length > 0);
  expect(await pulls(mine)).toMatchObject([{ number: 12 }]);
  for (let n = 0; n < 3; n++) expect((await send(event)).status).toBe(204);
  expect([await heard(mine), told().length]).toEqual([1, 1]);
  expect(await rows(other, 'SELECT id FROM git_events')).toEqual([]);
});

test('a person whose account is gone hears nothing of what the host tells', async () => {
  const person = await bound();
  const asked: string[] = [];
  world.outside.onGit = (request) => {
    asked.push(request.url);
    return Response.json(pullRequest());
  };
  const before = world.outside.sent.length;
  expect((await send(opened(now()))).status).toBe(204);
  await world.outside.until(async () => (await rows(person, `SELECT 1 FROM timers WHERE kind = 'host'`)).length === 0);
  expect([asked, world.outside.sent.slice(before).filter(({ to }) => to === person)]).toEqual([[], []]);
});

test('checks of one commit wait for each other: one message for several webhooks', async () => {
  const person = await bound();
  await send(opened(now()));
  for (const name of ['lint', 'test', 'build']) await send(checkFailed(now(), name));
  const [pull] = await pulls(person);
  expect(JSON.parse(pull?.news ?? '')).toEqual([{ what: 'checks', names: ['lint', 'test', 'build'] }]);
  expect(await rows(person, `SELECT ref FROM timers WHERE kind = 'git-news'`)).toEqual([
    { ref: expect.stringMatching(/^shop-\w+ 12$/) },
  ]);
});

test('a repository that was renamed is known by its id', async () => {
  const person = await bound();
  const event = opened(now());
  const renamed = { ...event, body: { ...event.body, repository: { ...REPOSITORY, full_name: 'mara/store' } } };
  expect((await send(renamed)).status).toBe(204);
  expect(await pulls(person)).toHaveLength(1);
});

test('an archived project, and a person who is out, are told nothing', async () => {
  const person = await bound();
  await change(person, `UPDATE conversation SET project = 'main'`);
  // The directory has not heard yet that the project is archived.
  await change(person, `UPDATE projects SET archived_at = 1 WHERE label = 'shop'`);
  expect((await send(reviewed(now()))).status).toBe(204);
  expect(await pulls(person)).toEqual([]);
  const other = await bound();
  await text(other, '/lock');
  expect((await send(opened(now()))).status).toBe(204);
  expect([await heard(other), await pulls(other)]).toEqual([0, []]);
});

test('/forget takes the home out of the directory', async () => {
  const person = await bound();
  const directory = env.DIRECTORY.getByName('directory') as DurableObjectStub<Directory>;
  await runInDurableObject(directory, (object) =>
    object.forget({
      conversation: stubOf(person).id.toString(),
      addresses: [person],
      op: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
      total: 0,
    }),
  );
  expect(await homes()).toEqual([]);
});

test('a hundred homes of one repository are told', async () => {
  const directory = env.DIRECTORY.getByName('directory') as DurableObjectStub<Directory>;
  await runInDurableObject(directory, (object) => {
    for (let n = 0; n < 103; n++) object.bindRepositories(String(n).padStart(64, '0'), ['github.com/mara/shop']);
  });
  expect(await homes()).toHaveLength(100);
});
