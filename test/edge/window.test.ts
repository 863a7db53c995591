import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { texts } from '../../src/texts/index.ts';
import { tellNotDelivered } from '../../src/worker/not-delivered.ts';
import { useClock } from './clock.ts';
import type { Sent } from './outside.ts';
import { Person, quiet } from './person.ts';
import { OURS, stubOf, useOutside } from './relay.ts';

// The carrier's refusals, at once or long after it accepted: the closed window and the replies that wait for it,
// opt-out, rate limits, permanent refusals, and who is told.

quiet();
const clock = useClock();
const world = useOutside();
const OPERATOR = 'whatsapp:+15555550190';
const TEMPLATE = `HX${'0'.repeat(31)}1`;
const HOUR = 3_600_000;
const vars = Object.assign(env as unknown as Record<string, string>, { SMS: 'on', ADMIN_SENDERS: '+15555550190' });
const directory = () => env.DIRECTORY.getByName('directory');

beforeEach(() => {
  clock.freeze();
  vars.TWILIO_NUDGE_CONTENT_SID = TEMPLATE;
});
afterEach(async () => {
  // The operator and the directory are the same ones in every test.
  for (const stub of [directory(), stubOf(OPERATOR)]) {
    await runInDurableObject(stub, async (_, state) => {
      await state.storage.deleteAll();
      state.abort('forgotten by a test');
    }).catch(() => undefined);
  }
});

const here = (): Person => new Person(world);
const alertCauses = async (): Promise<string[]> => (await directory().alerts()).map(({ cause }) => cause).sort();
/** The operator has been told of exactly these, each in a separate text. */
async function told(...causes: string[]): Promise<void> {
  await world.outside.until(async () => (await alertCauses()).join() === [...causes].sort().join());
  await world.outside.until(async () => {
    // Their alarms are set by a clock that the platform does not have.
    for (const stub of [directory(), stubOf(OPERATOR)]) await runDurableObjectAlarm(stub);
    return world.outside.stored.filter(({ to }) => to === OPERATOR).length === causes.length;
  });
}
/** A text of the person, answered with `words`, and all of it accepted by the carrier. */
async function answered(person: Person, words: string, says = 'hello'): Promise<Sent> {
  const before = person.got().length;
  const nth = new Set(world.outside.starts.map((s) => s.attempt)).size;
  await person.says(says);
  await person.answered(nth, words);
  await person.runs(clock, async () => person.got().length > before && (await person.isSettled()));
  return person.got().at(-1) as Sent;
}
const statesOf = (person: Person): Promise<string> => person.replyStates();
const refuse =
  (code: number, status = 400, headers: Record<string, string> = {}) =>
  (): Response =>
    Response.json({ code, message: 'no' }, { status, headers });

