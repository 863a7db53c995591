import { expect, test } from 'vitest';
import { type LineComment, printLineComment, readLineComment } from '../../../src/input/line-comment.ts';

// The text of a comment on a line: what the page of a diff writes is what the chat reads.

const COMMENT: LineComment = {
  label: 'shop',
  number: 12,
  path: 'src/cart.ts',
  line: 12,
  isRemoved: false,
  code: 'sum += 1;',
  text: 'Why 1?',
};
const readBack = (comment: LineComment): LineComment | null =>
  readLineComment(printLineComment(comment).replace(/^\/comment /, ''));

test.each<Partial<LineComment>>([
  {},
  { label: null },
  { number: null },
  { label: null, number: null },
  { isRemoved: true },
  { label: 'my first shop' },
  { label: 'my "best" shop' },
  { path: 'a folder/with #3 and > and 7: words.ts' },
  { code: '' },
  { code: '" 12 > "x" 3: y' },
  { text: 'Two\n\nparagraphs: "quoted" 12' },
])('is read as it was written: %j', (change) => {
  expect(readBack({ ...COMMENT, ...change })).toEqual({ ...COMMENT, ...change });
});

test('a quote in a path, and very long parts, still make a comment', () => {
  expect(readBack({ ...COMMENT, path: 'a"b.ts' })?.path).toBe("a'b.ts");
  const long = readBack({ ...COMMENT, label: 'l'.repeat(40), path: 'p'.repeat(900), code: 'c'.repeat(9000) });
  expect(long).toMatchObject({ number: 12, line: 12, text: 'Why 1?' });
});

test('by hand, on one line', () => {
  expect(readLineComment('"cart.ts" 3: why?')).toMatchObject({ label: null, path: 'cart.ts', line: 3, text: 'why?' });
  expect(readLineComment('12 "cart.ts" 3: why?')).toMatchObject({ label: null, number: 12 });
});

test.each([
  '',
  'why?',
  '"cart.ts": why?',
  '"cart.ts" 3',
  '"cart.ts" 3 > code',
  '"" 3: why?',
  `${'"'.repeat(90_000)}\nx`,
])('is no comment: %.20s', (text) => expect(readLineComment(text)).toBeNull());
