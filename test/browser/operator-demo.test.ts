import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { OWNER } from '../../scripts/demo/team.ts';
import { composeWeek } from '../../scripts/demo/week.ts';
import { SIMULATED_SENDER } from '../../scripts/local/generated-vars.ts';
import { freePorts } from '../../scripts/local/ports.ts';
import { linkBundle } from '../../scripts/local/relay-bundle.ts';
import { VIEW_NAMES } from '../../src/worker/operator/views/names.ts';
import { LOCAL_ROUTES } from '../../src/worker/routes.ts';
import { Relay, relayVars } from '../relay/relay.ts';
import { launchBrowser } from './chromium.ts';

// Every view of the operator's page on the demo's week, from the real relay, in a real browser. Screenshots are kept.

const root = resolve(import.meta.dirname, '../..');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = join(root, 'test-results/screenshots');
const SIZES = { phone: [360, 740], tablet: [820, 1180], desk: [1440, 900] } as const;
const TOKEN = 'operator-token-of-these-tests';
const SEED = 20_261_123;
const FAILING = 'Daniel Kim';

let relay: Relay;
let folder: string;
let browser: Browser | string;
let login: Awaited<ReturnType<Awaited<ReturnType<Browser['newContext']>>['storageState']>>;
const problems: string[] = [];

beforeAll(async () => {
  mkdirSync(shots, { recursive: true });
  folder = mkdtempSync(join(tmpdir(), 'roost-demo-'));
  await linkBundle(root, join(folder, 'relay'));
  const port = await freePorts(1);
  const own = {
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    OPERATOR_TOKEN: TOKEN,
    ADMIN_SENDERS: OWNER,
    DAILY_BUDGET_USD: '60',
  };
  relay = new Relay(root, join(folder, 'relay'), port, relayVars(own));
  await relay.start();
  const people = composeWeek(SEED, Date.now(), SIMULATED_SENDER);
  const told = await Promise.all(people.map((past) => send(LOCAL_ROUTES.past.path, JSON.stringify(past))));
  expect(told.map(({ status }) => status)).toEqual(people.map(() => 200));
  browser = await launchBrowser();
});
beforeEach(async (context) => {
  if (typeof browser === 'string') return context.skip(browser);
  if (login === undefined) login = await logIn();
});
afterEach(() => {
  expect(problems.splice(0)).toEqual([]);
});
afterAll(async () => {
  if (typeof browser === 'object') await browser.close();
  await relay.kill();
  rmSync(folder, { recursive: true, force: true });
});

const send = (path: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(relay.url + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

/** Errors, and requests to anywhere else, are problems. The Worker's static assets come from their folder here. */
async function newPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await (browser as Browser).newContext({
    bypassCSP: true,
    ...(login ? { storageState: login } : {}),
    ...options,
  });
  context.setDefaultTimeout(30_000);
  for (const file of ['operator.css', 'operator.js'])
    await context.route(`**/operator/${file}`, (route) => route.fulfill({ path: join(root, 'assets/operator', file) }));
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (line) => line.type() === 'error' && problems.push(line.text()));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(relay.url) && !url.startsWith('data:')) problems.push(url);
  });
  return page;
}

async function logIn(): Promise<typeof login> {
  const made = await send('/operator/login-links', '', { authorization: `Bearer ${TOKEN}` });
  const link = /http:[^"\s]+/.exec(await made.text())?.[0] ?? '';
  const page = await newPage();
  await page.goto(link);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Now' }).waitFor();
  const state = await page.context().storageState();
  await page.context().close();
  return state;
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = (await page.evaluate('axe.run()')) as { violations: { id: string; nodes: { html: string }[] }[] };
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

const cells = Object.keys(SIZES).flatMap((size) =>
  (['light', 'dark'] as const).map((scheme) => ({ size: size as keyof typeof SIZES, scheme })),
);

test.each(cells)(
  'every view on a $size, $scheme: nothing to mend for axe, nothing too wide',
  async ({ size, scheme }) => {
    const [width, height] = SIZES[size];
    const page = await newPage({ viewport: { width, height }, colorScheme: scheme });
    for (const view of Object.keys(VIEW_NAMES)) {
      await page.goto(`${relay.url}/operator/${view}`);
      await page.screenshot({ path: join(shots, `operator-${view}-${size}-${scheme}.png`), fullPage: true });
      expect([view, await violations(page)]).toEqual([view, []]);
      expect([view, await page.evaluate('document.documentElement.scrollWidth - innerWidth')]).toEqual([view, 0]);
    }
    await page.context().close();
  },
);

test('by keys alone: from Now to the failing turn, to another view, and a search', async () => {
  const page = await newPage();
  await page.goto(`${relay.url}/operator`);
  await page.keyboard.press('g');
  await Promise.all([page.waitForURL('**/people'), page.keyboard.press('p')]);
  await page.keyboard.press('/');
  await page.keyboard.type('daniel');
  await Promise.all([page.waitForURL('**/people?q=daniel'), page.keyboard.press('Enter')]);
  await page.locator('main').press('j');
  await Promise.all([page.waitForURL(/people\/[0-9a-f]{64}/), page.keyboard.press('Enter')]);
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(FAILING);
  expect(await page.locator('.event.bad').first().textContent()).toContain('failed');
  await page.context().close();
});

test('what people wrote is on no view', async () => {
  const page = await newPage();
  for (const view of Object.keys(VIEW_NAMES)) {
    await page.goto(`${relay.url}/operator/${view}`);
    expect(await page.locator('main').textContent()).not.toMatch(/Deploy the staging|Write the standup|login page/);
  }
  await page.context().close();
});