describe('a closed window', () => {
  test('that the carrier reports late: the reply is kept, and one template asks the person to write', async () => {
    const person = here();
    const sent = await answered(person, 'the answer');
    await person.callback(sent, 'failed', 63016);
    await person.runs(clock, () => person.got().length === 2);
    expect(person.got()[1]).toMatchObject({ template: TEMPLATE, body: '' });
    expect(await statesOf(person)).toBe('held accepted');
    expect(await person.timers()).toBe('held');
    // Repeated, and out of order: nothing more happens.
    for (const status of ['failed', 'sent', 'failed']) await person.callback(sent, status, 63016);
    expect(await statesOf(person)).toBe('held accepted');
    expect(await alertCauses()).toEqual([]);
  });

  test('keeps further answers without asking the carrier, asks for no second time that day, and merges what it kept', async () => {
    const person = here();
    await person.says('one');
    const { attempt, uuids } = await person.started();
    world.outside.cut();
    await person.rewrites(`UPDATE windows SET last_inbound_at = last_inbound_at - ${24 * HOUR}`);
    const result = (words: string, of: string[]) =>
      ({ type: 'result', text: words, is_error: false, user_message_uuids: of, cost_usd: 0 }) as const;
    person.tells(attempt, result('first of it', uuids), result('second of it', []));
    await person.runs(clock, async () => (await statesOf(person)).split(' ').sort().join(' ') === 'accepted held held');
    expect(person.got().map(({ template }) => template)).toEqual([TEMPLATE]);
    person.tells(attempt, { type: 'ending' }, { type: 'ended', outcome: 'done', reason: '' });
    await world.outside.until(() => world.outside.acknowledged.includes(attempt));

    await answered(person, 'and the new one', 'two');
    expect(person.bodies()).toEqual(['', 'first of it\n\nsecond of it', 'and the new one']);
    expect(await person.rows('SELECT refused_at FROM windows')).toEqual([{ refused_at: null }]);
    await person.comesToRest(clock);
  });

  test('a second one of the same day gets no second template; the day after it does', async () => {
    const person = here();
    for (const [hours, templates] of [
      [0, 1],
      [2, 1],
      [25, 2],
    ] as const) {
      clock.move(hours * HOUR);
      const sent = await answered(person, `answer after ${hours}`);
      await person.callback(sent, 'failed', 63016);
      await person.runs(clock, async () => (await person.nextDue()) === null);
      expect(person.got().filter(({ template }) => template === TEMPLATE)).toHaveLength(templates);
    }
  });

  test('without a template the operator is told, once', async () => {
    vars.TWILIO_NUDGE_CONTENT_SID = '';
    const person = here();
    const sent = await answered(person, 'the answer');
    await person.callback(sent, 'failed', 63016);
    await told('window-closed');
    expect(await statesOf(person)).toBe('held');
    expect(world.outside.stored.find(({ to }) => to === OPERATOR)?.body).toContain(texts.alerts.windowClosed);
    expect(await person.timers()).toBe('held');
  });

  test('a template that is refused is not sent again; the operator is told', async () => {
    const person = here();
    const sent = await answered(person, 'the answer');
    world.outside.onSend = ({ template }) => (template === null ? undefined : refuse(63016)());
    await person.callback(sent, 'failed', 63016);
    await told('nudge-refused/63016');
    expect(await statesOf(person)).toBe('held parked');
    // The kept reply is sent anyway.
    clock.move(1000);
    await person.says('/queue');
    await person.runs(clock, () => person.bodies().length === 3);
    expect(person.bodies()[2]).toBe('the answer');
  });

  test('the newest text is answered first, then the waiting messages are sent', async () => {
    const person = here();
    const sent = await answered(person, 'the answer');
    await person.callback(sent, 'failed', 63016);
    await person.runs(clock, () => person.got().length === 2);
    clock.move(HOUR);
    await person.says('/status');
    await person.runs(clock, () => person.got().length === 4);
    const [, , status, held] = person.bodies();
    expect(status).toContain('1 held reply is on its way');
    expect(held).toBe('the answer');
    await person.comesToRest(clock);
  });

  test('evicted at each step, nothing of it is lost or sent twice', async () => {
    const person = here();
    const wake = async (): Promise<void> => {
      await person.evicted();
      await person.ring();
    };
    const sent = await answered(person, 'the answer');
    await wake();
    world.outside.held.send = 'before';
    await person.callback(sent, 'failed', 63016);
    // The template's intent is a row, but its request was never sent.
    await person.runs(clock, async () => (await statesOf(person)) === 'held sending');
    await person.evicted();
    world.outside.release();
    await person.runs(clock, async () => (await statesOf(person)) === 'held accepted');
    expect(person.got().filter(({ template }) => template !== null)).toHaveLength(1);
    await wake();
    expect(await statesOf(person)).toBe('held accepted');
    clock.move(HOUR);
    world.outside.held.send = 'after';
    await person.says('two');
    await person.runs(clock, async () => person.bodies().filter((body) => body === 'the answer').length === 2);
    await person.evicted();
    world.outside.release();
    await person.ring();
    await person.answered(1, 'and the new one');
    await person.comesToRest(clock);
    expect(person.bodies()).toEqual(['the answer', '', 'the answer', 'and the new one']);
    expect(await statesOf(person)).toBe('replaced accepted accepted accepted');
  });

  test('the operator hears of messages that have waited for a week; they are sent when the person writes after all', async () => {
    const person = here();
    const sent = await answered(person, 'the answer');
    await person.callback(sent, 'failed', 63016);
    await person.runs(clock, () => person.got().length === 2);
    clock.move(7 * 24 * HOUR);
    await person.ring();
    await told('held-too-long');
    expect(await statesOf(person)).toBe('parked accepted');
    await person.evicted();
    await person.says('/queue');
    await person.runs(clock, () => person.got().length === 4);
    expect(person.bodies().at(-1)).toBe('the answer');
    expect(await statesOf(person)).toMatch(/^replaced accepted/);
    await person.comesToRest(clock);
  });

  test('a message found late that is older than the refusal opens nothing', async () => {
    const person = here();
    const sent = await answered(person, 'the answer');
    await person.callback(sent, 'failed', 63016);
    await person.runs(clock, async () => (await statesOf(person)) === 'held accepted');
    await stubOf(person.address).accept(person.address, {
      providerId: 'SMlate',
      uuid: crypto.randomUUID(),
      from: person.address,
      to: person.ours,
      text: 'written before',
      attachments: 0,
      receivedAt: Date.now() - HOUR,
    });
    expect(await statesOf(person)).toBe('held accepted');
  });

  test('there is none on SMS', async () => {
    const person = new Person(world, 'sms');
    await person.says('hello');
    const { attempt, uuids } = await person.started();
    person.tells(attempt, { type: 'started' });
    await world.outside.until(async () => (await person.attempts())[0]?.last_seq === 1);
    clock.move(30 * HOUR);
    person.tells(attempt, { type: 'result', text: 'late', is_error: false, user_message_uuids: uuids, cost_usd: 0 });
    expect((await person.gets(0)).body).toBe('late');
    expect(await person.rows('SELECT refused_at FROM windows')).toEqual([{ refused_at: null }]);
  });
});

