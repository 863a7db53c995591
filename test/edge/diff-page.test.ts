import { runInDurableObject } from 'cloudflare:test';
import { exports } from 'cloudflare:workers';
import { afterEach, expect, test, vi } from 'vitest';
import { diffUrl } from '../../src/links/diff-link.ts';
import { COMMENT_CHARS } from '../../src/worker/diff-page/document.ts';
import { addressObject, newPerson, OF_A_TEST, rows, stubOf, text, useOutside, vars } from './relay.ts';

// The page of a diff at the edge: for whom it opens, and how a comment gets to the chat.

const world = useOutside();
afterEach(() => vi.restoreAllMocks());

const KEY = JSON.parse(vars.MACHINE_SIGNING_KEY as string) as { d: string };
const DIFF = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const PATCH =
  'diff --git a/cart.ts b/cart.ts\n--- a/cart.ts\n+++ b/cart.ts\n@@ -11,2 +11,3 @@\n same\n+sum += 1;\n end\n';
const ORIGIN = 'https://relay.example.com';
const OP = '01BX5ZZKBKACTAV9WEVGEMMVRZ';

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
    body: new URLSearchParams({ op: OP, at: '0.1', page: '1', comment: 'Why 1?', ...fields }),
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
  ['of a diff that is gone', async () => (await linkOf({ diff: OP })).url, 404],
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

test('a comment arrives once, as a text to the agent that quotes its line, and the person sees it', async () => {
  const { person, url } = await linkOf();
  const key = `sk-ant-api03-${'a'.repeat(93)}AA`;
  for (let n = 0; n < 2; n++) {
    const response = await comment(url, { comment: `Why 1? ${key}` });
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('?page=1&told=sent#f0l1');
  }
  await world.outside.until(() =>
    world.outside.sent.some(({ body }) => body.startsWith('Your comment on cart.ts line 12')),
  );
  expect(await tasks(person)).toEqual([
    {
      text: expect.stringMatching(
        /cart\.ts, line 12, a line that is added:\]\n> sum \+= 1;\n\nWhy 1\? \[key removed\]$/,
      ),
    },
  ]);
  await comment(url, { op: '01CX5ZZKBKACTAV9WEVGEMMVRZ', comment: 'And this?' });
  expect(await tasks(person)).toHaveLength(2);
});

test.each([
  ['from another site', {}, { origin: 'https://evil.example.com' }, 403],
  ['from nowhere', {}, { origin: 'null' }, 403],
  ['not a form', {}, { 'content-type': 'text/plain' }, 415],
  ['too large', { comment: 'x'.repeat(70_000) }, {}, 413],
  ['without a line', { at: '' }, {}, 400],
  ['with an op of its own', { op: 'x' }, {}, 400],
  ['on a line that is not there', { at: '0.99' }, {}, 410],
  ['on a file that is not there', { at: '7.0' }, {}, 410],
] as const)('what is no comment: %s', async (_, fields, headers, status) => {
  const { person, url } = await linkOf();
  expect((await comment(url, fields, headers)).status).toBe(status);
  expect(await tasks(person)).toEqual([]);
});

test('an empty comment and a long one come back to their form, and a full page takes no more', async () => {
  const { person, url } = await linkOf();
  const told = async (words: string) => (await comment(url, { comment: words })).headers.get('location');
  expect(await told(' ')).toBe('?page=1&told=empty&at=0.1#f0l1');
  expect(await told('x'.repeat(COMMENT_CHARS + 1))).toBe('?page=1&told=long&at=0.1#f0l1');
  await runInDurableObject(stubOf(person), (_, { storage: { sql } }) => {
    sql.exec(`${OF_A_TEST}UPDATE diffs SET comments = 100`);
  });
  expect((await comment(url, {})).status).toBe(410);
  expect(await addressObject(person).diff(DIFF)).not.toBeNull();
  expect(await tasks(person)).toEqual([]);
});
