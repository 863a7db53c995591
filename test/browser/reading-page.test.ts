import { mkdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { texts } from '../../src/texts/index.ts';
import { getPageHeaders, renderAnswerPage, renderNoticePage } from '../../src/worker/reading-page/document.ts';
import { renderAnswer } from '../../src/worker/reading-page/html.ts';
import { attacks } from '../fixtures/html-attacks.ts';
import { launchBrowser } from './chromium.ts';

// The reading page in a real browser, with the headers it is sent with. Screenshots are kept.

const root = resolve(import.meta.dirname, '../..');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = join(root, 'test-results/screenshots');
const answer = readFileSync(join(root, 'test/fixtures/long-answer.md'), 'utf8');
const SMALL = { width: 320, height: 640 };
const WIDE = { width: 1280, height: 800 };
const DATES = { createdAt: Date.UTC(2026, 10, 20, 8, 30), expiresAt: Date.UTC(2026, 10, 27, 8, 30) };
const FROM = { ...DATES, assistant: 'Robin', project: 'main', chat: 'https://wa.me/15555550100' };

let browser: Browser | string;
let server: Server;
let markdown: string;
let guarded: boolean;
const contexts: BrowserContext[] = [];
const problems: string[] = [];
const served: string[] = [];

beforeAll(async () => {
  mkdirSync(shots, { recursive: true });
  server = createServer((request, response) => {
    served.push(request.url ?? '');
    const notice = request.url === '/notice';
    response.writeHead(200, guarded ? getPageHeaders() : { 'content-type': 'text/html; charset=utf-8' });
    response.end(notice ? renderNoticePage(texts.page.expired) : renderAnswerPage(renderAnswer(markdown), FROM));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  browser = await launchBrowser();
});
beforeEach((ctx) => {
  if (typeof browser === 'string') ctx.skip(browser);
  markdown = answer;
  guarded = true;
  served.splice(0);
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
  expect(problems.splice(0)).toEqual([]);
});
afterAll(async () => {
  if (typeof browser === 'object') await browser.close();
  server.close();
});

const address = (path = '/'): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;

/** Every request, error and refusal of the page is a problem. */
async function openPage(options: BrowserContextOptions & { path?: string } = {}): Promise<Page> {
  const { path, ...rest } = options;
  const context = await (browser as Browser).newContext({ viewport: SMALL, hasTouch: true, ...rest });
  context.setDefaultTimeout(30_000);
  contexts.push(context);
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (line) => problems.push(line.text()));
  page.on('dialog', (dialog) => {
    problems.push(`Said ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url() !== address(path)) problems.push(`Asked for ${request.url()}`);
  });
  await page.goto(address(path));
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

const smallTargets = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll('button, summary, header a, .contents a')]
      .filter((target) => target.checkVisibility())
      .map((target) => ({ name: target.textContent, box: target.getBoundingClientRect() }))
      .filter(({ box }) => box.width < 44 || box.height < 44)
      .map(({ name, box }) => `${name} ${box.width}×${box.height}`),
  );

const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

const clipboard = (page: Page): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
const said = (page: Page, text: string) => page.getByRole('status').getByText(text).waitFor();
const MAY_COPY = { permissions: ['clipboard-read', 'clipboard-write'] };

describe.each([
  ['small', SMALL, 'light'],
  ['wide', WIDE, 'dark'],
] as const)('%s, %o, %s', (size, viewport, colorScheme) => {
  test('nothing is in anyone’s way', async () => {
    const page = await openPage({ viewport, colorScheme });
    await page.getByRole('button', { name: 'Copy all' }).waitFor();
    await page.screenshot({ path: join(shots, `reading-${size}-${colorScheme}.png`), fullPage: true });
    expect(await faultsFor(page)).toEqual([]);
    expect(await smallTargets(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
  });

  test('nor when there is no page any more', async () => {
    const page = await openPage({ viewport, colorScheme, path: '/notice' });
    await page.getByRole('heading', { name: 'This page has expired' }).waitFor();
    await page.getByText('Roost', { exact: true }).waitFor();
    expect(await page.content()).not.toMatch(/wa\.me|555/);
    await page.screenshot({ path: join(shots, `reading-${size}-${colorScheme}-expired.png`) });
    expect(await faultsFor(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
  });
});

test('the header says whose answer it is, leads back to the chat, and no address of the reader is there', async () => {
  const page = await openPage();
  await page.getByRole('heading', { level: 1, name: 'From Robin · main' }).waitFor();
  const back = page.getByRole('link', { name: 'Back to chat' });
  expect(await back.getAttribute('href')).toBe('https://wa.me/15555550100');
  expect(await back.getAttribute('rel')).toContain('noreferrer');
});

test('more than three headings have a table of contents, which leads to each of them by keyboard', async () => {
  const chapter = (name: string): string => `# ${name}\n\n${'Some words. '.repeat(200)}\n\n`;
  markdown = ['One', 'Two'].map(chapter).join('');
  expect(await (await openPage()).getByRole('navigation', { name: 'Contents' }).count()).toBe(0);
  markdown = ['One', 'Two', '`Three` & [four](https://example.com/)', 'Two'].map(chapter).join('');
  const page = await openPage();
  const contents = page.getByRole('navigation', { name: 'Contents' });
  expect(await contents.getByRole('link').count()).toBe(0);
  await contents.getByText('Contents').press('Enter');
  expect(await contents.getByRole('link').allTextContents()).toEqual(['One', 'Two', 'Three & four', 'Two']);
  expect(await faultsFor(page)).toEqual([]);
  await page.screenshot({ path: join(shots, 'reading-contents.png') });
  await contents.getByRole('link', { name: 'Two' }).last().press('Enter');
  await page.waitForFunction(() => scrollY > 1000);
  const at = await page.getByRole('heading', { name: 'Two' }).last().boundingBox();
  expect(at?.y).toBeLessThan(100);
});

test('on paper there is the answer, and nothing to press', async () => {
  const page = await openPage();
  await page.emulateMedia({ media: 'print' });
  expect(await page.locator('button:visible, nav:visible, header a:visible, header svg:visible').count()).toBe(0);
  expect(await page.getByRole('heading', { level: 1 }).isVisible()).toBe(true);
});

test('a long line of code is wrapped, and scrolls in its own block when the reader wants that', async () => {
  const line = `const line = '${'x'.repeat(300)}';`;
  markdown = `\`\`\`js\n${line}\n\`\`\`\n\n${'y'.repeat(300)}\n\n\`${'z'.repeat(300)}\`\n\nhttps://example.com/${'u'.repeat(300)}`;
  const page = await openPage();
  const code = page.locator('pre');
  const hidden = () => code.evaluate((it) => it.scrollWidth - it.clientWidth);
  expect(await overflow(page)).toBe(0);
  expect(await hidden()).toBe(0);
  const wrap = page.getByRole('button', { name: 'Wrap' });
  expect(await wrap.getAttribute('aria-pressed')).toBe('true');
  await wrap.tap();
  expect(await wrap.getAttribute('aria-pressed')).toBe('false');
  expect(await hidden()).toBeGreaterThan(1000);
  expect(await overflow(page)).toBe(0);
  expect(await faultsFor(page)).toEqual([]);
  await page.screenshot({ path: join(shots, 'reading-unwrapped.png') });
  await wrap.tap();
  expect(await hidden()).toBe(0);
});

test('a wide table scrolls in its own box, also by keyboard', async () => {
  const cells = (text: string): string => `|${Array.from({ length: 12 }, (_, n) => `${text} ${n}`).join('|')}|\n`;
  markdown = cells('column') + cells('-').replace(/- \d+/g, '-') + cells('some words');
  const page = await openPage();
  const box = page.getByRole('group', { name: 'Table 1' });
  expect(await overflow(page)).toBe(0);
  expect(await box.evaluate((it) => it.scrollWidth > it.clientWidth)).toBe(true);
  await box.focus();
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => (document.querySelector('.table')?.scrollLeft ?? 0) > 0);
});

test('code is copied with the keyboard alone, as it was written', async () => {
  const code = 'if (a < b && c) {\n\treturn "d";\n}';
  markdown = `Words.\n\n\`\`\`js\n${code}\n\`\`\``;
  const page = await openPage(MAY_COPY);
  const copy = page.locator('figure').getByRole('button').last();
  for (let steps = 0; steps < 10 && !(await copy.evaluate((it) => it === document.activeElement)); steps++) {
    await page.keyboard.press('Tab');
  }
  expect(await copy.evaluate((it) => getComputedStyle(it).outlineStyle)).toBe('solid');
  await page.keyboard.press('Enter');
  await said(page, 'Copied');
  expect(await copy.textContent()).toBe('Copied');
  expect(await clipboard(page)).toBe(code);
  await page.locator('figure').getByRole('button', { name: 'Copy', exact: true }).waitFor();
});

test('the whole answer is copied as it was written', async () => {
  markdown = '# A\n\n<internal>no</internal>**b** <c> & `d`\n\n- e';
  const page = await openPage(MAY_COPY);
  await page.getByRole('button', { name: 'Copy all' }).tap();
  await said(page, 'Copied');
  expect(await clipboard(page)).toBe('# A\n\n**b** <c> & `d`\n\n- e');
});

test('without clipboard access the page uses the older way, and reports a failure', async () => {
  const page = await openPage();
  await page.evaluate(() => {
    const calls: string[] = [];
    navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed'));
    document.execCommand = (command) => {
      calls.push(`${command} ${getSelection()}`);
      return calls.length === 1;
    };
    Object.assign(window, { calls });
  });
  const copy = page.getByRole('button', { name: 'Copy', exact: true }).first();
  await copy.click();
  await said(page, 'Copied');
  const calls = await page.evaluate(() => (window as unknown as { calls: string[] }).calls);
  expect(calls[0]).toMatch(/^copy \S/);
  await page.getByRole('button', { name: 'Copy all' }).click();
  await said(page, 'That didn’t work');
});

test('dates are said in the reader’s zone', async () => {
  const page = await openPage({ timezoneId: 'Asia/Tokyo' });
  await page.getByText('20 Nov, 17:30 · Available until 27 Nov, 17:30', { exact: true }).waitFor();
});

test('without scripts it reads the same and shows no button', async () => {
  const page = await openPage({ javaScriptEnabled: false });
  await page.getByText('20 Nov, 08:30 UTC · Available until 27 Nov, 08:30 UTC', { exact: true }).waitFor();
  expect(await page.getByRole('button').count()).toBe(0);
  await page.screenshot({ path: join(shots, 'reading-without-script.png') });
});

test('nothing in an answer runs or loads, not even without the policy', async () => {
  guarded = false;
  const page = await openPage();
  for (const attack of attacks) {
    markdown = `${attack}\n\nThe end.`;
    await page.goto(address());
    const found = await page.evaluate(() => ({
      scripts: document.scripts.length,
      loading: document.querySelectorAll(
        'img, svg:not(body > header svg), math, iframe, link, object, embed, form, input, base',
      ).length,
      handlers: [...document.querySelectorAll('*')].flatMap((it) =>
        it.getAttributeNames().filter((n) => /^on/.test(n)),
      ),
      schemes: [...document.links].map((link) => link.protocol).filter((scheme) => !/^(https?|mailto):$/.test(scheme)),
      styles: document.styleSheets.length,
    }));
    expect(found, attack.slice(0, 80)).toEqual({ scripts: 1, loading: 0, handlers: [], schemes: [], styles: 1 });
  }
});

test('the policy holds what the page would not', async () => {
  const page = await openPage();
  const ran = await page.evaluate(async () => {
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.body.append(script);
    const image = new Image();
    image.src = '/image.png';
    await new Promise((done) => image.addEventListener('error', done));
    return 'ran' in window;
  });
  expect(ran).toBe(false);
  expect(served).not.toContain('/image.png');
  // The console names each blocked resource, and the request is recorded as well.
  expect(problems.splice(0).filter((problem) => !/Content Security Policy|image\.png$/.test(problem))).toEqual([]);
});
