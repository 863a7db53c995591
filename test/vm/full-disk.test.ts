import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { EventBody } from '../../src/protocol/index.ts';
import { recorderOf } from '../../vm/src/attempts/recorder.ts';
import type { End } from '../../vm/src/attempts/release.ts';
import { Journal } from '../../vm/src/journal/journal.ts';
import { RequestRefusal, toRefusal } from '../../vm/src/refusal.ts';

// A full disk: the reason is reported, nothing is half written, and pending reports are made when there is space.

const ATTEMPT = '01KAJ5T8Q0Z6M3V9W2X4Y6A8BC.1';
const FULL = 'database or disk is full';
const request = {
  project: 'main',
  session_id: null,
  continues: false,
  messages: [],
  limits: { turn_ms: 1, silence_ms: 1 },
};
const words = (length: number): EventBody => ({ type: 'progress', text: 'x'.repeat(length) });

let folder: string;
let journal: Journal;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'roost-journal-'));
  journal = new Journal(folder, 0);
  journal.begin('c', ATTEMPT, request, 0);
});
afterEach(() => {
  vi.useRealTimers();
  journal.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Stops the database from growing, or lets it grow again. */
function fill(isFull: boolean): void {
  const { page_count: pages } = journal.db.prepare('PRAGMA page_count').get() as { page_count: number };
  journal.db.exec(`PRAGMA max_page_count = ${isFull ? pages : pages + 10_000}`);
}
const told = (): string[] => journal.eventsAfter('c', ATTEMPT, 0, 100).map(({ event }) => event.type);

test('the journal says that the disk is full, keeps nothing of what it could not write, and goes on when there is room', () => {
  fill(true);
  expect(() => journal.append('c', ATTEMPT, [{ type: 'started' }, words(100_000)], 0)).toThrow(FULL);
  expect(told()).toEqual([]);
  fill(false);
  journal.append('c', ATTEMPT, [{ type: 'started' }, words(100_000)], 0);
  expect(told()).toEqual(['started', 'progress']);
});

test('an attempt whose words find no room ends once, with the reason, and tells everything in order when there is room', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  const ends: End[] = [];
  const full: boolean[] = [];
  const parts = { journal, changed: () => {}, isFull: (is: boolean) => void full.push(is) };
  const recorder = recorderOf(parts, 'c', ATTEMPT, (end) => void ends.push(end));
  recorder.record([{ type: 'started' }]);
  fill(true);
  recorder.record([words(100_000)]);
  recorder.record([{ type: 'tool_ended', tool_use_id: 't', is_error: false }]);
  expect(ends).toEqual([{ outcome: 'failed', cause: 'disk', reason: `the disk is full: ${FULL}`, keep: false }]);
  let isTold = false;
  const finished = recorder.finish([{ type: 'ending' }]).then(() => {
    isTold = true;
  });
  await vi.advanceTimersByTimeAsync(10_000);
  expect([isTold, told(), full.at(-1)]).toEqual([false, ['started'], true]);
  fill(false);
  await vi.advanceTimersByTimeAsync(10_000);
  await finished;
  expect([told(), full.at(-1)]).toEqual([['started', 'progress', 'tool_ended', 'ending'], false]);
});

test('the relay is told that there is no room, and of nothing else that goes wrong', () => {
  fill(true);
  let full: unknown;
  try {
    journal.append('c', ATTEMPT, [words(100_000)], 0);
  } catch (error) {
    full = error;
  }
  expect(toRefusal(full as Error)).toMatchObject({ code: 'no_space' });
  expect(toRefusal(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })).code).toBe('no_space');
  expect(toRefusal(Object.assign(new Error('disk I/O error'), { errcode: 778 })).code).toBe('internal');
  expect(toRefusal(new RequestRefusal('attempt_over', 'It is over.')).code).toBe('attempt_over');
});
