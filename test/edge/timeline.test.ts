import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { ConversationDetail } from '../../src/objects/conversation-detail.ts';
import type { OperatorWish } from '../../src/objects/operate.ts';
import { ExportStore } from '../../src/objects/stores/export-store.ts';
import { emptyOldTexts } from '../../src/objects/stores/retention-store.ts';
import type { Timeline, TimelineItem, TurnItem } from '../../src/objects/timeline.ts';
import type { EventBody, Step } from '../../src/protocol/index.ts';
import { texts } from '../../src/texts/index.ts';
import { tellCounted } from '../counted.ts';
import { historyOf } from '../fixtures/history.ts';
import { useClock } from './clock.ts';
import { useFly } from './fly.ts';
import { answerTo, Person, quiet } from './person.ts';
import { addressObject, countRows, OURS, stubOf, useOutside } from './relay.ts';

// What the operator sees of one conversation, and does to it: the real object's rows as a time line, and acts that
// count once.

quiet();
const clock = useClock();
const world = useOutside();
beforeEach(() => clock.freeze());

const homeOf = (person: Person) => addressObject(person.address);
const page = async (person: Person, limit = 50, shows = false): Promise<Timeline> => {
  const timeline = await homeOf(person).timeline({ before: null, limit, shows });
  if (timeline === null) throw new Error('there is no conversation');
  return timeline as Timeline;
};
const detail = async (person: Person, shows = false): Promise<ConversationDetail> => {
  const found = await homeOf(person).detail(shows);
  if (found === null) throw new Error('there is no conversation');
  return found as ConversationDetail;
};
const turnIn = (items: readonly TimelineItem[]): TurnItem => {
  const turn = items.find((item) => item.kind === 'turn');
  if (turn === undefined) throw new Error('there is no turn');
  return turn;
};

const STEPS: Step[] = [
  { name: 'Bash', after_ms: 100, ms: 840, outcome: 'ok' },
  { name: 'Read', after_ms: 1200, ms: null, outcome: 'cut' },
];

/** A turn that is cut once, asks, and answers. */
async function told(person: Person): Promise<void> {
  await person.says('Deploy the secret garden.');
  const first = await person.started(0);
  person.tells(
    first.attempt,
    { type: 'started' },
    { type: 'request', request_id: 'r1', request: { kind: 'ask', question: 'Which garden?', options: ['Left'] } },
    { type: 'steps', steps: STEPS, left_out: 0 },
    { type: 'ended', outcome: 'interrupted', reason: 'the agent process ended' },
  );
  await person.runs(clock, () => new Set(world.outside.starts.map(({ attempt }) => attempt)).size > 1);
  const second = await person.started(1);
  person.tells(second.attempt, ...answerTo(second.uuids, 'The garden is deployed.'));
  await world.outside.until(() => world.outside.acknowledged.includes(second.attempt));
  await person.runs(clock, async () => !/ready|sending/.test(await person.replyStates()));
}

