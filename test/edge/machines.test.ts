import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { numberOf } from '../../src/addresses.ts';
import { type Config, readConfig } from '../../src/config/config.ts';
import { SILENT_MS, SLEEPS_AFTER_MS } from '../../src/conversation/policy/machine.ts';
import { texts } from '../../src/texts/index.ts';
import { freeSlots } from '../../src/worker/free-slots.ts';
import { useClock } from './clock.ts';
import { directory, inDirectory, useFly } from './fly.ts';
import { Person, quiet } from './person.ts';
import { countRows, OF_A_TEST, stubOf, useOutside, vars } from './relay.ts';

// A machine for each person, in the real object: created in steps that a crash doesn't repeat, asked for nothing before
// it answers, asleep when nobody needs it.

quiet();
const clock = useClock();
const world = useOutside();
const at = useFly(world);
const DAY = 24 * 60 * 60 * 1000;

beforeEach(() => clock.freeze());

const stepOf = async (person: Person): Promise<string | undefined> =>
  (await person.rows<{ step: string }>('SELECT step FROM machine'))[0]?.step;
const comesUp = (person: Person): Promise<boolean> =>
  person.runs(clock, async () => (await stepOf(person)) === 'ready');
/** The directory's rows, without the times. */
const known = async () => (await directory().machines()).map(({ recordedAt: _at, ...machine }) => machine);

/** Answers the `nth` attempt, however long it takes until it is requested. */
async function answers(person: Person, nth: number, words: string): Promise<void> {
  await person.runs(clock, () => world.outside.starts.length > nth);
  await person.answered(nth, words);
}

/** Marks all replies as delivered, so that none is open. */
const isQuiet = async (person: Person): Promise<boolean> =>
  (
    await person.rows(`SELECT 1 FROM turns WHERE state = 'open'
    UNION ALL SELECT 1 FROM replies WHERE state IN ('ready', 'sending', 'unknown')`)
  ).length === 0;

function configOf(): Config {
  const read = readConfig(env);
  if (!read.ok) throw new Error(read.problems.join());
  return read.config;
}

function oneOfEach(): void {
  const apps = [...at.fly.apps.values()];
  expect(apps).toHaveLength(1);
  expect(apps[0]).toMatchObject({ ips: [{ shared: true }, { shared: false }], volumes: [{ region: 'fra' }] });
  const [volume] = at.fly.volumes;
  expect(at.fly.volumes).toHaveLength(1);
  expect(at.fly.machines).toHaveLength(1);
  expect(at.fly.machines[0]?.config.mounts).toEqual([{ volume: volume?.id, path: '/data' }]);
}

describe('the first text', () => {
  test('makes a machine step by step, and asks it for the attempt when it answers', async () => {
    const person = new Person(world);
    let isUp = false;
    at.fly.isUp = () => isUp;
    await person.says('hello');
    await person.runs(clock, () => at.fly.proxied.filter(({ path }) => path === '/healthz').length > 3);
    expect(await stepOf(person)).toBe('health');
    expect(world.outside.starts).toEqual([]);
    isUp = true;
    await answers(person, 0, 'hi');
    await person.gets(0);
    expect(at.fly.changes).toEqual([
      'POST apps',
      'POST apps/ip_assignments',
      'POST apps/ip_assignments',
      'POST apps/volumes',
      'POST apps/machines',
    ]);
    oneOfEach();
    const [app] = [...at.fly.apps.keys()];
    expect(app).toMatch(/^roost-[a-z2-7]{20}$/);
    const asked = at.fly.proxied.filter(({ path }) => path !== '/healthz');
    expect(new Set(asked.map(({ audience }) => audience))).toEqual(new Set([app]));
    expect(new Set(at.fly.proxied.map(({ preferred }) => preferred))).toEqual(new Set([at.fly.machines[0]?.id]));
    const image = 'registry.example.com/roost:1';
    const settings = at.fly.machines[0]?.config.metadata?.roost_settings;
    expect(await known()).toEqual([
      { conversation: stubOf(person.address).id.toString(), name: app, image, settings, revertedFrom: null },
    ]);
  });

  // The number of calls that create one.
  const CALLS = 13;
  /** After a call nothing of it is in a row. `pure/fly/provision.test.ts` has every other way in which a call is lost. */
  const cases = [
    { nth: 0, when: 'before' as const },
    ...Array.from({ length: CALLS }, (_, nth) => ({ nth, when: 'after' as const })),
  ];

  test.each(cases)(
    'is answered by one of each when all ends with call $nth to Fly, $when it was done',
    async (lost) => {
      const person = new Person(world);
      at.fly.lost = lost;
      await person.says('hello');
      await person.runs(clock, () => at.fly.calls.length > lost.nth);
      at.fly.lost = null;
      await person.evicted();
      await answers(person, 0, 'hi');
      await person.runs(clock, () => person.bodies().includes('hi'));
      oneOfEach();
      expect(await known()).toHaveLength(1);
      expect(world.outside.starts).toHaveLength(1);
    },
  );

  test('takes no more calls than were lost one by one', async () => {
    const person = new Person(world);
    await person.says('hello');
    await comesUp(person);
    expect(at.fly.calls.length).toBe(CALLS);
  });
});

