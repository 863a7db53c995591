import { describe, expect, test } from 'vitest';
import { expensive, LARGE, offenders, openedBy, PARAGRAPHS, type Row, SHAPES } from './hostile-shapes.ts';
import { TABLE } from './hostile-table.ts';

// No input makes a function take quadratic time: for each of more than two hundred shapes, eight times the text takes
// at most twelve times as long, in the same run.

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

const ORDINARY =
  '# Done\n\nI **changed** `a.ts` and _two_ tests, see [the page](https://a.b/c):\n\n- **one**: the `first`\n- two\n\n';

// Within a paragraph the parser is not linear: what counts is that all paragraphs together cost little.
test.each(['an answer as messages', 'a reading page'])('%s, in paragraphs and lists of every shape', async (name) => {
  const { work } = read(TABLE.renderers?.[name]);
  expect(await expensive(work, PARAGRAPHS, ORDINARY.repeat(16_000 / ORDINARY.length), 40)).toEqual([]);
});

test('quadratic time is noticed', async () => {
  const square = (text: string): unknown => text.match(/a+!/g);
  const shapes = new Map([['letters', (length: number) => 'a'.repeat(length)]]);
  expect((await offenders(square, shapes)).map(({ shape }) => shape)).toEqual(['letters']);
});