describe('the time line', () => {
  test('names the channel of each text and reply', async () => {
    Object.assign(env, { SMS: 'on' });
    onTestFinished(() => void Object.assign(env, { SMS: 'off' }));
    const person = new Person(world);
    const bare = (address: string): string => address.replace('whatsapp:', '');
    await person.says('/verbose');
    await person.says('/verbose', { From: bare(person.address), To: bare(OURS) });
    await person.comesToRest(clock);
    const { items } = await page(person);
    expect(items.map((item) => `${item.kind} ${'scheme' in item ? item.scheme : ''}`).sort()).toEqual([
      'reply sms',
      'reply whatsapp',
      'text sms',
      'text whatsapp',
    ]);
  });

  test('has texts, turns with their attempts, steps and questions, and replies: without anybody’s words', async () => {
    const person = new Person(world);
    await told(person);
    const { items, next } = await page(person);
    expect(next).toBeNull();
    expect([...items].reverse()[0]).toMatchObject({ kind: 'text', state: 'consumed', chars: 25, words: null });
    const turn = turnIn(items);
    expect(turn).toMatchObject({ state: 'done', why: null, project: 'main' });
    expect(turn.attempts).toMatchObject([
      { n: 1, outcome: 'interrupted', reason: 'the agent process ended', steps: STEPS, leftOut: 0 },
      { n: 2, outcome: 'done', reason: 'every message answered', steps: null },
    ]);
    expect(turn.questions).toMatchObject([{ ask: 'ask', words: null }]);
    expect(items.filter((item) => item.kind === 'reply').map(({ said }) => said)).toContain('answer');
    expect(JSON.stringify([items, await detail(person)])).not.toMatch(/garden|5555551/);
    expect(JSON.stringify((await page(person, 50, true)).items)).toContain('Deploy the secret garden.');
  });

  test('is nothing where nobody has written', async () => {
    const stranger = new Person(world);
    expect(await homeOf(stranger).timeline({ before: null, limit: 10, shows: false })).toBeNull();
    expect(await homeOf(stranger).detail(false)).toBeNull();
    expect(await homeOf(stranger).operate({ do: 'stop', turn: null }, 'A')).toBe('gone');
  });

  test('of 50,000 texts reads a few hundred rows a page, each of them once', async (context) => {
    const person = new Person(world);
    await told(person);
    const past = { person: person.address, sender: person.ours, now: Date.now() };
    for (const statement of historyOf(past)) await person.rows(statement);
    await person.evicted();
    const counted = await countRows(person.address);
    const first = await page(person);
    const read = counted.read;
    tellCounted(context, { 'rows read for a page of the time line of 50,000 texts': read });
    expect(read).toBeLessThan(600);
    const seen = new Set<string>();
    let timeline: Timeline | null = first;
    for (let pages = 0; timeline !== null && pages < 20; pages++) {
      for (const item of timeline.items)
        seen.add(`${item.kind} ${item.kind === 'text' || item.kind === 'reply' ? item.seq : item.id}`);
      timeline = (await homeOf(person).timeline({ before: timeline.next, limit: 50, shows: false })) as Timeline;
    }
    expect(seen.size).toBe(1000);
    counted.read = 0;
    await detail(person);
    tellCounted(context, { 'rows read for how a conversation of years stands': counted.read });
    expect(counted.read).toBeLessThan(700);
  });
});

describe('what an attempt did', () => {
  const inside = <T>(person: Person, work: (storage: DurableObjectStorage) => T): Promise<T> =>
    runInDurableObject(stubOf(person.address), (_, { storage }) => work(storage));

  test('is readable in a copy of everything, and goes with old texts', async () => {
    const person = new Person(world);
    await told(person);
    const lines = await inside(person, (storage) => {
      return new ExportStore(storage).rows({ table: 'steps', after: null, piece: 1 })?.lines ?? '';
    });
    expect(JSON.parse(lines)).toMatchObject({ steps: STEPS, leftOut: 0 });
    const kept = async (before: number): Promise<number> => {
      await inside(person, ({ sql }) => emptyOldTexts(sql, before));
      return (await person.rows('SELECT 1 FROM steps')).length;
    };
    expect(await kept(Date.now() - 3_600_000)).toBe(1);
    expect(await kept(Date.now() + 1)).toBe(0);
  });

  test('takes at most 64 KB of JSON, compressed in its row, and a damaged row leaves the rest of the page', async () => {
    const person = new Person(world);
    await person.says('hello');
    const { attempt, uuids } = await person.started(0);
    const steps = Array.from({ length: 1000 }, (_, n) => ({ ...(STEPS[0] as Step), name: `${n} ${'é'.repeat(180)}` }));
    const [result, ending, end] = answerTo(uuids, 'hi') as [EventBody, EventBody, EventBody];
    person.tells(attempt, result, ending, { type: 'steps', steps, left_out: 5 }, end);
    await world.outside.until(() => world.outside.acknowledged.includes(attempt));
    const [row] = await person.rows<{ bytes: number }>('SELECT length(steps) AS bytes FROM steps');
    expect(row?.bytes).toBeLessThan(65_536);
    const [first] = turnIn((await page(person)).items).attempts;
    expect(first?.steps?.at(-1)?.name).toMatch(/^999 /);
    expect((first?.steps?.length ?? 0) + (first?.leftOut ?? 0)).toBe(1005);
    await person.rewrites(`UPDATE steps SET steps = x'1f8b00'`);
    expect(turnIn((await page(person)).items).attempts[0]).toMatchObject({ steps: null, outcome: 'done' });
  });
});

