import { expect, test } from 'vitest';
import type { BotAnswer } from '../../../../src/channels/telegram/api.ts';
import { judgeWebhook } from '../../../../src/channels/telegram/watch.ts';

// What Telegram's answer about its webhook means.

const URL = 'https://relay.example.com/webhooks/telegram';
const NOW = 1_790_000_000_000;
const secondsAgo = (seconds: number): number => NOW / 1000 - seconds;
const said = (info: object): BotAnswer => ({ kind: 'done', result: { url: URL, pending_update_count: 0, ...info } });
const refused = (failure: 'account' | 'rate'): BotAnswer => ({
  kind: 'refused',
  code: 1,
  failure,
  retryAfterMs: null,
  description: '',
});
const FORBIDDEN = 'Wrong response from the webhook: 403 Forbidden';

test.each<[string, BotAnswer, object]>([
  ['it works', said({}), { kind: 'fine' }],
  ['an error that is over', said({ last_error_date: secondsAgo(60), last_error_message: FORBIDDEN }), { kind: 'fine' }],
  [
    'texts wait after an old error',
    said({ pending_update_count: 3, last_error_date: secondsAgo(901) }),
    { kind: 'fine' },
  ],
  [
    'texts wait after an error',
    said({ pending_update_count: 3, last_error_date: secondsAgo(60), last_error_message: FORBIDDEN }),
    { kind: 'failing', waiting: 3, reason: FORBIDDEN },
  ],
  ['many texts wait', said({ pending_update_count: 100 }), { kind: 'failing', waiting: 100, reason: '' }],
  ['no address', said({ url: '' }), { kind: 'unset', waiting: 0 }],
  ['another address', said({ url: 'https://other.example.com/webhooks/telegram' }), { kind: 'elsewhere' }],
  ['a revoked token', refused('account'), { kind: 'revoked' }],
  ['too many calls', refused('rate'), { kind: 'unknown' }],
  ['no answer', { kind: 'unknown', reason: 'TimeoutError', retryAfterMs: null }, { kind: 'unknown' }],
  ['an answer of another form', { kind: 'done', result: [] }, { kind: 'unknown' }],
])('%s', (_, answer, found) => {
  expect(judgeWebhook(answer, URL, NOW)).toEqual(found);
});
