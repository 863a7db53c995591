import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EventBody } from '../../src/protocol/index.ts';
import { texts } from '../../src/texts/index.ts';
import { useClock } from './clock.ts';
import { answerTo, interrupted, Person, quiet } from './person.ts';
import { useOutside } from './relay.ts';

// /stop at every moment of a text, texts that come back with /retry, and the three modes for texts that arrive while a
// turn runs.

quiet();
const clock = useClock();
const world = useOutside();
const vars = Object.assign(env as unknown as Record<string, string>, { SMS: 'on' });

beforeEach(() => clock.freeze());
afterEach(() => Object.assign(vars, { GATHER_MS: '0', QUEUE_MODE: '' }));

const here = (): Person => new Person(world);
const is = (person: Person, states: string): Promise<boolean> =>
  world.outside.until(async () => (await person.messageStates()) === states);
const uuidsOf = (person: Person): Promise<string[]> =>
  person.rows<{ uuid: string }>('SELECT uuid FROM messages ORDER BY seq').then((all) => all.map(({ uuid }) => uuid));
const attemptsAsked = (): number => new Set(world.outside.starts.map((s) => s.attempt)).size;
const running = async (person: Person, words = 'a long task'): Promise<{ attempt: string; uuids: string[] }> => {
  const nth = attemptsAsked();
  await person.says(words);
  const start = await person.started(nth);
  person.tells(start.attempt, { type: 'started' });
  await world.outside.until(async () => (await person.attempts()).at(-1)?.last_seq === 1);
  return start;
};

