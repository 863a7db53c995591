import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { TELL_GAP_MS } from '../../src/conversation/overview/due.ts';
import { SHARDS } from '../../src/objects/namespaces.ts';
import { readDays, readNow, readPerson, readPlans } from '../../src/objects/overview-reads.ts';
import { OverviewShard, type Seen } from '../../src/objects/overview-shard.ts';
import { useClock } from './clock.ts';
import {
  DAY,
  dayOf,
  evictShard,
  fill,
  idOf,
  NOON,
  people,
  running,
  spent,
  stubOfShard,
  summaryOf,
} from './overview-people.ts';
import { Person, quiet } from './person.ts';
import { plans } from './planned.ts';
import { logStatementsOf, stubOf, useOutside } from './relay.ts';

// What the shards of the overview keep of what conversations tell, and what the operator's page reads of it.

quiet();
const clock = useClock();
const world = useOutside();
beforeEach(() => {
  clock.freeze();
  clock.move(NOON - Date.now());
});

const withoutTime = (seen: Seen | null): unknown => ({ ...seen, at: undefined, isLive: undefined });
const idsOf = (seen: readonly Seen[]): number[] => seen.map(({ person: { id } }) => Number.parseInt(id, 16));

describe('one person', () => {
  test('work is written when it begins and when it has ended, and is seen also after a restart of the shard', async () => {
    let shard = stubOfShard(idOf(1));
    await shard.tell(summaryOf(1));
    const statements = await logStatementsOf(shard);
    await shard.tell(summaryOf(1, { ...running(1), queue: 2 }));
    expect(await readNow(env, {}, 10)).toMatchObject({ missing: [], live: [{ queue: 2, live: { state: 'running' } }] });
    await shard.tell(summaryOf(1, { ...running(1), queue: 1 }));
    const wrote = () => statements.splice(0).flatMap(({ what, written }) => (written > 0 ? [[what, written]] : []));
    expect(wrote()).toEqual([['insert begun', 1]]);
    clock.move(6000);
    await shard.tell(summaryOf(1, { days: [spent(dayOf(0), 500)] }));
    expect(wrote()).toEqual([['update people: told', 1]]);
    expect((await readNow(env, {}, 10)).live).toEqual([]);
    await evictShard(shard);
    expect((await readNow(env, {}, 10)).live).toEqual([]);
    shard = stubOfShard(idOf(1));
    await shard.tell(summaryOf(1, running(2)));
    await evictShard(shard);
    expect(await readNow(env, {}, 10)).toMatchObject({ live: [{ live: { turn: 'T2' } }] });
  });

  test('what everybody is at is counted, also of those that are not listed', async () => {
    const states = ['running', 'running', 'asking', 'waiting'] as const;
    for (const [n, state] of states.entries())
      await stubOfShard(idOf(n)).tell(summaryOf(n, { live: { state, turn: 'T', attempt: 1, since: Date.now() - n } }));
    const { live, counts } = await readNow(env, {}, 2);
    expect(counts).toEqual({ running: 2, asking: 1, waiting: 1, silent: 0 });
    expect(idsOf(live)).toEqual([3, 2]);
  });

  test('a running turn that tells nothing for five minutes is silent, texts that wait for money are not', async () => {
    await stubOfShard(idOf(1)).tell(summaryOf(1, running(1)));
    await stubOfShard(idOf(2)).tell(
      summaryOf(2, { live: { state: 'waiting', turn: null, attempt: 0, since: Date.now() } }),
    );
    clock.move(5 * 60_000 + 1);
    const { live } = await readNow(env, {}, 10);
    expect(live.map((seen) => [idsOf([seen])[0], seen.live?.silent])).toEqual([
      [1, true],
      [2, false],
    ]);
  });

  test('a shard that has just started waits for the next telling before it calls work silent', async () => {
    await stubOfShard(idOf(1)).tell(summaryOf(1, running(1)));
    clock.move(20 * 60_000);
    await evictShard(stubOfShard(idOf(1)));
    const isSilent = async () => (await readNow(env, {}, 10)).live.map((seen) => seen.live?.silent);
    expect(await isSilent()).toEqual([false]);
    clock.move(90_001);
    expect(await isSilent()).toEqual([true]);
  });

  test('nothing about a person who was forgotten at work is left', async () => {
    await stubOfShard(idOf(1)).tell(summaryOf(1, running(1)));
    await stubOfShard(idOf(17)).tell(summaryOf(17, running(17)));
    await stubOfShard(idOf(1)).forget(idOf(1));
    const everything = await runInDurableObject(stubOfShard(idOf(1)), (_, { storage: { sql } }) =>
      ['people', 'words', 'planned', 'plan_keys', 'days', 'begun'].map((table) =>
        sql.exec(`SELECT * FROM ${table}`).toArray(),
      ),
    );
    expect(JSON.stringify(everything)).not.toContain(idOf(1));
    expect(JSON.stringify(everything)).toContain(idOf(17));
  });

  test('trouble and a change of role are written while work goes on', async () => {
    const shard = stubOfShard(idOf(1));
    await shard.tell(summaryOf(1, running(1)));
    await shard.tell(summaryOf(1, { ...running(1), attention: 'stuck', person: { role: 'admin' } }));
    await evictShard(shard);
    expect(idsOf((await people('attention')).people)).toEqual([1]);
    expect(idsOf((await people('roles')).people)).toEqual([1]);
  });

  test('whatever tellings are lost and whenever the shard restarts, the next one makes up for it', async () => {
    const random = seeded(18);
    const days = new Map<string, number>();
    for (let n = 0; n < 200; n += 1) {
      if (random() < 0.05) clock.move(DAY);
      const today = new Date(Date.now()).toISOString().slice(0, 10);
      days.set(today, (days.get(today) ?? 0) + Math.ceil(random() * 100));
      if (random() < 0.3) continue;
      if (random() < 0.1) await evictShard(stubOfShard(idOf(1)));
      const shard = stubOfShard(idOf(1));
      const figures = [...days]
        .sort()
        .reverse()
        .slice(0, 2)
        .map(([day, micros]) => spent(day, micros));
      const summary = summaryOf(1, {
        days: figures,
        ...(random() < 0.3 ? running(n) : {}),
        queue: Math.floor(random() * 3),
        attention: random() < 0.2 ? 'failing' : null,
      });
      await shard.tell(summary);
      if (summary.live === null) expect(withoutTime(await shard.person(idOf(1)))).toEqual(summary);
    }
    const last = [...days]
      .sort()
      .reverse()
      .slice(0, 2)
      .map(([day, micros]) => spent(day, micros));
    await stubOfShard(idOf(1)).tell(summaryOf(1, { days: last }));
    const known = (await readDays(env, {}, dayOf(0))).days.slice(0, 2);
    expect(known.map(({ day, models }) => [day, models['claude-opus-5']])).toEqual(
      last.map(({ day, models }) => [day, models['claude-opus-5']]),
    );
  });

  test('the sums of a day that is over stay, also when its last figures come a day late or the person is forgotten', async () => {
    await stubOfShard(idOf(1)).tell(summaryOf(1, { days: [spent(dayOf(0), 100)] }));
    await stubOfShard(idOf(17)).tell(summaryOf(17, { days: [spent(dayOf(0), 50)] }));
    expect((await readDays(env, {}, dayOf(0))).days).toMatchObject([{ day: dayOf(0), turns: 2 }]);
    clock.move(DAY);
    expect((await readDays(env, {}, dayOf(0))).days).toMatchObject([{ day: dayOf(0), turns: 2 }]);
    await stubOfShard(idOf(1)).tell(summaryOf(1, { days: [spent(dayOf(1), 7), spent(dayOf(0), 120)] }));
    const sums = [
      { day: dayOf(1), models: { 'claude-opus-5': 7 } },
      { day: dayOf(0), models: { 'claude-opus-5': 170 } },
    ];
    expect((await readDays(env, {}, dayOf(0))).days).toMatchObject(sums);
    await stubOfShard(idOf(1)).forget(idOf(1));
    expect((await readDays(env, {}, dayOf(0))).days).toMatchObject(sums);
    expect(await readPerson(env, {}, idOf(1))).toBeNull();
    expect((await people('all', { search: 'person' })).people).toHaveLength(1);
  });

  test('schedules are told once for each change, and come in the order in which they are due', async () => {
    const shard = stubOfShard(idOf(1));
    const plan = { kind: 'agent', state: 'active', pausedBy: null, failures: 0 } as const;
    const now = Date.now();
    expect(await shard.tell(summaryOf(1, { plans: 'a' }))).toBe(false);
    await shard.tellPlans(idOf(1), 'a', [
      { ...plan, schedule: 1, dueAt: now + 60_000, failures: 2 },
      { ...plan, schedule: 2, dueAt: null, state: 'paused', pausedBy: 'person' },
    ]);
    expect(await shard.tell(summaryOf(1, { plans: 'a' }))).toBe(true);
    await stubOfShard(idOf(2)).tellPlans(idOf(2), 'b', [{ ...plan, schedule: 1, dueAt: now + 30_000 }]);
    const { due, failing, paused } = await readPlans(env, {}, now + 3_600_000, 10);
    expect(due.map(({ id }) => id)).toEqual([idOf(2), idOf(1)]);
    expect([failing, paused]).toMatchObject([[{ schedule: 1, failures: 2 }], [{ schedule: 2, pausedBy: 'person' }]]);
    await shard.tellPlans(idOf(1), '', []);
    expect((await readPlans(env, {}, now + 3_600_000, 10)).due).toHaveLength(1);
  });
});

