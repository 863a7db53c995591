import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { scheduler } from 'node:timers/promises';
import { type ServerType, serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { localVars } from '../../scripts/local/generated-vars.ts';
import { type Config, readConfig } from '../../src/config/config.ts';
import { sealSession } from '../../src/links/operator-link.ts';
import { operatorConversation as words } from '../../src/texts/operator-conversation.ts';
import { detailOf, NOW, PERSON, timelineOf } from '../fixtures/conversation-view.ts';
import { launchBrowser } from './chromium.ts';

// One conversation on the operator's page in a real browser, around a made-up object: read, opened and acted on by keys,
// with words that stay as long as the page. Screenshots are kept.

const root = resolve(import.meta.dirname, '../..');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = join(root, 'test-results/screenshots');
const SIZES = {
  phone: { width: 360, height: 740 },
  tablet: { width: 820, height: 1180 },
  desk: { width: 1440, height: 900 },
};
const SESSION = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const PATH = `/operator/people/${PERSON}`;
const vars = Object.fromEntries(localVars().map(({ name, value }) => [name, value]));
/** Its types are those of another platform. */
const ROUTES = join(root, 'src/worker/operator/routes.ts');

let browser: Browser | string;
let server: ServerType;
const audit: string[] = [];
const acts: { do: string }[] = [];
const problems: string[] = [];

let isIdle = false;
const home = {
  detail: async (shows: boolean) => {
    const detail = detailOf(shows);
    return isIdle ? { ...detail, turn: null, queue: { waiting: 0, active: 0 } } : detail;
  },
  timeline: async ({ shows }: { shows: boolean }) => timelineOf(shows),
  operate: async (wish: { do: string }) => {
    acts.push(wish);
    return acts.length > 1 ? 'nothing-to-do' : 'done';
  },
};
const desk = {
  [Symbol.dispose]: () => undefined,
  operator: async () => ({ id: PERSON, role: 'owner', name: 'Ann', session: SESSION }),
};
const directory = {
  operators: () => desk,
  recordAudit: async ({ action, detail }: { action: string; detail: string }) =>
    void audit.push(`${action} ${detail}`.trim()),
};

beforeAll(async () => {
  mkdirSync(shots, { recursive: true });
  Object.assign(globalThis, { scheduler });
  const read = readConfig({ ...vars, ADMIN_SENDERS: '+15555550123' });
  if (!read.ok) throw new Error(read.problems.join());
  const { operator } = (await import(ROUTES)) as { operator: Hono };
  const app = new Hono<{ Variables: { config: Config } }>();
  app.get('/operator/:file{operator\\.(?:css|js)}', (c) => {
    const file = c.req.param('file');
    const type = file.endsWith('css') ? 'text/css' : 'text/javascript';
    return c.body(readFileSync(join(root, 'assets/operator', file), 'utf8'), 200, { 'content-type': type });
  });
  app.use(async (c, next) => {
    c.set('config', read.config);
    return next();
  });
  app.route('/operator', operator);
  const env = {
    DIRECTORY: { getByName: () => directory },
    CONVERSATIONS: { idFromString: (id: string) => id, get: () => home },
  };
  server = serve({ fetch: (request) => app.fetch(request, env), port: 0, hostname: '127.0.0.1' });
  await new Promise<void>((done) => server.once('listening', () => done()));
  browser = await launchBrowser();
});
beforeEach((ctx) => {
  if (typeof browser === 'string') ctx.skip(browser);
  audit.splice(0);
  acts.splice(0);
  isIdle = false;
});
afterEach(async () => {
  if (typeof browser === 'object') for (const context of browser.contexts()) await context.close();
  expect(problems.splice(0)).toEqual([]);
});
afterAll(async () => {
  if (typeof browser === 'object') await browser.close();
  server.close();
});

const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const key = JSON.parse(vars.MACHINE_SIGNING_KEY ?? '') as { d: string };

/** The view, for somebody who is logged in. Every error and request elsewhere is a problem. */
async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await (browser as Browser).newContext({ viewport: SIZES.desk, ...options });
  context.setDefaultTimeout(30_000);
  const token = sealSession(key, { person: PERSON, session: SESSION, expiresAt: Date.now() + 3_600_000 });
  await context.addCookies([{ name: 'roost-operator', value: token, url: origin(), httpOnly: true, sameSite: 'Lax' }]);
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (line) => problems.push(line.text()));
  page.on('dialog', (dialog) => problems.push(dialog.message()));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin()) && !request.url().startsWith('data:')) problems.push(request.url());
  });
  await page.clock.install({ time: NOW });
  await page.goto(origin() + PATH);
  return page;
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = (await page.evaluate('axe.run()')) as { violations: { id: string; nodes: { html: string }[] }[] };
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

const isWide = (page: Page): Promise<boolean> => page.evaluate('document.documentElement.scrollWidth > innerWidth');