describe('/stop', () => {
  test('while a burst gathers: nothing is asked of the machine, and /retry brings it back', async () => {
    vars.GATHER_MS = '2000';
    const person = here();
    await person.says('one');
    await person.says('two');
    expect(await person.timers()).toBe('gather');
    await person.says('/stop');
    expect((await person.gets(0)).body).toBe(texts.stopped(['one', 'two']));
    expect(await person.messageStates()).toBe('failed failed consumed');
    await person.comesToRest(clock);
    expect(world.outside.starts).toEqual([]);

    await person.says('/retry');
    const { texts: asked, uuids, continues } = await person.asked();
    expect(asked).toEqual(['one', 'two']);
    expect(uuids).toEqual((await uuidsOf(person)).slice(0, 2));
    // The agent never saw them.
    expect(continues).toBe(false);
    await person.answered(0, 'both done');
    await person.comesToRest(clock);
    expect(person.bodies()).toEqual([texts.stopped(['one', 'two']), texts.retrying(2), 'both done']);
  });

  test('with texts that wait behind a running turn: all of it is dropped, the oldest first', async () => {
    const person = here();
    await running(person, 'one');
    await person.says('two');
    await person.says('three');
    await person.says('/stop');
    expect((await person.gets(0)).body).toBe(texts.stopped(['one', 'two', 'three']));
    await is(person, 'failed failed failed consumed');
    await person.comesToRest(clock);
    expect(attemptsAsked()).toBe(1);

    await person.says('/retry');
    const again = await person.asked(1);
    expect(again).toMatchObject({ texts: ['one', 'two', 'three'], continues: false });
    expect(again.uuids).toEqual((await uuidsOf(person)).slice(0, 3));
  });

  test.each(['before', 'after'] as const)(
    'while the request hangs, and the machine has begun %s the answer: it is interrupted at once',
    async (when) => {
      const person = here();
      world.outside.held.start = when;
      await person.says('hello');
      const { attempt } = await person.asked();
      await person.says('/stop');
      expect((await person.gets(0)).body).toBe(texts.stopped(['hello']));
      await world.outside.until(() => world.outside.interrupts.includes(attempt));
      world.outside.release();
      await is(person, 'failed consumed');
      await person.comesToRest(clock);
      expect(await person.attempts()).toMatchObject([{ n: 1, state: 'ended', outcome: 'stopped' }]);
      expect(person.bodies()).toEqual([texts.stopped(['hello'])]);
    },
  );

  test('while the request hangs, and evicted: the machine is told to stop it, and never to start it', async () => {
    const person = here();
    world.outside.held.start = 'before';
    world.outside.held.interrupt = 'before';
    await person.says('hello');
    const { attempt } = await person.asked();
    await person.says('/stop');
    world.outside.cut();
    await person.evicted();
    world.outside.release();
    await person.ring();
    await is(person, 'failed consumed');
    await person.comesToRest(clock);
    expect(world.outside.starts).toHaveLength(1);
    expect(world.outside.interrupts.at(-1)).toBe(attempt);
    expect(await person.attempts()).toMatchObject([{ n: 1, state: 'ended', outcome: 'stopped' }]);
  });

  test('of a running turn: interrupted once, answered at once, and nothing follows', async () => {
    const person = here();
    const { attempt } = await running(person, 'hello');
    await person.says('/stop');
    await is(person, 'failed consumed');
    await person.comesToRest(clock);
    expect(world.outside.interrupts).toEqual([attempt]);
    expect(person.bodies()).toEqual([texts.stopped(['hello'])]);
    expect(await person.attempts()).toMatchObject([{ n: 1, state: 'ended', outcome: 'stopped' }]);
  });

  test.each(['', ' and evicted in between'])(
    'that the machine does not answer is repeated by the timer%s',
    async (and) => {
      const person = here();
      const { attempt } = await running(person);
      world.outside.onInterrupt = () => new Response('', { status: 503 });
      await person.says('/stop');
      await world.outside.until(() => world.outside.interrupts.length === 1);
      expect(await person.timers()).toBe('stop');
      if (and !== '') {
        world.outside.cut();
        await person.evicted();
        await person.ring();
      }
      clock.move(5000);
      await person.ring();
      await world.outside.until(() => world.outside.interrupts.length >= 2);
      world.outside.onInterrupt = undefined;
      await person.comesToRest(clock);
      expect(new Set(world.outside.interrupts)).toEqual(new Set([attempt]));
      expect(await person.messageStates()).toBe('failed consumed');
      expect(person.bodies()).toHaveLength(1);
    },
  );

  test('between attempts: no further one begins', async () => {
    const person = here();
    await person.says('hello');
    for (const n of [0, 1]) {
      const { attempt } = await person.started(n);
      person.tells(attempt, interrupted);
      await world.outside.until(async () => (await person.attempts())[n]?.state === 'ended');
    }
    expect(await person.timers()).toBe('attempt');
    await person.says('/stop');
    expect(await person.messageStates()).toBe('failed consumed');
    expect(await person.timers()).toBe('');
    await person.comesToRest(clock);
    expect(attemptsAsked()).toBe(2);

    await person.says('/retry');
    expect(await person.asked(2)).toMatchObject({
      texts: ['hello'],
      uuids: (await uuidsOf(person)).slice(0, 1),
      continues: false,
    });
  });

  test.each(['collect', 'steer', 'queue'])(
    'between attempts, with words of its own (%s): they begin a turn at once',
    async (mode) => {
      vars.QUEUE_MODE = mode;
      const person = here();
      await person.says('hello');
      for (const n of [0, 1]) {
        const { attempt } = await person.started(n);
        person.tells(attempt, interrupted);
        await world.outside.until(async () => (await person.attempts())[n]?.state === 'ended');
      }
      await person.says('/stop do this instead');
      expect(await person.asked(2)).toMatchObject({ texts: ['do this instead'], continues: false });
      await person.answered(2, 'done instead');
      await person.comesToRest(clock);
      expect(person.bodies()).toEqual([texts.stopped(['hello']), 'done instead']);
      expect(attemptsAsked()).toBe(3);
      expect(world.outside.steers).toEqual([]);
    },
  );

  test('that comes too late: the answer that was on its way is not said after “I dropped”, and /retry asks for it anew', async () => {
    const person = here();
    const { attempt, uuids } = await running(person);
    world.outside.onInterrupt = () => Response.json({ dropped: [] });
    await person.says('/stop');
    await world.outside.until(() => world.outside.interrupts.length === 1);
    person.tells(attempt, ...answerTo(uuids, 'just finished'));
    await person.comesToRest(clock);
    expect(person.bodies()).toEqual([texts.stopped(['a long task'])]);
    expect(await person.messageStates()).toBe('failed consumed');
    await person.says('/retry');
    expect((await person.asked(1)).texts).toEqual(['a long task']);
    await person.answered(1, 'done after all');
    await person.comesToRest(clock);
    expect(person.bodies().slice(1)).toEqual([texts.retrying(1), 'done after all']);
  });

  test('with words of its own: they are what comes next, once the machine has stopped', async () => {
    const person = here();
    await running(person, 'one');
    await person.says('two');
    world.outside.held.interrupt = 'before';
    await person.says('/stop do this instead');
    expect((await person.gets(0)).body).toBe(texts.stopped(['one', 'two']));
    await world.outside.until(() => world.outside.interrupts.length === 1);
    expect(attemptsAsked()).toBe(1);
    world.outside.release();
    const next = await person.asked(1);
    expect(next).toMatchObject({ texts: ['do this instead'], continues: false });
    await person.answered(1, 'done instead');
    await person.comesToRest(clock);
    expect(await person.messageStates()).toBe('failed failed consumed');
    expect(person.bodies().at(-1)).toBe('done instead');

    await person.says('/retry');
    expect((await person.asked(2)).texts).toEqual(['one', 'two']);
  });

  test('twice: only what the newest one dropped comes back', async () => {
    const person = here();
    await running(person, 'one');
    await person.says('/stop');
    await person.comesToRest(clock);
    clock.move(1000);
    await running(person, 'two');
    await person.says('/stop');
    await person.comesToRest(clock);
    await person.says('/retry');
    expect((await person.asked(2)).texts).toEqual(['two']);
  });

  test('while nothing runs says so', async () => {
    const person = here();
    await person.says('/stop');
    expect((await person.gets(0)).body).toBe(texts.nothingToStop);
    await person.says('/retry');
    await person.runs(clock, () => person.got().length === 2);
    expect(person.bodies().at(-1)).toBe(texts.nothingToRetry);
  });
});

