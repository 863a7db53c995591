import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitText } from '../../../src/channels/markup/split.ts';

// Where a long text is split and what happens to its markup; and for any text, that nothing is lost.

describe('where it is cut', () => {
  const rows: [name: string, text: string, limit: number, parts: string[]][] = [
    ['not at all when it fits', 'a b\n\nc', 6, ['a b\n\nc']],
    ['between paragraphs', 'aaa bbb\n\nccc\nddd eee', 16, ['aaa bbb', 'ccc\nddd eee']],
    [
      'before a heading, which stays with what follows',
      'aaa bbb ccc\n\n*Head*\n\nddd eee',
      24,
      ['aaa bbb ccc', '*Head*\n\nddd eee'],
    ],
    ['before several of them', 'aaa bbb\n\n*One*\n*Two*\n\nddd eee', 24, ['aaa bbb', '*One*\n*Two*\n\nddd eee']],
    [
      'before a line that announces the next',
      'aaa bbb ccc\nThese are:\n- ddd eee',
      26,
      ['aaa bbb ccc', 'These are:\n- ddd eee'],
    ],
    [
      'behind a heading that begins the part',
      '*Heading of it*\n\naaaa bbbb cccc dddd',
      28,
      ['*Heading of it*\n\naaaa bbbb', 'cccc dddd'],
    ],
    ['else between lines', 'aaa bbb. ccc\nddd eee fff', 16, ['aaa bbb. ccc', 'ddd eee fff']],
    ['else between sentences', 'One two three. Four five six seven', 26, ['One two three.', 'Four five six seven']],
    ['else between words', 'aaaa bbbb cccc dddd', 12, ['aaaa bbbb', 'cccc dddd']],
    ['else between characters', 'aaaaaaaaaaaa', 5, ['aaaaa', 'aaaaa', 'aa']],
    [
      'not at a paragraph that would leave a few words',
      'Hi\n\naaaa bbbb cccc dddd',
      20,
      ['Hi\n\naaaa bbbb cccc', 'dddd'],
    ],
    ['never within a grapheme', '👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 24, ['👩‍👩‍👧‍👦👩‍👩‍👧‍👦', '👩‍👩‍👧‍👦']],
    ['never within a pair of surrogates', '😀😀😀', 3, ['😀', '😀', '😀']],
    ['within Thai between its words', 'ภาษาไทยภาษาไทย', 12, ['ภาษาไทยภาษา', 'ไทย']],
    ['within Chinese after a sentence', '今天天气很好。我们去公园散步吧', 12, ['今天天气很好。', '我们去公园散步吧']],
    ['indentation stays', 'aaaa bbbb\n  - cccc dddd', 16, ['aaaa bbbb', '  - cccc dddd']],
    ['a space with an accent stays', 'aaaaaa  \u0301bbbbbb', 10, ['aaaaaa', ' \u0301bbbbbb']],
    ['white space alone is no part', `aaaa${' '.repeat(40)}\n\n\u200b`, 10, ['aaaa']],
  ];
  test.each(rows)('%s', (_name, text, limit, parts) => expect(splitText(text, limit)).toEqual(parts));

  test('an address stays whole when a message can hold it', () => {
    const address = `https://example.com/${'a-b?c='.repeat(10)}`;
    expect(splitText(`It is here: ${address} as you see`, 100)).toEqual([`It is here: ${address} as you`, 'see']);
    expect(splitText(`It is here: ${address} as you see`, 82)).toEqual(['It is here:', `${address}`, 'as you see']);
    expect(splitText(`It is here: ${address}`, 82)).toEqual(['It is here:', address]);
    expect(splitText(`See:\n${address}`, 82)).toEqual(['See:', address]);
  });

  test('a limit without room for a character is refused', () => {
    expect(() => splitText('abc', 1)).toThrow(RangeError);
    expect(() => splitText('abc', Number.NaN)).toThrow(RangeError);
  });
});

describe('markup', () => {
  const rows: [name: string, text: string, limit: number, parts: string[]][] = [
    [
      'code is closed and opened again',
      '```\nfirst line here\n  second line here\nthird\n```',
      40,
      ['```\nfirst line here\n```', '```\n  second line here\nthird\n```'],
    ],
    [
      'code that fits goes whole into the next part',
      'Some words before\n```\nline one\nline two\n```',
      36,
      ['Some words before', '```\nline one\nline two\n```'],
    ],
    ['a fence is not left around nothing', '```\naaaa bbbb cccc\n```\ndddd', 24, ['```\naaaa bbbb cccc\n```', 'dddd']],
    ['three backticks alone are text', 'aaaa bbbb ``` cccc dddd eeee', 24, ['aaaa bbbb ``` cccc dddd', 'eeee']],
    ['a mark is closed and opened again', '*one two three four five six*', 24, ['*one two three four*', '*five six*']],
    [
      'so are marks within marks',
      'a *b _c d e f g h i j k l m n o p_* q r s',
      24,
      ['a *b _c d e f g h i_*', '*_j k l m n o p_* q r s'],
    ],
    ['a mark stays with its text', 'word word word word *bold* x', 24, ['word word word word', '*bold* x']],
    ['also where there is no space', `${')'.repeat(23)}*bb cc*`, 24, [')'.repeat(23), '*bb cc*']],
    ['an end mark too', `*${'x'.repeat(22)}* y`, 24, [`*${'x'.repeat(22)}*`, 'y']],
    ['an asterisk alone is text', 'a * b and c_d one two * three', 24, ['a * b and c_d one two *', 'three']],
    ['a quote goes on as one', '> one two three four five six', 24, ['> one two three four', '> five six']],
  ];
  test.each(rows)('%s', (_name, text, limit, parts) => expect(splitText(text, limit)).toEqual(parts));
});

describe('any text', () => {
  const graphemesOf = (text: string): string[] =>
    [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)].map(({ segment }) => segment);
  const isMark = (grapheme: string): boolean => /^[\s*_~`>]+$/.test(grapheme);
  const script = fc.constantFrom(
    ...[
      'word',
      'snake_case',
      'https://x.y/z?q=1',
      'Ärger',
      'e\u0301\u0302',
      'مرحبا',
      'بِسْمِ',
      'ภาษาไทย',
      '今天天气。',
      'நிலைமை',
      'क्षत्रिय',
    ],
    ...['👩‍👩‍👧‍👦', '🏳️‍🌈', '👍🏽', '🇩🇪🇫🇷', '1️⃣', '한국어', '\u1112\u1161\u11ab', 'Dr. Who?', '2*3*4', 'x'.repeat(50)],
  );
  const mark = fc.constantFrom('*', '_', '~', '`', '*_', '_*', '\n- ', '\n> ', '\n```\n', '```');
  const space = fc.constantFrom(' ', '', '\n', '\n\n', '  ', ' ');
  const text = fc.array(fc.oneof(script, script, space, space, mark), { maxLength: 120 }).map((all) => all.join(''));
  const limit = fc.integer({ min: 40, max: 200 });

  test('gives parts within the limit that show something and are well-formed', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 200 }), (source, most) => {
        for (const part of splitText(source, most)) {
          expect(part.length).toBeLessThanOrEqual(most);
          expect(part).toMatch(/\S/);
          expect(part.isWellFormed()).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('keeps every grapheme, in order', () => {
    fc.assert(
      fc.property(text, limit, (source, most) => {
        const kept = splitText(source, most).flatMap(graphemesOf);
        expect(kept.filter((each) => !isMark(each))).toEqual(graphemesOf(source).filter((each) => !isMark(each)));
      }),
      { numRuns: 400 },
    );
  });

  test('keeps every word, in order', () => {
    const word = fc.stringMatching(/^[\p{L}\p{N}.,?]{1,12}$/u);
    const gap = fc.constantFrom(' ', '\n', '\n\n', '\n  ');
    const words = fc.array(fc.tuple(word, gap), { maxLength: 80 }).map((all) => all.flat().join(''));
    fc.assert(
      fc.property(words, limit, (source, most) => {
        const kept = splitText(source, most).flatMap((part) => part.split(/\s+/));
        expect(kept.filter((each) => each !== '')).toEqual(source.split(/\s+/).filter((each) => each !== ''));
      }),
      { numRuns: 300 },
    );
  });

  test('leaves no part with an open fence when the whole had none', () => {
    fc.assert(
      fc.property(text, limit, (source, most) => {
        const closed = source.split('```').length % 2 === 1 ? source : `${source} \`\`\``;
        for (const part of splitText(closed, most)) expect(part.split('```').length % 2).toBe(1);
      }),
      { numRuns: 400 },
    );
  });
});
