import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { launchBrowser } from './chromium.ts';

// A browser for the tests of the operator's page. Every error, dialog and request to another host fails its test, unless
// the test expects it. Screenshots are kept.

export const root = resolve(import.meta.dirname, '../..');
export const ASSETS = join(root, 'assets/operator');
export const SIZES = {
  phone: { width: 360, height: 740 },
  tablet: { width: 820, height: 1180 },
  desk: { width: 1440, height: 900 },
} as const;
export type Size = keyof typeof SIZES;
/** Every size in both colour schemes. */
export const cells = (Object.keys(SIZES) as Size[]).flatMap((size) =>
  (['light', 'dark'] as const).map((scheme) => ({ size, scheme })),
);
/** The browser's line about an answer that is no success. */
export const NOT_LOADED = /Failed to load resource/;

export const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const SHOTS = join(root, 'test-results/screenshots');

export type BrowserOfTests = {
  /** A page of another context. `prepare`: before anything is loaded. */
  open(options?: BrowserContextOptions, prepare?: (context: BrowserContext) => Promise<unknown>): Promise<Page>;
  /** These lines of the console are no problem in this test. */
  expects(lines: RegExp): void;
};

/** `origin`: the only host that may be asked. */
export function useBrowser(origin: () => string): BrowserOfTests {
  let browser: Browser | string;
  let expected: RegExp | null = null;
  const problems: string[] = [];
  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true });
    browser = await launchBrowser();
  });
  beforeEach((context) => {
    if (typeof browser === 'string') context.skip(browser);
    expected = null;
  });
  afterEach(async () => {
    if (typeof browser === 'object') for (const context of browser.contexts()) await context.close();
    expect(problems.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    if (typeof browser === 'object') await browser.close();
  });
  const watch = (page: Page): void => {
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (line) => {
      if (!expected?.test(line.text())) problems.push(line.text());
    });
    page.on('dialog', (dialog) => {
      problems.push(dialog.message());
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (![origin(), 'data:', 'blob:'].some((start) => request.url().startsWith(start))) problems.push(request.url());
    });
  };
  return {
    async open(options = {}, prepare) {
      const context = await (browser as Browser).newContext({ viewport: SIZES.desk, ...options });
      context.setDefaultTimeout(30_000);
      await prepare?.(context);
      const page = await context.newPage();
      watch(page);
      return page;
    },
    expects: (lines) => {
      expected = lines;
    },
  };
}

/** What axe finds. The page's context needs `bypassCSP`. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = (await page.evaluate('axe.run()')) as { violations: { id: string; nodes: { html: string }[] }[] };
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

/** By how many pixels the page is wider than the screen. */
export const tooWide = (page: Page): Promise<number> =>
  page.evaluate('Math.max(0, document.documentElement.scrollWidth - innerWidth)');

/** Buttons, links of their own and fields that a thumb would miss. */
export const tooSmall = (page: Page): Promise<string[]> =>
  page.$$eval('main button, main input, main select, main .button, td:first-child a, nav a, summary', (all) =>
    all
      .filter((one) => one.getClientRects().length > 0 && one.getBoundingClientRect().height < 43.5)
      .map((one) => one.outerHTML.slice(0, 120)),
  );

export const keepShot = (page: Page, name: string, fullPage = true): Promise<unknown> =>
  page.screenshot({ path: join(SHOTS, `operator-${name}.png`), fullPage });

export async function openRows(page: Page): Promise<void> {
  await page.$$eval('.event details', (all) => {
    for (const one of all) (one as unknown as { open: boolean }).open = true;
  });
}

/** What the page's script asked before is answered. */
export const settle = (page: Page): Promise<unknown> =>
  page.evaluate(`(async () => {
    for (let n = 0; n < 2; n++) await (await fetch('/operator/operator.css', { method: 'HEAD' })).text();
  })()`);
