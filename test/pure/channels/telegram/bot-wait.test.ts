import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { BotAnswer } from '../../../../src/channels/telegram/api.ts';
import { callUnlessWaiting } from '../../../../src/channels/telegram/bot-wait.ts';
import { readRefusal } from '../../../../src/channels/telegram/errors.ts';

// The waits that Telegram asks for: which calls they hold, and for how long.

let bots = 0;
let bot: string;
let made: string[];
beforeEach(() => {
  vi.useFakeTimers();
  bots += 1;
  bot = `bot ${bots}`;
  made = [];
});
afterEach(() => vi.useRealTimers());

function refusal(seconds: number): BotAnswer {
  const body = { ok: false, error_code: 429, description: 'Too Many Requests', parameters: { retry_after: seconds } };
  const read = readRefusal(429, body);
  if (!read) throw new Error('not read');
  return { kind: 'refused', ...read };
}
const DONE: BotAnswer = { kind: 'done', result: true };

/** Telegram would answer a call about that chat with this. */
const call = (chat: string, answer: BotAnswer = DONE, of = bot): Promise<BotAnswer> =>
  callUnlessWaiting(of, chat, async () => {
    made.push(chat);
    return answer;
  });

test('a wait of a chat holds that chat alone, until it is over', async () => {
  await call('ada', refusal(30));
  vi.advanceTimersByTime(10_000);
  expect(await call('ada')).toMatchObject({ kind: 'refused', failure: 'pair', retryAfterMs: 20_000 });
  expect(await call('ben')).toBe(DONE);
  vi.advanceTimersByTime(20_000);
  expect(await call('ada')).toBe(DONE);
  expect(made).toEqual(['ada', 'ben', 'ada']);
});

test('a wait of one chat, however long, holds no other', async () => {
  expect(await call('ada', refusal(600))).toMatchObject({ failure: 'pair', retryAfterMs: 600_000 });
  expect(await call('ben')).toBe(DONE);
});

test('while two chats wait for long, the bot does: every chat is held until the earlier wait is over', async () => {
  await call('ada', refusal(90));
  vi.advanceTimersByTime(1_000);
  await call('ben', refusal(61));
  expect(await call('cleo')).toMatchObject({ failure: 'rate', code: 901_429, retryAfterMs: 61_000 });
  expect(await call('cleo', DONE, `${bot}0`)).toBe(DONE);
  vi.advanceTimersByTime(61_000);
  expect(await call('cleo')).toBe(DONE);
  expect(await call('ada')).toMatchObject({ failure: 'pair', retryAfterMs: 28_000 });
});

test('short waits of two chats hold no other: each chat has such a limit of its own', async () => {
  await call('ada', refusal(600));
  await call('ben', refusal(60));
  expect(await call('cleo')).toBe(DONE);
});

test('of two calls that were under way together, the one refused for longer counts', async () => {
  await Promise.all([call('ada', refusal(30)), call('ada', refusal(5))]);
  vi.advanceTimersByTime(29_000);
  expect(await call('ada')).toMatchObject({ retryAfterMs: 1_000 });
});

test.each<BotAnswer>([
  { kind: 'unknown', reason: 'HTTP 502', retryAfterMs: 5_000 },
  { kind: 'refused', code: 900_400, failure: 'other', retryAfterMs: null, description: '' },
])('no other answer holds anything: $kind', async (answer) => {
  expect(await call('ada', answer)).toBe(answer);
  expect(await call('ada')).toBe(DONE);
});

test('a chat that is refused twice is one chat', async () => {
  await Promise.all([call('ada', refusal(90)), call('ada', refusal(90))]);
  expect(await call('ben')).toBe(DONE);
});
