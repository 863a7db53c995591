import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Block, Span } from '../../simulator/phone/client/markup.ts';
import { firstWords, parseMarkup, plainWords } from '../../simulator/phone/client/markup.ts';

// WhatsApp's markup as the phone page reads it.

/** A compact spelling of the tree, so that a row says what it expects. */
const span = (one: Span): string => {
  if ('text' in one) return one.kind === 'plain' ? one.text : `<code ${one.text}>`;
  if (one.kind === 'link') return `<link ${one.href}>`;
  return `<${one.kind} ${one.children.map(span).join('')}>`;
};
const block = (one: Block): string => {
  if (one.kind === 'code') return `[pre ${one.text}]`;
  if (one.kind === 'bullets') return `[ul ${one.items.map((item) => item.map(span).join('')).join(' | ')}]`;
  if (one.kind === 'numbers') {
    return `[ol ${one.start}: ${one.items.map((item) => item.map(span).join('')).join(' | ')}]`;
  }
  const kind = one.kind === 'text' && one.heading ? 'heading' : one.kind;
  return `[${kind} ${one.spans.map(span).join('')}]`;
};
const read = (text: string): string => parseMarkup(text).map(block).join('');

describe('emphasis', () => {
  test.each([
    ['*bold*', '<bold bold>'],
    ['_italic_ and ~gone~', '<italic italic> and <strike gone>'],
    ['say *two words*, then stop', 'say <bold two words>, then stop'],
    ['*_both_*', '<bold <italic both>>'],
    ['(*inside*)', '(<bold inside>)'],
    ['2 * 3 * 4', '2 * 3 * 4'],
    ['snake_case_name', 'snake_case_name'],
    ['a*b*c', 'a*b*c'],
    ['*not closed', '*not closed'],
    ['_ not opened_', '_ not opened_'],
    ['**', '**'],
    ['*over\nlines*', '*over\nlines*'],
    ['*the `a*b` in it*', '<bold the <code a*b> in it>'],
    ['ein *schönes* Wort', 'ein <bold schönes> Wort'],
  ])('%j', (text, expected) => {
    expect(read(text)).toMatch(/^\[(text|heading) /);
    expect(read(text).replace('[heading', '[text')).toBe(`[text ${expected}]`);
  });
});

describe('code and links', () => {
  test.each([
    ['run `npm test` now', '[text run <code npm test> now]'],
    ['``` x ```', '[pre  x ]'],
    ['see ```x``` here', '[text see <code x> here]'],
    ['```\nconst *a* = 1;\n\n  b();\n```\nafter', '[pre const *a* = 1;\n\n  b();][text after]'],
    ['``` ```', '[text ``` ```]'],
    ['https://example.com/a_b_c.', '[text <link https://example.com/a_b_c>.]'],
    ['(see https://example.com/x)', '[text (see <link https://example.com/x>)]'],
    ['https://example.com/x_(y)', '[text <link https://example.com/x_(y)>]'],
    ['*https://example.com/*', '[heading <bold <link https://example.com/>>]'],
    ['javascript:alert(1)', '[text javascript:alert(1)]'],
    ['xhttps://example.com', '[text xhttps://example.com]'],
    ['<b onclick="x">*y*</b>', '[text <b onclick="x"><bold y></b>]'],
  ])('%j', (text, expected) => {
    expect(read(text)).toBe(expected);
  });
});

describe('blocks', () => {
  test.each([
    ['- one\n- *two*', '[ul one | <bold two>]'],
    ['* one\n* two', '[ul one | two]'],
    ['3. three\n4. four', '[ol 3: three | four]'],
    ['> quoted\n> more\nand an answer', '[quote quoted\nmore][text and an answer]'],
    ['before\n\n- one\n\nafter', '[text before][ul one][text after]'],
    ['*Feed*\n\n\ncomes first', '[heading <bold Feed>][text comes first]'],
    ['one\ntwo\n \nthree', '[text one\ntwo][text three]'],
    ['*a* and *b*', '[text <bold a> and <bold b>]'],
    ['-not a list', '[text -not a list]'],
    ['2026. A year', '[text 2026. A year]'],
    ['', ''],
    [' \n ', ''],
  ])('%j', (text, expected) => {
    expect(read(text)).toBe(expected);
  });
});

test('no letter is lost, whatever the marks', () => {
  const pieces = fc.constantFrom(
    '*',
    '_',
    '~',
    '`',
    '```',
    '\n',
    ' ',
    '> ',
    '- ',
    '1. ',
    'a',
    'Wort',
    'https://x.y/z_1',
  );
  const letters = (text: string): string => text.replace(/[^\p{L}]/gu, '');
  const shown = (blocks: Block[]): string =>
    blocks
      .map(block)
      .join('')
      .replace(/<(bold|italic|strike|code|link) |\[(text|heading|quote|pre|ul|ol) /g, '');
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join('')),
      (text) => {
        expect(letters(shown(parseMarkup(text)))).toBe(letters(text));
      },
    ),
  );
});

test('a hostile text is read in no time', () => {
  const started = performance.now();
  for (const text of ['*a '.repeat(1365), '`*'.repeat(2048), '*_~'.repeat(1365), '```\n'.repeat(1024)])
    parseMarkup(text);
  expect(performance.now() - started).toBeLessThan(2000);
});

test('a list of chats shows the first words without marks', () => {
  expect(firstWords('\n*Done*: see https://x.y\nmore')).toBe('Done: see https://x.y');
  expect(firstWords('- *one*\n- two')).toBe('one');
  expect(firstWords('```\nx\n```')).toBe('x');
  expect(firstWords('')).toBe('');
});

test('a quotation shows all words on one line, without marks', () => {
  expect(plainWords('*Done*\n\n- _one_\n- `two`\n```\nx = 1\n```\n> so\nsaid')).toBe('Done one two x = 1 so said');
  expect(plainWords('')).toBe('');
});
