import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { operatorConversation as words } from '../../src/texts/operator-conversation.ts';
import { operatorPage } from '../../src/texts/operator-page.ts';
import { useDemo } from './demo-relay.ts';
import { keepShot, violations } from './operator-browser.ts';
import { openPerson, press, pressByKeys } from './operator-presses.ts';

// What an operator does to one conversation of the demo's week, pressed in a real browser: it asks once where it can't
// be undone, the page shows what came of it, and the audit has it.

const { acts, access, asks, copy } = words;
const demo = useDemo();

const newest = async (count = 1) =>
  (await demo.audit()).slice(0, count).map(({ actor, action, detail }) => ({ actor, action, detail }));
const told = (page: Page): Promise<string | null> => page.locator('.told').first().textContent();
const figure = (page: Page, name: string): Promise<string | null> =>
  page.locator('.figure', { hasText: name }).locator('dd').first().textContent();

test('stop asks first, by keys alone, and the turn is being stopped', async () => {
  const page = await openPerson(demo, 'Chiara Russo');
  const before = await demo.audit();
  await pressByKeys(page, acts.stop, { asks: asks.stop, keep: () => keepShot(page, 'asks', false) });
  expect(await told(page)).toBe(operatorPage.told.done);
  expect(await newest()).toMatchObject([{ actor: 'operator', action: 'stop' }]);
  expect(await demo.audit()).toHaveLength(before.length + 1);
  expect(await page.locator('.event', { hasText: words.turnState.stopping }).count()).toBe(1);
  await keepShot(page, 'stopped');
});

test('retry begins the failed turn again', async () => {
  const page = await openPerson(demo, 'Daniel Kim');
  expect(await figure(page, words.failed)).toBe('1');
  await press(page, acts.retry);
  expect([await told(page), await figure(page, words.failed)]).toEqual([operatorPage.told.done, '0']);
  expect(await newest()).toMatchObject([{ action: 'retry' }]);
});

test('send again asks first, and the reply is replaced', async () => {
  const page = await openPerson(demo, 'Hugo Martins');
  await page
    .locator('.event', { hasText: words.replyState('failed') })
    .locator('summary')
    .first()
    .click();
  await press(page, acts.resend, { asks: asks.resend });
  expect(await told(page)).toBe(operatorPage.told.done);
  expect(await page.getByText(words.replyState('replaced')).count()).toBeGreaterThan(0);
  expect(await newest()).toMatchObject([{ action: 'resend' }]);
});

test('a new session asks first, and the project shows it', async () => {
  const page = await openPerson(demo, 'Ada Moreau');
  expect(await page.getByText(words.newSession).count()).toBe(0);
  await press(page, acts['reset-session'], { asks: asks['reset-session'] });
  expect(await page.getByText(words.newSession).count()).toBe(1);
  expect(await newest()).toMatchObject([{ action: 'reset-session' }]);
});

test('a schedule is paused and goes on, by keys alone', async () => {
  const page = await openPerson(demo, 'Ada Moreau');
  await pressByKeys(page, acts['pause-schedule']);
  expect(await page.getByRole('button', { name: acts['resume-schedule'], exact: true }).count()).toBe(1);
  await pressByKeys(page, acts['resume-schedule']);
  expect(await page.getByRole('button', { name: acts['pause-schedule'], exact: true }).count()).toBe(1);
  expect(await newest(2)).toMatchObject([
    { action: 'resume-schedule', detail: '1' },
    { action: 'pause-schedule', detail: '1' },
  ]);
});

test('block, unblock, lock, unlock, another role and a budget', async () => {
  const page = await openPerson(demo, 'Ines Haddad');
  const line = (): Promise<string | null> => page.locator('.note').first().textContent();
  await press(page, access.block, { asks: asks.block });
  expect(await line()).toContain('blocked');
  await press(page, access.unblock);
  await press(page, access.lock);
  expect(await line()).toContain('locked');
  await press(page, access.unlock);
  expect(await line()).not.toContain('locked');
  await page.getByLabel(words.role).selectOption('guest');
  await press(page, access.role);
  expect(await line()).toContain('guest');
  await page.getByLabel(words.dollars).fill('3.50');
  await press(page, access.budget);
  expect(await page.locator('section', { hasText: words.limits }).last().textContent()).toContain('$3.50');
  const changes = (await newest(6)).map(({ action }) => action);
  expect(changes).toEqual(['budget', 'role', 'unlock', 'lock', 'unblock', 'block']);
});

test('a machine is woken, and restarted after a question', async () => {
  const page = await openPerson(demo, 'Maya Cohen');
  expect(await figure(page, words.machine)).toBe(words.asleep);
  await press(page, acts['wake-machine']);
  expect(await figure(page, words.machine)).toBe(words.awake);
  await press(page, acts['restart-machine'], { asks: asks['restart-machine'] });
  expect(await told(page)).toBe(operatorPage.told.done);
  expect(await newest(2)).toMatchObject([{ action: 'restart-machine' }, { action: 'wake-machine' }]);
});

test('words are shown for a reason, and hidden again', async () => {
  const page = await openPerson(demo, 'Daniel Kim');
  expect(await page.content()).not.toContain('Deploy the staging branch');
  await page.getByLabel(words.reason, { exact: true }).fill('Daniel asked for help');
  await press(page, words.show);
  expect(await page.content()).toContain('Deploy the staging branch');
  expect(await newest()).toEqual([
    { actor: 'operator', action: 'read what they wrote', detail: 'Daniel asked for help' },
  ]);
  await keepShot(page, 'words');
  expect(await violations(page)).toEqual([]);
  await page.getByRole('link', { name: words.leave }).click();
  await page.getByText(words.hidden).waitFor();
  expect(await page.content()).not.toContain('Deploy the staging branch');
});

test('a copy of everything is made after a question, and downloaded for a reason', async () => {
  const page = await openPerson(demo, 'Quentin Dubois');
  await press(page, acts['make-copy'], { asks: asks['make-copy'] });
  await page.getByRole('button', { name: copy.download }).waitFor();
  await page.getByLabel(copy.why).fill('Quentin wants it by mail');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: copy.download }).click(),
  ]);
  const archive = readFileSync(await file.path());
  expect(archive.subarray(0, 2).toString()).toBe('PK');
  expect(await newest(2)).toEqual([
    { actor: 'operator', action: 'download the copy of everything', detail: 'Quentin wants it by mail' },
    { actor: 'operator', action: 'make-copy', detail: '' },
  ]);
});
