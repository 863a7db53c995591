import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Demo } from './demo-relay.ts';

// How tests press the buttons of the operator's page.

type Press = {
  /** What is asked before. */
  asks?: string;
  /** Called while the question is shown. */
  keep?: () => Promise<unknown>;
};

/** That person's page, with the newest login. */
export async function openPerson(demo: Demo, name: string, page?: Page): Promise<Page> {
  const shown = page ?? (await demo.openAgain());
  await shown.goto(`${demo.url()}/operator/people?q=${encodeURIComponent(name)}`);
  await shown.getByRole('link', { name }).click();
  await shown.waitForURL(/people\/[0-9a-f]{64}/);
  return shown;
}

/** Presses the button, answers its question with yes, and waits for the page that follows. */
export async function press(page: Page, label: string, { asks, keep }: Press = {}): Promise<void> {
  const button = page.locator('main').getByRole('button', { name: label, exact: true }).first();
  if (asks === undefined) return follow(page, () => button.click());
  await button.click();
  await page.locator('#confirm[open]').getByText(asks).waitFor();
  await keep?.();
  await follow(page, () => page.locator('#confirm .danger').click());
}

/** The same by keys alone. With a question, it is left once with Escape, and nothing happens. */
export async function pressByKeys(page: Page, label: string, { asks, keep }: Press = {}): Promise<void> {
  const button = page.locator('main').getByRole('button', { name: label, exact: true }).first();
  const name = await button.evaluate((one) => one.textContent);
  for (let n = 0; n < 200; n++) {
    await page.keyboard.press('Tab');
    if (await button.evaluate((one) => one === one.ownerDocument.activeElement)) break;
  }
  expect(await page.evaluate('document.activeElement.textContent')).toBe(name);
  if (asks === undefined) return follow(page, () => page.keyboard.press('Enter'));
  await page.keyboard.press('Enter');
  await page.locator('#confirm[open]').getByText(asks).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('#confirm').waitFor({ state: 'hidden' });
  await page.keyboard.press('Enter');
  await page.locator('#confirm[open]').getByText(asks).waitFor();
  await keep?.();
  await page.keyboard.press('Tab');
  await follow(page, () => page.keyboard.press('Enter'));
}

const follow = async (page: Page, press: () => Promise<unknown>): Promise<void> =>
  void (await Promise.all([page.waitForEvent('load'), press()]));
