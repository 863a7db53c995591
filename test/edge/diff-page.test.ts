import { runInDurableObject } from 'cloudflare:test';
import { exports } from 'cloudflare:workers';
import { afterEach, expect, test, vi } from 'vitest';
import { diffUrl } from '../../src/links/diff-link.ts';
import { COMMENT_CHARS } from '../../src/worker/diff-page/document.ts';
import { newPerson, OF_A_TEST, rows, stubOf, text, useOutside, vars } from './relay.ts';

// The page of a diff at the edge: for whom it opens, and how a comment gets to the chat.

useOutside();
afterEach(() => vi.restoreAllMocks());

const KEY = JSON.parse(vars.MACHINE_SIGNING_KEY as string) as { d: string };
const DIFF = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const PATCH =
  'diff --git a/cart.ts b/cart.ts\n--- a/cart.ts\n+++ b/cart.ts\n@@ -11,2 +11,3 @@\n same\n+sum += 1;\n end\n';
const ORIGIN = 'https://relay.example.com';

async function linkOf({
  expiresAt = Date.now() + 3_600_000,
  diff = DIFF,
} = {}): Promise<{ person: string; url: string }> {
  const person = newPerson();
  await text(person, '/help');
  await runInDurableObject(stubOf(person), (_, { storage: { sql } }) => {
    const query = `INSERT INTO diffs VALUES (?, 'main', 12, '#12 Mend', NULL, ?, 0, 0, ?)`;
    sql.exec(OF_A_TEST + query, DIFF, PATCH, Date.now());
  });
  const conversation = stubOf(person).id.toString();
  return { person, url: diffUrl(ORIGIN, KEY, { conversation, diff, expiresAt }) };
}

const get = (url: string): Promise<Response> => exports.default.fetch(url, { redirect: 'manual' });
const comment = (
  url: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> =>
  exports.default.fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: ORIGIN, ...headers },
    body: new URLSearchParams({ at: '0.1', page: '1', comment: 'Why 1?', ...fields }),
  });
const tasks = (person: string) =>
  rows<{ text: string }>(person, `SELECT text FROM messages WHERE provider_id LIKE 'own/%'`);

test('a link shows the changes, without a script, and keeps nothing', async () => {
  const { url } = await linkOf();
  const response = await get(`${url}?page=1&at=0.1`);
  expect(response.status).toBe(200);
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).toMatch(
    /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'self'; frame/,
  );
  expect(response.headers.get('cache-control')).toBe('no-store, private');
  const page = await response.text();
  const [, style = ''] = /<style>(.*?)<\/style>/s.exec(page) ?? [];
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style));
  expect(policy).toContain(`'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`);
  expect(page).toContain('sum += 1;');
  expect(page).toContain('<textarea');
});

test.each([
  ['expired', async () => (await linkOf({ expiresAt: Date.now() - 1000 })).url, 410],
  ['of a diff that is gone', async () => (await linkOf({ diff: '01BX5ZZKBKACTAV9WEVGEMMVRZ' })).url, 404],
  [
    'with a letter changed',
    async () => (await linkOf()).url.replace(/.(.)$/, (end) => (end.startsWith('A') ? 'B' : 'A') + end.slice(1)),
    404,
  ],
  ['of a reading page', async () => (await linkOf()).url.replace('/diff/', '/read/'), 404],
  [
    'of a person who is out',
    async () => {
      const { person, url } = await linkOf();
      await text(person, '/lock');
      return url;
    },
    404,
  ],
] as const)('%s: a page that says so', async (_, make, status) => {
  const url = await make();
  const response = await get(url);
  expect(response.status).toBe(status);
  expect(await response.text()).toMatch(/<h1>This page (isn’t here|has expired)<\/h1>/);
  if (!url.includes('/read/')) expect((await comment(url, {})).status).toBeGreaterThanOrEqual(400);
});

test('a comment is words for the chat: whoever has the link can’t text the agent, the person can', async () => {
  const { person, url } = await linkOf();
  const response = await comment(url, { comment: 'Why <1>?\r\nAnd this?' });
  expect(response.status).toBe(200);
  const page = await response.text();
  expect(page).toContain('/comment main#12 &#34;cart.ts&#34; 12 &#62; sum += 1;\nWhy &#60;1&#62;?\nAnd this?</p>');
  expect(await tasks(person)).toEqual([]);
  const [, link = ''] = /href="([^"]*\?text=[^"]*)"/.exec(page) ?? [];
  await text(person, new URL(link.replaceAll('&#38;', '&')).searchParams.get('text') ?? '');
  expect(await tasks(person)).toEqual([
    { text: '[A comment on the changes of pull request #12: "cart.ts", line 12:]\n> sum += 1;\n\nWhy <1>?\nAnd this?' },
  ]);
});

test.each([
  ['from another site', {}, { origin: 'https://evil.example.com' }, 403],
  ['from nowhere', {}, { origin: 'null' }, 403],
  ['not a form', {}, { 'content-type': 'text/plain' }, 415],
  ['too large', { comment: 'x'.repeat(70_000) }, {}, 413],
  ['without a line', { at: '' }, {}, 400],
  ['on a line that is not there', { at: '0.99' }, {}, 410],
  ['on a file that is not there', { at: '7.0' }, {}, 410],
] as const)('what is no comment: %s', async (_, fields, headers, status) => {
  const { person, url } = await linkOf();
  expect((await comment(url, fields, headers)).status).toBe(status);
  expect(await tasks(person)).toEqual([]);
});

test('a comment behind a tunnel, which ends https in front of the relay, is taken', async () => {
  const { url } = await linkOf();
  expect((await comment(url.replace('https:', 'http:'), {})).status).toBe(200);
});

test('an empty comment and a long one come back to their form, with what was typed', async () => {
  const { url } = await linkOf();
  const page = async (words: string): Promise<string> => (await comment(url, { comment: words })).text();
  expect(await page(' ')).toContain('Write something first.');
  const long = await page(`<${'x'.repeat(COMMENT_CHARS)}`);
  expect(long).toContain('That comment is too long');
  expect(long).toContain(`\n&#60;${'x'.repeat(COMMENT_CHARS)}</textarea>`);
});
