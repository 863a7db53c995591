import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { FaultChannel } from './fault-channel.ts';
import { findLack } from './fits-channel.ts';
import { GUARANTEES, type Guarantees, guaranteesTable } from './guarantees.ts';
import { makePlan, textsOf } from './plan.ts';
import { SMS_CHANNEL } from './sms-channel.ts';
import { TELEGRAM_CHANNEL } from './telegram-channel.ts';
import { VARIANTS } from './variants/index.ts';
import { WHATSAPP_CHANNEL } from './whatsapp-channel.ts';

// Plans, judge and documentation have one table of what holds on each channel.

test('docs/channels.md prints the table', () => {
  expect(readFileSync(join(import.meta.dirname, '../../docs/channels.md'), 'utf8')).toContain(guaranteesTable());
});

test('a plan has nothing that its channel can’t meet', () => {
  const { episodes, ...plan } = makePlan({
    messages: 2000,
    seed: 5,
    lostWebhooks: true,
    guarantees: GUARANTEES.telegram,
  });
  const sends = new Set<string>(textsOf({ episodes, ...plan }).map(({ send }) => send));
  const acts = new Set<string>(episodes.flatMap(({ casts }) => casts.map(({ act }) => act)));
  expect([sends.has('undelivered'), sends.has('cut twice after it was taken')]).toEqual([false, true]);
  expect([acts.has('window'), acts.has('block')]).toEqual([false, true]);
  const inTopics = (asked: Guarantees): boolean =>
    textsOf(makePlan({ messages: 100, seed: 5, guarantees: asked })).some(({ inTopic }) => inTopic);
  expect([inTopics(GUARANTEES.whatsapp), inTopics(GUARANTEES.telegram)]).toEqual([false, true]);
  expect(episodes.every(({ callbacks, weather }) => callbacks === 'as usual' && weather !== 'lists are slow')).toBe(
    true,
  );
});

test('by SMS nobody quotes, and there is no window; there are reports and files', () => {
  const plan = makePlan({ messages: 2000, seed: 5, lostWebhooks: true, guarantees: GUARANTEES.sms });
  const acts = new Set<string>(plan.episodes.flatMap(({ casts }) => casts.map(({ act }) => act)));
  expect(['quote', 'window', 'block', 'edit', 'photo'].filter((act) => acts.has(act))).toEqual(['photo']);
  expect(textsOf(plan).some(({ send }) => send === 'undelivered')).toBe(true);
});

test('a variant is played where its plan fits; where it doesn’t, a reason is given', () => {
  const on = (name: string, channel: FaultChannel) =>
    VARIANTS.filter((one) => one.name === name).map((one) => findLack(one, channel));
  expect(on('third-send', TELEGRAM_CHANNEL)).toEqual([null]);
  expect(on('third-send', WHATSAPP_CHANNEL)).toEqual(['it needs replies of unknown outcome that are sent once more']);
  expect(on('dedupe-off', SMS_CHANNEL)).toEqual([null]);
  expect(on('reconciled-by-date-sent', SMS_CHANNEL)).toEqual([null]);
  expect(on('window-stays-shut', SMS_CHANNEL)).toEqual(['it needs a time after which people have to write first']);
  expect(on('dedupe-off', TELEGRAM_CHANNEL)).toEqual([null]);
  expect(on('callback-counts-twice', TELEGRAM_CHANNEL)).toEqual(['it needs reports about its messages']);
  expect(on('reconciled-by-date-sent', TELEGRAM_CHANNEL)).toEqual(['what it changes is part of another channel']);
  expect(on('held-backwards', TELEGRAM_CHANNEL)).toEqual([null]);
  expect(on('change-not-read', WHATSAPP_CHANNEL)).toEqual(['it needs texts that are changed']);
  expect(on('update-numbers-trusted', WHATSAPP_CHANNEL)).toEqual(['what it changes is part of another channel']);
});
