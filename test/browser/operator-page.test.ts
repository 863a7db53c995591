import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { scheduler } from 'node:timers/promises';
import { type ServerType, serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { localVars } from '../../scripts/local/generated-vars.ts';
import { type Config, readConfig } from '../../src/config/config.ts';
import { sealSession } from '../../src/links/operator-link.ts';
import { operatorPage as words } from '../../src/texts/operator-page.ts';
import { attacks } from '../fixtures/html-attacks.ts';
import { launchBrowser } from './chromium.ts';

// The frame of the operator's page in a real browser: its style, its script and its keys, around the view “Audit”. A
// made-up directory stands behind it. Screenshots are kept.

const root = resolve(import.meta.dirname, '../..');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = join(root, 'test-results/screenshots');
const SIZES = {
  phone: { width: 360, height: 740 },
  tablet: { width: 820, height: 1180 },
  desk: { width: 1440, height: 900 },
};
const PERSON = 'ab'.repeat(32);
const SESSION = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const vars = Object.fromEntries(localVars().map(({ name, value }) => [name, value]));
const NOW = Date.parse('2026-11-23T12:00:00Z');

type AuditRow = { id: string; at: number; actor: string; action: string; subject: string; detail: string };
type OperatorSession = {
  id: string;
  person: string;
  name: string;
  browser: string;
  madeAt: number;
  seenAt: number;
  expiresAt: number;
};
/** Its types are those of another platform. */
const ROUTES = join(root, 'src/worker/operator/routes.ts');

let browser: Browser | string;
let server: ServerType;
let entries: AuditRow[];
let sessions: OperatorSession[];
/** What the relay answers instead; null: as it is. */
let status: number | null;
const contexts: BrowserContext[] = [];
const problems: string[] = [];
const asked: string[] = [];

const entry = (n: number, detail = 'WhatsApp …0123'): AuditRow => ({
  id: `01ARZ3NDEKTSV4RRFFQ69G${String(1000 + n)}`,
  at: NOW - n * 60_000,
  actor: n % 3 === 0 ? PERSON : 'operator',
  action: 'let in',
  subject: PERSON,
  detail,
});
const login = (id: string, name: string): OperatorSession => {
  const times = { madeAt: NOW - 3_600_000, seenAt: NOW - 60_000, expiresAt: NOW + 11 * 3_600_000 };
  return { id, person: PERSON, name, browser: 'Firefox on Android', ...times };
};
const desk = {
  [Symbol.dispose]: () => undefined,
  operator: () => Promise.resolve({ id: PERSON, role: 'owner', name: 'Ann', session: SESSION }),
  sessions: () => Promise.resolve(sessions),
  end: (id: string) => {
    const had = sessions.length;
    sessions = sessions.filter((one) => one.id !== id);
    return Promise.resolve(sessions.length < had);
  },
};
const directory = { operators: () => desk, audit: () => Promise.resolve(entries) };

beforeAll(async () => {
  Object.assign(globalThis, { scheduler });
  mkdirSync(shots, { recursive: true });
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
    asked.push(`${c.req.method} ${c.req.path}${c.req.header('x-part') ? ' (part)' : ''}`);
    if (status !== null) return c.json({}, status as 401);
    c.set('config', read.config);
    return next();
  });
  app.route('/operator', operator);
  const env = { DIRECTORY: { getByName: () => directory } };
  server = serve({ fetch: (request) => app.fetch(request, env), port: 0, hostname: '127.0.0.1' });
  await new Promise<void>((done) => server.once('listening', () => done()));
  browser = await launchBrowser();
});
beforeEach((ctx) => {
  if (typeof browser === 'string') ctx.skip(browser);
  entries = Array.from({ length: 12 }, (_, n) => entry(n));
  sessions = [login(SESSION, 'Ann'), login('01ARZ3NDEKTSV4RRFFQ69G5FAW', 'Ben')];
  status = null;
  asked.splice(0);
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
const key = JSON.parse(vars.MACHINE_SIGNING_KEY ?? '') as { d: string };

/** A page of somebody who is logged in. Every error, refusal and request elsewhere is a problem. */
async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await (browser as Browser).newContext({ viewport: SIZES.desk, ...options });
  context.setDefaultTimeout(30_000);
  contexts.push(context);
  const token = sealSession(key, { person: PERSON, session: SESSION, expiresAt: Date.now() + 3_600_000 });
  await context.addCookies([{ name: 'roost-operator', value: token, url: origin(), httpOnly: true, sameSite: 'Lax' }]);
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (line) => {
    if (!/Failed to load resource/.test(line.text())) problems.push(line.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(origin()) && !request.url().startsWith('data:')) problems.push(request.url());
  });
  await page.clock.install({ time: NOW });
  await page.goto(`${origin()}/operator/audit`);
  return page;
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = (await page.evaluate('axe.run()')) as { violations: { id: string; nodes: { html: string }[] }[] };
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

describe.each(Object.keys(SIZES) as (keyof typeof SIZES)[])('on a %s', (size) => {
  test.each(['light', 'dark'] as const)('%s: nothing to mend for axe, nothing too wide', async (colorScheme) => {
    const page = await openPage({ viewport: SIZES[size], colorScheme, bypassCSP: true });
    await page.screenshot({ path: join(shots, `operator-audit-${size}-${colorScheme}.png`) });
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    if (size === 'phone') {
      const heights = await page.$$eval('button:not(dialog button)', (all) => all.map((one) => one.clientHeight));
      expect(Math.min(...heights)).toBeGreaterThanOrEqual(42);
    }
  });
});

test('by keys alone: rows, views, the list of keys, and a button', async () => {
  const page = await openPage();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  expect(await page.$$eval('[data-row].here', (rows) => rows.length)).toBe(1);
  expect(await page.locator('[data-row].here').textContent()).toContain('Ann');
  await page.keyboard.press('?');
  await page.waitForSelector('#keys[open]');
  expect(await violations(await inside(page))).toEqual([]);
  await page.keyboard.press('Escape');
  await page.keyboard.press('g');
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('a')]);
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.getByText(words.audit.asksEnd).waitFor();
  await page.keyboard.press('Escape');
  expect(sessions).toHaveLength(2);
  await page.keyboard.press('Enter');
  await page.waitForSelector('#confirm[open]');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.told');
  expect(await page.locator('.told').textContent()).toBe(words.told['login-ended']);
  expect(sessions.map(({ name }) => name)).toEqual(['Ann']);
});

