import { mkdirSync, readFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { readDiff } from '../../src/git/unified-diff.ts';
import { getDiffHeaders, renderDiffPage, type Shown } from '../../src/worker/diff-page/document.ts';
import { launchBrowser } from './chromium.ts';

// The page of a diff in a real browser, with the headers it is sent with and no script. Screenshots are kept.

const root = resolve(import.meta.dirname, '../..');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = join(root, 'test-results/screenshots');
const SMALL = { width: 360, height: 640 };
const SAYS = '/comment shop#12 "src/shop/cart/total.ts" 11 > if (cart.items.some(…))\nWhy throw?';
const CHAT = 'https://wa.me/15555550100?text=words';

const code = (name: string, lines: readonly string[]): string =>
  `diff --git a/${name} b/${name}\n--- a/${name}\n+++ b/${name}\n@@ -10,4 +10,${lines.length} @@ export function total(cart)\n${lines.join('\n')}\n`;
const DIFF = [
  code('src/shop/cart/total.ts', [
    ' const prices = cart.items.map((item) => item.price * item.count);',
    '-return prices.reduce((sum, price) => sum + price);',
    '+if (cart.items.some((item) => item.count < 0)) throw new RangeError("A cart has no negative count.");',
    '+return prices.reduce((sum, price) => sum + price, 0);',
    ' }',
    ' ',
  ]),
  code(`a-very-long-name-without-any-place-to-break-${'x'.repeat(80)}.ts`, [
    ' a',
    '+\u202E// admin\u2066',
    ' b',
    ' c',
    ' d',
  ]),
  'diff --git a/logo.png b/logo.png\nBinary files a/logo.png and b/logo.png differ\n',
  'diff --git a/run.sh b/start.sh\nold mode 100644\nnew mode 100755\nsimilarity index 100%\nrename from run.sh\nrename to start.sh\n',
  code(
    'long.ts',
    Array.from({ length: 900 }, (_, n) => `+line ${n}`),
  ),
].join('');

let browser: Browser | string;
let server: Server;
const contexts: BrowserContext[] = [];
const problems: string[] = [];
const posted: string[] = [];

function show(response: ServerResponse, shown: Shown): void {
  const dates = { createdAt: Date.UTC(2026, 10, 23, 8, 30), expiresAt: Date.UTC(2026, 10, 26, 8, 30) };
  const about = { title: '#12 Mend the cart’s total', project: 'shop', url: 'https://github.com/mara/shop/pull/12' };
  response.writeHead(200, getDiffHeaders());
  response.end(renderDiffPage({ ...about, ...dates, isCut: true, files: readDiff(DIFF) }, shown));
}

beforeAll(async () => {
  mkdirSync(shots, { recursive: true });
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (request.method === 'POST') {
      let body = '';
      request.on('data', (piece: Buffer) => {
        body += piece.toString();
      });
      request.on('end', () => {
        posted.push(`${request.headers.origin} ${body}`);
        show(response, { page: 1, at: { file: 0, line: 1 }, comment: { says: SAYS, chat: CHAT } });
      });
      return;
    }
    const [file, line] = (url.searchParams.get('at') ?? '').split('.').map(Number);
    show(response, {
      page: Number(url.searchParams.get('page') ?? 1),
      at: file === undefined || line === undefined ? null : { file, line },
      comment: url.searchParams.has('ready') ? { says: SAYS, chat: CHAT } : null,
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  browser = await launchBrowser();
});
beforeEach((ctx) => {
  if (typeof browser === 'string') ctx.skip(browser);
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
  expect(problems.splice(0)).toEqual([]);
});
afterAll(async () => {
  if (typeof browser === 'object') await browser.close();
  server.close();
});

const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** Every request elsewhere, error and refusal of the page is a problem. */
async function openPage(options: BrowserContextOptions = {}, path = '/'): Promise<Page> {
  const context = await (browser as Browser).newContext({ viewport: SMALL, hasTouch: true, ...options });
  context.setDefaultTimeout(30_000);
  contexts.push(context);
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (line) => problems.push(line.text()));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin())) problems.push(`Asked for ${request.url()}`);
  });
  await page.goto(`${origin()}${path}`);
  return page;
}

async function faultsFor(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const engine = (globalThis as unknown as { axe: typeof import('axe-core') }).axe;
    const { violations } = await engine.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(' · ')}`);
  });
}

const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

const smallTargets = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll('a, button, summary')]
      .filter((target) => target.checkVisibility())
      .map((target) => ({ name: target.textContent ?? '', box: target.getBoundingClientRect() }))
      // Numbers of lines stand close together; each has the whole width beside its line, and 28 px.
      .filter(({ name, box }) => box.width < 44 || box.height < (/^\d+$/.test(name) ? 28 : 44))
      .map(({ name, box }) => `${name} ${box.width}×${box.height}`),
  );

test.each([
  ['small', SMALL, 'light'],
  ['small', SMALL, 'dark'],
  ['wide', { width: 1280, height: 800 }, 'dark'],
] as const)('%s, %o, %s: nothing is in anyone’s way', async (size, viewport, colorScheme) => {
  const page = await openPage({ viewport, colorScheme }, '/?page=1&at=0.2#comment');
  await page.getByRole('button', { name: 'Write it in the chat' }).waitFor();
  for (const name of ['', '-ready']) {
    if (name === '-ready') await page.goto(`${origin()}/?page=1&at=0.2&ready#comment`);
    await page.screenshot({ path: join(shots, `diff-${size}-${colorScheme}${name}.png`) });
    expect(await faultsFor(page)).toEqual([]);
    expect(await smallTargets(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
  }
});

test('without a script, by keyboard alone: to a file, to a line, and the comment is words for the chat', async () => {
  const page = await openPage({ javaScriptEnabled: false });
  await page.getByText('Files', { exact: true }).press('Enter');
  await page.getByRole('link', { name: /^src\/shop\/cart\/total\.ts/ }).press('Enter');
  await page.getByRole('link', { name: 'Comment on line 11' }).first().press('Enter');
  const comment = page.getByLabel('Your comment on this line');
  expect(await page.locator('textarea:focus').count()).toBe(1);
  await page.keyboard.type('Why throw?');
  await comment.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('status').getByText('Send it in our chat').waitFor();
  expect(posted).toEqual([`${origin()} page=1&at=0.1&comment=Why+throw%3F`]);
  expect(await page.getByRole('link', { name: 'Open the chat' }).getAttribute('href')).toBe(CHAT);
  expect(await page.getByText('/comment shop#12').textContent()).toBe(SAYS);
});

test('the next page goes on with the same file, and signs that nobody sees are written out', async () => {
  const page = await openPage();
  await expect.poll(() => page.getByText('U+202E').count()).toBe(1);
  await page.getByRole('link', { name: 'Next' }).tap();
  await page.getByText('Page 2 of 2').waitFor();
  await page.getByText('continued').waitFor();
});