describe.each(Object.keys(SIZES) as (keyof typeof SIZES)[])('on a %s', (size) => {
  test.each(['light', 'dark'] as const)('%s: nothing to mend for axe, nothing too wide', async (colorScheme) => {
    const page = await openPage({ viewport: SIZES[size], colorScheme, bypassCSP: true });
    await page.screenshot({ path: join(shots, `operator-person-${size}-${colorScheme}.png`) });
    await page.$$eval('.event details', (all) => {
      for (const one of all) (one as unknown as { open: boolean }).open = true;
    });
    await page.screenshot({ path: join(shots, `operator-person-open-${size}-${colorScheme}.png`), fullPage: true });
    expect(await violations(page)).toEqual([]);
    expect(await isWide(page)).toBe(false);
  });
});

test('by keys alone: a failing turn is found and opened, and what runs is stopped after a question', async () => {
  const page = await openPage();
  const row = (): Promise<string | null> => page.locator('[data-row].here').first().textContent();
  for (let n = 0; n < 8; n++) await page.keyboard.press('j');
  expect(await row()).toContain('failed');
  await page.keyboard.press('Enter');
  await page.getByText('the disk is full: 80 MB free').waitFor();
  await page.locator('button', { hasText: words.acts.stop }).focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('#confirm[open]');
  await page.keyboard.press('Escape');
  expect(acts).toEqual([]);
  await page.keyboard.press('Enter');
  await page.waitForSelector('#confirm[open]');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.told');
  const { turn } = detailOf(false);
  expect([acts, audit]).toEqual([[{ do: 'stop', turn }], [`stop ${turn}`]]);
});

test('a reply is sent again after a question', async () => {
  const page = await openPage();
  await page.$$eval('.event details', (all) => {
    for (const one of all) (one as unknown as { open: boolean }).open = true;
  });
  await page.locator('button', { hasText: words.acts.resend }).first().click();
  await page.getByText(words.asks.resend).waitFor();
  expect(acts).toEqual([]);
  await Promise.all([page.waitForEvent('load'), page.locator('#confirm .danger').click()]);
  expect(acts).toEqual([{ do: 'resend', reply: expect.any(String) }]);
});

test('an open row stays open while the page keeps itself up to date', async () => {
  const page = await openPage();
  const open = (): Promise<number> => page.locator('.event details[open]').count();
  await page.locator('.event summary').nth(1).click();
  const asked = page.waitForRequest((request) => request.headers()['x-part'] === 'main');
  await page.clock.fastForward(6000);
  await (await asked).response();
  await page.evaluate("fetch('/operator/operator.css').then((answer) => answer.text())");
  expect(await open()).toBe(1);
});

test('what is typed and the chosen row stay; a button that is gone leaves its place to no other', async () => {
  const page = await openPage();
  const update = async (): Promise<void> => {
    const asked = page.waitForRequest((request) => request.headers()['x-part'] === 'main');
    await page.clock.fastForward(6000);
    await (await asked).response();
    await page.evaluate("fetch('/operator/operator.css').then((answer) => answer.text())");
  };
  for (let n = 0; n < 8; n++) await page.keyboard.press('j');
  await page.getByLabel(words.role).selectOption('guest');
  await page.getByLabel(words.reason).fill('Mara asked for help');
  await page.locator('button', { hasText: words.acts.stop }).focus();
  isIdle = true;
  await update();
  expect(await page.locator('button', { hasText: words.acts.stop }).count()).toBe(0);
  expect(await page.getByLabel(words.role).inputValue()).toBe('guest');
  expect(await page.getByLabel(words.reason).inputValue()).toBe('Mara asked for help');
  expect(await page.locator('[data-row].here').textContent()).toContain('failed');
  expect(await page.evaluate('document.activeElement.tagName')).not.toBe('BUTTON');
  await page.locator('button', { hasText: words.show }).focus();
  isIdle = false;
  await update();
  expect(await page.evaluate('document.activeElement.textContent')).toBe(words.show);
});

test('words need a reason, stay while the page is looked at, and end with it; nothing in them runs', async () => {
  const page = await openPage({ colorScheme: 'dark' });
  const hasWords = async (): Promise<boolean> => (await page.content()).includes('Please deploy the garden.');
  expect(await hasWords()).toBe(false);
  await page.locator('button', { hasText: words.show }).click();
  expect(audit).toEqual([]);
  await page.getByLabel(words.reason).fill('Mara asked for help');
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
  expect([await hasWords(), audit]).toEqual([true, ['read what they wrote Mara asked for help']]);
  await page.screenshot({ path: join(shots, 'operator-person-words.png'), fullPage: true });
  const asked = page.waitForRequest((request) => request.headers()['x-part'] === 'main');
  await page.clock.fastForward(6000);
  await (await asked).response();
  await page.evaluate("fetch('/operator/operator.css').then((answer) => answer.text())");
  expect(await hasWords()).toBe(true);
  await Promise.all([page.waitForEvent('load'), page.getByText(words.leave).click()]);
  expect(await hasWords()).toBe(false);
  // The browser has kept nothing to go back to.
  await expect(page.goBack()).rejects.toThrow('ERR_CACHE_MISS');
  expect(audit).toHaveLength(1);
});
