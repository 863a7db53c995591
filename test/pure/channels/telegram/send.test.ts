import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Outgoing } from '../../../../src/channels/channel.ts';
import { send, sendDraft } from '../../../../src/channels/telegram/send.ts';

// The order of calls about one chat: a draft that Telegram got after the answer would stand below it for 30 s.

const bot = { id: '1', token: '1:x', apiUrl: 'http://127.0.0.1', secret: 's' };
let called: string[];
let answers: (() => void)[];
beforeEach(() => {
  called = [];
  answers = [];
  vi.stubGlobal('fetch', (url: string, { body }: { body: string }) => {
    const { chat_id } = JSON.parse(body) as { chat_id: string | number };
    called.push(`${url.slice(url.lastIndexOf('/') + 1)} ${chat_id}`);
    const sent = { ok: true, result: { message_id: 5, chat: { id: Number(chat_id) } } };
    return new Promise<Response>((resolve) => answers.push(() => resolve(Response.json(sent))));
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const settled = () => new Promise((resolve) => setTimeout(resolve));
const answer = async (n: number): Promise<void> => {
  answers[n]?.();
  await settled();
};
const draft = (to: string) => void sendDraft(bot, { to, turn: '01JTURN', words: 'Reading.' }, 1000);
const reply = (to: string): Outgoing => ({
  id: 'R1',
  attempt: 1,
  from: 'telegram:1',
  to,
  body: 'Done.',
  template: null,
  content: null,
  shown: null,
  items: [],
  createdAt: 0,
});

test('an answer leaves once the drafts of its chat that are under way have been answered', async () => {
  draft('telegram:7');
  draft('telegram:7');
  draft('telegram:8');
  const sent = send(bot, reply('telegram:7'), 1000);
  await answer(0);
  expect(called).toEqual(['sendMessageDraft 7', 'sendMessageDraft 7', 'sendMessageDraft 8']);
  await answer(1);
  expect(called.at(-1)).toBe('sendMessage 7');
  await answer(3);
  expect(await sent).toMatchObject({ kind: 'accepted' });
});

test('a draft that Telegram doesn’t answer holds the answer for two seconds', async () => {
  vi.useFakeTimers();
  draft('telegram:9');
  void send(bot, reply('telegram:9'), 1000);
  await vi.advanceTimersByTimeAsync(1_999);
  expect(called).toEqual(['sendMessageDraft 9']);
  await vi.advanceTimersByTimeAsync(1);
  expect(called.at(-1)).toBe('sendMessage 9');
});