describe('a bare word', () => {
  test.each(['stop', 'Stop!', ' CANCEL '])('%j stops a running turn', async (word) => {
    const person = here();
    const { attempt } = await running(person);
    await person.says(word);
    await is(person, 'failed consumed');
    await person.comesToRest(clock);
    expect(world.outside.interrupts).toEqual([attempt]);
    expect(person.bodies()).toEqual([texts.stopped(['a long task'])]);
  });

  test('while nothing runs, and with more around it, is for the agent', async () => {
    const person = here();
    const { uuids, attempt } = await running(person, 'stop');
    await person.says('stop the server');
    expect(world.outside.interrupts).toEqual([]);
    person.tells(attempt, ...answerTo(uuids, 'done'));
    expect((await person.asked(1)).texts).toEqual(['stop the server']);
  });

  test.each(['Cancel!'])('%j on SMS is for the agent, and /stop is a command there too', async (word) => {
    const person = new Person(world, 'sms');
    const { attempt } = await running(person);
    await person.says(word);
    expect(await person.messageStates()).toBe('active waiting');
    expect(world.outside.interrupts).toEqual([]);
    await person.says('/stop');
    await is(person, 'failed failed consumed');
    await person.comesToRest(clock);
    expect(world.outside.interrupts).toEqual([attempt]);
    expect(person.bodies()).toEqual([texts.stopped(['a long task', word])]);
  });

  test.each(['STOP', 'cancel', 'END'])('%j on SMS is the carrier’s: the turn goes on', async (word) => {
    const person = new Person(world, 'sms');
    const { attempt, uuids } = await running(person);
    await person.says(word);
    expect(await person.messageStates()).toBe('active consumed');
    expect(world.outside.interrupts).toEqual([]);
    expect(person.got()).toEqual([]);
    // If it kept running, it would be requested again in the middle of another test.
    person.tells(attempt, ...answerTo(uuids, 'done'));
    await is(person, 'consumed consumed');
  });
});

describe('by default', () => {
  beforeEach(() => {
    vars.GATHER_MS = '1000';
  });

  test('typing shows and the turn starts before any alarm; a text that follows quickly reaches the same turn', async () => {
    const person = here();
    const { MessageSid } = await person.says('Look at the login bug.');
    const { attempt, uuids } = await person.started(0);
    await world.outside.until(() => world.outside.typing[0] === MessageSid);
    clock.move(2500);
    await person.says('It only happens on Safari.');
    const steer = await world.outside.until(() => world.outside.steers[0]);
    expect(steer).toMatchObject({ attempt, text: 'It only happens on Safari.' });
    clock.move(3000);
    await person.says('What time is it?');
    expect(await person.messageStates()).toBe('active active waiting');
    person.tells(attempt, ...answerTo([...uuids, steer.uuid], 'fixed'));
    expect((await person.asked(1)).texts).toEqual(['What time is it?']);
  });

  test('an unfinished text shows typing at once, once, while its turn waits for the rest', async () => {
    const person = here();
    const { MessageSid } = await person.says('deploy it and');
    await world.outside.until(() => world.outside.typing.length > 0);
    expect([world.outside.typing, await person.timers()]).toEqual([[MessageSid], 'gather']);
    clock.move(3000);
    await person.ring();
    expect((await person.asked()).texts).toEqual(['deploy it and']);
    expect(world.outside.typing).toEqual([MessageSid]);
  });
});