describe('a person who opted out', () => {
  test.each(['by OptOutType', 'by 21610 at once', 'by 21610 late'])(
    '(%s): nothing leaves until START, then what was kept back does',
    async (how) => {
      const person = new Person(world, 'sms');
      await answered(person, 'before');
      if (how === 'by OptOutType') {
        await person.says('one');
        const { attempt, uuids } = await person.started(1);
        await person.says('Please leave me alone', { OptOutType: 'STOP' });
        person.tells(attempt, {
          type: 'result',
          text: 'kept',
          is_error: false,
          user_message_uuids: uuids,
          cost_usd: 0,
        });
        person.tells(attempt, { type: 'ending' }, { type: 'ended', outcome: 'done', reason: '' });
        await world.outside.until(() => world.outside.acknowledged.includes(attempt));
      } else {
        if (how === 'by 21610 at once') world.outside.onSend = refuse(21610);
        await person.says('one');
        await person.answered(1, 'kept');
        if (how === 'by 21610 late') {
          await person.runs(clock, () => person.got().length === 2);
          await person.callback(person.got()[1] as Sent, 'undelivered', 21610);
        }
        await person.runs(clock, () => person.isSettled());
        world.outside.onSend = undefined;
      }
      expect(await person.rows('SELECT opted_out_at IS NOT NULL AS out FROM conversation')).toEqual([{ out: 1 }]);
      const sent = person.got().length;
      // A text of a person whose answers cannot be sent begins no turn.
      await person.says('are you there');
      await person.says('/status');
      await person.comesToRest(clock);
      expect(person.got()).toHaveLength(sent);
      expect(new Set(world.outside.starts.map((s) => s.attempt)).size).toBe(2);

      clock.move(HOUR);
      await person.evicted();
      await person.says('START');
      await person.runs(clock, () => person.got().length === sent + 1);
      expect(person.bodies().at(-1)).toBe('kept');
      await person.comesToRest(clock);
      await person.says('/retry');
      expect((await person.asked(2)).texts).toEqual(['are you there']);
    },
  );

  test('older messages are sent, too, when the person comes back, once', async () => {
    const person = new Person(world, 'sms');
    world.outside.onSend = refuse(21610);
    await person.says('one');
    await person.answered(0, 'old');
    await person.runs(clock, () => person.isSettled());
    world.outside.onSend = undefined;
    clock.move(25 * HOUR);
    await person.says('START');
    await person.runs(clock, () => person.got().length === 1);
    await person.says('/queue');
    await person.comesToRest(clock);
    expect(person.bodies().filter((body) => body === 'old')).toHaveLength(1);
  });

  test('START of someone who never left is a word like any other', async () => {
    const person = new Person(world, 'sms');
    await person.says('yes');
    expect((await person.asked()).texts).toEqual(['yes']);
  });
});

