import { runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TELL_GAP_MS } from '../../src/conversation/overview/due.ts';
import { SHARDS } from '../../src/objects/namespaces.ts';
import { readDays, readNow, readPlans } from '../../src/objects/overview-reads.ts';
import type { OverviewShard } from '../../src/objects/overview-shard.ts';
import { LISTS, type List } from '../../src/objects/stores/overview-store.ts';
import { operatorOverview as words } from '../../src/texts/operator-overview.ts';
import { tellCounted } from '../counted.ts';
import { useClock } from './clock.ts';
import { dayOf, fill, idOf, NOON, people, running, stubOfShard, summaryOf } from './overview-people.ts';
import { quiet } from './person.ts';
import { logStatementsOf, OF_A_TEST, type Statement, text, useOutside, vars } from './relay.ts';

// The cost of a look at the operator's page with twenty people and with ten thousand: requests, rows and bytes.

quiet();
const clock = useClock();
const world = useOutside();
const before = { ...vars };
const HOST = 'https://relay.example.com';
const TOKEN = 'operator-token-of-these-tests';
const AT_WORK = 200;
const AT_ONCE = 20;

afterEach(() => {
  vi.restoreAllMocks();
  quiet();
  Object.assign(vars, before);
});
beforeEach(() => {
  clock.freeze();
  clock.move(NOON - Date.now());
});

const INDEXES = {
  all: 'people_active',
  attention: 'people_attention',
  outside: 'people_outside',
  roles: 'people_roles',
  machines: 'people_machines',
  dearest: 'people_dearest',
} as const satisfies Record<List, string>;
const TWO_WORDS = 'a search for two words, of which everybody has one';
const FIRST = 'now, the first time after a restart';
test('pages read as many rows of 10,000 people as they show, and no table is read through', async (context) => {
  const measure = async (count: number) => {
    for (const name of SHARDS) await fill(name, count / SHARDS.length);
    const logs = await Promise.all(SHARDS.map((name) => logStatementsOf(env.OVERVIEW.getByName(name))));
    const reads: Record<string, number> = {};
    const bytes: Record<string, number> = {};
    for (let n = 0; n < Math.min(200, count); n += 1) await stubOfShard(idOf(n)).tell(summaryOf(n, running(n)));
    const measured = async (name: string, read: () => Promise<unknown>): Promise<void> => {
      for (const log of logs) log.length = 0;
      bytes[name] = JSON.stringify(await read()).length;
      reads[name] = logs.flat().reduce((sum, statement: Statement) => sum + statement.read, 0);
    };
    await measured(FIRST, () => readNow(env, {}, 50));
    await measured('now', () => readNow(env, {}, 50));
    await measured('people', () => people('all', { limit: 50 }));
    await measured('people, the second page', async () =>
      people('all', { limit: 50, after: (await people('all', { limit: 50 })).next }),
    );
    await measured('attention', () => people('attention', { limit: 50 }));
    await measured('the dearest', () => people('dearest', { limit: 50 }));
    await measured('a search', () => people('all', { limit: 50, search: 'person' }));
    await measured(TWO_WORDS, () => people('all', { limit: 50, search: 'person 77' }));
    await measured('days', () => readDays(env, {}, dayOf(-30)));
    await measured('schedules', () => readPlans(env, {}, NOON + 3_600_000, 50));
    return { reads, bytes };
  };
  const { reads: few } = await measure(32);
  const { reads: many, bytes } = await measure(10_000);
  tellCounted(context, {
    'rows read of 10,000 people, 200 at work: now': many.now ?? 0,
    'rows read of 10,000 people: the first look': many[FIRST] ?? 0,
    'rows read of 10,000 people: a page of fifty': many.people ?? 0,
    'rows read of 10,000 people: a search for a word': many['a search'] ?? 0,
    'rows read of 10,000 people: a search for two words, of which everybody has one': many[TWO_WORDS] ?? 0,
    'bytes of 10,000 people, 200 at work: now': bytes.now ?? 0,
    'bytes of 10,000 people: a page of fifty': bytes.people ?? 0,
  });
  for (const [name, size] of Object.entries(bytes)) expect(size, name).toBeLessThan(100_000);
  // A page asks each shard for its length and one row more.
  for (const [name, read] of Object.entries(many)) {
    const looked = name === 'a search' ? 3 : 2;
    if (name !== FIRST && name !== TWO_WORDS) expect(read, name).toBeLessThanOrEqual(16 * (looked * 51 + 4));
  }
  expect(many[TWO_WORDS]).toBeLessThanOrEqual(3 * 10_000 + 16 * 51);
  expect(few.now).toBeLessThanOrEqual(32 + 16);
  // Today's people and those with a machine, once.
  expect(many[FIRST]).toBeLessThanOrEqual(10_000 / 10 + 10_000 / 20 + 16 * 60);
});

