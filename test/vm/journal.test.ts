import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type EventBody, STEPS_CHARS } from '../../src/protocol/index.ts';
import { Journal } from '../../vm/src/journal/journal.ts';

// What the journal keeps of a cut turn, what it deletes and when, and that a long journal is no slower.

/** The index holds unfinished attempts: at most one per conversation. */
const ONLY_OPEN = /USING (COVERING )?INDEX one_open_attempt$/;
const DAY = 24 * 3_600_000;
const TURN = '01KAJ5T8Q0Z6M3V9W2X4Y6A8BC';
const request = {
  project: 'main',
  session_id: null,
  continues: false,
  messages: [{ uuid: '7d9c1f0e-5a59-5d0e-9a0c-0c9b3c3e5b10', text: 'hello' }],
  limits: { turn_ms: 1000, silence_ms: 1000 },
};
const over: EventBody = { type: 'ended', outcome: 'done', reason: '' };
let folder: string;
let journal: Journal;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'roost-journal-'));
  journal = new Journal(folder, 0);
});
afterEach(() => {
  journal.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a turn after the first compiles no statement', () => {
  const run = (attempt: string): void => {
    journal.begin('c', attempt, request, 0);
    journal.append('c', attempt, [{ type: 'started' }], 0);
    journal.append('c', attempt, [over], 0);
    journal.eventsAfter('c', attempt, 0, 200);
    journal.acknowledge('c', attempt, 0);
    journal.forgetOld(0);
  };
  run(`${TURN}.1`);
  const compile = vi.spyOn(DatabaseSync.prototype, 'prepare');
  run(`${TURN}.2`);
  expect(compile).not.toHaveBeenCalled();
  compile.mockRestore();
});

test('attempts go a week after they were acknowledged, unclaimed ones after a month, running ones never', () => {
  const ids = ['acknowledged', 'unclaimed', 'running'].map((_, n) => `01KAJ5T8Q0Z6M3V9W2X4Y6A8B${n}.1`);
  for (const [n, id] of ids.entries()) {
    journal.begin(`c${n}`, id, request, 0);
    if (n < 2) journal.append(`c${n}`, id, [over], 0);
  }
  journal.acknowledge('c0', ids[0] as string, 0);
  const known = (): boolean[] => ids.map((id, n) => journal.find(`c${n}`, id) !== null);
  journal.forgetOld(6 * DAY);
  expect(known()).toEqual([true, true, true]);
  journal.forgetOld(8 * DAY);
  expect(known()).toEqual([false, true, true]);
  journal.forgetOld(31 * DAY);
  expect(known()).toEqual([false, false, true]);
});

test('an attempt stopped before it came has ended, and is forgotten like others', () => {
  journal.beginStopped('c', `${TURN}.1`, 0);
  expect(journal.find('c', `${TURN}.1`)?.view).toMatchObject({ state: 'ended', last_seq: 2 });
  expect(journal.open('c')).toEqual([]);
  journal.acknowledge('c', `${TURN}.1`, 0);
  journal.forgetOld(8 * DAY);
  expect(journal.find('c', `${TURN}.1`)).toBeNull();
});

test('tools that were cut: of every attempt before, until a later one could check', () => {
  const tool = (type: 'tool_started' | 'tool_ended', id: string): EventBody =>
    type === 'tool_started'
      ? { type, tool_use_id: id, name: `tool ${id}` }
      : { type, tool_use_id: id, is_error: false };
  const attempt = (n: number, ...events: EventBody[]): string[] => {
    journal.begin('c', `${TURN}.${n}`, request, n);
    const told = journal.unfinishedTools('c', `${TURN}.${n}`);
    journal.append('c', `${TURN}.${n}`, [...events, over], n);
    return told;
  };
  expect(attempt(1, tool('tool_started', 'a'), tool('tool_ended', 'a'), tool('tool_started', 'b'))).toEqual([]);
  expect(attempt(2, tool('tool_started', 'c'))).toEqual(['tool b']);
  expect(attempt(3)).toEqual(['tool b', 'tool c']);
  const checked = [tool('tool_started', 'd'), tool('tool_ended', 'd'), tool('tool_started', 'e')];
  expect(attempt(4, ...checked)).toEqual(['tool b', 'tool c']);
  expect(attempt(5)).toEqual(['tool e']);
  // A given-up text is retried in its own turn, by any number of attempts; another text's tools stay separate.
  for (let n = 6; n < 12; n++) attempt(n);
  const later = (turn: string, of: typeof request): string[] => {
    journal.begin('c', `${turn}.1`, of, 20);
    const told = journal.unfinishedTools('c', `${turn}.1`);
    journal.append('c', `${turn}.1`, [tool('tool_started', turn), tool('tool_ended', turn), over], 20);
    return told;
  };
  const other = { ...request, messages: [{ uuid: '7d9c1f0e-5a59-5d0e-9a0c-0c9b3c3e5b11', text: 'more' }] };
  expect(later('7YYYYYYYYYYYYYYYYYYYYYYYYY', other)).toEqual([]);
  expect(later('7ZZZZZZZZZZZZZZZZZZZZZZZZZ', request)).toEqual(['tool e']);
  expect(journal.unfinishedTools('another', `${TURN}.6`)).toEqual([]);
});