describe('too fast (63018)', () => {
  test('at once: the same reply after the time the carrier names, those behind it wait', async () => {
    const person = here();
    world.outside.onSend = refuse(63018, 429, { 'retry-after': '7' });
    await person.says('hello');
    await person.answered(0, 'the answer');
    await world.outside.until(async () => (await person.timers()) === 'send');
    world.outside.onSend = undefined;
    await person.says('/queue');
    clock.move(6999);
    await person.evicted();
    await person.ring();
    expect(await statesOf(person)).toBe('ready ready');
    expect(person.got()).toEqual([]);
    clock.move(1);
    await person.ring();
    await person.runs(clock, () => person.got().length === 2);
    expect(person.bodies()[0]).toBe('the answer');
    expect(await person.rows('SELECT attempt FROM replies ORDER BY seq')).toEqual([{ attempt: 2 }, { attempt: 1 }]);
    await person.comesToRest(clock);
  });

  test('late: its words leave again in a new row, later each time, and are given up by no count', async () => {
    const person = here();
    await answered(person, 'the answer');
    for (let copies = 1; copies <= 7; copies++) {
      await person.callback(person.got().at(-1) as Sent, 'failed', 63018);
      expect(await person.timers()).toBe('send');
      await person.runs(clock, () => person.got().length === copies + 1);
    }
    await person.callback(person.got().at(-1) as Sent, 'delivered');
    expect(await statesOf(person)).toBe(`${'replaced '.repeat(7)}delivered`);
    expect(person.got().every(({ body }) => body.endsWith('the answer'))).toBe(true);
    expect(await alertCauses()).toEqual([]);
    await person.comesToRest(clock);
  });

  test('late, and then it arrives after all: the person has it twice, which is counted once', async () => {
    const person = here();
    const sent = await answered(person, 'the answer');
    await person.callback(sent, 'failed', 63018);
    await person.runs(clock, () => person.got().length === 2);
    await person.callback(sent, 'delivered');
    await person.callback(sent, 'read');
    await told('reply-doubled');
    expect((await directory().alerts()).map(({ count }) => count)).toEqual([1]);
    expect(await person.rows('SELECT count(*) AS n FROM replies WHERE doubled_sid IS NOT NULL')).toEqual([{ n: 1 }]);
  });
});

