import { afterEach, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { flag, group, groupOrNull, json, jsonOr, Table } from '../../../src/objects/stores/row-store.ts';

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

type Stay = { id: string; room: { floor: string | null; beds: number }; guest: Guest | null };
type Guest = { name: string; since: number; calledAt: number | null };
const stays = new Table<Stay>('stays', ['id'], {
  room: group<Stay['room']>({ floor: 'room_floor', beds: 'room_beds' }),
  guest: groupOrNull<Guest>({ name: 'guest_name', since: 'guest_since' }, { calledAt: 'guest_called_at' }),
});
const room = { room_floor: null, room_beds: 2 };
const ada = { guest_name: 'Ada', guest_since: 0, guest_called_at: null };

test('a group is read from its columns, and an optional one is null if a part it needs is missing', () => {
  const read = (guest: Record<string, SqlStorageValue>): Stay => stays.read({ id: 'a', ...room, ...guest });
  const stay = { id: 'a', room: { floor: null, beds: 2 } };
  expect(read(ada)).toEqual({ ...stay, guest: { name: 'Ada', since: 0, calledAt: null } });
  expect(read({ ...ada, guest_name: null, guest_since: null })).toEqual({ ...stay, guest: null });
  expect(read({ ...ada, guest_since: null, guest_called_at: 7 })).toEqual({ ...stay, guest: null });
});

test('of a group only the part that changed is written, and null clears every column', () => {
  const was = stays.read({ id: 'a', ...room, ...ada, guest_called_at: 7 });
  const guest = { name: 'Ada', since: 0, calledAt: 8 };
  const written = (row: Stay): unknown[][] => ran((sql) => stays.save(sql, [was], [row]));
  expect(written({ ...was, guest, room: { ...was.room } })).toEqual([
    ['UPDATE stays SET "guest_called_at" = ? WHERE "id" = ?', 8, 'a'],
  ]);
  expect(written({ ...was, guest: null })).toEqual([
    [
      'UPDATE stays SET "guest_name" = ?, "guest_since" = ?, "guest_called_at" = ? WHERE "id" = ?',
      null,
      null,
      null,
      'a',
    ],
  ]);
  const empty = { ...was, guest: null };
  expect(ran((sql) => stays.insert(sql, empty))[0]?.slice(1)).toEqual(['a', null, 2, null, null, null]);
  expect(ran((sql) => stays.save(sql, [empty], [{ ...empty, guest }]))[0]?.slice(1)).toEqual(['Ada', 0, 8, 'a']);
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
