import { runDurableObjectAlarm } from 'cloudflare:test';
import { beforeEach, expect, test } from 'vitest';
import { useClock } from './clock.ts';
import { BOT, refuse } from './outside-telegram.ts';
import { quiet } from './person.ts';
import { rows, stubOf, useOutside } from './relay.ts';
import { TelegramPerson, useTelegram } from './telegram-person.ts';

// Telegram asks the bot to wait, with one chat or with everything: until then no call is made, of whatever kind.

quiet();
const clock = useClock();
const world = useOutside();
useTelegram();
beforeEach(() => clock.freeze());

const telegram = () => world.outside.telegram;
const until: typeof world.outside.until = (found) => world.outside.until(found);
const of = (method: string, { id }: TelegramPerson) =>
  telegram()
    .of(method)
    .filter(({ chat_id }) => String(chat_id) === String(id));

/** Telegram refuses this method in the person's chat. */
function refuseIn(person: TelegramPerson, method: string, seconds: number): void {
  telegram().onCall = (call) =>
    call.method === method && String(call.body.chat_id) === String(person.id)
      ? refuse(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds })
      : undefined;
}

async function waits(person: TelegramPerson, ms: number): Promise<void> {
  clock.move(ms);
  // An alarm that is under way began before the clock moved, so that the next one counts.
  await until(() => runDurableObjectAlarm(stubOf(person.address)));
}

async function working(person: TelegramPerson): Promise<string> {
  await person.says('paint the shed');
  const { attempt } = await until(() => world.outside.starts[0]);
  await until(() => world.outside.attaches.some((a) => a.attempt === attempt));
  world.outside.emit(attempt, { type: 'started' });
  await until(async () => (await rows(person.address, `SELECT 1 FROM attempts WHERE state = 'running'`)).length === 1);
  return attempt;
}

const codes = (person: TelegramPerson) =>
  rows<{ code: number | null }>(person.address, 'SELECT error_code AS code FROM replies');

test('a refused draft: neither drafts nor typing nor messages go to that chat before the time, and others go', async () => {
  const [ada, ben] = [new TelegramPerson(), new TelegramPerson()];
  const attempt = await working(ada);
  world.outside.emit(attempt, { type: 'progress', text: 'Reading the code.' });
  await until(async () => (await rows(ada.address, 'SELECT 1 FROM turns WHERE progress IS NOT NULL')).length === 1);
  refuseIn(ada, 'sendMessageDraft', 20);
  await waits(ada, 15_000);
  await until(() => of('sendMessageDraft', ada).length === 1);
  const typed = of('sendChatAction', ada).length;

  await waits(ada, 12_000);
  await ada.says('and the door');
  await ada.says('/status');
  await until(async () => (await codes(ada))[0]?.code === 900_429);
  await ben.says('/status');
  await until(() => of('sendMessage', ben)[0]);
  expect(of('sendMessageDraft', ada)).toHaveLength(1);
  expect(of('sendMessage', ada)).toEqual([]);

  telegram().onCall = undefined;
  // Eight seconds are left, and a reply's wait is up to a quarter longer.
  await waits(ada, 10_000);
  await until(() => of('sendMessage', ada)[0]);
  await until(() => of('sendMessageDraft', ada)[1]);
  expect(of('sendChatAction', ada)).toHaveLength(typed);
});

test('refused typing: no draft shows the work before the time', async () => {
  const person = new TelegramPerson();
  refuseIn(person, 'sendChatAction', 20);
  await working(person);
  await until(() => of('sendChatAction', person)[0]);
  for (let n = 0; n < 3; n += 1) await waits(person, 5_000);
  expect(of('sendMessageDraft', person)).toEqual([]);
  await waits(person, 6_000);
  await until(() => of('sendMessageDraft', person)[0]);
  expect(of('sendChatAction', person)).toHaveLength(1);
});

test('a refused change of a tapped message: it isn’t tried again before the time, nor is typing, and taps are answered', async () => {
  const person = new TelegramPerson();
  const tap = async (id: string) => {
    const from = { id: Number(BOT), is_bot: true, first_name: 'Roost' };
    const reply_markup = { inline_keyboard: [[{ text: '/status', callback_data: 'x' }]] };
    const message = { message_id: 7, chat: person.chat, date: 1, from, text: 'x', reply_markup };
    const callback_query = { id, from: person.user, chat_instance: '1', data: 'x', message };
    await person.posts(person.update({ callback_query }));
  };
  refuseIn(person, 'editMessageText', 20);
  await tap('5001');
  await tap('5002');
  expect(telegram().of('answerCallbackQuery')).toHaveLength(2);
  expect(of('editMessageText', person)).toHaveLength(1);
  await working(person);
  await waits(person, 5_000);
  expect(of('sendChatAction', person)).toEqual([]);
});

// Last, because it holds everybody.
test('a long wait of one chat holds no other; once two are refused, the next conversation sends nothing into it', async () => {
  const [ada, ben, cleo] = [new TelegramPerson(), new TelegramPerson(), new TelegramPerson()];
  const codeOf = async ({ address }: TelegramPerson) =>
    (await rows<{ code: number | null }>(address, `SELECT outage ->> 'code' AS code FROM conversation`))[0]?.code;
  for (const [person, code] of [
    [ada, 900_429],
    [ben, 900_429],
    [cleo, 901_429],
  ] as const) {
    refuseIn(person, 'sendMessage', 61);
    await person.says('/status');
    await until(async () => (await codeOf(person)) === code);
  }
  expect([ada, ben, cleo].map((person) => of('sendMessage', person).length)).toEqual([1, 1, 0]);
});
