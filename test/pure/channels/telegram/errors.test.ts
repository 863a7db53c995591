import { expect, test } from 'vitest';
import { CODE_BASE, explainError, readRefusal } from '../../../../src/channels/telegram/errors.ts';
import { DOUBTED_CODE } from '../../../../src/conversation/outbox/replies.ts';
import { codeOf as pigeonCode } from '../../../fixtures/pigeon/errors.ts';

// Telegram's refusals: what each means for the outbox and for the operator.

const refusal = (error_code: number, description: string, parameters?: object) => ({
  ok: false,
  error_code,
  description,
  parameters,
});

test.each([
  [403, 'Forbidden: bot was blocked by the user', 'window', 'blocked the bot'],
  [403, 'Forbidden: user is deactivated', 'recipient', 'no longer exists'],
  [403, "Forbidden: bot can't initiate conversation with a user", 'window', 'press Start'],
  [403, 'Forbidden: something new', 'recipient', 'doesn’t let the bot write'],
  [401, 'Unauthorized', 'account', 'TELEGRAM_BOT_TOKEN'],
  [404, 'Not Found', 'account', 'TELEGRAM_BOT_TOKEN'],
  [409, 'Conflict: terminated by other getUpdates request', 'account', 'a bot of its own'],
  [400, 'Bad Request: message is too long', 'content', 'too long'],
  [400, "Bad Request: can't parse entities: unexpected end", 'content', 'formatting'],
  [400, 'Bad Request: message text is empty', 'content', 'empty'],
  [400, 'Bad Request: BUTTON_DATA_INVALID', 'content', 'buttons'],
  [400, 'Bad Request: wrong type of the web page content', 'content', 'file'],
  [400, 'Bad Request: failed to get HTTP URL content', 'content', 'file'],
  [400, 'Bad Request: chat not found', 'recipient', 'press Start'],
  [400, 'Bad Request: brand new', 'other', 'didn’t accept'],
  [413, 'Request Entity Too Large', 'content', 'too large'],
])('%i %s: %s', (status, description, failure, meaning) => {
  const read = readRefusal(status, refusal(status, description));
  expect(read).toMatchObject({ failure, retryAfterMs: null });
  expect(explainError(read?.code ?? 0)).toContain(meaning);
});

test('a wait that Telegram asks for is about the chat, whatever it is, and ends within a day', () => {
  const wait = (retry_after: number) => readRefusal(429, refusal(429, 'Too Many Requests', { retry_after }));
  expect(wait(17)).toMatchObject({ failure: 'pair', retryAfterMs: 17_000 });
  expect(wait(600)).toMatchObject({ failure: 'pair', retryAfterMs: 600_000 });
  expect(wait(1e9)?.retryAfterMs).toBe(24 * 60 * 60 * 1000);
  expect(wait(-5)?.retryAfterMs).toBeNull();
});

test('whatever isn’t a refusal leaves the outcome unknown', () => {
  for (const status of [500, 502, 200, 302]) expect(readRefusal(status, { ok: false })).toBeNull();
  expect(readRefusal(502, '<html>')).toBeNull();
});

test('a refusal without Telegram’s own words counts by its status', () => {
  expect(readRefusal(403, null)?.failure).toBe('recipient');
});

test('codes of other channels are not explained', () => {
  expect(explainError(63_016)).toBeNull();
  expect(explainError(DOUBTED_CODE)).toBeNull();
  expect(explainError(pigeonCode(413))).toBeNull();
  expect(explainError(CODE_BASE + 77_777)).toContain('isn’t known');
});
