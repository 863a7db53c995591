import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEEP_IDLE_MS } from '../../src/conversation/policy/turn.ts';
import { texts } from '../../src/texts/index.ts';
import { launchBrowser } from '../browser/chromium.ts';
import { type Stack, startStack } from './stack.ts';

// The standup that arrives: requested in plain words on the phone page, created by the real Claude Code with the demo
// model, due the next morning by the clock of the conversation, which the test moves in the running relay. The moved
// clock is kept over SIGKILL.

const shots = join(resolve(import.meta.dirname, '../..'), 'test-results/screenshots');
const ROBIN = 'whatsapp:+15555550123';
const ADA = 'whatsapp:+15555550160';
const BERLIN = 'Europe/Berlin';
const { deep } = texts;
/** Enough for a relay to be killed and started on a busy computer. */
const AHEAD_MS = 6_000;
/** Enough for the standup to be made on a busy computer. */
const LATER_MS = 5 * 60_000;

let browser: Browser | string;
let stack: Stack;
beforeAll(async () => {
  mkdirSync(shots, { recursive: true });
  browser = await launchBrowser();
  stack = await startStack();
});
afterAll(async () => {
  if (typeof browser === 'object') await browser.close();
  await stack?.stop();
});

test('“text me a standup every morning at 9” on the phone page: it arrives at nine, also after a restart', async (ctx) => {
  if (typeof browser === 'string') return ctx.skip(browser);
  const page = await phonePage(browser);
  await say(page, 'text me a standup every morning at 9');
  await bubble(page, 'Which time zone are you in?');
  await say(page, 'Berlin');
  await bubble(page, /every day at 9:00|every day at 9 am/i);
  await page.screenshot({ path: join(shots, 'standup-asked-360.png') });

  const first = await untilNine();
  await stack.moveClock(ROBIN, first - AHEAD_MS);
  // Woken ahead, the machine waits for nine; a relay killed now has the schedule only in its rows.
  await stack.relay.kill();
  await stack.relay.start();
  await stack.until(() => standups() === 1 && 'there', 'the first standup');
  const { now } = await stack.clock(ROBIN);
  expect(localTime(now)).toMatch(/^09:00/);
  await bubble(page, 'Your standup');
  await page.screenshot({ path: join(shots, 'standup-arrived-360.png') });

  // WhatsApp's 24 hours begin with this text, and the next standup has to leave within them.
  await stack.moveClock(ROBIN, LATER_MS);
  await say(page, 'note: the fence is mended');
  await bubble(page, /notes\.md|written|noted/i);
  await stack.moveClock(ROBIN, await untilNine());
  await stack.until(() => standups() === 2 && 'there', 'the second standup');
  expect(stack.sentTo(ROBIN).at(-1)).toContain('the fence is mended');
  expect(standups()).toBe(2);
});

test('what is due after half an hour of silence is said when the clock is moved by it, the relay killed in between', async () => {
  expect(await stack.ask(ADA, '/deep')).toBe(deep.begun('main', false));
  const { offset } = await stack.moveClock(ADA, DEEP_IDLE_MS / 2);
  await stack.relay.kill();
  await stack.relay.start();
  expect(offset).toBe(DEEP_IDLE_MS / 2);
  expect((await stack.clock(ADA)).offset).toBe(offset);
  expect(stack.sentTo(ADA)).toHaveLength(1);
  await stack.moveClock(ADA, DEEP_IDLE_MS / 2);
  const last = await stack.until(() => stack.sentTo(ADA)[1], 'the end of the deep work');
  expect(last).toBe(deep.idle(DEEP_IDLE_MS, false));
});

const standups = (): number => stack.sentTo(ROBIN).filter((body) => body.includes('Your standup')).length;

/** From the conversation's clock to the next nine o'clock in Berlin, computed independently of the product. */
async function untilNine(): Promise<number> {
  const { now } = await stack.clock(ROBIN);
  const here = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(BERLIN);
  const today = here.withPlainTime('09:00');
  const next = Temporal.ZonedDateTime.compare(today, here) > 0 ? today : today.add({ days: 1 });
  return next.epochMilliseconds - now;
}

const localTime = (ms: number): string =>
  Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(BERLIN).toPlainTime().toString();

async function phonePage(chromium: Browser): Promise<Page> {
  const context = await chromium.newContext({ viewport: { width: 360, height: 740 } });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  await page.goto(stack.phone);
  await page.getByRole('heading', { name: 'Text your agent' }).waitFor();
  return page;
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.keyboard.press('Enter');
}

const bubble = (page: Page, text: string | RegExp): Promise<void> =>
  page.locator('.bubble.theirs', { hasText: text }).last().waitFor();