test('a conversation tells its shard about a turn and its schedules', async () => {
  const [wait, person] = [globalThis.setTimeout, new Person(world)];
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms?: number) =>
    wait(run, ms !== undefined && ms > 1000 && ms <= TELL_GAP_MS ? 50 : ms)) as typeof setTimeout);
  const id = stubOf(person.address).id.toString();
  const seen = () => stubOfShard(id).person(id);
  await person.says('hello');
  const { attempt, uuids } = await person.started();
  const begun = await world.outside.until(async () => {
    const known = await seen();
    return known?.live != null && known;
  });
  expect(begun).toMatchObject({ live: { turn: attempt.split('.')[0] }, lastTextAt: Date.now() });
  person.tells(attempt, { type: 'result', text: 'hi', is_error: false, user_message_uuids: uuids, cost_usd: 0 });
  person.tells(attempt, { type: 'ending' }, { type: 'ended', outcome: 'done', reason: '' });
  const after = await world.outside.until(async () => {
    const known = await seen();
    return known?.live === null && known;
  });
  expect(after).toMatchObject({ days: [{ day: dayOf(0), turns: 1, failed: 0, carrier: expect.any(Number) }] });
  expect(Object.keys(after.days[0]?.waits.words ?? {})).toHaveLength(1);
  expect(JSON.stringify(after)).not.toContain(person.address.slice(10, -4));
  const noon = { kind: 'cron', cron: '0 12 * * *' } as const;
  await plans(person, [{ rule: noon, nextAt: NOON + DAY, prompt: 'the secret standup' }]);
  await person.evicted();
  await person.says('/schedules');
  const due = async () => (await readPlans(env, {}, NOON + 2 * DAY, 10)).due;
  const known = await world.outside.until(async () => (await due()).length > 0 && due());
  expect(known).toEqual([
    { id, schedule: 1, kind: 'agent', state: 'active', pausedBy: null, failures: 0, dueAt: NOON + DAY },
  ]);
  // The shard is replaced meanwhile.
  await evictShard(stubOfShard(id));
  await person.says('/cancel 1');
  await world.outside.until(async () => (await due()).length === 0);
});