test('each list, search and view goes through its index: nothing is read through or sorted', async () => {
  await fill('0', 20);
  const plans = await runInDurableObject(env.OVERVIEW.getByName('0'), (shard, { storage }) => explain(shard, storage));
  const lines = Object.values(plans).flat();
  expect(lines.filter((line) => line.startsWith('SCAN') || line.includes('TEMP B-TREE'))).toEqual([]);
  for (const list of LISTS) expect(plans[list]?.join(), list).toContain(INDEXES[list]);
  expect(plans.search?.join()).toContain('SEARCH w USING PRIMARY KEY ((word,id)>');
  for (const index of ['planned_due', 'planned_failing', 'planned_paused'])
    expect(plans.plans?.join()).toContain(index);
});

test.for([
  { count: 20, rows: { first: 68, now: 32, people: 32 }, bytes: { first: 30_000, now: 30_000, people: 35_000 } },
  {
    count: 10_000,
    rows: { first: 2048, now: 512, people: 816 },
    bytes: { first: 80_000, now: 80_000, people: 50_000 },
  },
])('a look of a browser at Now and People with $count people', async ({ count, rows, bytes }, context) => {
  for (const name of SHARDS) await fill(name, Math.ceil(count / SHARDS.length));
  const look = await logIn();
  for (let n = 0; n < Math.min(200, count); n += 1) await stubOfShard(idOf(n)).tell(summaryOf(n, running(n)));
  const looks = { first: await look('now'), now: await look('now'), people: await look('people') };
  // The home of the admin who asks, and each shard; Now also asks for alerts and strangers.
  expect([looks.first.calls, looks.now.calls, looks.people.calls]).toEqual([20, 20, 17]);
  for (const [name, { read, html }] of Object.entries(looks)) {
    expect(read, name).toBe(rows[name as keyof typeof rows]);
    expect(new TextEncoder().encode(html).length, name).toBeLessThanOrEqual(bytes[name as keyof typeof bytes]);
  }
  const of = `${count.toLocaleString('en')} people`;
  tellCounted(context, {
    [`requests to objects of a look at Now, ${of}`]: looks.now.calls,
    [`bytes of the page Now, ${of}`]: looks.now.html.length,
    [`bytes of the page People, ${of}`]: looks.people.html.length,
  });
});

test('two hundred turns run in one workerd beside ten thousand people: Now counts them, and People has pages', async () => {
  const wait = globalThis.setTimeout;
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms?: number) =>
    wait(run, ms === TELL_GAP_MS ? 50 : ms)) as typeof setTimeout);
  for (const name of SHARDS) await fill(name, 10_000 / SHARDS.length);
  Object.assign(vars, { ALLOWED_SENDERS: '*' });
  const look = await logIn();
  for (let n = 0; n < AT_WORK; n += AT_ONCE) {
    const numbers = Array.from({ length: AT_ONCE }, (_, k) => `whatsapp:+1555556${String(1000 + n + k)}`);
    await Promise.all(numbers.map((number) => text(number, 'Water the garden.')));
  }
  const { attaches } = world.outside;
  await world.outside.until(() => new Set(attaches.map(({ attempt }) => attempt)).size === AT_WORK);
  const now = await world.outside.until(async () => {
    const { html } = await look('now');
    return html.includes(`<dt>${words.now.running}</dt><dd>${AT_WORK}</dd>`) && html;
  });
  expect(now).toContain(words.now.shownOf(50, AT_WORK));
  expect(now.match(/<tr data-row id="p-/g)).toHaveLength(50);
  // A twentieth has trouble, of which the page shows the first.
  expect(now).toContain(`<dt>${words.now.trouble}</dt><dd>50+</dd>`);
  const ids = new Set<string>();
  let path: string | undefined = 'people';
  for (let page = 0; page < 3 && path !== undefined; page += 1) {
    const { html: shown } = await look(path);
    for (const [, id = ''] of shown.matchAll(/<td class=""[^>]*><div><a href="\/operator\/people\/([0-9a-f]{64})"/g))
      ids.add(id);
    path = /href="\/operator\/(people\?[^"]*)"[^>]*>Next|rel="next" href="\/operator\/(people\?[^"]*)"/
      .exec(shown)
      ?.slice(1)
      .find((each) => each !== undefined)
      ?.replaceAll('&amp;', '&');
  }
  expect(ids.size).toBe(150);
});

