import { expect, test } from 'vitest';
import { VIEW_NAMES } from '../../src/worker/operator/views/names.ts';
import { useDemo } from './demo-relay.ts';
import { cells, keepShot, SIZES, tooSmall, tooWide, violations } from './operator-browser.ts';

// Every view of the operator's page on the demo's week, from the real relay, in a real browser. Screenshots are kept.

const FAILING = 'Daniel Kim';
const demo = useDemo();

test.each(cells)('every view on a $size, $scheme: nothing to mend for axe, nothing cut', async ({ size, scheme }) => {
  const page = await demo.openAgain({ viewport: SIZES[size], colorScheme: scheme });
  for (const view of Object.keys(VIEW_NAMES)) {
    await page.goto(`${demo.url()}/operator/${view}`);
    await keepShot(page, `${view}-${size}-${scheme}`);
    expect([view, await violations(page)]).toEqual([view, []]);
    expect([view, await tooWide(page)]).toEqual([view, 0]);
    if (size === 'phone') expect([view, await tooSmall(page)]).toEqual([view, []]);
  }
});

test('by keys alone: from Now to the failing turn, to another view, and a search', async () => {
  const page = await demo.openAgain();
  await page.goto(`${demo.url()}/operator`);
  await page.keyboard.press('g');
  await Promise.all([page.waitForURL('**/people'), page.keyboard.press('p')]);
  await page.keyboard.press('/');
  await page.keyboard.type('daniel');
  await Promise.all([page.waitForURL('**/people?q=daniel'), page.keyboard.press('Enter')]);
  await page.locator('main').press('j');
  await Promise.all([page.waitForURL(/people\/[0-9a-f]{64}/), page.keyboard.press('Enter')]);
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(FAILING);
  expect(await page.locator('.event.bad').first().textContent()).toContain('failed');
});

test('what people wrote is on no view', async () => {
  const page = await demo.openAgain();
  for (const view of Object.keys(VIEW_NAMES)) {
    await page.goto(`${demo.url()}/operator/${view}`);
    expect(await page.locator('main').textContent()).not.toMatch(/Deploy the staging|Write the standup|login page/);
  }
});

test('the first page is three requests: itself, its style and its script', async () => {
  const page = await demo.openAgain();
  const asked: string[] = [];
  page.on('request', (request) => request.url().startsWith('data:') || asked.push(new URL(request.url()).pathname));
  await page.goto(`${demo.url()}/operator/now`, { waitUntil: 'networkidle' });
  expect(asked).toEqual(['/operator/now', '/operator/operator.css', '/operator/operator.js']);
});
