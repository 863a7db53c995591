import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { operatorConversation } from '../../src/texts/operator-conversation.ts';
import { operatorOverview } from '../../src/texts/operator-overview.ts';
import { operatorPage } from '../../src/texts/operator-page.ts';
import { FORGET_WORD, FORGET_WORDS } from '../../src/texts/privacy.ts';
import { addressOf, useDemo } from './demo-relay.ts';
import { keepShot, NOT_LOADED, SIZES } from './operator-browser.ts';
import { openPerson, press, pressByKeys } from './operator-presses.ts';

// What an operator does from the views about everybody, and what several operators do at once, on the demo's week: in a
// real browser, with what the audit has of it.

const { acts, asks } = operatorConversation;
const { now, machines } = operatorOverview;
const FIREFOX = 'Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0';
const SAMUEL = 'Samuel Osei';
const demo = useDemo();

const actions = async (count: number) => (await demo.audit()).slice(0, count).map(({ action }) => action);
const told = (page: Page): Promise<string | null> => page.locator('.told').first().textContent();

test('strangers are let in or kept out after a question, by keys or by hand', async () => {
  await demo.text('whatsapp:+15555550301', 'Vera Lund', 'hello');
  await demo.text('whatsapp:+15555550302', 'Vera Lund', 'hello');
  const page = await demo.openAgain();
  await page.goto(`${demo.url()}/operator/now`);
  const rows = page.locator('[id^=stranger-]');
  expect(await rows.count()).toBe(2);
  await keepShot(page, 'strangers');
  const who = (masked: string): string => `Vera Lund (WhatsApp …${masked})`;
  await pressByKeys(page, now.letIn, { asks: now.asksLetIn(who('0301')) });
  expect(await rows.count()).toBe(1);
  await press(page, now.keepOut, { asks: now.asksKeepOut(who('0302')) });
  expect(await rows.count()).toBe(0);
  const [refused, letIn] = await demo.audit();
  expect([refused, letIn]).toMatchObject([
    { action: 'refused', detail: 'WhatsApp …0302, by pairing' },
    { action: 'let in', detail: 'WhatsApp …0301, by pairing' },
  ]);
});

test('an alert is acknowledged, by keys alone, and is gone', async () => {
  const page = await demo.openAgain();
  await page.goto(`${demo.url()}/operator/now`);
  const alerts = await page.locator('[id^=alert-]').count();
  await pressByKeys(page, now.acknowledge);
  expect([await told(page), await page.locator('[id^=alert-]').count()]).toEqual([
    operatorPage.told.acknowledged,
    alerts - 1,
  ]);
  expect(await actions(1)).toEqual(['acknowledged an alert']);
});

test('a rollout that failed is tried again', async () => {
  const page = await demo.openAgain();
  await page.goto(`${demo.url()}/operator/machines`);
  await keepShot(page, 'rollout-failed');
  await press(page, machines.retry);
  expect(await told(page)).toBe(operatorPage.told['rollout-begun']);
  expect(await page.getByText(machines.noRollout).count()).toBe(1);
  expect(await actions(1)).toEqual(['retried the rollout']);
});

test('of two operators who press the same button, one acts and the other reads that nothing was left to do', async () => {
  const first = await openPerson(demo, 'Kaito Sato', await demo.open());
  const second = await openPerson(demo, 'Kaito Sato', await demo.open());
  await press(first, acts.stop, { asks: asks.stop });
  await press(second, acts.stop, { asks: asks.stop });
  expect(await told(first)).toBe(operatorPage.told.done);
  expect(await told(second)).toBe(operatorPage.told['nothing-to-do']);
  await keepShot(second, 'nothing-to-do', false);
  expect((await actions(4)).filter((action) => action !== 'logged in')).toEqual([
    'stop: nothing-to-do',
    'stop',
    'stop',
  ]);
});

test('a person who was forgotten meanwhile is told; nothing is done', async () => {
  demo.expects(NOT_LOADED);
  const page = await openPerson(demo, SAMUEL);
  await demo.text(addressOf(SAMUEL), SAMUEL, `/forget ${FORGET_WORDS.all}`);
  await demo.text(addressOf(SAMUEL), SAMUEL, FORGET_WORD);
  await press(page, acts['wake-machine']);
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(operatorConversation.gone.title);
  await keepShot(page, 'forgotten', false);
  expect(await actions(2)).toEqual(['wake-machine: gone', 'wake-machine']);
  // And from there back to the views.
  await page.getByRole('link', { name: operatorPage.product }).click();
  await page.getByRole('heading', { name: now.title, exact: true }).waitFor();
});

test('a login that ends while a page is open: the press does nothing, and the page says where to get a new one', async () => {
  demo.expects(NOT_LOADED);
  const mine = await demo.open({ viewport: SIZES.phone, colorScheme: 'dark', userAgent: FIREFOX });
  const theirs = await openPerson(demo, 'Rosa Almeida', mine);
  const other = await demo.open();
  await other.goto(`${demo.url()}/operator/audit`);
  const logins = other.getByRole('button', { name: operatorPage.audit.endLogin, exact: true });
  const had = await logins.count();
  await other.locator('tr', { hasText: 'Firefox on Android' }).getByRole('button').click();
  await other.locator('#confirm[open]').getByText(operatorPage.audit.asksEnd).waitFor();
  await Promise.all([other.waitForEvent('load'), other.locator('#confirm .danger').click()]);
  expect([await told(other), await logins.count()]).toEqual([operatorPage.told['login-ended'], had - 1]);
  await press(theirs, acts['wake-machine']);
  expect(await theirs.getByRole('heading', { level: 1 }).textContent()).toBe(operatorPage.loggedOut.title);
  await keepShot(theirs, 'logged-out', false);
  expect(await actions(1)).toEqual(['logged out']);
  await Promise.all([other.waitForEvent('load'), other.getByRole('button', { name: operatorPage.logOut }).click()]);
  expect(await other.getByRole('heading', { level: 1 }).textContent()).toBe(operatorPage.loggedOut.title);
  await other.goto(`${demo.url()}/operator/audit`);
  expect(await other.getByRole('heading', { level: 1 }).textContent()).toBe(operatorPage.logIn.title);
});