describe('an operator', () => {
  const does = (person: Person, wish: OperatorWish, op: string): Promise<string> => homeOf(person).operate(wish, op);

  test('stops a turn once; the person hears of it, and the operator brings it back', async () => {
    const person = new Person(world);
    await person.says('Work for hours.');
    const { attempt } = await person.started(0);
    const stop = { do: 'stop', turn: (await detail(person)).turn } as const;
    expect(await does(person, stop, 'A')).toBe('done');
    expect(await Promise.all([does(person, stop, 'A'), does(person, stop, 'B')])).toEqual(['done', 'nothing-to-do']);
    await world.outside.until(() => world.outside.interrupts.includes(attempt));
    person.tells(attempt, { type: 'ending' }, { type: 'ended', outcome: 'stopped', reason: 'stopped' });
    await person.runs(clock, () => person.bodies().includes(texts.operated.stopped));
    expect(person.bodies().filter((body) => body === texts.operated.stopped)).toHaveLength(1);
    await person.runs(clock, () => world.outside.acknowledged.includes(attempt));
    const retry = { do: 'retry', failed: (await detail(person)).lastFailed ?? '' } as const;
    expect(await does(person, retry, 'C')).toBe('done');
    expect((await person.started(1)).texts).toEqual(['Work for hours.']);
    expect(await does(person, retry, 'D')).toBe('nothing-to-do');
  });

  test('begins a new session, and pauses and resumes a schedule', async () => {
    const person = new Person(world);
    await person.says('hello');
    const { attempt, uuids } = await person.started(0);
    person.tells(
      attempt,
      { type: 'session', session_id: '7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b10' },
      ...answerTo(uuids, 'hi'),
    );
    await world.outside.until(() => world.outside.acknowledged.includes(attempt));
    const fresh = { do: 'reset-session', session: '7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b10' } as const;
    expect(await does(person, fresh, 'A')).toBe('done');
    expect(await does(person, fresh, 'B')).toBe('nothing-to-do');
    expect((await detail(person)).projects[0]?.sessionId).toBeNull();
    await person.says('/timezone Europe/Berlin');
    await person.says('/remind every day at 9: water the plants');
    await person.runs(clock, async () => (await detail(person)).schedules.length === 1);
    expect(await does(person, { do: 'pause-schedule', schedule: 1 }, 'C')).toBe('done');
    expect((await detail(person)).schedules).toMatchObject([{ state: 'paused', words: null, runs: [] }]);
    expect((await detail(person, true)).schedules[0]?.words).toBe('water the plants');
    expect(await does(person, { do: 'pause-schedule', schedule: 1 }, 'D')).toBe('nothing-to-do');
    expect(await does(person, { do: 'resume-schedule', schedule: 1 }, 'E')).toBe('done');
    expect(await does(person, { do: 'pause-schedule', schedule: 7 }, 'F')).toBe('nothing-to-do');
    expect((await detail(person)).schedules[0]?.state).toBe('active');
  });

  test('sends a reply again only while it is in trouble, and finds nobody where everything was forgotten', async () => {
    const person = new Person(world);
    await person.says('hello');
    await person.answered(0, 'hi');
    const sent = await person.gets(0);
    await person.callback(sent, 'failed', 30008);
    const [reply] = await person.replies();
    const wish: OperatorWish = { do: 'resend', reply: reply?.id ?? '' };
    expect([await does(person, wish, 'A'), await does(person, wish, 'A'), await does(person, wish, 'B')]).toEqual([
      'done',
      'done',
      'nothing-to-do',
    ]);
    await person.gets(1);
    await person.rewrites('DELETE FROM conversation');
    expect(await does(person, wish, 'C')).toBe('gone');
    expect(await homeOf(person).timeline({ before: null, limit: 1, shows: false })).toBeNull();
  });
});

