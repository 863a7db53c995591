import { env, exports } from 'cloudflare:workers';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { toParts } from '../../src/channels/markup/text.ts';
import { openPageLink } from '../../src/links/page-link.ts';
import { texts } from '../../src/texts/index.ts';
import { useClock } from './clock.ts';
import { answerTo, interrupted, Person, quiet } from './person.ts';
import { OURS, stubOf, useOutside } from './relay.ts';

// The agent's words as a person gets them: long answers and /more, progress messages, /verbose, words that aren't for
// people, and the words of a turn that is given up.

quiet();
const clock = useClock();
const world = useOutside();
const vars = env as unknown as Record<string, string>;
const MINUTE = 60_000;

beforeEach(() => clock.freeze());

const here = (): Person => new Person(world);
/** A turn whose first event has been applied. */
async function working(
  person: Person,
): Promise<{ attempt: string; uuids: string[]; progress: (text: string) => Promise<void> }> {
  await person.says('a long task');
  const { attempt, uuids } = await person.started();
  let seq = 0;
  const told = async (): Promise<void> => {
    await world.outside.until(async () => (await person.attempts()).at(-1)?.last_seq === seq);
  };
  const progress = async (text: string): Promise<void> => {
    person.tells(attempt, { type: 'progress', text });
    seq++;
    await told();
  };
  clock.move(1);
  person.tells(attempt, { type: 'started' });
  seq++;
  await told();
  return { attempt, uuids, progress };
}
const sent = (person: Person, count: number): Promise<boolean> =>
  person.runs(clock, () => person.got().length === count);

test('by SMS the words are plain, and a reply that the carrier took without a word is found by them', async () => {
  vars.SMS = 'on';
  onTestFinished(() => void Object.assign(vars, { SMS: 'off' }));
  const person = new Person(world, 'sms');
  world.outside.onSend = (sent) => {
    world.outside.stored.unshift(sent);
    return new Response('', { status: 500 });
  };
  await person.says('how did it go?');
  await person.answered(0, '**Done**, see `a_b`.');
  await world.outside.until(async () => (await person.timers()) === 'reconcile');
  world.outside.onSend = undefined;
  await person.comesToRest(clock);
  expect(person.bodies()).toEqual(['Done, see `a_b`.']);
  expect(await person.replyStates()).toBe('accepted');
});

describe('an answer that is longer than a chat bears', () => {
  const LONG = Array.from({ length: 40 }, (_, n) => `Paragraph ${n}. ${'word '.repeat(40)}`).join('\n\n');
  const PARTS = toParts(LONG, 1100);
  const numbers = (bodies: string[]): number[] =>
    bodies.flatMap((body) => [...body.matchAll(/Paragraph (\d+)\./g)].map((match) => Number(match[1])));

  test('is its opening and a link; /more sends two parts at a time, and then there is no more', async () => {
    expect(PARTS).toHaveLength(8);
    const person = here();
    await person.says('tell me all');
    await person.answered(0, LONG);
    await person.comesToRest(clock);
    const [opening, ...others] = person.bodies();
    expect(others).toEqual([]);
    expect(opening?.startsWith(PARTS[0] as string)).toBe(true);
    expect(opening).toContain('(7 left)');
    expect(opening?.length).toBeLessThanOrEqual(1600);

    const token = /https:\/\/relay\.example\.com\/read\/([\w-]+)/.exec(opening ?? '')?.[1] as string;
    const page = openPageLink(token, JSON.parse(vars.MACHINE_SIGNING_KEY as string), Date.now());
    if (page === null || page === 'expired') throw new Error('the link is not valid');
    expect(page.conversation).toBe(stubOf(person.address).id.toString());
    // The page contains nothing about the person it belongs to.
    const { createdAt: _, ...kept } = (await stubOf(person.address).page(page.page)) ?? { createdAt: 0 };
    expect(kept).toEqual({ markdown: LONG, project: 'main', assistant: null, sender: OURS });
    expect(openPageLink(token, JSON.parse(vars.MACHINE_SIGNING_KEY as string), Date.now() + 8 * 24 * 60 * MINUTE)).toBe(
      'expired',
    );

    await person.says('/more');
    await sent(person, 3);
    expect(person.bodies()[2]).toContain(texts.moreLeft(5));
    await person.evicted();
    for (const count of [5, 7, 8]) {
      await person.says('/more');
      await sent(person, count);
    }
    expect(numbers(person.bodies())).toEqual(Array.from({ length: 40 }, (_, n) => n));
    await person.says('/more');
    await sent(person, 9);
    expect(person.bodies()[8]).toBe(texts.nothingMore);
    await person.comesToRest(clock);
  });

  test('is on its page as long as the person may write: then 404, as for a page that never was', async () => {
    const person = here();
    await person.says('tell me all');
    await person.answered(0, LONG);
    await person.comesToRest(clock);
    const url = /https:\/\/relay\.example\.com\/read\/[\w-]+/.exec(person.bodies()[0] ?? '')?.[0] ?? '';
    const page = async (): Promise<[number, boolean]> => {
      const response = await exports.default.fetch(url);
      return [response.status, (await response.text()).includes('Paragraph 39.')];
    };
    expect(await page()).toEqual([200, true]);
    const { ALLOWED_SENDERS: before } = vars;
    onTestFinished(() => void Object.assign(vars, { ALLOWED_SENDERS: before }));
    vars.ALLOWED_SENDERS = '+15555550123';
    await person.evicted();
    expect(await page()).toEqual([404, false]);
  });

  test('of two parts is sent whole', async () => {
    const person = here();
    const two = toParts(LONG).slice(0, 2).join('\n\n');
    expect(toParts(two)).toHaveLength(2);
    await person.says('tell me much');
    await person.answered(0, two);
    await person.comesToRest(clock);
    expect(person.bodies()).toEqual(toParts(two));
    expect(await person.rows('SELECT 1 FROM pages')).toEqual([]);
  });

  test('/more without one says so', async () => {
    const person = here();
    await person.says('/more');
    expect((await person.gets(0)).body).toBe(texts.nothingMore);
  });
});

