import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { operatorPage as words } from '../../src/texts/operator-page.ts';
import { attacks } from '../fixtures/html-attacks.ts';
import { entry, login, NOW, PERSON, useAudit } from './made-up-audit.ts';
import { violations } from './operator-browser.ts';
import { useStage } from './operator-stage.ts';

// The frame of the operator's page in a real browser: its keys, no script of its own, and script in names, around the
// view “Audit”. A made-up directory stands behind it.

const AUDIT = '/operator/audit';
const { audit, env } = useAudit();
const stage = useStage(env, { person: PERSON, now: NOW });

test('by keys alone: rows, views, the list of keys, and a button', async () => {
  const page = await stage.open(AUDIT);
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
  expect(audit.sessions).toHaveLength(2);
  await page.keyboard.press('Enter');
  await page.waitForSelector('#confirm[open]');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.told');
  expect(await page.locator('.told').textContent()).toBe(words.told['login-ended']);
  expect(audit.sessions.map(({ name }) => name)).toEqual(['Ann']);
});

/** The same page, where the policy lets a test's own script in. */
async function inside(page: Page): Promise<Page> {
  const other = await stage.open(AUDIT, { bypassCSP: true });
  await other.keyboard.press('?');
  await other.waitForSelector('#keys[open]');
  await page.bringToFront();
  return other;
}

test('without a script every view and button works', async () => {
  const page = await stage.open(AUDIT, { javaScriptEnabled: false });
  await page.locator('main button').nth(1).click();
  expect(await page.locator('h1').textContent()).toBe(words.audit.asksEnd);
  expect(audit.sessions).toHaveLength(2);
  await page.locator('main button').click();
  await page.locator('.told').waitFor();
  expect(audit.sessions.map(({ name }) => name)).toEqual(['Ann']);
});

test('what anybody wrote stays text, in every place', async () => {
  audit.entries = attacks
    .slice(0, 40)
    .map((text, n) => ({ ...entry(n), action: text, subject: text, detail: text, actor: text }));
  audit.sessions = attacks.slice(0, 5).map((text, n) => ({ ...login(`S${n}`, text), browser: text }));
  const page = await stage.open(AUDIT);
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