test('without the binding people are answered as before, and every shard is missing', async () => {
  const { OVERVIEW } = env;
  try {
    Object.assign(env, { OVERVIEW: undefined });
    const person = new Person(world);
    await person.says('hello');
    await person.answered(0, 'hi');
    expect((await person.gets(0)).body).toBe('hi');
    expect((await readNow(env, {}, 10)).missing).toHaveLength(16);
  } finally {
    Object.assign(env, { OVERVIEW });
  }
});

test('a shard that is away delays nobody, is in the log once, and hears the rest with the next text', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const { tell } = OverviewShard.prototype;
  let isAway = true;
  vi.spyOn(OverviewShard.prototype, 'tell').mockImplementation(function (this: OverviewShard, summary) {
    if (isAway) throw new Error('away');
    return tell.call(this, summary);
  });
  const person = new Person(world);
  const id = stubOf(person.address).id.toString();
  await person.says('hello');
  await person.answered(0, 'hi');
  clock.move(60_000);
  await person.says('/queue');
  expect((await person.gets(0)).body).toBe('hi');
  expect(await stubOfShard(id).person(id)).toBeNull();
  expect(warn.mock.calls.filter(([line]) => String(line).includes('overview-not-told'))).toHaveLength(1);
  isAway = false;
  clock.move(60_000);
  await person.says('/queue');
  const known = await world.outside.until(() => stubOfShard(id).person(id));
  expect(known).toMatchObject({ lastTextAt: Date.now(), days: [{ turns: 1 }] });
  vi.restoreAllMocks();
  quiet();
});

