import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderAnswer } from '../../../src/worker/reading-page/html.ts';
import { attacks } from '../../fixtures/html-attacks.ts';

// An answer on its reading page: how Markdown is rendered, what can never appear, and the time it may take.

const html = (markdown: string): string => renderAnswer(markdown).html;

/** Everything the page may contain. Any other `<` would be the answer's own HTML. */
const TAGS = [
  /^<\/?(p|ul|ol|li|blockquote|strong|em|del|code|pre|table|thead|tbody|tr|td|th|figcaption|span)>/,
  /^<(br|hr)>/,
  /^<h[2-6] id="part-\d+">/,
  /^<\/h[2-6]>/,
  /^<\/(a|button|div|figure)>/,
  /^<(p|pre) class="as-written">/,
  /^<ol start="\d+">/,
  /^<li class="task">/,
  /^<span class="box" role="img" aria-label="(Done|Not done)">/,
  /^<span class="(soft|word|string|number|name|kind|key|gone|come)">/,
  /^<t[dh]( scope="col")?( class="(right|center)")?>/,
  /^<div class="table" role="group" tabindex="0" aria-label="Table \d+">/,
  /^<figure class="code">/,
  /^<button type="button" data-do="(copy|wrap)"( aria-pressed="true")? hidden>/,
  /^<a href="(https?:\/\/|mailto:)[^"<>]*" rel="noopener noreferrer nofollow">/,
];

/** Tags of a page that are not ours. */
const foreign = (page: string): string[] =>
  [...page.matchAll(/</g)]
    .map(({ index }) => page.slice(index, index + 400))
    .filter((rest) => !TAGS.some((tag) => tag.test(rest)))
    .map((rest) => rest.slice(0, 60));

const shown = (page: string): string =>
  page
    .replace(/<button.*?<\/button>/g, '')
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');

const cases: Record<string, [markdown: string, html: string][]> = {
  words: [
    ['**a** *b* ~~c~~ `d`', '<p><strong>a</strong> <em>b</em> <del>c</del> <code>d</code></p>'],
    ['a\nb<br>c', '<p>a<br>b<br>c</p>'],
    ['2*3*4 and 2**3**4, ~5 to ~6', '<p>2*3*4 and 2**3**4, ~5 to ~6</p>'],
    ['&lt;b&gt; &copy; \\*', '<p>&#60;b&#62; © *</p>'],
    ['a<internal>b</internal>c', '<p>ac</p>'],
    ['---', '<hr>'],
  ],
  headings: [
    ['# A', '<h2 id="part-1">A</h2>'],
    [
      '### A\n### B\n###### C\n# D',
      '<h2 id="part-1">A</h2>\n<h2 id="part-2">B</h2>\n<h3 id="part-3">C</h3>\n<h2 id="part-4">D</h2>',
    ],
    ['Title\n=====\n\ntext', '<h2 id="part-1">Title</h2>\n<p>text</p>'],
  ],
  lists: [
    ['- a\n  - b', '<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul></li>\n</ul>'],
    ['3. a\n4. b', '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'],
    ['- [x] a', '<ul>\n<li class="task"><span class="box" role="img" aria-label="Done">✓</span>a</li>\n</ul>'],
    ['> a\n> b', '<blockquote>\n<p>a<br>b</p>\n</blockquote>'],
  ],
  links: [
    [
      '[a](https://b.example/?x=1&amp;y=2)',
      '<p><a href="https://b.example/?x=1&#38;y=2" rel="noopener noreferrer nofollow">a</a></p>',
    ],
    ['me@b.example', '<p><a href="mailto:me@b.example" rel="noopener noreferrer nofollow">me@b.example</a></p>'],
    ['[the file](src/a.ts)', '<p>the file (src/a.ts)</p>'],
    ['[src/a.ts](src/a.ts)', '<p>src/a.ts</p>'],
    [
      '![a chart](https://b.example/c.png)',
      '<p><a href="https://b.example/c.png" rel="noopener noreferrer nofollow">Image: a chart</a></p>',
    ],
    [
      '[![badge](https://b.example/c.png)](https://d.example)',
      '<p><a href="https://d.example/" rel="noopener noreferrer nofollow">Image: badge</a></p>',
    ],
    [
      '[a][1]\n\n[1]: https://b.example',
      '<p><a href="https://b.example/" rel="noopener noreferrer nofollow">a</a></p>\n<p class="as-written">[1]: https://b.example</p>',
    ],
  ],
  'raw HTML is words': [
    ['<b>a</b>', '<p>&#60;b&#62;a&#60;/b&#62;</p>'],
    ['<div>\n*a*\n</div>', '<p class="as-written">&#60;div&#62;\n*a*\n&#60;/div&#62;</p>'],
    ['a <!-- b --> c', '<p>a &#60;!-- b --&#62; c</p>'],
  ],
};

