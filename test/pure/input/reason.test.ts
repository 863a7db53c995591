import { expect, test } from 'vitest';
import { readReason } from '../../../src/input/reason.ts';

// The reason for showing what people wrote: what somebody who reads the audit sees of it.

test.each([
  ['  asked for help ', 'asked for help'],
  ['abc', 'abc'],
  ['№ 1.2.3', '№ 1.2.3'],
  ['帮助我', '帮助我'],
  ['line\r\nand\u0000line', 'line and line'],
  ['pay\u202Eload\u200B \u2066ticket', 'payload ticket'],
  ['x'.repeat(300), 'x'.repeat(200)],
])('a reason is one line of what can be seen, of 200 characters: %j', (text, reason) => {
  expect(readReason(text)).toBe(reason);
});

test.each([
  ['nothing', ''],
  ['spaces', ' \u00A0\u2003 '],
  ['two letters', ' a b '],
  ['zero-width characters', '\u200B\u200C\u200D\u2060\uFEFF'],
  ['letters of a kind that nobody sees', '\u3164\u115F\u1160\uFFA0'],
  ['variation selectors and tags', 'ok\uFE0F\u{E0061}\u{E0062}'],
  ['blanks of Braille', '\u2800\u2800\u2800'],
  ['punctuation', '...!?---***'],
  ['letters after the end', `${'.'.repeat(200)}asked for help`],
])('%s is none', (_, text) => {
  expect(readReason(text)).toBeNull();
});

test('a long one takes linear time', () => {
  const begun = performance.now();
  for (const text of ['\u200B'.repeat(1_000_000), `a${'.'.repeat(1_000_000)}`, ' '.repeat(1_000_000)]) readReason(text);
  expect(performance.now() - begun).toBeLessThan(2000);
});
