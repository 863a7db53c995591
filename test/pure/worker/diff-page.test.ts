import { describe, expect, test } from 'vitest';
import { readDiff } from '../../../src/git/unified-diff.ts';
import { type DiffPage, renderDiffPage, type Shown } from '../../../src/worker/diff-page/document.ts';
import { cutPages } from '../../../src/worker/diff-page/pages.ts';

// The page of a diff as HTML: nothing foreign is a tag, and nothing foreign is invisible.

const SHOWN: Shown = { page: 1, at: null, comment: null };
const page = (diff: string, change: Partial<DiffPage> = {}, shown: Partial<Shown> = {}): string => {
  const about = { title: '#12 Mend', project: 'shop', url: 'https://github.com/mara/shop/pull/12', isCut: false };
  const dates = { createdAt: Date.UTC(2026, 10, 23, 8), expiresAt: Date.UTC(2026, 10, 26, 8) };
  return renderDiffPage({ ...about, ...dates, files: readDiff(diff), ...change }, { ...SHOWN, ...shown });
};
/** A file of so many new lines. */
const fileOf = (name: string, lines: number): string =>
  `diff --git a/${name} b/${name}\n--- a/${name}\n+++ b/${name}\n@@ -0,0 +1,${lines} @@\n${'+line\n'.repeat(lines)}`;

test('names, titles and lines are text, whatever they look like', () => {
  const html = page(
    `diff --git a/<b>.ts b/<b>.ts\n--- a/<b>.ts\n+++ b/<b>.ts\n@@ -1 +1 @@ </code><script>\n-"><img src=x onerror=alert(1)>\n+<script>alert(1)</script>\n`,
    { title: '</title><script>', project: '<i>', url: 'https://github.com/"><script>' },
  );
  expect(html).not.toMatch(/<script|<img|<b>|<i>|onerror=alert\(1\)>/);
  expect(html.match(/<[a-z]+/g)?.every((tag) => !['<script', '<img', '<iframe', '<object'].includes(tag))).toBe(true);
});

test('signs that are invisible or turn the line around are written out', () => {
  const html = page(fileOf('a\u202Ecod.exe', 1).replace('+line', '+if (admin\u2066 // check\u2069) \u200B{'));
  expect(html).not.toMatch(/[\u202E\u2066\u2069\u200B]/);
  for (const sign of ['U+202E', 'U+2066', 'U+2069', 'U+200B'])
    expect(html).toContain(`<span class="sign">${sign}</span>`);
});

test('a form is below the line that was tapped, and nowhere else', () => {
  const html = page(fileOf('cart.ts', 3), {}, { at: { file: 0, line: 1 } });
  expect(html.match(/<form/g)).toHaveLength(1);
  expect(html).toMatch(
    /<li id="f0l1"[^>]*>.*?<form method="post" .*?name="at" value="0\.1".*?<\/form><\/li><li id="f0l2"/s,
  );
  expect(page(fileOf('cart.ts', 3))).not.toContain('<form');
});

describe('long changes', () => {
  test('are pages of six hundred lines; a long file goes on, with the numbers of its lines', () => {
    const files = readDiff(`${fileOf('a.ts', 1500)}${fileOf('b.ts', 2)}`);
    const pages = cutPages(files);
    expect(pages.map((each) => each.map(({ index, goesOn }) => [index, goesOn]))).toEqual([
      [[0, false]],
      [[0, true]],
      [
        [0, true],
        [1, false],
      ],
    ]);
    expect(pages[1]?.[0]?.hunks[0]?.lines[0]).toMatchObject({ line: 598, after: 599 });
    expect(page(fileOf('a.ts', 1500), {}, { page: 2 })).toContain('Page 2 of 3');
    expect(page(fileOf('a.ts', 1500), {}, { page: 99 })).toContain('Page 3 of 3');
  });

  test('a thousand empty files are several pages, and a page stays below half a megabyte', () => {
    const many = Array.from({ length: 1000 }, (_, n) => `diff --git a/${n} b/${n}\nnew file mode 100644\n`).join('');
    expect(cutPages(readDiff(many)).length).toBeGreaterThan(2);
    expect(page(`${fileOf('a.ts', 600).replaceAll('+line', `+${'<'.repeat(80)}`)}`).length).toBeLessThan(500_000);
  });

  test('changes that are cut say so', () => {
    expect(page(fileOf('a.ts', 3), { isCut: true })).toContain('This is the beginning');
    expect(page('', { isCut: false })).toContain('There are no changes.');
  });
});

test('binary, renamed, with another mode', () => {
  const html = page(
    'diff --git a/x.png b/x.png\nBinary files a/x.png and b/x.png differ\n' +
      'diff --git a/<old> b/new\nsimilarity index 90%\nrename from <old>\nrename to new\n' +
      'diff --git a/run b/run\nold mode 100644\nnew mode 100755\n',
  );
  expect(html).toContain('binary file: its content isn’t shown');
  expect(html).toContain('renamed from &#60;old&#62;');
  expect(html).toContain('mode 100644 → 100755');
});

test.each([
  ['lines', `${fileOf('a.ts', 495).replaceAll('+line', `+${'\u0001'.repeat(1999)}`)}`],
  [
    'names',
    Array.from({ length: 1000 }, (_, n) => `diff --git a/${n} b/${n}\n+++ b/${'\u0001'.repeat(950)}\n`).join(''),
  ],
  ['a title', `diff --git a/x b/x\n@@ -1 +1 @@ ${'\u0001'.repeat(990_000)}\n-a\n+b\n`],
])('%s of signs that are written out make no page that a Worker has no room for', (_, diff) => {
  const html = page(diff);
  expect(html.length).toBeLessThan(4_000_000);
  expect(html).toContain('<span class="sign">U+0001</span><span class="soft">');
});