describe('refusals of Fly or the configuration', () => {
  test('FLY_MAX_MACHINES counts the machines of everybody: person and operator hear of it, and nothing is made', async () => {
    const [one, other] = [new Person(world), new Person(world)];
    await directory().claimMachine('aa', 'roost-aa', 3);
    await directory().claimMachine('bb', 'roost-bb', 3);
    await one.says('hello');
    await comesUp(one);
    await other.says('hello');
    expect((await other.gets(0)).body).toContain('no free machine');
    expect(at.fly.apps.size).toBe(1);
    const [alert] = await world.outside.until(async () => {
      const alerts = await directory().alerts();
      return alerts.length > 0 && alerts;
    });
    expect(alert).toMatchObject({ cause: 'machine-refused/limit', text: expect.stringContaining('FLY_MAX_MACHINES') });
    await other.comesToRest(clock);
    await inDirectory((sql) => void sql.exec(`${OF_A_TEST} DELETE FROM machines WHERE name = 'roost-bb'`));
    await other.says('/retry');
    await answers(other, 0, 'here I am');
    expect(at.fly.apps.size).toBe(2);
  });

  test('the slot of a person who was removed goes to the one who waits; their files stay on their volume', async () => {
    const [one, other] = [new Person(world), new Person(world)];
    await directory().claimMachine('aa', 'roost-aa', 3);
    await directory().claimMachine('bb', 'roost-bb', 3);
    await one.says('hello');
    await answers(one, 0, 'hi');
    await one.comesToRest(clock);
    await other.says('hello');
    expect((await other.gets(0)).body).toContain('no free machine');
    await other.comesToRest(clock);
    const pass = () => freeSlots(env, configOf(), Date.now());
    const running = () => at.fly.machines.filter(({ state }) => state !== 'destroyed');
    await pass();
    expect(running()).toHaveLength(1);
    const { ALLOWED_SENDERS: before } = vars;
    onTestFinished(() => void Object.assign(vars, { ALLOWED_SENDERS: before }));
    vars.ALLOWED_SENDERS = numberOf(other.address);
    await one.evicted();
    await pass();
    expect(running()).toEqual([]);
    expect(at.fly.volumes).toMatchObject([{ state: 'created' }]);
    expect((await known()).map(({ conversation }) => conversation)).toEqual(['aa', 'bb']);
    await other.says('/retry');
    await answers(other, 1, 'here I am');
    expect(running()).toHaveLength(1);
  });

  test('too many requests: asked again when Fly says so, not before', async () => {
    const person = new Person(world);
    let refused = 0;
    at.fly.onCall = (call) =>
      call === 'POST apps' && refused++ === 0
        ? Response.json({ error: 'rate limit exceeded' }, { status: 429, headers: { 'retry-after': '7' } })
        : undefined;
    await person.says('hello');
    const [timer] = await world.outside.until(async () => {
      const timers = await person.rows<{ due_at: number }>(`SELECT due_at FROM timers WHERE kind = 'machine'`);
      return timers.length > 0 && timers;
    });
    expect(timer?.due_at).toBe(Date.now() + 7000);
    const calls = at.fly.calls.length;
    clock.move(6999);
    await person.ring();
    expect(at.fly.calls.length).toBe(calls);
    clock.move(1);
    await comesUp(person);
    oneOfEach();
  });
});

