import { listDurableObjectIds } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { pageUrl } from '../../src/links/page-link.ts';
import { Conversation } from '../../src/objects/conversation.ts';
import { newPerson, useOutside, vars } from './relay.ts';

// The reading page at the edge: who gets it, for how long, with which headers; a bad link reaches no object.

useOutside();
afterEach(() => vi.restoreAllMocks());

const KEY = JSON.parse(vars.MACHINE_SIGNING_KEY as string) as { d: string };
const PAGE = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const WRITTEN = Date.UTC(2026, 10, 20, 8, 30);
const inAnHour = (): number => Date.now() + 3_600_000;

function link(parts: { conversation?: string; page?: string; expiresAt?: number; key?: { d: string } } = {}): string {
  const { conversation = env.CONVERSATIONS.idFromName(newPerson()).toString(), page = PAGE } = parts;
  const { key = KEY, expiresAt = inAnHour() } = parts;
  return pageUrl(vars.PUBLIC_URL as string, key, { conversation, page, expiresAt });
}

/** The object has this page and no other. */
function kept(markdown: string) {
  const stored = { markdown, createdAt: WRITTEN, assistant: 'A <b>', project: 'shop', sender: 'whatsapp:+15555550100' };
  return vi.spyOn(Conversation.prototype, 'page').mockImplementation(async (id) => (id === PAGE ? stored : null));
}

const get = (url: string, method = 'GET'): Promise<Response> => exports.default.fetch(url, { method });
const objects = async (): Promise<string[]> => (await listDurableObjectIds(env.CONVERSATIONS)).map(String);

function expectGuarded(response: Response): void {
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store, private',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'noindex, nofollow',
  });
  const policy = response.headers.get('content-security-policy') ?? '';
  const directives = Object.fromEntries(policy.split('; ').map((each) => each.split(/ (.*)/, 2)));
  expect(directives).toEqual({
    'default-src': "'none'",
    'style-src': expect.stringMatching(/^'sha256-[\w+/]{43}='$/),
    'script-src': expect.stringMatching(/^'sha256-[\w+/]{43}='$/),
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
  });
}

test('a link shows the answer, its date and until when it can be read', async () => {
  kept('# Found\n\n`it` <b>\n\n<internal>not this</internal>\n\n```js\nconst a = 1;\n```');
  const response = await get(link({ expiresAt: Date.UTC(2100, 0, 2, 3, 4) }));
  expect(response.status).toBe(200);
  expectGuarded(response);
  const page = await response.text();
  expect(page).toContain('<h1>From A &#60;b&#62; · shop</h1>');
  expect(page).toContain('<a href="https://wa.me/15555550100" rel="noopener noreferrer">Back to chat</a>');
  expect(page).toContain('<h2 id="part-1">Found</h2>\n<p><code>it</code> &#60;b&#62;</p>');
  expect(page).toContain('<span class="word">const</span> a');
  expect(page).toContain(
    '<time datetime="2026-11-20T08:30:00.000Z">20 Nov, 08:30 UTC</time> · </span>' +
      'Available until <time datetime="2100-01-02T03:04:00.000Z">2 Jan, 03:04 UTC</time></p>',
  );
  expect(page).toContain('<template id="source"># Found\n\n&#96;it&#96; &#60;b&#62;');
  expect(page).not.toContain('not this');
});

test('the hashes are those of the style and the script that are sent', async () => {
  kept('text');
  const response = await get(link());
  const page = await response.text();
  const policy = response.headers.get('content-security-policy');
  for (const tag of ['style', 'script']) {
    const parts = [...page.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'))];
    expect(parts).toHaveLength(1);
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(parts[0]?.[1]));
    const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
    expect(policy).toContain(`${tag}-src 'sha256-${hash}'`);
  }
});

test('HEAD tells the same without the page', async () => {
  kept('text');
  const response = await get(link(), 'HEAD');
  expect(response.status).toBe(200);
  expectGuarded(response);
  expect(await response.text()).toBe('');
});

test('nothing else may be done with a link', async () => {
  expect((await get(link(), 'POST')).status).toBe(404);
  expect((await get(link(), 'DELETE')).status).toBe(404);
});

test('a page that is not kept any more: 404, like one that never was', async () => {
  kept('text');
  const gone = await get(link({ page: '01ARZ3NDEKTSV4RRFFQ69G5FAW' }));
  const forged = await get(link({ key: { d: `${'A'.repeat(42)}E` } }));
  expect(gone.status).toBe(404);
  expectGuarded(gone);
  expect(forged.status).toBe(404);
  expect(Object.fromEntries(forged.headers)).toEqual(Object.fromEntries(gone.headers));
  const words = await gone.text();
  expect(words).toContain('/more');
  // The reader may be a stranger, so the page shows nobody's address.
  expect(words).not.toMatch(/wa\.me|sms:|555/);
  expect(await forged.text()).toBe(words);
});

test('an expired page: 410, and what to do', async () => {
  const page = kept('text');
  const response = await get(link({ expiresAt: Date.now() - 1000 }));
  expect(response.status).toBe(410);
  expectGuarded(response);
  const words = await response.text();
  expect(words).toContain('This page has expired');
  expect(words).toContain('Text /more');
  expect(page).not.toHaveBeenCalled();
});

test('an object that fails: 503, without why', async () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  vi.spyOn(Conversation.prototype, 'page').mockImplementation(() => {
    throw new Error('the reason');
  });
  const url = link();
  const response = await get(url);
  expect(response.status).toBe(503);
  expectGuarded(response);
  expect(await response.text()).not.toContain('the reason');
  expect(error).toHaveBeenCalledTimes(1);
  expect(error.mock.calls[0]?.[0]).not.toContain(url.slice(-91));
});

describe('which links reach an object', () => {
  test('a link that was signed here does', async () => {
    const conversation = env.CONVERSATIONS.idFromName(newPerson()).toString();
    await get(link({ conversation }));
    expect(await objects()).toContain(conversation);
  });

  test.each([
    ['signed with another key', (url: string) => url, { key: { d: `${'A'.repeat(42)}E` } }],
    ['expired', (url: string) => url, { expiresAt: 1000 }],
    [
      'changed in its first character',
      (url: string) => url.replace(/read\/./, (start) => `read/${start[5] === 'A' ? 'B' : 'A'}`),
      {},
    ],
    ['changed in its signature', (url: string) => url.slice(0, -2) + (url.at(-2) === 'A' ? 'B' : 'A') + url.at(-1), {}],
    ['cut short', (url: string) => url.slice(0, -1), {}],
    ['with more behind it', (url: string) => `${url}A`, {}],
    ['escaped', (url: string) => `${url}%00`, {}],
  ])('a link that is %s does not', async (_, change, parts) => {
    const conversation = env.CONVERSATIONS.idFromName(newPerson()).toString();
    const before = await objects();
    const response = await get(change(link({ conversation, ...parts })));
    expect([404, 410]).toContain(response.status);
    expect(await objects()).toEqual(before);
  });
});