describe('with /queue steer', () => {
  const result = (uuids: string[], words: string): EventBody => answerTo(uuids, words)[0] as EventBody;

  beforeEach(() => {
    vars.QUEUE_MODE = 'steer';
  });

  test('a text reaches the running turn, which answers both', async () => {
    const person = here();
    const { attempt, uuids } = await running(person, 'one');
    await person.says('two');
    const steer = await world.outside.until(() => world.outside.steers[0]);
    expect(steer).toMatchObject({ attempt, text: 'two', uuid: (await uuidsOf(person))[1] });
    await world.outside.until(async () => (await person.timers()) === '');
    person.tells(attempt, ...answerTo([...uuids, steer.uuid], 'both'));
    await person.comesToRest(clock);
    expect(person.bodies()).toEqual(['both']);
    expect(await person.messageStates()).toBe('consumed consumed');
    expect(attemptsAsked()).toBe(1);
    expect(world.outside.steers).toHaveLength(1);
  });

  test('a text that comes too late for the turn is taken next, with its uuid', async () => {
    const person = here();
    const { attempt, uuids } = await running(person, 'one');
    const tooLate = { error: { code: 'attempt_over', message: 'too late' } };
    world.outside.onSteer = () => Response.json(tooLate, { status: 409 });
    await person.says('two');
    await is(person, 'active waiting');
    expect(await person.timers()).toBe('');
    person.tells(attempt, ...answerTo(uuids, 'one done'));
    expect(await person.asked(1)).toMatchObject({ texts: ['two'], uuids: (await uuidsOf(person)).slice(1) });
    await person.answered(1, 'two done');
    await person.comesToRest(clock);
    expect(person.bodies()).toEqual(['one done', 'two done']);
  });

  test('a text to a turn that is ending waits for the next', async () => {
    const person = here();
    const { attempt, uuids } = await running(person, 'one');
    person.tells(attempt, result(uuids, 'one done'), { type: 'ending' });
    await world.outside.until(async () => (await person.attempts())[0]?.state === 'ending');
    await person.says('two');
    expect(await person.messageStates()).toBe('consumed waiting');
    expect(world.outside.steers).toEqual([]);
  });

  test('a text whose delivery nobody confirmed is given again by the timer, also after an eviction', async () => {
    const person = here();
    const { attempt, uuids } = await running(person, 'one');
    world.outside.held.steer = 'before';
    await person.says('two');
    await world.outside.until(() => world.outside.steers[0]);
    world.outside.cut();
    await person.evicted();
    world.outside.release();
    await person.ring();
    // The break of the stream may have been seen before the eviction: then there is a timer for that as well.
    expect(await person.timers()).toContain('steer');
    expect(world.outside.steers).toHaveLength(1);
    clock.move(5000);
    await person.ring();
    const again = await world.outside.until(() => world.outside.steers[1]);
    expect(again).toEqual(world.outside.steers[0]);
    await world.outside.until(async () => !(await person.timers()).includes('steer'));
    person.tells(attempt, ...answerTo([...uuids, again.uuid], 'both'));
    await person.comesToRest(clock);
    expect(person.bodies()).toEqual(['both']);
  });

  test('a text the turn did not answer is taken next', async () => {
    const person = here();
    const { attempt, uuids } = await running(person, 'one');
    await person.says('two');
    await world.outside.until(() => world.outside.steers[0]);
    person.tells(attempt, ...answerTo(uuids, 'one done'));
    expect(await person.asked(1)).toMatchObject({ texts: ['two'], uuids: (await uuidsOf(person)).slice(1) });
    await person.answered(1, 'two done');
    await person.comesToRest(clock);
    expect(person.bodies()).toEqual(['one done', 'two done']);
  });

  test('a text that comes before the machine has the attempt follows it, and is not lost when the attempt is cut', async () => {
    const person = here();
    world.outside.held.start = 'before';
    await person.says('one');
    await person.asked();
    await person.says('two');
    expect(world.outside.steers).toEqual([]);
    world.outside.release();
    await world.outside.until(() => world.outside.steers[0]);
    const { attempt } = await person.started();
    person.tells(attempt, interrupted);
    expect(await person.asked(1)).toMatchObject({
      texts: ['one', 'two'],
      uuids: await uuidsOf(person),
      continues: true,
    });
    await person.answered(1, 'both');
    await person.comesToRest(clock);
    expect(person.bodies()).toEqual(['both']);
  });

  test('a text between attempts goes along with the next one', async () => {
    const person = here();
    await person.says('one');
    for (const n of [0, 1]) {
      const { attempt } = await person.started(n);
      person.tells(attempt, interrupted);
      await world.outside.until(async () => (await person.attempts())[n]?.state === 'ended');
    }
    await person.says('two');
    clock.move(5000);
    await person.ring();
    expect((await person.asked(2)).texts).toEqual(['one', 'two']);
    expect(world.outside.steers).toEqual([]);
  });

  test('/stop drops what was given to the turn as well', async () => {
    const person = here();
    await running(person, 'one');
    await person.says('two');
    await world.outside.until(() => world.outside.steers[0]);
    await person.says('/stop');
    expect((await person.gets(0)).body).toBe(texts.stopped(['one', 'two']));
    await is(person, 'failed failed consumed');
    await person.says('/retry');
    expect(await person.asked(1)).toMatchObject({ texts: ['one', 'two'], continues: false });
  });
});