/** SQLite's plan for the statements of each call. */
function explain(shard: OverviewShard, { sql }: DurableObjectStorage): Record<string, string[]> {
  let lines: string[] = [];
  const exec = sql.exec.bind(sql);
  sql.exec = ((query: string, ...bindings: SqlStorageValue[]) => {
    if (!query.startsWith(OF_A_TEST) && !query.startsWith('INSERT'))
      for (const { detail } of exec<{ detail: string }>(`EXPLAIN QUERY PLAN ${query}`, ...bindings)) lines.push(detail);
    return exec(query, ...bindings);
  }) as typeof sql.exec;
  const linesOf = (call: () => unknown): string[] => {
    lines = [];
    call();
    return lines;
  };
  const after = { key: '', id: 'a' };
  return {
    tell: linesOf(() => shard.tell(summaryOf(16, { person: { name: 'New' } }))),
    tellPlans: linesOf(() => shard.tellPlans(idOf(16), 'a', [])),
    ...Object.fromEntries(LISTS.map((list) => [list, linesOf(() => shard.people({ list, after, limit: 5 }))])),
    search: linesOf(() => shard.people({ list: 'all', after, limit: 5, search: 'person 77' })),
    now: linesOf(() => shard.now(5)),
    days: linesOf(() => shard.days(dayOf(-3))),
    plans: linesOf(() => shard.plans(NOON, 5)),
    forget: linesOf(() => shard.forget(idOf(16))),
  };
}

/** A view as a browser gets it. `calls`: of the shards and the directory; `read`: rows of the shards. */
type Look = { html: string; calls: number; read: number };

async function logIn(): Promise<(path: string) => Promise<Look>> {
  Object.assign(vars, { OPERATOR_TOKEN: TOKEN });
  const headers = { authorization: `Bearer ${TOKEN}` };
  const made = await exports.default.fetch(`${HOST}/operator/login-links`, { method: 'POST', headers });
  const link = /https:[^"\s]+/.exec(await made.text())?.[0] ?? '';
  const answer = await exports.default.fetch(link, { method: 'POST', headers: { origin: HOST }, redirect: 'manual' });
  const cookie = /__Host-roost-operator=[\w-]+/.exec(answer.headers.get('set-cookie') ?? '')?.[0] ?? '';
  const logs = await Promise.all(SHARDS.map((name) => logStatementsOf(env.OVERVIEW.getByName(name))));
  return async (path) => {
    for (const log of logs) log.length = 0;
    const { OVERVIEW, DIRECTORY } = env;
    let calls = 0;
    const counting = (all: { getByName: (name: string) => object }): object => ({
      getByName: (name: string) =>
        new Proxy(all.getByName(name), {
          get:
            (stub, method) =>
            (...params: unknown[]) => {
              calls += 1;
              return (stub as Record<PropertyKey, (...all: unknown[]) => unknown>)[method]?.(...params);
            },
        }),
    });
    Object.assign(env, { OVERVIEW: counting(OVERVIEW), DIRECTORY: counting(DIRECTORY) });
    try {
      const shown = await exports.default.fetch(`${HOST}/operator/${path}`, {
        headers: { cookie, accept: 'text/html' },
      });
      expect(shown.status).toBe(200);
      return { html: await shown.text(), calls, read: logs.flat().reduce((sum, { read }) => sum + read, 0) };
    } finally {
      Object.assign(env, { OVERVIEW, DIRECTORY });
    }
  };
}