describe('everybody', () => {
  test('lists go through all shards in pages, each person once', async () => {
    for (let n = 0; n < 40; n += 1) {
      await stubOfShard(idOf(n)).tell(
        summaryOf(n, {
          lastTextAt: Date.now() - (n % 3) * DAY,
          monthMicros: n * 1_000_000,
          person: { standing: n % 10 === 0 ? 'locked' : 'in' },
        }),
      );
    }
    for (const list of ['all', 'dearest', 'outside'] as const) {
      const ids: number[] = [];
      let after: string | null = null;
      do {
        const page = await people(list, { after, limit: 7 });
        ids.push(...idsOf(page.people));
        after = page.next;
      } while (after !== null);
      expect(ids.length, list).toBe(list === 'outside' ? 4 : 40);
      expect(new Set(ids).size, list).toBe(ids.length);
      if (list === 'dearest') expect(ids.slice(0, 3).sort()).toEqual([37, 38, 39]);
      if (list === 'all') expect(ids.slice(0, 14).every((n) => n % 3 === 0)).toBe(true);
    }
    expect(idsOf((await people('all', { search: 'PERSON 17' })).people)).toEqual([17]);
    expect(idsOf((await people('all', { search: '1017' })).people)).toEqual([17]);
    expect((await people('all', { search: '”%_; DROP' })).people).toEqual([]);
  });

  test('a search for several words finds everybody, each once, however many have one of the words', async () => {
    for (const name of SHARDS) await fill(name, 300);
    const found: number[] = [];
    let after: string | null = null;
    do {
      const page = await people('all', { search: 'person 47', limit: 5, after });
      found.push(...idsOf(page.people));
      after = page.next;
    } while (after !== null);
    const expected = Array.from({ length: 4800 }, (_, n) => n).filter((n) => `${n}`.startsWith('47'));
    expect(found.toSorted((a, b) => a - b)).toEqual(expected);
    await stubOfShard(idOf(9000)).tell(summaryOf(9000, { person: { name: 'Anna Annika Ann' } }));
    for (const limit of [1, 5]) expect(idsOf((await people('all', { search: 'ann', limit })).people)).toEqual([9000]);
    expect((await people('all', { search: 'ann', limit: 1 })).next).toBeNull();
    expect((await people('all', { search: 'anni annika xann' })).people).toEqual([]);
  });

  test('a shard that doesn’t answer leaves the others’ results, and is named', async () => {
    for (const n of [1, 2]) await stubOfShard(idOf(n)).tell(summaryOf(n, { ...running(n), attention: 'stuck' }));
    const { people: list } = OverviewShard.prototype;
    vi.spyOn(OverviewShard.prototype, 'people').mockImplementation(function (this: OverviewShard, query) {
      if (this.person(idOf(1)) !== null) throw new Error('broken');
      return list.call(this, query);
    });
    const now = await readNow(env, {}, 10);
    expect({ missing: now.missing, live: idsOf(now.live) }).toEqual({ missing: ['1'], live: [2] });
    expect(await people('all')).toMatchObject({ missing: ['1'], people: [{ person: { id: idOf(2) } }] });
    vi.restoreAllMocks();
    quiet();
  });
});

/** The same numbers in each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
