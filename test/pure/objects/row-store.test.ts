import { afterEach, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { flag, json, jsonOr, Table } from '../../../src/objects/stores/row-store.ts';

// How rows are stored in their tables, and what happens to a value that does not parse.

type Note = { id: string; isOpen: boolean; tried: number; dates: readonly string[]; offer: { text: string } | null };

const Dates: z.ZodType<readonly string[]> = z.array(z.string());
const notes = new Table<Note>(
  'notes',
  ['id'],
  { isOpen: flag, dates: json(Dates), offer: jsonOr(z.looseObject({ text: z.string() }), null) },
  ['n'],
);
const stored = { id: 'a', is_open: 1, tried: 1, dates: '["2026-11-22"]', offer: null, n: 7 };

/** The executed statements, with their values. */
function ran(work: (sql: SqlStorage) => void): unknown[][] {
  const statements: unknown[][] = [];
  work({ exec: (...statement: unknown[]) => void statements.push(statement) } as unknown as SqlStorage);
  return statements;
}

afterEach(() => vi.restoreAllMocks());

test('a boolean is one in the table that names it, and a number keeps its name elsewhere', () => {
  expect(notes.read(stored)).toEqual({ id: 'a', isOpen: true, tried: 1, dates: ['2026-11-22'], offer: null });
});

test('only columns whose stored value differs are written', () => {
  const was = notes.read(stored);
  const row = { ...was, isOpen: false, dates: [...was.dates] };
  expect(ran((sql) => notes.save(sql, [was], [row]))).toEqual([
    ['UPDATE notes SET "is_open" = ? WHERE "id" = ?', 0, 'a'],
  ]);
  expect(ran((sql) => notes.save(sql, [was], [{ ...was }]))).toEqual([]);
});

test.each(['words of a person', '{"text":7}', '[]'])(
  'an offer that does not parse is left out, said, and stays as it is: %s',
  (offer) => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const was = notes.read({ ...stored, offer });
    expect(was.offer).toBeNull();
    expect(said.mock.calls.flat().join()).toContain('"column":"notes.offer"');
    expect(said.mock.calls.flat().join()).not.toContain(offer);
    expect(ran((sql) => notes.save(sql, [was], [{ ...was, tried: 2 }]))).toEqual([
      ['UPDATE notes SET "tried" = ? WHERE "id" = ?', 2, 'a'],
    ]);
  },
);

test.each(['', '["2026-11-22"', '[1]', null])('a row that is nothing without its value is not loaded: %s', (dates) => {
  expect(() => notes.read({ ...stored, dates })).toThrow('notes.dates does not parse');
});