describe.each(Object.entries(cases))('%s', (_, pairs) => {
  test.each(pairs)('%j', (markdown, expected) => {
    expect(html(markdown)).toBe(expected);
  });
});

test('a table scrolls in its own box, and an empty heading is left out', () => {
  const page = html('|a| |\n|:-|-:|\n|1|`2`|');
  expect(page).toContain('<div class="table" role="group" tabindex="0" aria-label="Table 1"><table>');
  expect(page).toContain('<th scope="col">a</th><td class="right"></td>');
  expect(page).toContain('<td>1</td><td class="right"><code>2</code></td>');
});

describe('code', () => {
  test.each([
    [
      'ts',
      'const a: string = "<b>";',
      'word">const</span> a: <span class="kind">string</span> = <span class="string">',
    ],
    ['tsx', 'const a = <b>c</b>;', 'word">const</span>'],
    ['js', 'let a = b(1); // c', 'name">b</span>(<span class="number">1</span>); <span class="soft">// c</span>'],
    ['js', 'a = /["]/g; b = "c"', 'string">/[&#34;]/g</span>; b = <span class="string">'],
    ['python', 'def a(): """b\nc"""', 'string">&#34;&#34;&#34;b\nc&#34;&#34;&#34;</span>'],
    ['sh', 'echo "a" $A # b', 'kind">echo</span>'],
    ['console', '$ ls', 'soft">$</span> ls'],
    ['json', '{"a": "b"}', 'key">&#34;a&#34;:</span> <span class="string">&#34;b&#34;</span>'],
    ['yml', 'a-b: c:d # e', 'key">a-b:</span> c:d <span class="soft"># e</span>'],
    ['go', 'func a() {}', 'word">func</span>'],
    ['rust', "fn a<'b>() {}", 'number">&#39;b</span>'],
    ['java', 'class Ab {}', 'word">class</span> <span class="kind">Ab</span>'],
    ['c', '#include <a.h>', 'word">#include</span> <span class="string">&#60;a.h&#62;</span>'],
    ['C++', 'int a = 1;', 'kind">int</span>'],
    ['c#', 'var a = $"b{1}";', 'string">$&#34;b{1}&#34;</span>'],
    ['sql', "SELECT 1 -- 'a", 'word">SELECT</span> <span class="number">1</span> <span class="soft">-- &#39;a</span>'],
    ['diff', '-a\n+b', 'gone">-a</span>\n<span class="come">+b</span>'],
    ['css', 'a:hover { color: #fff }', '{ <span class="key">color:</span> <span class="number">#fff</span>'],
    [
      'html',
      '<p class="a">it\'s',
      '&#60;<span class="word">p</span> <span class="key">class=</span><span class="string">',
    ],
    ['ruby', 'def a; :b; end', 'number">:b</span>'],
    ['php', '<?php echo $a;', 'word">echo</span> <span class="key">$a</span>'],
    ['dockerfile', 'FROM a', 'word">FROM</span>'],
    ['toml', '[a]\nb = 1', 'name">[a]</span>\n<span class="key">b =</span>'],
  ])('%s is highlighted, and shown whole', (language, code, part) => {
    const page = html(`\`\`\`${language}\n${code}\n\`\`\``);
    expect(page).toContain(part);
    expect(shown(page)).toBe(language + code);
    expect(foreign(page)).toEqual([]);
  });

  test('of a language nobody knows is escaped', () => {
    expect(html('```nothing\n<b>\n```')).toContain('<span>nothing</span>');
    expect(html('```nothing\n<b>\n```')).toContain('<pre><code>&#60;b&#62;</code></pre>');
    expect(html('```"><script>\na\n```')).toContain('<figcaption><span></span>');
  });

  test('is coloured up to a limit for the page, so that a page does not grow without bounds', () => {
    const block = (lines: number): string => `\`\`\`js\n${'let a = 1;\n'.repeat(lines)}\`\`\`\n\n`;
    const coloured = (markdown: string): boolean[] =>
      html(markdown)
        .split('<figure')
        .slice(1)
        .map((figure) => figure.includes('class="word"'));
    expect(coloured(block(1800))).toEqual([true]);
    expect(coloured(block(1900))).toEqual([false]);
    expect(coloured(block(1000) + block(1000) + block(800))).toEqual([true, false, true]);
  });
});

