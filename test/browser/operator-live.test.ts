import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { operatorPage as words } from '../../src/texts/operator-page.ts';
import { HOUR, MINUTE } from '../../src/units.ts';
import { entry, login, NOW, PERSON, useAudit } from './made-up-audit.ts';
import { keepShot, NOT_LOADED, settle } from './operator-browser.ts';
import { useStage } from './operator-stage.ts';

// How the operator's page keeps itself up to date, in a real browser: when it asks, what stays as it was, and what it
// says when nothing answers. A made-up directory stands behind the view “Audit”.

const AUDIT = '/operator/audit';
const { audit, env } = useAudit();
const stage = useStage(env, { person: PERSON, now: NOW });

const polls = (): number => stage.asked.filter((one) => one.endsWith('(part)')).length;

test('an update leaves focus and title as they are', async () => {
  const page = await stage.open(AUDIT);
  await page.locator('main button').first().focus();
  audit.entries = [entry(0, 'something new'), ...audit.entries];
  await page.clock.runFor(5_100);
  await page.getByText('something new').waitFor();
  expect(await page.evaluate('document.activeElement.textContent')).toBe(words.audit.endLogin);
  expect(await page.title()).toContain('Audit');
});

test('the focus stays on the button of its row when rows come and go', async () => {
  const page = await stage.open(AUDIT);
  const focused = (): Promise<unknown> => page.evaluate("document.activeElement.closest('tr')?.textContent ?? null");
  await page.locator('main button').nth(1).focus();
  expect(await focused()).toContain('Ben');
  audit.sessions = [login('01ARZ3NDEKTSV4RRFFQ69G5FAX', 'Carla'), ...audit.sessions];
  await page.clock.runFor(5_100);
  await page.getByText('Carla').waitFor();
  expect(await focused()).toContain('Ben');
  audit.sessions = audit.sessions.filter(({ name }) => name !== 'Ben');
  await page.clock.runFor(5_100);
  await page.getByText('Ben').waitFor({ state: 'detached' });
  expect(await focused()).toBe(null);
});

test('an update in which nothing has changed gives the buttons new names, so that a press is dated when it was made', async () => {
  const page = await stage.open(AUDIT);
  const name = (): Promise<string> => page.locator('main [name=op]').first().inputValue();
  const [before, button] = [await name(), await page.locator('main button').first().elementHandle()];
  await page.clock.runFor(5_100);
  await expect.poll(name).not.toBe(before);
  expect(await button?.evaluate((one) => one.isConnected)).toBe(true);
});

test('a relay that doesn’t answer and a login that is over are told; the view stays', async () => {
  stage.expects(NOT_LOADED);
  const page = await stage.open(AUDIT);
  stage.status = 503;
  await page.clock.runFor(5_100);
  await page.getByText('hasn’t answered since').waitFor();
  expect(await page.locator('main').textContent()).toContain('Ben');
  stage.status = null;
  await page.clock.runFor(5_100);
  await page.locator('#live').waitFor({ state: 'hidden' });
  stage.status = 401;
  await page.clock.runFor(5_100);
  await page.getByText('You’re logged out').waitFor();
  const before = polls();
  await page.clock.runFor(600_000);
  expect(polls()).toBe(before);
  expect(await page.locator('main').textContent()).toContain('Ben');
});

test('a login of Cloudflare Access that is over leads elsewhere: it is told, and nothing is asked again', async () => {
  const page = await stage.open(AUDIT);
  stage.status = 302;
  await page.clock.runFor(5_100);
  await page.getByText('You’re logged out').waitFor({ timeout: 3000 });
  const before = polls();
  await page.clock.runFor(600_000);
  expect(polls()).toBe(before);
});

/** The page knows whether an answer is still to come. */
const KNOWS_ASKED = `
  let asking = 0;
  const [ask, read] = [fetch, Response.prototype.text];
  window.fetch = (...all) => {
    asking += 1;
    return ask(...all);
  };
  Response.prototype.text = async function () {
    const text = await read.call(this);
    asking -= 1;
    return text;
  };
  window.answered = async () => {
    do {
      await new Promise((done) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = done;
        port2.postMessage(0);
      });
    } while (asking > 0);
  };`;

/** Lets this time pass in steps, and waits for each answer. Returns how often the page asked. */
async function pass(page: Page, ms: number, step: number): Promise<number> {
  const before = polls();
  for (let passed = 0; passed < ms; passed += step) {
    await page.clock.runFor(step);
    await page.evaluate('answered()');
  }
  return polls() - before;
}

const hide = (page: Page, isHidden: boolean): Promise<void> =>
  page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isHidden);

test('a page that is open for a day: an hour in use, seven only visible, sixteen in the background', async () => {
  const page = await stage.open(AUDIT);
  await page.addInitScript(KNOWS_ASKED);
  await page.clock.pauseAt(NOW + MINUTE);
  await page.reload();
  let inUse = 0;
  for (let minute = 0; minute < 60; minute++) {
    await page.keyboard.press('j');
    inUse += await pass(page, MINUTE, 5_000);
  }
  // The last key was a minute ago.
  const stillInUse = await pass(page, 4 * MINUTE, 5_000);
  const visible = await pass(page, 6 * HOUR + 56 * MINUTE, 30_000);
  await hide(page, true);
  const hidden = await pass(page, 16 * HOUR, HOUR);
  expect([inUse, stillInUse, visible, hidden]).toEqual([720, 48, 832, 0]);
  // Seen again, it asks at once.
  await hide(page, false);
  expect(await pass(page, 1_000, 1_000)).toBe(1);
});

test('a connection that drops for an hour is told, with since when; then the page goes on by itself', async () => {
  stage.expects(NOT_LOADED);
  const page = await stage.open(AUDIT);
  await page.clock.pauseAt(NOW + MINUTE);
  await page.context().setOffline(true);
  for (let minute = 0; minute < 60; minute++) await page.clock.runFor(MINUTE);
  await page.getByText('Offline since 12:01').waitFor();
  expect(await page.locator('main').textContent()).toContain('Ben');
  await keepShot(page, 'offline', false);
  audit.sessions = [login('01ARZ3NDEKTSV4RRFFQ69G5FAX', 'Carla'), ...audit.sessions];
  const before = polls();
  await page.context().setOffline(false);
  await page.getByText('Carla').waitFor();
  await page.locator('#live').waitFor({ state: 'hidden' });
  expect(polls() - before).toBe(1);
});

test('a page in the background asks for nothing either when the connection comes back', async () => {
  const page = await stage.open(AUDIT);
  await hide(page, true);
  const before = polls();
  await page.context().setOffline(true);
  await page.context().setOffline(false);
  await settle(page);
  expect(polls()).toBe(before);
});
