import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { launchBrowser } from './chromium.ts';
import { type Stage, setStage } from './product.ts';

// What a person can add to a text on the phone page: a reply to a bubble, the mark of a forwarded text, a place.

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = join(resolve(import.meta.dirname, '../..'), 'test-results/screenshots');

let browser: Browser | string;
let stage: Stage;
let page: Page;

beforeAll(async () => {
  mkdirSync(shots, { recursive: true });
  browser = await launchBrowser();
});
beforeEach(async (ctx) => {
  if (typeof browser === 'string') return ctx.skip(browser);
  stage = await setStage((text) => (text === '' ? null : `You said: ${text}`));
  page = await browser.newPage({ viewport: { width: 360, height: 740 }, hasTouch: true });
  page.setDefaultTimeout(30_000);
  await page.goto(stage.simulator.url);
  await page.getByRole('heading', { name: 'Text your agent' }).waitFor();
});
afterEach(async () => {
  await page?.close();
  await stage?.end();
});
afterAll(async () => {
  if (typeof browser === 'object') await browser.close();
});

async function say(text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.keyboard.press('Enter');
}
const more = () => page.getByRole('button', { name: 'More', exact: true });
/** The newest form the carrier posted. */
const posted = (): URLSearchParams => {
  const webhooks = stage.simulator.carrier.traffic().filter(({ kind }) => kind === 'webhook');
  return new URLSearchParams(webhooks.at(-1)?.requestBody ?? '');
};
async function faults(): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const engine = (globalThis as unknown as { axe: typeof import('axe-core') }).axe;
    return (await engine.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map((n) => n.html).join(' · ')}`);
  });
}

test('a reply names the message it is for, by keyboard alone, and can be taken back', async () => {
  await say('hello');
  const answer = page.locator('.bubble.theirs', { hasText: 'You said: hello' });
  const reply = answer.getByRole('button', { name: /^Reply to: You said/ });
  await reply.focus();
  await page.keyboard.press('Enter');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('text');
  await page.getByText('Replying to: You said: hello').waitFor();
  expect(await faults()).toEqual([]);
  await page.screenshot({ path: join(shots, 'phone-reply.png') });
  await say('why?');
  await page
    .locator('.bubble.mine', { hasText: 'why?' })
    .locator('blockquote', { hasText: 'You said: hello' })
    .waitFor();
  const sid = await answer.getAttribute('data-sid');
  await expect.poll(() => posted().get('OriginalRepliedMessageSid')).toBe(sid);
  expect(posted().get('OriginalRepliedMessageSender')).toBe('whatsapp:+15555550100');

  await reply.click();
  await page.getByRole('button', { name: 'Do not reply' }).click();
  await say('something else');
  await expect.poll(() => posted().get('Body')).toBe('something else');
  expect(posted().has('OriginalRepliedMessageSid')).toBe(false);
});

test.each([360, 1280])(
  'at %i px a long message is quoted in one line, and nothing beside it is pushed away',
  async (width) => {
    await page.setViewportSize({ width, height: 740 });
    await say(`why ${'does the discount come off after tax and not before it '.repeat(12)}`);
    const answer = page.locator('.bubble.theirs');
    await answer.getByRole('button', { name: /^Reply to/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('Replying to').waitFor();
    const outside = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('#chat button, #chat textarea, #extras')]
        .map((it) => ({ name: it.getAttribute('aria-label') ?? it.id, box: it.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0 && (box.left < 0 || box.right > innerWidth))
        .map(({ name, box }) => `${name} ends at ${Math.round(box.right)}`),
    );
    expect(outside).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  },
);

test('a text is sent as forwarded once, and the next one is not', async () => {
  await more().click();
  await page.getByRole('button', { name: 'Mark the next one as forwarded' }).click();
  await page.getByText('Sent as forwarded').waitFor();
  await say('Fwd: build is red');
  await page.locator('.bubble.mine', { hasText: 'Forwarded' }).waitFor();
  await expect.poll(() => [posted().get('Body'), posted().get('Forwarded')]).toEqual(['Fwd: build is red', 'true']);
  await say('look at this');
  await expect.poll(() => posted().get('Body')).toBe('look at this');
  expect(posted().has('Forwarded')).toBe(false);
});

test('a place is a message of its own; what is no place is said', async () => {
  await more().click();
  expect(await faults()).toEqual([]);
  await page.screenshot({ path: join(shots, 'phone-place.png') });
  await page.getByLabel('Latitude').fill('north');
  await page.getByRole('button', { name: 'Share this place' }).click();
  await page.getByText('as numbers').waitFor();
  await page.getByLabel('Latitude').fill('51.5132');
  await page.getByLabel('Longitude').fill('-0.2198');
  await page.getByLabel('Name (optional)').last().fill('The Harrow Club');
  await page.keyboard.press('Enter');
  await page.getByText('Location: The Harrow Club').waitFor();
  await expect
    .poll(() => Object.fromEntries(posted()))
    .toMatchObject({
      MessageType: 'location',
      Latitude: '51.5132',
      Longitude: '-0.2198',
      Label: 'The Harrow Club',
      Body: '',
    });
});

test('everything that can be tapped is large enough', async () => {
  await say('hello');
  await page.locator('.bubble.theirs').waitFor();
  await more().click();
  const small = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('button, input, textarea')]
      .map((element) => ({ name: element.id || element.className, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && (box.width < 44 || box.height < 44))
      .map(({ name }) => name),
  );
  expect(small).toEqual([]);
});