/** The same page, where the policy lets a test's own script in. */
async function inside(page: Page): Promise<Page> {
  const other = await openPage({ bypassCSP: true });
  await other.keyboard.press('?');
  await other.waitForSelector('#keys[open]');
  await page.bringToFront();
  return other;
}

describe('live', () => {
  const polls = (): number => asked.filter((one) => one.endsWith('(part)')).length;

  /** The server has answered what was asked before. */
  const settle = async (page: Page): Promise<void> => {
    for (let n = 0; n < 2; n++) await page.evaluate("fetch('/operator/operator.css').then((answer) => answer.text())");
  };

  test('every five seconds, later every thirty; focus and the chosen row stay', async () => {
    const page = await openPage();
    await page.keyboard.press('j');
    await page.locator('main button').first().focus();
    entries = [entry(0, 'something new'), ...entries];
    await page.clock.runFor(5_100);
    await page.getByText('something new').waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe(words.audit.endLogin);
    expect(await page.title()).toContain('Audit');
    await page.clock.runFor(300_000);
    await settle(page);
    const before = polls();
    for (let n = 0; n < 12; n++) {
      await page.clock.runFor(5_000);
      await settle(page);
    }
    expect(polls() - before).toBeGreaterThanOrEqual(1);
    expect(polls() - before).toBeLessThanOrEqual(3);
  });

  test('the focus stays on the button of its row when rows come and go', async () => {
    const page = await openPage();
    const focused = (): Promise<unknown> => page.evaluate("document.activeElement.closest('tr')?.textContent ?? null");
    await page.locator('main button').nth(1).focus();
    expect(await focused()).toContain('Ben');
    sessions = [login('01ARZ3NDEKTSV4RRFFQ69G5FAX', 'Carla'), ...sessions];
    await page.clock.runFor(5_100);
    await page.getByText('Carla').waitFor();
    expect(await focused()).toContain('Ben');
    sessions = sessions.filter(({ name }) => name !== 'Ben');
    await page.clock.runFor(5_100);
    await page.getByText('Ben').waitFor({ state: 'detached' });
    expect(await focused()).toBe(null);
  });

  test('a relay that doesn’t answer and a login that is over are told; the view stays', async () => {
    const page = await openPage();
    status = 503;
    await page.clock.runFor(5_100);
    await page.getByText('hasn’t answered since').waitFor();
    expect(await page.locator('main').textContent()).toContain('Ben');
    status = null;
    await page.clock.runFor(5_100);
    await page.locator('#live').waitFor({ state: 'hidden' });
    status = 401;
    await page.clock.runFor(5_100);
    await page.getByText('You’re logged out').waitFor();
    const before = polls();
    await page.clock.runFor(600_000);
    expect(polls()).toBe(before);
    expect(await page.locator('main').textContent()).toContain('Ben');
  });

  test('a login of Cloudflare Access that is over leads elsewhere: it is told, and nothing is asked again', async () => {
    const page = await openPage();
    status = 302;
    await page.clock.runFor(5_100);
    await page.getByText('You’re logged out').waitFor({ timeout: 3000 });
    const before = polls();
    await page.clock.runFor(600_000);
    expect(polls()).toBe(before);
  });

  test('a page that nobody sees asks for nothing', async () => {
    const page = await openPage();
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: true, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    const before = polls();
    await page.clock.runFor(3_600_000);
    expect(polls()).toBe(before);
  });
});

test('without a script every view and button works', async () => {
  const page = await openPage({ javaScriptEnabled: false });
  await page.locator('main button').nth(1).click();
  expect(await page.locator('h1').textContent()).toBe(words.audit.asksEnd);
  expect(sessions).toHaveLength(2);
  await page.locator('main button').click();
  await page.locator('.told').waitFor();
  expect(sessions.map(({ name }) => name)).toEqual(['Ann']);
});

test('what anybody wrote stays text, in every place', async () => {
  entries = attacks
    .slice(0, 40)
    .map((text, n) => ({ ...entry(n), action: text, subject: text, detail: text, actor: text }));
  sessions = attacks.slice(0, 5).map((text, n) => ({ ...login(`S${n}`, text), browser: text }));
  const page = await openPage();
  const outside = await page.$$eval('main *', (all) =>
    all
      .map(({ localName }) => localName)
      .filter(
        (name) =>
          !/^(h1|h2|section|div|table|caption|thead|tbody|tr|th|td|time|span|code|form|input|button|p)$/.test(name),
      ),
  );
  expect(outside).toEqual([]);
  expect(
    await page.$$eval('main *', (all) =>
      all.flatMap((one) => one.getAttributeNames().filter((name) => name.startsWith('on'))),
    ),
  ).toEqual([]);
});