describe('refused for good', () => {
  test.each([
    { code: 63024, late: false },
    { code: 63024, late: true },
    { code: 30007, late: false },
    { code: 63021, late: true },
    { code: 12345, late: false },
  ])(
    '$code (late: $late): kept for the operator, who is told, as is the person where they can be; those behind it leave',
    async ({ code, late }) => {
      const person = here();
      const failure = [30007, 63021].includes(code) ? 'content' : 'other';
      const said = code === 63024 ? [] : [texts.undelivered('answer', failure) as string];
      if (!late) world.outside.onSend = ({ body }) => (body === 'the answer' ? refuse(code)() : undefined);
      await person.says('hello');
      await person.answered(0, 'the answer');
      if (late) await person.callback(await person.gets(0), 'failed', code);
      await told(`reply-refused/${code}`);
      await person.says('/status');
      const expected = [...(late ? ['the answer'] : []), ...said];
      await person.runs(clock, () => person.got().length === expected.length + 1);
      expect(person.bodies().slice(0, -1)).toEqual(expected);
      const [trouble, ...more] = await stubOf(person.address).troubledReplies();
      expect(more).toEqual([]);
      expect(trouble).toMatchObject({ state: late ? 'failed' : 'parked', errorCode: code, body: 'the answer' });

      // After the repair the operator sends it again.
      world.outside.onSend = undefined;
      expect(await stubOf(person.address).resend(trouble?.id ?? '')).toBe(true);
      await person.evicted();
      await person.runs(clock, () => person.bodies().length === expected.length + 2);
      expect(person.bodies().at(-1)).toBe('the answer');
      expect(await stubOf(person.address).resend(trouble?.id ?? '')).toBe(false);
      await person.comesToRest(clock);
    },
  );

  test('an account that is refused keeps everything and tries again; the operator is told what to do', async () => {
    const person = here();
    world.outside.onSend = ({ to }) => (to === person.address ? refuse(20003, 401)() : undefined);
    await person.says('hello');
    await person.answered(0, 'the answer');
    await person.runs(clock, async () => (await person.timers()) === 'outage');
    await told('account-refused/20003');
    expect(world.outside.stored.find(({ to }) => to === OPERATOR)?.body).toContain('TWILIO_AUTH_TOKEN');
    expect(await statesOf(person)).toBe('ready');
    world.outside.onSend = undefined;
    await world.outside.until(async () => {
      clock.move(5000);
      await runDurableObjectAlarm(directory());
      return person.got().length === 1;
    });
    await person.comesToRest(clock);
    expect(person.bodies()).toEqual(['the answer']);
  });
});

test('a send whose answer was lost, sent again and found twice: counted once, and the operator is told', async () => {
  const person = here();
  world.outside.onSend = (sent) => {
    world.outside.stored.unshift(sent);
    return new Response('', { status: 500 });
  };
  // The list shows it too late.
  world.outside.onList = () => Response.json({ messages: [] });
  await person.says('hello');
  await person.answered(0, 'the answer');
  const first = await person.gets(0);
  await world.outside.until(async () => (await person.timers()) === 'reconcile');
  world.outside.onSend = undefined;
  await person.comesToRest(clock);
  expect(person.bodies()).toEqual(['the answer', 'the answer']);
  for (const status of ['sent', 'delivered']) {
    for (const sent of [first, person.got()[1] as Sent]) await person.callback(sent, status);
  }
  await told('reply-doubled');
  expect((await directory().alerts()).map(({ count }) => count)).toEqual([1]);
  expect(await person.rows('SELECT state, attempt, doubled_sid IS NOT NULL AS doubled FROM replies')).toEqual([
    { state: 'delivered', attempt: 2, doubled: 1 },
  ]);
});

describe('a callback that was lost', () => {
  /** The carrier's list of sent messages, newest first. */
  const listed = (sent: Sent, status: string, from = sent.at): void => {
    world.outside.onList = () =>
      Response.json({
        messages: [
          {
            ...{ sid: sent.sid, to: sent.to, from: sent.from, body: sent.body, direction: 'outbound-api', status },
            ...{ error_code: status === 'undelivered' ? 63018 : null, date_created: new Date(from).toUTCString() },
          },
        ],
      });
  };
  const looks = async (): Promise<void> => {
    const read = readConfig(env);
    if (!read.ok) throw new Error(read.problems.join());
    await tellNotDelivered(env, { ...read.config, TWILIO_SENDERS: [OURS] }, Date.now());
  };

  test('an answer that was not delivered is found in the list and sent again, once', async () => {
    const person = here();
    const sent = await answered(person, 'the answer');
    listed(sent, 'undelivered');
    await looks();
    await looks();
    expect(await statesOf(person)).toBe('replaced ready');
    await person.runs(clock, () => person.got().length === 2);
    await looks();
    expect(person.bodies()).toEqual(['the answer', 'the answer']);
  });

  test('a delivered reply, and an old one, change nothing', async () => {
    const person = here();
    const sent = await answered(person, 'the answer');
    listed(sent, 'delivered');
    await looks();
    listed(sent, 'undelivered', Date.now() - HOUR);
    await looks();
    await person.callback(sent, 'delivered');
    listed(sent, 'undelivered');
    await looks();
    expect(await statesOf(person)).toBe('delivered');
  });
});
