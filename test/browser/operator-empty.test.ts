import { expect, test } from 'vitest';
import { VIEW_NAMES } from '../../src/worker/operator/views/names.ts';
import { useDemo } from './demo-relay.ts';
import { keepShot, SIZES, tooWide, violations } from './operator-browser.ts';

// Every view of the operator's page before anybody has written. Screenshots are kept.

const demo = useDemo({ isEmpty: true });

test.each([
  { size: 'phone', scheme: 'dark' },
  { size: 'desk', scheme: 'light' },
] as const)('every view without people on a $size: each says what is missing', async ({ size, scheme }) => {
  const page = await demo.openAgain({ viewport: SIZES[size], colorScheme: scheme });
  for (const view of Object.keys(VIEW_NAMES)) {
    await page.goto(`${demo.url()}/operator/${view}`);
    await keepShot(page, `empty-${view}-${size}-${scheme}`);
    expect([view, await violations(page)]).toEqual([view, []]);
    expect([view, await tooWide(page)]).toEqual([view, 0]);
    expect([view, (await page.locator('main').textContent())?.match(/undefined|NaN|null|Infinity/)]).toEqual([
      view,
      null,
    ]);
  }
});