test('an attempt’s end tells what it did: each tool call with its time and outcome, also after a crash', () => {
  const started = (id: string): EventBody => ({ type: 'tool_started', tool_use_id: id, name: `tool ${id}` });
  const ended = (id: string, is_error: boolean): EventBody => ({ type: 'tool_ended', tool_use_id: id, is_error });
  const name = `${TURN}.1`;
  journal.begin('c', name, request, 1000);
  journal.append('c', name, [{ type: 'started' }, started('a'), started('b')], 1500);
  journal.append('c', name, [ended('b', true)], 1700);
  journal.append('c', name, [ended('a', false), started('c'), { type: 'ending' }, over], 2000);
  const told = journal.eventsAfter('c', name, 0, 100).map(({ event }) => event);
  expect(told.slice(-3).map(({ type }) => type)).toEqual(['ending', 'steps', 'ended']);
  expect(told.at(-2)).toEqual({
    type: 'steps',
    steps: [
      { name: 'tool a', after_ms: 500, ms: 500, outcome: 'ok' },
      { name: 'tool b', after_ms: 500, ms: 200, outcome: 'error' },
      { name: 'tool c', after_ms: 1000, ms: null, outcome: 'cut' },
    ],
    left_out: 0,
  });
  journal.begin('c', `${TURN}.2`, request, 3000);
  journal.append('c', `${TURN}.2`, [over], 3000);
  expect(journal.eventsAfter('c', `${TURN}.2`, 0, 9).map(({ event }) => event.type)).toEqual(['ended']);
});

test('very many tool calls: the newest that fit 64 KB, and how many are missing', () => {
  const long = 'x'.repeat(200);
  const calls = Array.from({ length: 1500 }, (_, n): EventBody[] => [
    { type: 'tool_started', tool_use_id: `t${n}`, name: `${n} ${long}`.slice(0, 200) },
    { type: 'tool_ended', tool_use_id: `t${n}`, is_error: false },
  ]).flat();
  journal.begin('c', `${TURN}.1`, request, 0);
  journal.append('c', `${TURN}.1`, [...calls, over], 5);
  const [event] = journal.eventsAfter('c', `${TURN}.1`, calls.length, 1).map((told) => told.event);
  if (event?.type !== 'steps') throw new Error(`${event?.type} instead of steps`);
  expect(JSON.stringify(event.steps).length).toBeLessThanOrEqual(STEPS_CHARS);
  expect(event.steps.at(-1)?.name).toMatch(/^1499 /);
  expect(event.steps.length + event.left_out).toBe(1500);
});

test('nothing on the path of a start or a turn reads a table from end to end', () => {
  const prepare = vi.spyOn(journal.db, 'prepare');
  journal.begin('c', `${TURN}.1`, request, 0);
  journal.addMessage('c', `${TURN}.1`, request.messages[0]?.uuid ?? '');
  journal.append('c', `${TURN}.1`, [over], 0);
  journal.find('c', `${TURN}.1`);
  journal.open();
  journal.open('c');
  journal.eventsAfter('c', `${TURN}.1`, 0, 10);
  journal.unfinishedTools('c', `${TURN}.2`);
  journal.beginStopped('c', `${TURN}.2`, 0);
  journal.requestStop('c', `${TURN}.2`, 0);
  journal.keepDropped('c', `${TURN}.2`, []);
  journal.acknowledge('c', `${TURN}.1`, 0);
  journal.forgetOld(8 * DAY);
  const asked = [...new Set(prepare.mock.calls.map(([sql]) => sql))];
  prepare.mockRestore();
  expect(asked.length).toBeGreaterThan(10);
  const scans = asked.flatMap((sql) => {
    const plan = journal.db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...Array(sql.split('?').length - 1).fill(null));
    return plan.map((row) => String(row.detail)).filter((detail) => /^SCAN /.test(detail) && !ONLY_OPEN.test(detail));
  });
  expect(scans).toEqual([]);
});
