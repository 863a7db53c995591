import { describe, expect, test } from 'vitest';
import { LARGE, offenders, openedBy, PARAGRAPHS, type Row, SHAPES } from './hostile-shapes.ts';
import { FORMATTED, TABLE } from './hostile-table.ts';

// No input makes a function take quadratic time: for each of more than two hundred shapes, 64 KB take at most twelve
// times as long as 8 KB, in the same run.

/** Ends hangs; says nothing about the computer's speed. */
const WITHIN_MS = 240_000;

const read = (row: Row | undefined) => (typeof row === 'function' ? { work: row } : row) ?? { work: String };

describe.each(Object.entries(TABLE))('%s', (_, rows) => {
  const measured = async (_name: string, row: Row): Promise<void> => {
    const { work, size = LARGE, finds = [] } = read(row);
    expect(await offenders(work, new Map([...SHAPES, ...openedBy(...finds)]), size)).toEqual([]);
  };
  test.each(Object.entries(rows))('%s', measured, WITHIN_MS);
});

test.each(['an answer as messages', 'a reading page'])('%s, in paragraphs and lists of every shape', async (name) => {
  const { work } = read(TABLE.renderers?.[name]);
  expect(await offenders(work, PARAGRAPHS, FORMATTED)).toEqual([]);
});

test('quadratic time is noticed', async () => {
  const square = (text: string): unknown => text.match(/a+!/g);
  const shapes = new Map([['letters', (length: number) => 'a'.repeat(length)]]);
  expect((await offenders(square, shapes, LARGE / 4)).map(({ shape }) => shape)).toEqual(['letters']);
});
