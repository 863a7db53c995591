import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Entity, renderText } from '../../../../src/channels/telegram/text.ts';

// The chat markup as Telegram's text and entities.

/** The words of each entity. */
function shown(markup: string): string[] {
  const { text, entities } = renderText(markup);
  return entities.map(({ type, offset, length, language }) =>
    [type, ...(language ? [language] : []), text.slice(offset, offset + length)].join(': '),
  );
}

test.each<[string, string, string[]]>([
  ['a *bold* word', 'a bold word', ['bold: bold']],
  ['_it_ ~no~ `x`', 'it no x', ['italic: it', 'strikethrough: no', 'code: x']],
  ['*a _b_ c*', 'a b c', ['bold: a b c', 'italic: b']],
  ['*a `b` c*', 'a b c', ['bold: a ', 'code: b', 'bold:  c']],
  ['snake_case and 2*3*4', 'snake_case and 2*3*4', []],
  ['`*x*`', '*x*', ['code: *x*']],
  ['see:\n```\nlet a;\nlet b;\n```\nok', 'see:\nlet a;\nlet b;\nok', ['pre: let a;\nlet b;']],
  ['```ts\nlet *a*;\n```', 'let *a*;', ['pre: ts: let *a*;']],
  ['run ```npm test``` now', 'run npm test now', ['code: npm test']],
  ['open ``` fence *b*', 'open ``` fence b', ['bold: b']],
  ['> one\n> *two*\nthree', 'one\ntwo\nthree', ['blockquote: one\ntwo', 'bold: two']],
  ['> `code`', 'code', ['blockquote: code', 'code: code']],
  ['👩‍👩‍👧 *é👍🏽* x', '👩‍👩‍👧 é👍🏽 x', ['bold: é👍🏽']],
  ['*https://a.b/c*', 'https://a.b/c', ['bold: https://a.b/c']],
  ['https://a.b/_x_/_y_', 'https://a.b/_x_/_y_', []],
  ['  *a*  ', 'a', ['bold: a']],
])('%j', (markup, text, entities) => {
  expect(renderText(markup).text).toBe(text);
  expect(shown(markup).toSorted()).toEqual(entities.toSorted());
});

const signs = fc.constantFrom(
  '*',
  '_',
  '~',
  '`',
  '```',
  '> ',
  '\n',
  ' ',
  'a',
  'é',
  '👍🏽',
  '\ud800',
  'https://a.b/',
  '1',
  '```ts\n',
  '\n```\n',
);
const marked = fc.array(signs, { maxLength: 60 }).map((all) => all.join(''));

describe('whatever the text', () => {
  test('entities lie within it, cut no character in two and nest', () => {
    fc.assert(
      fc.property(fc.oneof(marked, fc.string({ unit: 'binary' })), fc.integer({ min: 2, max: 40 }), (markup, most) => {
        const { text, entities } = renderText(markup, most);
        expect(text.length).toBeLessThanOrEqual(most);
        expect(text.isWellFormed()).toBe(true);
        expect(text).toBe(text.trim());
        const isInside = ({ offset, length }: Entity): boolean =>
          offset >= 0 &&
          length > 0 &&
          offset + length <= text.length &&
          text.slice(offset, offset + length).isWellFormed();
        expect(entities.filter((entity) => !isInside(entity))).toEqual([]);
        expect(entities.filter((one) => entities.some((other) => !mayMeet(one, other)))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
  test('without marks it stays as it is', () => {
    const plain = fc.string({ unit: 'grapheme' }).filter((text) => !/[*_~`>]/.test(text));
    fc.assert(
      fc.property(plain, (text) => {
        expect(renderText(text)).toEqual({ text: text.toWellFormed().trim(), entities: [] });
      }),
    );
  });
  test('only marks, the names of languages and space are left out', () => {
    const left = (text: string): string => text.toWellFormed().replace(/ts|[*_~`>\s]/g, '');
    fc.assert(
      fc.property(marked, (markup) => {
        const { text, entities } = renderText(markup);
        const languages = entities
          .map((entity) => ('language' in entity ? left(String(entity.language)) : ''))
          .join('');
        if (languages === '') expect(left(text)).toBe(left(markup));
        const kept = [...left(text), ...languages].sort().join('');
        expect(kept).toBe([...left(markup)].sort().join(''));
      }),
      { numRuns: 500 },
    );
  });
});

/** Telegram's rules: entities are apart or nested, and code holds and is in nothing but a quote. */
function mayMeet(one: Entity, other: Entity): boolean {
  if (one === other) return true;
  const [first, second] = one.offset <= other.offset ? [one, other] : [other, one];
  if (second.offset >= first.offset + first.length) return true;
  const isNested = second.offset + second.length <= first.offset + first.length || first.offset === second.offset;
  const isCode = ({ type }: Entity): boolean => type === 'code' || type === 'pre';
  if (isCode(one) || isCode(other)) return isNested && (one.type === 'blockquote' || other.type === 'blockquote');
  return isNested && one.type !== other.type;
}

test('no more than a hundred entities, and a text that is too long ends with a mark', () => {
  expect(renderText('*a* '.repeat(300)).entities).toHaveLength(100);
  const { text } = renderText(`${'x'.repeat(4094)}👍👍`);
  expect(text).toBe(`${'x'.repeat(4094)}…`);
  expect(renderText('y'.repeat(5000)).text).toHaveLength(4096);
});