describe('rest', () => {
  /** Everything is answered; only the check that the machine sleeps remains. */
  async function idle(): Promise<Person> {
    const person = new Person(world);
    await person.says('hello');
    await answers(person, 0, 'hi');
    await world.outside.until(() => isQuiet(person));
    expect(await person.timers()).toBe('sleep');
    return person;
  }

  test.each(['stopped', 'started'])(
    'a machine that is %s is inspected once without a request to it; then nothing happens for a day',
    async (state) => {
      const person = await idle();
      const [machine] = at.fly.machines;
      if (machine) machine.state = state;
      at.fly.calls.length = 0;
      at.fly.proxied.length = 0;
      clock.move(SLEEPS_AFTER_MS - 1000);
      await person.ring();
      expect(at.fly.calls).toEqual([]);
      await person.comesToRest(clock);
      const looked = ['GET apps/machines', ...(state === 'started' ? ['POST apps/machines/stop'] : [])];
      expect(at.fly.calls).toEqual(looked);
      expect(machine?.state).toBe('stopped');
      clock.move(DAY);
      expect(await person.ring()).toBe(false);
      expect(await person.alarm()).toBeNull();
      await person.evicted();
      expect(await person.alarm()).toBeNull();
      expect(at.fly.calls).toEqual(looked);
      expect(at.fly.proxied).toEqual([]);
      expect(await person.rows('SELECT awake_since FROM machine')).toEqual([{ awake_since: null }]);
    },
  );

  test('the next text wakes it through the proxy, with no call to Fly', async () => {
    const person = await idle();
    await person.comesToRest(clock);
    at.fly.calls.length = 0;
    await person.says('and again');
    await person.answered(1, 'still here');
    expect(at.fly.calls).toEqual([]);
    expect(at.fly.machines[0]?.state).toBe('started');
  });

  test('a machine whose host accepts every request and answers none is created again within a minute', async () => {
    const person = await idle();
    await person.comesToRest(clock);
    at.fly.hangs = true;
    at.fly.loseMachines();
    at.fly.calls.length = 0;
    await person.says('and again.');
    clock.move(SILENT_MS - 1000);
    await person.ring();
    expect(at.fly.calls).toEqual([]);
    clock.move(1000);
    await person.ring();
    await world.outside.until(async () => (await stepOf(person)) !== 'ready');
    await comesUp(person);
    oneOfEach();
  });

  test('two people have two machines, and neither is asked for the other', async () => {
    const [one, other] = [await idle(), new Person(world)];
    await other.says('hello too');
    await answers(other, 1, 'hi too');
    const rows = await Promise.all([one, other].map((p) => p.rows<{ name: string }>('SELECT name FROM machine')));
    const [mine, theirs] = rows.map(([row]) => row?.name);
    expect(mine).not.toBe(theirs);
    const asked = at.fly.proxied.filter(({ audience }) => audience !== null);
    expect(asked.length).toBeGreaterThan(4);
    for (const { app, audience } of asked) expect(audience).toBe(app);
  });
});

describe('a machine that was made for an older key of ours', () => {
  const key = vars.MACHINE_SIGNING_KEY;
  afterEach(() => void Object.assign(env, { MACHINE_SIGNING_KEY: key }));

  async function withNewKey(): Promise<Person> {
    const person = new Person(world);
    at.fly.checksKeys = true;
    await person.says('hello');
    await answers(person, 0, 'hi');
    await world.outside.until(() => isQuiet(person));
    const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
    const { kty, crv, x, d } = (await crypto.subtle.exportKey('jwk', pair.privateKey)) as JsonWebKey;
    Object.assign(env, { MACHINE_SIGNING_KEY: JSON.stringify({ kty, crv, x, d }) });
    await person.evicted();
    at.fly.calls.length = 0;
    return person;
  }

  test('is given the new one as soon as somebody needs it, and answers', async () => {
    const person = await withNewKey();
    await person.says('and again');
    await answers(person, 1, 'still here');
    await person.runs(clock, () => person.bodies().includes('still here'));
    expect(person.bodies()).toEqual(['hi', 'still here']);
    expect(at.fly.changes).toEqual(['POST apps/machines']);
    oneOfEach();
  });

  test('that refuses us with the new one as well is changed once, and the person hears of it', async () => {
    const person = await withNewKey();
    world.outside.onStart = () =>
      Response.json({ error: { code: 'unauthorized', message: 'not for this machine' } }, { status: 401 });
    await person.says('and again');
    await person.runs(clock, () => person.bodies().length > 1);
    expect(person.bodies()[1]).toContain('refused this task');
    expect(at.fly.changes).toEqual(['POST apps/machines']);
    await person.comesToRest(clock);
  });
});

