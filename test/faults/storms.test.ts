import { describe, expect, test } from 'vitest';
import { RECONCILE_MS } from '../../src/conversation/policy/outbox.ts';
import { applyNews, type SenderOutage } from '../../src/objects/outage-rounds.ts';
import type { Weather } from './plan.ts';
import { FREE_AFTER_MS, Storms } from './storms.ts';

// No seed is red by construction: what a storm of the carrier keeps leaves while the run still waits.

const build = (waiting: { is: boolean }) => {
  const sky: { weather: Weather } = { weather: 'fine' };
  return { sky, storms: new Storms({ sky, isAnybodyWaiting: () => waiting.is }) };
};

describe('a storm', () => {
  test('has all the weather its episodes draw, and ends with its first', () => {
    const { sky, storms } = build({ is: false });
    const began = (['lists are slow', 'refuses (429)', 'breaks (5xx)'] as const).map((one, n) => storms.begin(one, n));
    expect([began, sky.weather]).toEqual([[true, false, false], 'breaks (5xx)']);
    storms.end(9);
    expect([sky.weather, storms.outages]).toEqual(['fine', [{ from: 1, to: 9 }]]);
  });

  test('does not come while somebody still waits for the carrier after the one before', () => {
    const waiting = { is: false };
    const { sky, storms } = build(waiting);
    storms.begin('breaks (5xx)', 0);
    storms.end(1);
    waiting.is = true;
    expect([storms.begin('refuses (429)', 2), sky.weather]).toEqual([false, 'fine']);
    expect([storms.begin('lists are slow', 3), sky.weather]).toEqual([true, 'lists are slow']);
    storms.end(4);
    waiting.is = false;
    expect([storms.begin('refuses (429)', 5), sky.weather]).toEqual([true, 'refuses (429)']);
    expect([...storms.counts.values()]).toEqual([1, 1, 1]);
  });
});

/** An episode whose machine is stopped for two minutes, and what is left of the storm after it. */
const LONGEST_MS = 240_000;
const LOOKED_UP_MS = Math.max(...RECONCILE_MS) * 2;

test.each([
  ['says nothing', null],
  ['refuses', 20429],
])('a carrier that %s in the longest storm is asked again soon after it', (_, code) => {
  const report = { sender: 'ours', failure: null, code, conversation: 'one', lastedMs: 0, waitMs: 0 };
  const tried = code === null ? LOOKED_UP_MS : 0;
  const told = (known: SenderOutage | null, now: number) =>
    applyNews(known && { ...known, prober: 'one' }, { ...report, news: 'refuses' }, now, 1);
  let outage = told(null, tried);
  while (outage && outage.nextAt < LONGEST_MS) outage = told(outage, outage.nextAt + tried);
  expect((outage?.nextAt ?? 0) + tried).toBeGreaterThan(LONGEST_MS);
  expect((outage?.nextAt ?? 0) + tried - LONGEST_MS).toBeLessThan(FREE_AFTER_MS);
});
