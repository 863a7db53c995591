import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { later, say, use } from '../../simulator/model/script.ts';
import { Chat } from './chat.ts';
import { messagesOf, unfinished } from './rows.ts';
import { type Stack, startStack } from './stack.ts';

// One person moves from WhatsApp to Telegram in the middle of a turn, with the real relay and agent: a text there joins
// the turn, the answer goes there, reminders follow, and WhatsApp closes the sender without a loss.
// ROOST_TRANSCRIPT=docs/channels-day.md writes the day down.

const NUMBER = '+15555550186';
const ON_WHATSAPP = { name: 'Robin on WhatsApp', address: `whatsapp:${NUMBER}` };
const ON_TELEGRAM = { name: 'Robin on Telegram', address: `telegram:${NUMBER.slice(1)}` };
const SOON = { timeout: 60_000, interval: 50 };
const MINUTE = 60_000;

let stack: Stack;
let chat: Chat;
beforeAll(async () => {
  stack = await startStack({ telegram: true, vars: { ALLOWED_SENDERS: NUMBER, QUEUE_MODE: 'steer' } });
  chat = new Chat(stack, [ON_WHATSAPP, ON_TELEGRAM]);
});
afterAll(async () => {
  const { ROOST_TRANSCRIPT: file } = process.env;
  if (stack && file) writeFileSync(file, chat.page(INTRODUCTION));
  await stack?.stop();
});
beforeEach(({ task }) => chat.begin(task.name));

const INTRODUCTION = `# A day on two channels

<!-- Written by test/journeys/channels.test.ts: ROOST_TRANSCRIPT=docs/channels-day.md npm test -- test/journeys/channels.test.ts -->

These are the texts of one person who moves from WhatsApp to Telegram in the middle of a turn, from the stand-ins of
both channels: the relay, the agent server and Claude Code are real, the model's answers are scripted, and the number is
fictional. Square brackets are buttons. The settings are the number in \`ALLOWED_SENDERS\` and \`QUEUE_MODE=steer\`, so
that a text joins the running work however late it comes.`;

const settled = (): Promise<void> =>
  vi.waitFor(() => expect(unfinished(stack.relay.objects, ON_WHATSAPP.address)).toEqual([]), SOON);

const finished = Promise.withResolvers<void>();

test('a long task begins on WhatsApp', async () => {
  stack.script('build a page for the shop', (_, asked) =>
    asked === 1
      ? use('Bash', { command: 'mkdir -p shop && echo "<h1>Shop</h1>" > shop/index.html' })
      : later(finished.promise, use('Bash', { command: 'ls shop' })),
  );
  stack.phones.receive({
    from: ON_WHATSAPP.address,
    to: 'whatsapp:+15555550100',
    body: 'build a page for the shop',
    profileName: 'Robin',
  });
  await stack.model.arrived(2);
});

test('a code makes the chat on Telegram the same person’s', async () => {
  const told = await chat.text(ON_WHATSAPP, '/link', /LINK /);
  const code = /LINK (\S+)/.exec(told)?.[1] ?? '';
  expect(await chat.text(ON_TELEGRAM, `/start link_${code.replace('-', '')}`, /Shall I link it/)).toContain(
    'WhatsApp …0186',
  );
  const before = chat.sentTo(ON_WHATSAPP).length;
  expect(await chat.text(ON_TELEGRAM, 'yes', /This is now you/)).toContain('the same projects');
  await chat.next(ON_WHATSAPP, before, /was linked/, 'word of it on WhatsApp');
});

test('a text on Telegram joins the turn, and the answer comes there', async () => {
  stack.script('with a green button', () => say('Done: shop/index.html has a green button.'));
  const before = [ON_WHATSAPP, ON_TELEGRAM].map((one) => chat.sentTo(one).length);
  stack.phones.receive({ from: ON_TELEGRAM.address, to: 'telegram:4815162342', body: 'with a green button' });
  await vi.waitFor(() => expect(messagesOf(stack.relay.objects, ON_WHATSAPP.address)).toHaveLength(3), SOON);
  finished.resolve();
  await chat.next(ON_TELEGRAM, before[1]!, /green button/, 'the answer on Telegram');
  await chat.next(ON_WHATSAPP, before[0]!, /I answered on Telegram/, 'a line on WhatsApp');
  await settled();
  const [first, second] = stack.seenByModel('build a page for the shop').at(-1) ?? [];
  expect([first, second]).toEqual(['build a page for the shop', 'with a green button']);
  expect(chat.sentTo(ON_WHATSAPP).some(({ body }) => body.includes('has a green button'))).toBe(false);
});

test('/reach sends reminders to Telegram, wherever they were asked for', async () => {
  await chat.text(ON_WHATSAPP, '/reach telegram', /go to Telegram/);
  await chat.text(ON_WHATSAPP, 'Remind me in 1 minute: tea', /tea/);
  const before = chat.sentTo(ON_TELEGRAM).length;
  chat.aside('a minute later');
  await stack.moveClock(ON_WHATSAPP.address, MINUTE);
  await chat.next(ON_TELEGRAM, before, /tea/, 'the reminder on Telegram');
  await settled();
});

test('WhatsApp closes the number: what it would have brought comes on Telegram, and the work goes on there', async () => {
  stack.script('is the page finished?', () => say('It is: shop/index.html'));
  stack.script('add a footer', () => say('The footer is there.'));
  stack.carrier.faults.set({ failMessage: { times: 100, code: 63051, status: 'failed' } });
  chat.aside('WhatsApp has locked the account of Roost’s number');
  const moved = await chat.text(ON_WHATSAPP, 'is the page finished?', /It is: shop/, ON_TELEGRAM);
  expect(moved).toBe('I can’t reach you on WhatsApp for now, so this comes here.\n\nIt is: shop/index.html');
  await chat.text(ON_TELEGRAM, 'add a footer', /footer is there/);
  const states = () => messagesOf(stack.relay.objects, ON_WHATSAPP.address).map(({ state }) => state);
  await vi.waitFor(() => expect(new Set(states())).toEqual(new Set(['consumed'])), SOON);
  const told = chat.sentTo(ON_TELEGRAM).map(({ body }) => body);
  for (const answer of [/green button/, /It is: shop/, /footer is there/])
    expect(told.filter((body) => answer.test(body))).toHaveLength(1);
});
