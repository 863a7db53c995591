import { runDurableObjectAlarm } from 'cloudflare:test';
import { beforeEach, expect, test } from 'vitest';
import { texts } from '../../src/texts/index.ts';
import { useClock } from './clock.ts';
import { quiet } from './person.ts';
import { rows, stubOf, useOutside } from './relay.ts';
import { TelegramPerson, useTelegram } from './telegram-person.ts';

// A person on Telegram sees a draft while the agent works, and their client shows a stop below it.

quiet();
const clock = useClock();
const world = useOutside();
useTelegram();
beforeEach(() => clock.freeze());

const until: typeof world.outside.until = (found) => world.outside.until(found);
const drafts = () => world.outside.telegram.of('sendMessageDraft');
const messages = () => world.outside.telegram.of('sendMessage');

/** The attempt of the person's `nth` turn, once the machine has told that it runs. */
async function running(person: TelegramPerson, nth = 0): Promise<string> {
  const { attempt } = await until(() => world.outside.starts[nth]);
  await until(() => world.outside.attaches.some((a) => a.attempt === attempt));
  world.outside.emit(attempt, { type: 'started' });
  await until(async () => (await attempts(person))[nth]?.state === 'running');
  return attempt;
}

const attempts = (person: TelegramPerson) =>
  rows<{ state: string; outcome: string | null }>(
    person.address,
    'SELECT state, outcome FROM attempts ORDER BY turn, n',
  );

async function waits(person: TelegramPerson, ms: number): Promise<void> {
  clock.move(ms);
  // An alarm that is under way began before the clock moved, so that the next one counts.
  await until(() => runDurableObjectAlarm(stubOf(person.address)));
}

test('the stop of a draft ends its turn, in its topic; the same press, when the next turn runs, does nothing', async () => {
  const person = new TelegramPerson();
  const topic = { message_thread_id: 17, is_topic_message: true };
  await person.sends({ ...topic, forum_topic_created: { name: 'Web', icon_color: 1 } });
  await person.says('paint the shed', topic);
  const attempt = await running(person);
  await waits(person, 5_000);
  const first = await until(() => drafts()[0]);
  const place = { chat_id: person.id, message_thread_id: 17 };
  expect(first).toEqual({ ...place, draft_id: first.draft_id, text: '', entities: [], can_stop: true });
  world.outside.emit(attempt, { type: 'progress', text: 'Reading the code.' });
  await until(async () => (await rows(person.address, 'SELECT 1 FROM turns WHERE progress IS NOT NULL')).length === 1);
  await waits(person, 15_000);
  const draft = await until(() => drafts()[1]);
  expect(draft).toEqual({ ...first, text: 'Reading the code.' });
  await person.says('/status');
  await until(() => messages().length === 2);

  const press = { chat: person.chat, message_thread_id: 17, draft_id: draft.draft_id };
  await person.posts(person.update({ stopped_message_generation: press }));
  await until(() => world.outside.interrupts.includes(attempt));
  world.outside.emit(attempt, { type: 'ended', outcome: 'stopped', reason: '' });
  // One message a second may leave.
  await waits(person, 1_100);
  const told = await until(() => messages()[2]);
  expect(told).toMatchObject({ message_thread_id: 17, text: texts.stopped(['paint the shed']) });

  await person.says('paint the door');
  await running(person, 1);
  await person.says('and the window');
  await person.posts(person.update({ stopped_message_generation: press }));
  expect(world.outside.interrupts).toEqual([attempt]);
  expect(await attempts(person)).toMatchObject([{ outcome: 'stopped' }, { state: 'running' }]);
  expect(await rows(person.address, 'SELECT text, state FROM messages ORDER BY seq DESC LIMIT 3')).toEqual([
    { text: '/stop', state: 'consumed' },
    { text: 'and the window', state: 'waiting' },
    { text: 'paint the door', state: 'active' },
  ]);
  expect(messages()).toHaveLength(3);
});
