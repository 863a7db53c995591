import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ListedMessage, readPage } from '../../../src/channels/twilio/list.ts';
import { operatorAddressesOf, redact } from '../../../src/objects/operator-alerts.ts';
import type { Watermark } from '../../../src/objects/stores/directory-store.ts';
import {
  advanceWatermark,
  findMissedRange,
  findMissing,
  MISSED_MS,
  OLDEST_MS,
  OVERLAP_MS,
  rangeOf,
  YOUNGEST_MS,
} from '../../../src/worker/reconcile-range.ts';

// Which messages of the carrier's list are handed over, and up to which time the list is compared afterwards.

const MINUTE = 60_000;
const NOW = Date.parse('2026-11-21T10:00:00Z');
const OURS = 'whatsapp:+15555550100';
const fresh: Watermark = { sender: OURS, reached: null, gapBelow: null, gapTop: null, recent: [], failingSince: null };

const listed = (minutesAgo: number, change: Partial<ListedMessage> = {}): ListedMessage => ({
  providerId: `SM${minutesAgo}`,
  from: 'whatsapp:+15555550123',
  to: OURS,
  text: 'hello',
  attachments: 0,
  at: NOW - minutesAgo * MINUTE,
  ...change,
});
const ids = (messages: readonly ListedMessage[]): string[] => messages.map(({ providerId }) => providerId);

describe('messages to hand over', () => {
  test('from 2 to 40 minutes old, oldest first, to this address', () => {
    const list = [
      listed(1),
      listed(2),
      listed(3, { to: 'whatsapp:+15555550199' }),
      listed(20),
      listed(40),
      listed(40.02),
    ];
    expect(ids(findMissing(list, fresh, rangeOf(fresh, NOW)))).toEqual(['SM40', 'SM20', 'SM2']);
  });

  test('messages of one second stay in the carrier’s order', () => {
    const list = [listed(5, { providerId: 'SMc' }), listed(5, { providerId: 'SMb' }), listed(5, { providerId: 'SMa' })];
    expect(ids(findMissing(list, fresh, rangeOf(fresh, NOW)))).toEqual(['SMa', 'SMb', 'SMc']);
  });

  test('with what the same person wrote just before, known or not', () => {
    const other = { from: 'whatsapp:+15555550124' };
    const list = [
      listed(1),
      listed(5, { providerId: 'SMc' }),
      listed(5, { providerId: 'SMx', ...other }),
      listed(5, { providerId: 'SMb' }),
      listed(9, { to: 'whatsapp:+15555550199' }),
      listed(20),
    ];
    const watermark = { ...fresh, recent: ['SMb'] };
    const found = findMissing(list, watermark, rangeOf(fresh, NOW));
    expect(found.map(({ providerId, predecessor }) => [providerId, predecessor])).toEqual([
      ['SM20', null],
      ['SMx', null],
      ['SMc', 'SMb'],
    ]);
  });

  test('not what is known, but what shows up late within the overlap', () => {
    const watermark = { ...fresh, reached: NOW - 5 * MINUTE, recent: ['SM6'] };
    const list = [listed(3), listed(6), listed(6.5), listed(8)];
    expect(ids(findMissing(list, watermark, rangeOf(watermark, NOW)))).toEqual(['SM6.5', 'SM3']);
  });
});

