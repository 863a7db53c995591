import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { onChannel } from './fits-channel.ts';
import { GUARANTEES, guaranteesTable } from './guarantees.ts';
import { makePlan, textsOf } from './plan.ts';
import { VARIANTS } from './variants/index.ts';

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
  expect(episodes.every(({ callbacks, weather }) => callbacks === 'as usual' && weather !== 'lists are slow')).toBe(
    true,
  );
});

test('a variant is played where its plan fits, and its own channel comes first', () => {
  const on = (name: string, channel: keyof typeof GUARANTEES): boolean =>
    VARIANTS.some(
      (one) => one.name === name && onChannel(one, { name: channel, guarantees: GUARANTEES[channel] }) !== null,
    );
  expect([on('third-send', 'telegram'), on('third-send', 'whatsapp')]).toEqual([true, false]);
  expect([on('dedupe-off', 'telegram'), on('callback-counts-twice', 'telegram')]).toEqual([true, false]);
});