describe('an operator, with a machine for each person,', () => {
  const at = useFly(world);

  test('wakes it and restarts it; without an answer of its provider nothing has changed', async () => {
    const person = new Person(world);
    await person.says('hello');
    await person.runs(clock, () => world.outside.starts.length > 0);
    await person.answered(0, 'hi');
    const home = homeOf(person);
    const agents = world.outside.agents.length;
    expect(await home.operate({ do: 'wake-machine' }, 'A')).toBe('done');
    await world.outside.until(() => world.outside.agents.length > agents);
    at.fly.onCall = (call) => (call.endsWith('stop') ? new Response('{}', { status: 500 }) : undefined);
    expect(await home.operate({ do: 'restart-machine' }, 'B')).toBe('unreachable');
    at.fly.onCall = undefined;
    expect(await home.operate({ do: 'restart-machine' }, 'B')).toBe('done');
    expect(at.fly.calls.filter((call) => call.endsWith('/stop'))).toHaveLength(2);
    expect((await detail(person)).machine).toMatchObject({ step: 'ready', refusal: null });
    const restart = (op: string): Promise<unknown> => home.operate({ do: 'restart-machine' }, op);
    expect(await Promise.all(['C', 'C', 'D'].map(restart))).toEqual(['done', 'done', 'nothing-to-do']);
    expect(at.fly.calls.filter((call) => call.endsWith('/stop'))).toHaveLength(3);
  });
});

describe('beside texts, turns and replies, the time line', () => {
  test('says what happened beside the attempts, which project was left, and which command was texted', async () => {
    const person = new Person(world);
    await person.says('hello');
    const first = await person.started(0);
    const [session, lost] = ['7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b10', '00000000-5a59-4d0e-9a0c-0c9b3c3e5b10'];
    person.tells(
      first.attempt,
      { type: 'started' },
      { type: 'session_lost', session_id: lost, seeded: true },
      { type: 'session', session_id: session },
      { type: 'compacted' },
      ...answerTo(first.uuids, 'hi'),
    );
    await person.comesToRest(clock);
    await person.says('/project new Merger with Quillfeather');
    await person.says('Begin.');
    await person.answered(1, 'begun');
    await person.comesToRest(clock);
    const { items } = await page(person);
    const [second, began] = items.filter((item) => item.kind === 'turn');
    expect(began).toMatchObject({ session, sessionBegan: expect.any(Number), cameFrom: null });
    expect(began?.happened.map(({ what }) => what)).toEqual(['machine-made', 'session-seeded', 'compacted']);
    expect(second).toMatchObject({ cameFrom: 'main', sessionBegan: null });
    expect(second?.happened.map(({ what }) => what)).toEqual(['machine-woken']);
    expect(items.flatMap((item) => (item.kind === 'text' ? [item.command] : []))).toEqual([null, '/project new', null]);
    expect(JSON.stringify(items)).not.toMatch(/quillfeather/i);
  });

  test('says what it wakes for, without addresses or names', async () => {
    const person = new Person(world);
    await person.says('hello');
    await person.started(0);
    const turn = (await detail(person)).turn ?? '';
    const timers = [
      ['deliver', `${turn} whatsapp:+15555550123`],
      ['lead', 'whatsapp:+15555550123'],
      ['archive', 'project/quillfeather-3f2a'],
      ['schedule', '7'],
      ['given-up', `${turn} budget/day`],
    ];
    for (const [kind, ref] of timers)
      await person.rows(`INSERT INTO timers VALUES ('${kind}', '${ref}', ${Date.now() + 86_400_000}, 0)`);
    await person.evicted();
    const about = Object.fromEntries((await detail(person)).timers.map((timer) => [timer.kind, timer.about]));
    expect(about).toMatchObject({ deliver: turn, lead: null, archive: null, schedule: '7', 'given-up': turn });
  });
});