describe('the watermark', () => {
  test('after a whole range: its end, and what the next overlap will show again', () => {
    const range = rangeOf(fresh, NOW);
    const list = [listed(1), listed(2), listed(3.9), listed(4), listed(30)];
    const after = advanceWatermark({ ...fresh, failingSince: 1 }, range, list, null);
    expect(after).toMatchObject({
      reached: NOW - YOUNGEST_MS,
      gapBelow: null,
      gapTop: null,
      recent: ['SM2', 'SM3.9', 'SM4'],
    });
    expect(findMissing(list.slice(1), after, rangeOf(after, NOW + 1000))).toEqual([]);
  });

  test('when the bound was met: what was not read is the next range, what was read is not lost at its end', () => {
    const before = { ...fresh, reached: NOW - 30 * MINUTE };
    const half = advanceWatermark(before, rangeOf(before, NOW), [listed(3), listed(9)], NOW - 10 * MINUTE);
    expect(half).toMatchObject({ reached: before.reached, gapBelow: NOW - 10 * MINUTE, gapTop: NOW - YOUNGEST_MS });
    const next = rangeOf(half, NOW + 5 * MINUTE);
    expect(next).toEqual({ after: before.reached - OVERLAP_MS, upTo: NOW - 10 * MINUTE, unseenFrom: null });
    const whole = advanceWatermark(half, next, [listed(10), listed(25)], null);
    expect(whole).toMatchObject({ reached: NOW - YOUNGEST_MS, gapBelow: null, gapTop: null });
  });

  test('says from when to when nothing was compared and all is too old by now', () => {
    const before = { ...fresh, reached: NOW - 60 * MINUTE };
    const oldest = NOW - OLDEST_MS;
    expect(rangeOf(before, NOW)).toEqual({ after: oldest, upTo: NOW - YOUNGEST_MS, unseenFrom: before.reached });
  });

  test('and what of that the writers can still be told', () => {
    const range = (reached: number) => rangeOf({ ...fresh, reached }, NOW);
    const oldest = NOW - OLDEST_MS;
    expect(findMissedRange(range(NOW - 5 * MINUTE), NOW)).toBeNull();
    const reached = NOW - 60 * MINUTE;
    expect(findMissedRange(range(reached), NOW)).toEqual({
      after: reached - OVERLAP_MS,
      upTo: oldest,
      unseenFrom: null,
    });
    expect(findMissedRange(range(NOW - 30 * 24 * 60 * MINUTE), NOW)?.after).toBe(NOW - MISSED_MS);
  });

  test('a range that was begun is read to its end, also when that has become old', () => {
    const gap = {
      ...fresh,
      reached: NOW - 60 * MINUTE,
      gapBelow: NOW - 50 * MINUTE,
      gapTop: NOW - 45 * MINUTE,
      recent: ['SM46'],
    };
    const range = rangeOf(gap, NOW);
    expect(range).toEqual({ after: gap.reached - OVERLAP_MS, upTo: gap.gapBelow, unseenFrom: null });
    const whole = advanceWatermark(gap, range, [listed(51)], null);
    expect(whole).toMatchObject({ reached: gap.gapTop, gapBelow: null, gapTop: null, recent: ['SM46'] });
  });

  test('however runs, bounds and messages fall, each message is handed over, and in a quiet run none', () => {
    const arrivals = fc.array(fc.integer({ min: 0, max: 3600 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 3, max: 20 }), (seconds, rowsPerRun) => {
        // More messages in one second than a run reads are a failure of their own.
        const most = Math.max(...Object.values(Object.groupBy(seconds, String)).map((same) => same?.length ?? 0));
        fc.pre(most < rowsPerRun && seconds.length < rowsPerRun * 6);
        const all = seconds
          .map((second, n) => listed(0, { providerId: `SM${n}`, at: NOW + second * 1000 }))
          .sort((a, b) => b.at - a.at);
        const seen = new Set<string>();
        let watermark: Watermark = { ...fresh, reached: NOW - MINUTE };
        const run = (now: number): number => {
          const range = rangeOf(watermark, now);
          const matching = all.filter(({ at }) => at <= Math.min(now, range.upTo) && at >= range.after);
          const read = matching.slice(0, rowsPerRun);
          const due = findMissing(read, watermark, range);
          for (const { providerId, at } of due) {
            seen.add(providerId);
            // A younger message may still be on its way.
            expect(now - at).toBeGreaterThanOrEqual(YOUNGEST_MS);
          }
          const stopped = matching.length > read.length ? (read.at(-1)?.at ?? null) : null;
          watermark = advanceWatermark(watermark, range, read, stopped);
          return due.length;
        };
        for (let minutes = 5; minutes <= 75; minutes += 5) run(NOW + minutes * MINUTE);
        expect(seen.size).toBe(seconds.length);
        expect(run(NOW + 80 * MINUTE)).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a page of the list', () => {
  const row = {
    sid: `SM${'0'.repeat(32)}`,
    direction: 'inbound',
    from: 'whatsapp:+15555550123',
    to: OURS,
    body: 'hello',
    num_media: '0',
    date_created: 'Sat, 21 Nov 2026 09:59:58 +0000',
    date_sent: 'Sat, 21 Nov 2026 10:00:00 +0000',
  };
  const read = (rows: unknown[]) => {
    const page = readPage({ messages: rows, next_page_uri: null });
    if (page.kind === 'failed') throw new Error(page.reason);
    return page;
  };

  test('inbound rows alone, by the date of sending, with a note of what came along', () => {
    const { messages, unreadable } = read([row, { ...row, direction: 'outbound-api' }, { ...row, num_media: '2' }]);
    expect(unreadable).toBe(0);
    expect(messages).toEqual([
      { providerId: row.sid, from: row.from, to: OURS, text: 'hello', attachments: 0, at: NOW },
      expect.objectContaining({ attachments: 2, text: expect.stringMatching(/^hello\n\n\[2 more things/) }),
    ]);
  });

  test('nothing to read gives no text; a date of sending that is not there yet gives way to that of creation', () => {
    const { messages, oldest } = read([
      { ...row, body: '' },
      { ...row, date_sent: null },
    ]);
    expect(messages.map(({ text, at }) => [text, at])).toEqual([
      ['', NOW],
      ['hello', NOW - 2000],
    ]);
    expect(oldest).toBe(NOW - 2000);
  });

  test('rows that are not as documented are counted, and spoil no others', () => {
    expect(read([{ ...row, date_created: 'yesterday' }, 7, row])).toMatchObject({ unreadable: 2, messages: [{}] });
    expect(readPage({ error: 1 })).toEqual({ kind: 'failed', reason: 'unreadable list' });
  });
});

test('operators are written to on WhatsApp where we have an address there', () => {
  const admins = ['+15555550181'];
  expect(operatorAddressesOf(admins, ['+15555550100', OURS])).toEqual([
    { address: 'whatsapp:+15555550181', sender: OURS },
  ]);
  expect(operatorAddressesOf(admins, ['+15555550100'])).toEqual([{ address: '+15555550181', sender: '+15555550100' }]);
  expect(operatorAddressesOf([], [OURS])).toEqual([]);
  // Two spellings of a number are one operator.
  expect(operatorAddressesOf(['+5511987654321', '+551187654321'], [OURS])).toHaveLength(1);
});

test('an alert keeps codes and dates and loses numbers', () => {
  expect(redact('Code 63016 at 2026-11-21 10:00, from +44 7700 900123.')).toBe(
    'Code 63016 at 2026-11-21 10:00, from [number].',
  );
  expect(redact('x'.repeat(5000))).toHaveLength(1000);
});