test('a turn reads and writes the same number of rows after 2 turns and after 5,000', async () => {
  const person = new Person(world);
  const turn = async (nth: number): Promise<void> => {
    clock.move(5000);
    await person.says('hello');
    await answers(person, nth, 'hi');
    await world.outside.until(() => isQuiet(person));
    for (const status of ['sent', 'delivered']) await person.callback(await person.gets(nth), status);
  };
  await turn(0);
  await turn(1);
  const counted = await countRows(person.address);
  await turn(2);
  const early = { ...counted };
  await runInDurableObject(stubOf(person.address), (_, { storage }) => {
    const numbers = `WITH RECURSIVE old (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM old WHERE n < 5000)`;
    storage.sql.exec(
      `${OF_A_TEST}${numbers} INSERT INTO messages (provider_id, uuid, "from", "to", text, attachments, received_at, tried, state, turn)
       SELECT 'OLD' || n, 'OLD' || n, '', '', 'old', 0, 0, 0, 'consumed', 'OLD' || n FROM old`,
    );
    storage.sql.exec(`${OF_A_TEST}${numbers} INSERT INTO turns (id, project, state, opened_at, ended_at, attempts, told_unreachable)
       SELECT 'OLD' || n, 'main', 'done', 0, 0, 1, 0 FROM old`);
    storage.sql.exec(`${OF_A_TEST}${numbers} INSERT INTO attempts (turn, n, state, journal, last_seq, opened_at, ended_at, outcome)
       SELECT 'OLD' || n, 1, 'ended', 'J', 5, 0, 0, 'done' FROM old`);
    storage.sql.exec(
      `${OF_A_TEST}${numbers} INSERT INTO replies (id, seq, turn, part, kind, "from", "to", body, state, attempt, intent_at, sid, created_at)
       SELECT 'OLD' || n, -n, 'OLD' || n, 0, 'answer', '', '', 'old', 'delivered', 1, 0, 'OLD' || n, 0 FROM old`,
    );
  });
  Object.assign(counted, { read: 0, written: 0 });
  await turn(3);
  expect(counted).toEqual(early);
  expect(early.written).toBeLessThanOrEqual(45);
  expect(early.read).toBeLessThanOrEqual(70);
  expect(await inDirectory((sql) => sql.exec('SELECT count(*) AS n FROM machines').one())).toEqual({ n: 1 });
});

test('a person who is forgotten leaves no app, no volume and no place in the ledger; another one keeps theirs', async () => {
  const [person, other] = [new Person(world), new Person(world)];
  for (const [nth, each] of [person, other].entries()) {
    await each.says('hello');
    await answers(each, nth, 'hi');
    await each.runs(clock, () => isQuiet(each));
  }
  const [gone, kept] = [...at.fly.apps.keys()];
  await person.says('/forget everything');
  await person.runs(clock, () => person.bodies().includes(texts.privacy.forgetSure(false)));
  at.fly.onCall = (call) => (call === 'DELETE apps' && tries++ === 0 ? new Response('no', { status: 500 }) : undefined);
  let tries = 0;
  await person.says('DELETE');
  await person.runs(clock, async () => (await person.rows('SELECT 1 FROM conversation')).length === 0);
  expect(tries).toBeGreaterThan(1);
  expect([...at.fly.apps.keys()]).toEqual([kept]);
  expect(gone).not.toBe(kept);
  expect((await known()).map(({ name }) => name)).toEqual([kept]);
});

test('the machine of a home that went into another one goes after a week, with its app and its place; a call that fails is made again', async () => {
  const [elder, younger] = [new Person(world), new Person(world)];
  for (const [nth, each] of [elder, younger].entries()) {
    clock.move(1000);
    await each.says('hello');
    await answers(each, nth, 'hi');
    await each.runs(clock, () => isQuiet(each));
  }
  const [kept, gone] = [...at.fly.apps.keys()];
  const says = async (person: Person, text: string, words: string): Promise<string> => {
    await person.says(text);
    await person.runs(clock, () => person.bodies().some((body) => body.includes(words)));
    return person.bodies().find((body) => body.includes(words)) ?? '';
  };
  const code = /[A-Z2-9]{4}-[A-Z2-9]{4}/.exec(await says(elder, '/link', 'LINK '))?.[0];
  await says(younger, `LINK ${code}`, 'Shall I merge the two conversations?');
  await younger.says('yes');
  const isLeft = async (): Promise<boolean> =>
    (await younger.rows(`SELECT 1 FROM conversation WHERE merging ->> 'step' = 'leave'`)).length === 1;
  await elder.runs(clock, async () => {
    await younger.ring();
    return isLeft();
  });
  expect((await known()).map(({ name }) => name).sort()).toEqual([kept, gone].sort());
  let tries = 0;
  at.fly.onCall = (call) => (call === 'DELETE apps' && tries++ === 0 ? new Response('no', { status: 500 }) : undefined);
  await younger.runs(clock, async () => (await younger.rows('SELECT 1 FROM conversation')).length === 0);
  expect(tries).toBe(2);
  expect([...at.fly.apps.keys()]).toEqual([kept]);
  expect((await known()).map(({ name }) => name)).toEqual([kept]);
});
