import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PART_LIMIT, toParts, toWhatsApp } from '../../../src/channels/markup/text.ts';

// The agent's text and the form in which the person's phone gets it: case by case, then for any text at all.

const cases: Record<string, [markdown: string, text: string][]> = {
  'marks within a line': [
    ['**bold** and *italic* and _italic_', '*bold* and _italic_ and _italic_'],
    ['~~gone~~ and `code` and __bold__', '~gone~ and `code` and *bold*'],
    ['***both*** and **_both_** and _**both**_', '*_both_* and *_both_* and *_both_*'],
    ['*a **b** c* **a _b_ c**', '_a *b* c_ *a _b_ c*'],
    ['***a** b*', '_*a* b_'],
    ['**a **b** c**', '*a b c*'],
    ['**a\nb**', '*a*\n*b*'],
    ['**a** b **c**', '*a* b *c*'],
    ['(**p**) "**q**" **r**, **s:** t', '(*p*) "*q*" *r*, *s:* t'],
    ['**use `npm ci` now**', '*use* `npm ci` *now*'],
    ['**`x`**', '`x`'],
    ['`**x** &amp;`', '`**x** &amp;`'],
  ],
  'marks that a phone would not obey are not written': [
    ['the **API**s', 'the APIs'],
    ['这是**重点**内容', '这是重点内容'],
    ['~~a~~b', 'ab'],
    ['**a&nbsp;**', '*a*'],
    ['**a \\* b\\* c**', 'a * b* c'],
    ['`` a`b ``', 'a`b'],
  ],
  'what was not meant as markup stays': [
    ['snake_case_name 2*3*4 2**3**4 5 * 3', 'snake_case_name 2*3*4 2**3**4 5 * 3'],
    ['\\*x\\* \\_y\\_ \\`z\\`', '*x* _y_ `z`'],
    ['~5 to ~6~, ~/x and ~/y', '~5 to ~6~, ~/x and ~/y'],
    ['#channel @you 100% $HOME 5 > 3 & 2 < 4', '#channel @you 100% $HOME 5 > 3 & 2 < 4'],
    ['** a ** and **', '** a ** and **'],
    ['Hello there.\nHow are you?\n\nBye', 'Hello there.\nHow are you?\n\nBye'],
  ],
  headings: [
    ['# Title\n\ntext', '*Title*\n\ntext'],
    ['## Use `npm` **now** *soon*\ntext', '*Use* `npm` *now _soon_*\ntext'],
    ['Title\n=====', '*Title*'],
  ],
  lists: [
    ['Files:\n- a\n* b\n+ c', 'Files:\n- a\n- b\n- c'],
    ['- a\n  - b\n    - c\n- d', '- a\n  - b\n    - c\n- d'],
    ['- a\n\n- b', '- a\n\n- b'],
    ['3. a\n4. b\n   more\n   - c', '3. a\n4. b\n  more\n  - c'],
    ['- [ ] a\n- [x] **b**\n\n1. [X] c', '☐ a\n☑ *b*\n\n1. ☑ c'],
    ['1. a\n   ```js\n   let x\n     y\n   ```\n2. b', '1. a\n```\nlet x\n  y\n```\n2. b'],
  ],
  code: [
    ['Do:\n```bash\nls *a* _b_\n\n  x\n```\nthen', 'Do:\n```\nls *a* _b_\n\n  x\n```\nthen'],
    ['a\n\n    b\n      c', 'a\n\n```\nb\n  c\n```'],
    ['```\nnever closed', '```\nnever closed\n```'],
    ['````\n```js\n````', '```\n`\u200b``js\n```'],
    ['a ``` b', 'a `\u200b`` b'],
  ],
  links: [
    ['[text](https://a.b/c?x=1&amp;y)', 'text (https://a.b/c?x=1&y)'],
    ['[https://a.b](https://a.b/) <https://x.y> https://x.y/_z_a_', 'https://a.b/ https://x.y https://x.y/_z_a_'],
    ['[a.b](https://a.b) www.q.com <m@n.o>', 'https://a.b www.q.com m@n.o'],
    ['**[l](u)** and **see https://x.y/a_b now**', '*l* (u) and *see* https://x.y/a_b *now*'],
    ['[`f.ts:4`](src/f.ts#L4) [](u)', '`f.ts:4` (src/f.ts#L4) u'],
    ['![alt](https://i) ![](https://i)', 'alt: https://i https://i'],
    ['see [1]\n\n[1]: https://ref', 'see [1]\n\n[1]: https://ref'],
  ],
  'quotes and rules': [
    ['> a **b\n> c**\n>\n> d\n> > e\n\nf', '> a *b*\n> *c*\n> d\n> > e\n\nf'],
    ['> ```\n> x\n>   y\n> ```', '> `x`\n>   `y`'],
    ['a\n\n---\n\nb', 'a\n\n———\n\nb'],
  ],
  tables: [
    ['| a | b |\n|--|--|\n| 1 | **2** |', '*a* | *b*\n1 | *2*'],
    [
      '| Name | What it does | |\n|--|--|--|\n| foo `a_b` | counts<br>all of the lines there are | |\n| bar | | 3 |',
      '*Name*: foo `a_b`\n*What it does*: counts all of the lines there are\n\n*Name*: bar\n3',
    ],
  ],
  'HTML and entities': [
    ['a <b>x</b><br>y <!-- c -->', 'a <b>x</b>\ny <!-- c -->'],
    ['<div>\n**x**\n</div>', '<div>\n*x*\n</div>'],
    ['&lt;b&gt; &amp; &copy; &#128512; &#x1F600; &none; &#xD800;', '<b> & © 😀 😀 &none; \ufffd'],
  ],
  'what is not for the person': [
    ['<internal>a</internal>', ''],
    ['Hi <internal>a\n\n```\nb\n</internal> there', 'Hi there'],
    ['a <internal>b</internal>, c', 'a, c'],
    ['a\n\n<internal>\n\n- x\n\n</internal>\n\nb', 'a\n\nb'],
    ['a\n<INTERNAL >x</Internal>\nb', 'a\nb'],
    ['a <internal>never closed\n\nb', 'a'],
    ['The internal part, an <internals> tag, &lt;internal&gt;', 'The internal part, an <internals> tag, <internal>'],
    ['`<internal>` and ``` `<internal>` ```', '`<internal>` and `<internal>`'],
    ['```\n<internal>x</internal>\n```\n<internal>y', '```\n<internal>x</internal>\n```'],
    ['a\n\n    <internal>\n\nb', 'a\n\n```\n<internal>\n```\n\nb'],
    ['- a\n\n      <internal>x</internal>\n- b', '- a\n\n- b'],
    ['a stray ` tick <internal>x</internal>', 'a stray ` tick'],
    ['`a\n\n<internal>x</internal>`', '`a\n\n`'],
  ],
  'an answer is never lost for want of markup': [
    ['```', '`\u200b``'],
    ['**', '**'],
    ['#', '#'],
    ['[]()', '[]()'],
    [' \n\u200b', ''],
  ],
};

