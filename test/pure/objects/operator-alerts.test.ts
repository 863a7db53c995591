import { expect, test } from 'vitest';
import { alertTextOf } from '../../../src/objects/lanes/alert-lane.ts';
import { alerts } from '../../../src/objects/operator-alerts.ts';

// Alerts name the service that the trouble is about, and what to do.

test.each([
  ['reply-refused/900403', /^Telegram rejected a reply permanently \(900403\): the person blocked the bot/],
  ['account-refused/900401', /^Telegram rejects what we send .*@BotFather/],
  ['account-refused/20003', /^Twilio rejects what we send/],
  ['reply-waits/0', /^The channel hasn’t taken a reply for a day \(no answer\)/],
] as const)('%s', (cause, words) => {
  expect(alertTextOf(cause as Parameters<typeof alertTextOf>[0])).toMatch(words);
});

test.each([
  ['telegram:700100200', /Telegram has taken no replies from our Telegram bot .*t\.me\/BotNews/],
  ['whatsapp:+15555550100', /Twilio has taken no replies from our WhatsApp number ending in 00 .*status\.twilio\.com/],
])('an outage of %s', (sender, words) => {
  const outage = { sender, beganAt: 0, failure: null, code: null } as Parameters<typeof alerts.carrierRefuses>[0];
  expect(alerts.carrierRefuses(outage, 60_000).text).toMatch(words);
});