describe('texts that wait', () => {
  test('with /queue queue are one turn each, oldest first', async () => {
    const person = here();
    await person.says('/queue queue');
    await person.comesToRest(clock);
    await person.says('one');
    await person.started(0);
    await person.says('two');
    await person.says('three');
    for (const [n, word] of ['one', 'two', 'three'].entries()) {
      expect((await person.started(n)).texts).toEqual([word]);
      await person.answered(n, `${word} done`);
    }
    await person.comesToRest(clock);
    expect(person.bodies()).toEqual([texts.queueMode('queue'), 'one done', 'two done', 'three done']);
    expect(world.outside.steers).toEqual([]);
  });

  test('are counted to the person once per turn, when the burst is complete', async () => {
    const person = here();
    const first = await running(person, 'one');
    await person.says('two');
    await person.says('three');
    expect(await person.timers()).toBe('waiting');
    clock.move(2999);
    await person.ring();
    expect(person.got()).toEqual([]);
    await person.evicted();
    clock.move(1);
    await person.ring();
    expect((await person.gets(0)).body).toBe(texts.waiting(2));
    await person.says('four');
    clock.move(10_000);
    await person.ring();
    expect(await person.timers()).toBe('');
    person.tells(first.attempt, ...answerTo(first.uuids, 'one done'));
    // The next turn reports it again.
    expect((await person.started(1)).texts).toEqual(['two', 'three', 'four']);
    await person.says('five');
    clock.move(3000);
    await person.ring();
    await person.runs(clock, () => person.got().length === 3);
    expect(person.bodies()).toEqual([texts.waiting(2), 'one done', texts.waiting(1)]);
  });

  test('are not told of when the turn ends before', async () => {
    const person = here();
    const first = await running(person, 'one');
    await person.says('two');
    person.tells(first.attempt, ...answerTo(first.uuids, 'one done'));
    await person.answered(1, 'two done');
    await person.comesToRest(clock);
    expect(person.bodies()).toEqual(['one done', 'two done']);
  });

  test('are a hundred at most; that others are put aside for /retry is said once', async () => {
    const person = here();
    await running(person, 'one');
    await person.rewrites(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99)
       INSERT INTO messages (provider_id, uuid, "from", "to", text, attachments, received_at, tried, state)
       SELECT 'SMx' || i, 'u' || i, '${person.address}', '${person.ours}', 'text ' || i, 0, ${Date.now()}, 0, 'waiting' FROM n`,
    );
    await person.says('the hundredth');
    expect(await person.rows(`SELECT count(*) AS n FROM messages WHERE state = 'waiting'`)).toEqual([{ n: 100 }]);
    expect(await person.timers()).toBe('waiting');
    await person.says('one too many');
    await person.says('another one');
    expect((await person.messageStates()).split(' ').slice(-3).join(' ')).toBe('waiting failed failed');
    await person.runs(clock, () => person.got().length === 2);
    expect(person.bodies()).toEqual([texts.queueFull(100), texts.waiting(100)]);
  });
});
