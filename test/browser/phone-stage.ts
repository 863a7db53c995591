import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterEach, beforeEach } from 'vitest';
import { axe, SHOTS, useBrowser } from './operator-browser.ts';
import { type Stage, setStage } from './product.ts';

// The phone page in a real browser, with the real carrier behind it and a small product beside it: opening it, and what
// tests look for on it. Every page has its own context.

/** The narrowest phone, and a wide page at four times its size. */
export const SMALL = { width: 320, height: 640 };
export const WIDE = { width: 1280, height: 800 };
export const ROBIN = 'whatsapp:+15555550123';
const MARKUP = [
  'Here is *what I found*, _roughly_, not ~the rest~:',
  '- `src/index.ts`',
  '- `README.md`',
  '',
  '1. first',
  '2. second',
  '> a quote',
  '```',
  "const answer = '<b>42</b>';",
  '```',
  'See https://example.com/docs_a_b.',
].join('\n');

export const BUTTONS = {
  'twilio/quick-reply': {
    body: 'OK to run this?',
    actions: ['Approve', 'Deny', 'Always'].map((title, n) => ({ type: 'QUICK_REPLY', title, id: `q:${n}` })),
  },
};
export const LIST = {
  'twilio/list-picker': {
    body: 'Which colour?',
    button: 'Choose',
    items: ['Red', 'Green', 'Blue', 'As it is now, please'].map((item, n) => ({ item, id: `l:${n}` })),
  },
};

export function answerTo(text: string): string | null {
  if (text.startsWith('silence')) return null;
  if (text === 'markup') return MARKUP;
  if (text === 'long') return Array.from({ length: 40 }, (_, line) => `Line ${line + 1} of a long answer.`).join('\n');
  return `You said: ${text}`;
}

export type PhoneOfTests = {
  readonly stage: Stage;
  /** The phone page, ready for a text. */
  open(options?: BrowserContextOptions): Promise<Page>;
  /** A new stage, whose product has these addresses. */
  restart(senders: string[]): Promise<void>;
  /** These lines of the console are no problem in this test. */
  expects(lines: RegExp): void;
};

/** `answers`: the product's answer to each text. */
export function usePhone(answers: (text: string) => string | null = answerTo): PhoneOfTests {
  let stage: Stage;
  beforeEach(async () => {
    stage = await setStage(answers);
  });
  // Set before the browser's: the pages are closed first.
  afterEach(() => stage.end());
  const browser = useBrowser(() => stage.simulator.url);
  return {
    get stage() {
      return stage;
    },
    async open(options = {}) {
      const page = await browser.open({ viewport: WIDE, ...options });
      await page.goto(stage.simulator.url);
      await page.getByRole('heading', { name: 'Text your agent' }).waitFor();
      return page;
    },
    async restart(senders) {
      await stage.end();
      stage = await setStage(answers, senders);
    },
    expects: browser.expects,
  };
}

export const field = (page: Page) => page.getByRole('textbox', { name: 'Message' });
export const theirs = (page: Page, text: string) => page.locator('.bubble.theirs', { hasText: text });
export const mine = (page: Page, text: string) => page.locator('.bubble.mine', { hasText: text });
export const shoot = (page: Page, name: string) => page.screenshot({ path: join(SHOTS, `phone-${name}.png`) });

export async function say(page: Page, text: string): Promise<void> {
  await field(page).fill(text);
  await page.keyboard.press('Enter');
}

/** Targets for a finger that are smaller than 44 px, and a page that is wider than its screen. */
export const misfits = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const small = [...document.querySelectorAll<HTMLElement>('button, input, select, textarea, summary')]
      // A label around a field is part of the target.
      .map((element) => ({ element, box: (element.closest('label') ?? element).getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && (box.width < 44 || box.height < 44))
      .map(({ element, box }) => `${element.id || element.textContent} ${box.width}×${box.height}`);
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth > clientWidth ? [...small, `the page is ${scrollWidth - clientWidth} px too wide`] : small;
  });

/** Every rule of axe, on the current page. */
export async function faultsFor(page: Page): Promise<string[]> {
  // Evaluated rather than added as a script, because the page's policy rightly allows no script.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const engine = (globalThis as unknown as { axe: typeof import('axe-core') }).axe;
    const { violations } = await engine.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(' · ')}`);
  });
}
