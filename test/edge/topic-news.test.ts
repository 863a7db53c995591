import { expect, test } from 'vitest';
import { BOT } from './outside-telegram.ts';
import { rows, useOutside } from './relay.ts';
import { TelegramPerson, useTelegram } from './telegram-person.ts';

// News of earlier messages in topics (the same change again, a tap) makes no project and switches to none.

const world = useOutside();
useTelegram();
const topic = { message_thread_id: 17, is_topic_message: true };
const made = { name: 'Web', icon_color: 1 };
const projectsOf = ({ address }: TelegramPerson) =>
  rows<{ label: string; archived_at: number | null; active: string }>(
    address,
    'SELECT p.label, p.archived_at, c.project AS active FROM projects p, conversation c ORDER BY label',
  );

/**
 * Somebody who wrote in a topic, and changed the text. `tellsAgain`: Telegram tells of the change again, as it does
 * when a reaction changes.
 */
async function changed(): Promise<{ person: TelegramPerson; tellsAgain: () => Promise<unknown> }> {
  const person = new TelegramPerson();
  await person.sends({ ...topic, forum_topic_created: made });
  const begins = { message_id: 17, chat: person.chat, date: 1, forum_topic_created: made };
  const { message } = await person.says('/status', { ...topic, reply_to_message: begins });
  const edited_message = { ...message, text: '/help', edit_date: Math.floor(Date.now() / 1000) };
  const tellsAgain = () => person.posts({ ...person.update({}), edited_message });
  await tellsAgain();
  return { person, tellsAgain };
}

async function archives(person: TelegramPerson): Promise<void> {
  await person.says('/project archive Web');
  await world.outside.until(async () => (await projectsOf(person)).some(({ archived_at: at }) => at !== null));
}

test('news of a known change makes no project for an archived topic', async () => {
  const { person, tellsAgain } = await changed();
  await archives(person);
  const before = await projectsOf(person);
  await tellsAgain();
  expect(await projectsOf(person)).toEqual(before);
});

test('news of a known change doesn’t make its topic the active one', async () => {
  const { person, tellsAgain } = await changed();
  await person.says('/help');
  const active = () => rows(person.address, 'SELECT project, threads FROM conversation');
  const before = await active();
  await tellsAgain();
  expect(await active()).toEqual(before);
});

test('a tap on a button of an archived topic makes no project', async () => {
  const person = new TelegramPerson();
  await person.sends({ ...topic, forum_topic_created: made });
  await archives(person);
  const before = await projectsOf(person);
  const from = { id: Number(BOT), is_bot: true, first_name: 'Roost' };
  const reply_markup = { inline_keyboard: [[{ text: 'Yes', callback_data: 'x' }]] };
  const message = { message_id: 7, chat: person.chat, date: 1, from, text: 'x', reply_markup, ...topic };
  const callback_query = { id: '5003', from: person.user, chat_instance: '1', data: 'x', message };
  await person.posts(person.update({ callback_query }));
  expect(await projectsOf(person)).toEqual(before);
});
