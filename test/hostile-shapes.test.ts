import { describe, expect, test } from 'vitest';
import { LARGE, offenders, PARAGRAPHS, SHAPES } from './hostile-shapes.ts';
import { TABLE } from './hostile-table.ts';

// Nothing that anybody can feed costs the square of its length: for each of more than two hundred shapes, 64 KB take at
// most twelve times as long as 8 KB, in the same run.

/** Answers longer than this are not formatted: the parser is at its worst just below. */
const FORMATTED = 48_000;
/** Ends what hangs; how fast the computer is says nothing here. */
const WITHIN_MS = 240_000;

describe.each(Object.entries(TABLE))('%s', (_, works) => {
  const measured = (name: string, work: (text: string) => unknown): void => {
    expect(offenders(work, SHAPES, name === 'an answer as messages' ? FORMATTED : LARGE)).toEqual([]);
  };
  test.each(Object.entries(works))('%s', measured, WITHIN_MS);
});

test.each(['an answer as messages', 'a reading page'])('%s, in paragraphs and lists of every shape', (name) => {
  const render = TABLE.renderers[name] as (text: string) => unknown;
  expect(offenders(render, PARAGRAPHS, FORMATTED)).toEqual([]);
});

test('what takes the square of its length is noticed', () => {
  const square = (text: string): unknown => text.match(/a+!/g);
  const shapes = new Map([['letters', (length: number) => 'a'.repeat(length)]]);
  expect(offenders(square, shapes, LARGE / 4).map(({ shape }) => shape)).toEqual(['letters']);
});