describe('nothing that is not ours comes out', () => {
  test.each(attacks)('%j', (markdown) => {
    expect(foreign(html(markdown))).toEqual([]);
  });

  test('this would be noticed', () => {
    expect(foreign('<p>a</p><script>')).toEqual(['<script>']);
    expect(foreign('<p onclick=x>')).toHaveLength(1);
    expect(foreign('<a href="javascript:x" rel="noopener noreferrer nofollow">')).toHaveLength(1);
  });

  test('any combination of pieces', { timeout: 240_000 }, () => {
    const pieces = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...attacks.filter((attack) => attack.length < 200)) },
      {
        weight: 5,
        arbitrary: fc.constantFrom(
          ...[
            '<',
            '>',
            '"',
            "'",
            '`',
            '```',
            '\n',
            '\n\n',
            '    ',
            '[',
            '](',
            ')',
            '![',
            '*',
            '**',
            '_',
            '~~',
            '|',
            '\n|-|-|\n',
          ],
          ...[
            '- ',
            '1. ',
            '> ',
            '# ',
            '\\',
            '&',
            '&#60;',
            '&lt;',
            '<a ',
            '</a>',
            'href="',
            'https://a.b/',
            'javascript:',
            '[a]: ',
          ],
          ...[
            '<!--',
            '-->',
            '<internal>',
            '</internal>',
            '```html\n',
            '```js\n',
            '~~~',
            '\u0000',
            '\ud800',
            '\t',
            ' ',
            'a',
          ],
        ),
      },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        expect(foreign(html(parts.join('')))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('any text is shown in bounded time', () => {
  const filled = (piece: string, length = 200_000): string =>
    piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
  const nested = Array.from({ length: 600 }, (_, depth) => `${'  '.repeat(depth)}- a\n`).join('');

  test.each([
    ['a line of 1 MB', filled('word ', 1_000_000)],
    ['1 MB of backticks', filled('`', 1_000_000)],
    ['backticks', filled('`')],
    ['backticks in growing rows', Array.from({ length: 600 }, (_, count) => '`'.repeat(count)).join(' ')],
    ['stars', filled('*a **b ')],
    ['brackets', filled('[')],
    ['links never closed', filled('![a](b')],
    ['tags never closed', filled('<a ')],
    ['comments never closed', filled('<!-- ')],
    ['quotes in quotes', filled('> ')],
    ['lists in lists', nested],
    ['a list item of many lines', `- a\n${filled('  b\n', 190_000)}`],
    ['a table of many columns', `${filled('|a', 90_000)}\n${filled('|-', 90_000)}`],
    ['definitions', filled('[a]: b\n')],
    ['fences', filled('```\n')],
    ['blank lines', filled('\n')],
    ['code that is never closed between hidden words', '<internal>x</internal>`a ``b '.repeat(60_000)],
    ['code of one long word', `\`\`\`java\n${filled('a', 19_000)}\n\`\`\``],
    ['code that is mostly brackets', `\`\`\`md\n${filled('[a](', 19_000)}\n\`\`\``],
  ])('%s', { timeout: 120_000 }, (_, markdown) => {
    // The time limit is the bound: without the guards some of these take from half a minute to hours.
    expect(foreign(html(markdown))).toEqual([]);
  });

  test('a text that is too long for the parser is shown unformatted', () => {
    const long = `# a\n\n${'**b** <i>\n'.repeat(25_000)}`;
    const { html: page, source } = renderAnswer(long);
    expect(page).toMatch(/^<pre class="as-written"># a\n\n\*\*b\*\* &#60;i&#62;\n/);
    expect(source).toBe(long.trim());
  });

  test('words that were not meant for the person stay hidden, however long the answer is', () => {
    const long = `${'a '.repeat(120_000)}<internal>b</internal>c<INTERNAL >d`;
    expect(renderAnswer(long).source).toBe(`${'a '.repeat(120_000)}c`);
  });
});