for (const [name, rows] of Object.entries(cases)) {
  describe(name, () => {
    test.each(rows)('%j', (markdown, text) => expect(toWhatsApp(markdown)).toBe(text));
  });
}

describe('any text', () => {
  const pieces = [
    'a',
    'b c',
    '**',
    '*',
    '_',
    '__',
    '~~',
    '`',
    '```',
    '\n',
    '\n\n',
    '    ',
    '- ',
    '1. ',
    '> ',
    '# ',
    '|',
  ];
  const more = [
    '\n|--|--|\n',
    '[x](',
    ')',
    '![',
    '<b>',
    '<internal>',
    '</internal>',
    '&lt;',
    '\\',
    '---',
    'ä',
    '字',
    '😀',
  ];
  const markdown = fc.array(fc.constantFrom(...pieces, ...more), { maxLength: 60 }).map((all) => all.join(''));
  const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200 });
  const anything = fc.oneof(
    markdown,
    fc.string({ unit: 'binary' }),
    units.map((all) => String.fromCharCode(...all)),
  );
  const visible = /[^\s\p{Cc}\p{Default_Ignorable_Code_Point}]/u;

  test('becomes parts that can be sent', () => {
    fc.assert(
      fc.property(anything, fc.integer({ min: 24, max: 120 }), (text, limit) => {
        const parts = toParts(text, limit);
        expect(parts.length > 0).toBe(visible.test(toWhatsApp(text)));
        for (const part of parts) {
          expect(part.length).toBeLessThanOrEqual(limit);
          expect(part).toMatch(visible);
          expect(part.isWellFormed()).toBe(true);
          expect((part.split('```').length - 1) % 2).toBe(0);
        }
      }),
      { numRuns: 700 },
    );
  });

  test.each(['`'.repeat(4), '`'.repeat(5), 'a `````', '```````` b'])(
    'of a lone row of backticks %j opens no block',
    (row) => {
      expect((toParts(row).join('').split('```').length - 1) % 2).toBe(0);
    },
  );

  test('keeps its letters and digits, in order', () => {
    // One word per piece, so that no piece is an address, an entity or a tag.
    const word = fc.constantFrom('alpha', 'beta7', '字', 'ภาษา', 'é', 'x_y');
    const around = fc.constantFrom(
      '',
      '**',
      '*',
      '_',
      '~~',
      '`',
      '# ',
      '\n- ',
      '\n> ',
      '\n1\\. ',
      ' ',
      '\n',
      '\n\n',
      '***',
    );
    const text = fc.array(fc.tuple(around, word, around), { maxLength: 30 }).map((all) => all.flat().join(' '));
    const letters = (of: string): string => of.replace(/[^\p{L}\p{N}\p{M}]/gu, '');
    fc.assert(
      fc.property(text, (source) => {
        expect(letters(toParts(source, 40).join(''))).toBe(letters(source));
      }),
      { numRuns: 400 },
    );
  });

  test('of any length and shape fits the carrier’s messages', { timeout: 240_000 }, () => {
    const shapes = ['*a_', '**a_b*', 'a**b', '[a](', '<!--', '|a|b|\n|-|-|\n', 'a\n\n'];
    const nested = `${'- '.repeat(300)}a\n${'b\n'.repeat(4_000)}`;
    const wide = `${'|a'.repeat(800)}\n${'|-'.repeat(800)}\n${'|b\n'.repeat(800)}`;
    const hidden = '<internal>x</internal>`a ``b '.repeat(3_000);
    for (const text of [...shapes.map((shape) => shape.repeat(10_000 / shape.length)), nested, wide, hidden]) {
      expect(toParts(text).every((part) => part.length <= PART_LIMIT)).toBe(true);
    }
    expect(toParts('!'.repeat(49_000)).length).toBe(33);
  });
});