describe('work that takes long', () => {
  test('is told once after three minutes, with the newest words, and then every ten minutes', async () => {
    const person = here();
    const { attempt, uuids, progress } = await working(person);
    await progress('Reading the files');
    await progress('Running the tests');
    clock.move(3 * MINUTE - 2);
    await person.ring();
    expect(await person.replies()).toEqual([]);
    clock.move(1);
    await person.evicted();
    await person.ring();
    expect((await person.gets(0)).body).toBe(texts.progress(3, 'Running the tests'));
    await progress('Still running them');
    clock.move(10 * MINUTE - 1);
    await person.ring();
    expect(await person.replies()).toHaveLength(1);
    clock.move(1);
    await person.ring();
    expect((await person.gets(1)).body).toBe(texts.progress(13, 'Still running them'));
    person.tells(attempt, ...answerTo(uuids, 'done'));
    await person.comesToRest(clock);
    expect(person.bodies()).toHaveLength(3);
    expect(person.bodies()[2]).toBe('done');
  });

  test('is not told when it is answered before', async () => {
    const person = here();
    const { attempt, uuids, progress } = await working(person);
    await progress('Reading the files');
    clock.move(3 * MINUTE - 1000);
    await person.ring();
    person.tells(attempt, ...answerTo(uuids, 'done'));
    await person.comesToRest(clock);
    expect(person.bodies()).toEqual(['done']);
  });

  test('with /verbose is shown as it goes, none sooner than 15 s after another', async () => {
    const person = here();
    await person.says('/verbose on');
    await sent(person, 1);
    const { attempt, uuids, progress } = await working(person);
    await progress('**Reading** the files');
    await sent(person, 2);
    await progress('Running the tests');
    await progress('Running more tests');
    clock.move(14_000);
    await person.ring();
    expect(await person.replies()).toHaveLength(2);
    clock.move(1000);
    await person.ring();
    await sent(person, 3);
    person.tells(attempt, ...answerTo(uuids, 'done'));
    await person.comesToRest(clock);
    expect(person.bodies()).toEqual([texts.verbose(true), '*Reading* the files', 'Running more tests', 'done']);
  });
});

test.each(['<internal>nothing to report</internal>', '', '  \n '])(
  '%j is nothing to see, and said so',
  async (words) => {
    const person = here();
    await person.says('hello');
    await person.answered(0, words);
    await person.comesToRest(clock);
    expect(person.bodies()).toEqual([texts.emptyAnswer]);
  },
);

test('words that are not for people are left out of the answer', async () => {
  const person = here();
  await person.says('hello');
  await person.answered(0, 'Done.\n\n<internal>the password is in the vault</internal>');
  await person.comesToRest(clock);
  expect(person.bodies()).toEqual(['Done.']);
});

test('a turn that is given up after five tries delivers its newest words first, and /retry brings its text back', async () => {
  const person = here();
  await person.says('a long task');
  for (let n = 0; n < 5; n++) {
    await person.runs(clock, () => new Set(world.outside.starts.map((s) => s.attempt)).size === n + 1);
    const { attempt, continues } = await person.started(n);
    expect(continues).toBe(n > 0);
    person.tells(attempt, { type: 'progress', text: `Step ${n}` }, interrupted);
    await world.outside.until(async () => (await person.attempts())[n]?.state === 'ended');
  }
  await person.comesToRest(clock);
  expect(person.bodies()).toEqual([`${texts.soFar}\nStep 4`, texts.givenUp('tries', [])]);
  expect(await person.messageStates()).toBe('failed');
  expect(await person.rows('SELECT state, attempts FROM turns')).toEqual([{ state: 'failed', attempts: 5 }]);
  const { uuids } = await person.asked(0);
  await person.says('/retry');
  expect(await person.asked(5)).toMatchObject({ uuids, texts: ['a long task'], continues: true });
});

describe('the welcome', () => {
  beforeEach(() => {
    vars.WELCOME = 'on';
    return () => {
      vars.WELCOME = 'off';
    };
  });

  test('leaves behind the first answer, with buttons, and once, also over a restart', async () => {
    const person = here();
    await person.says('hi');
    await person.answered(0, 'Hello');
    await person.comesToRest(clock);
    await person.evicted();
    await person.says('and now?');
    await person.answered(1, 'Go on');
    await person.comesToRest(clock);
    expect(person.bodies()).toEqual([
      'Hello',
      texts.welcome.welcome(null, true, {
        carriers: ['WhatsApp', 'Twilio'],
        isMachineShared: true,
        isSimulated: false,
      }),
      'Go on',
    ]);
    const [reply] = await person.rows<{ choices: string }>("SELECT choices FROM replies WHERE kind = 'notice'");
    expect(reply?.choices).toContain('Make a to-do app');
  });
});
