import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, onTestFailed, test } from 'vitest';
import { launchBrowser } from '../browser/chromium.ts';
import { withoutGh } from '../vm/git-tools.ts';
import { sandboxPath } from '../vm/sandbox-tools.ts';
import { LocalRun, ownPorts } from './local-run.ts';

// A newcomer's way from `npm start` to a first pull request and its merge, on a phone's screen, on a computer without gh
// and with a sandbox, if one works: an account is connected, a private project of two hundred files cloned. Nothing is
// typed but the texts that docs/repositories.md names, and they are counted. The tests go on where the one before ended.

const shots = resolve(import.meta.dirname, '../../test-results/screenshots');
const WAIT_MS = 60_000;
const sandbox = await sandboxPath();
const bare = withoutGh('path' in sandbox ? sandbox.path : (process.env.PATH ?? ''));
let run: LocalRun;
let browser: Browser | string;
let context: BrowserContext;
let phone: Page;
const problems: string[] = [];
const count = { texts: 0, presses: 0 };

beforeAll(async () => {
  mkdirSync(shots, { recursive: true });
  run = new LocalRun('scripts/start.ts', await ownPorts(), [], bare.path);
  [browser] = await Promise.all([launchBrowser(), run.said(/^Phone page: http/)]);
  if (typeof browser === 'string') return;
  context = await browser.newContext({ viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true });
  context.setDefaultTimeout(WAIT_MS);
  phone = await open(run.vars.TWILIO_API_URL ?? '');
});
beforeEach((about) => {
  if (typeof browser === 'string') about.skip(browser);
  onTestFailed(async () => {
    await phone.screenshot({ path: join(shots, 'first-pull-request-failed.png') });
  });
});
afterAll(async () => {
  if (typeof browser === 'object') await browser.close();
  await run?.remove();
  bare.remove();
});

async function open(url: string): Promise<Page> {
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (line) => line.type() === 'error' && problems.push(line.text()));
  await page.goto(url);
  return page;
}
const theirs = (like: RegExp) => phone.locator('.bubble.theirs', { hasText: like }).last();
async function text(words: string, answer: RegExp): Promise<void> {
  await phone.getByRole('textbox', { name: 'Message' }).fill(words);
  await send(answer);
}
async function send(answer: RegExp): Promise<void> {
  count.texts += 1;
  await phone.getByRole('textbox', { name: 'Message' }).press('Enter');
  await theirs(answer).waitFor();
}
async function press(page: Page, name: string, role: 'button' | 'link' = 'button'): Promise<void> {
  count.presses += 1;
  await page.getByRole(role, { name, exact: true }).last().tap();
  await page.waitForLoadState();
}
async function tap(name: string, answer: RegExp): Promise<void> {
  await press(phone, name);
  await theirs(answer).waitFor();
}
async function linkIn(message: RegExp, path: string): Promise<string> {
  const link = theirs(message).locator(`a[href*="${path}"]`);
  count.presses += 1;
  return (await link.getAttribute('href')) ?? '';
}
async function shoot(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(shots, `first-pull-request-${name}-${colorScheme}.png`) });
  }
}

type Records = {
  repositories: { id: number; name: string }[];
  pulls: { number: number; head: string; base: string; title: string; mergedAt: number | null }[];
};
/** What the host keeps on its disk. */
const held = (): Records => JSON.parse(readFileSync(join(run.state, 'git-hosts/state.json'), 'utf8')) as Records;
function readmeAt(branch: string): string {
  const id = held().repositories.find(({ name }) => name === 'shop')?.id;
  const folder = join(run.state, 'git-hosts/repositories/github.com', `${id}.git`);
  return execFileSync('git', ['-C', folder, 'show', `${branch}:README.md`], { encoding: 'utf8' }).split('\n')[2] ?? '';
}

test('an account is connected on the way, and two hundred files are cloned', async () => {
  expect(run.output.some((line) => line.includes('and none works here yet'))).toBe('missing' in sandbox);
  await text('/project new shop robin-field/shop', /The link works once/);
  const page = await open(await linkIn(/The link works once/, '/account/'));
  await press(page, 'Go on to GitHub');
  await press(page, 'Allow');
  await press(page, 'Choose at GitHub', 'link');
  count.presses += 1;
  await page.getByLabel('robin-field/shop').check();
  await press(page, 'Install');
  await press(page, 'Open the chat', 'link');
  // The page leads to the chat, with the code written.
  await phone.close();
  phone = page;
  await expect.poll(() => page.getByRole('textbox', { name: 'Message' }).inputValue()).toMatch(/^\/github \S{9}$/);
  await send(/Cloned github\.com\/robin-field\/shop: branch main, 200 files/);
});

test('one sentence and one yes later there is a pull request', async () => {
  await text('fix the typo in the readme and open a pull request', /OK to run this in shop\?/);
  await tap('Approve', /the pull request is open/);
  const bubble = theirs(/Pull request #3 in shop/);
  await bubble.getByRole('button', { name: 'Merge' }).waitFor();
  expect(await bubble.textContent()).toMatch(/readme-typo → main · 1 file, \+1 −1/);
  await bubble.scrollIntoViewIfNeeded();
  await shoot(phone, 'bubble');
  expect(held().pulls.at(-1)).toMatchObject({
    number: 3,
    head: 'readme-typo',
    base: 'main',
    title: 'Fix a typo in the readme',
    mergedAt: null,
  });
  expect(readmeAt('readme-typo')).toBe('Catalogue, cart and prices of a small shop.');
  expect(readmeAt('main')).toBe('Catalogue, cart and prizes of a small shop.');
  // What docs/repositories.md says of the way so far.
  expect(count).toEqual({ texts: 3, presses: 8 });
});

test('a comment on a line of the changes is the next text', async () => {
  await tap('Changes', /Changes of #3 in shop/);
  const page = await open(await linkIn(/Changes of #3 in shop/, '/diff/'));
  await shoot(page, 'diff');
  await page.getByRole('link', { name: 'Comment on line 3' }).last().tap();
  const comment = page.getByLabel('Your comment on this line');
  await comment.fill('write: Catalogue, cart and prices of a small, friendly shop.');
  await shoot(page, 'diff-comment');
  await press(page, 'Write it in the chat');
  await page.getByRole('link', { name: 'Open the chat' }).waitFor();
  await shoot(page, 'comment-done');
  await press(page, 'Open the chat', 'link');
  await phone.close();
  phone = page;
  await expect.poll(() => page.getByRole('textbox', { name: 'Message' }).inputValue()).toMatch(/^\/comment shop#3 /);
  await send(/git commit -qm "Follow a comment"/);
  await tap('Approve', /Line 3 of README\.md is as you wrote it/);
  expect(readmeAt('readme-typo')).toBe('Catalogue, cart and prices of a small, friendly shop.');
});

test('checks pass, and a yes merges', async () => {
  const page = await open(`${run.vars.GIT_HOSTS_URL?.replace('{host}', 'github.com')}/robin-field/shop/pull/3`);
  await shoot(page, 'host');
  // A computer that is busy takes so long that they have passed by themselves.
  const pass = page.getByRole('button', { name: 'Let them pass' });
  if ((await pass.count()) > 0) await pass.tap();
  await page.getByText('success').waitFor();
  await text('/checks', /✓ build: passed/);
  await tap('Merge', /Merge #3 .*into main\?/);
  await tap('Merge', /Merged #3 into main in shop/);
  expect(held().pulls.at(-1)?.mergedAt).toEqual(expect.any(Number));
  expect(readmeAt('main')).toBe('Catalogue, cart and prices of a small, friendly shop.');
  expect(problems).toEqual([]);
});
