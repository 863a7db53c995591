import type { Page } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import { faultsFor, SMALL, say, shoot, usePhone } from './phone-stage.ts';

// What a person can add to a text on the phone page: a reply to a bubble, the mark of a forwarded text, a place.

const phone = usePhone((text) => (text === '' ? null : `You said: ${text}`));
let page: Page;
beforeEach(async () => {
  page = await phone.open({ viewport: SMALL, hasTouch: true });
});

const more = () => page.getByRole('button', { name: 'Attach and more' });
/** The newest form that the carrier posted. */
const posted = (): URLSearchParams => {
  const webhooks = phone.stage.simulator.carrier.traffic().filter(({ kind }) => kind === 'webhook');
  return new URLSearchParams(webhooks.at(-1)?.requestBody ?? '');
};
test('a reply names its message, by keyboard alone, and can be removed', async () => {
  await say(page, 'hello');
  const answer = page.locator('.bubble.theirs', { hasText: 'You said: hello' });
  const reply = answer.getByRole('button', { name: /^Reply to: You said/ });
  await reply.focus();
  await page.keyboard.press('Enter');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('text');
  await page.locator('#extras', { hasText: 'Replying to Roost' }).getByText('You said: hello').waitFor();
  expect(await faultsFor(page)).toEqual([]);
  await shoot(page, 'reply');
  await say(page, 'why?');
  const quote = page
    .locator('.bubble.mine', { hasText: 'why?' })
    .getByRole('button', { name: 'Roost You said: hello' });
  await quote.click();
  await page.locator('.bubble.theirs.found', { hasText: 'You said: hello' }).waitFor();
  const sid = await answer.getAttribute('data-sid');
  await expect.poll(() => posted().get('OriginalRepliedMessageSid')).toBe(sid);
  expect(posted().get('OriginalRepliedMessageSender')).toBe('whatsapp:+15555550100');

  await reply.press('Enter');
  await page.getByRole('button', { name: 'Cancel the reply' }).click();
  await reply.press('Enter');
  await page.keyboard.press('Escape');
  expect(await page.locator('#extras').isVisible()).toBe(false);
  await say(page, 'something else');
  await expect.poll(() => posted().get('Body')).toBe('something else');
  expect(posted().has('OriginalRepliedMessageSid')).toBe(false);
});

test.each([320, 1280])(
  'at %i px a long message is quoted in one line, and nothing beside it is pushed away',
  async (width) => {
    await page.setViewportSize({ width, height: 740 });
    await say(page, `why ${'does the discount come off after tax and not before it '.repeat(12)}`);
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
  await page.getByRole('button', { name: 'Send next as forwarded' }).click();
  await page.getByText('Your next message will be marked as forwarded').waitFor();
  await say(page, 'Fwd: build is red');
  await page.locator('.bubble.mine', { hasText: 'Forwarded' }).waitFor();
  await expect.poll(() => [posted().get('Body'), posted().get('Forwarded')]).toEqual(['Fwd: build is red', 'true']);
  await say(page, 'look at this');
  await expect.poll(() => posted().get('Body')).toBe('look at this');
  expect(posted().has('Forwarded')).toBe(false);
});

type Box = { y: number; height: number } | null;
const gapBetween = (upper: Box, lower: Box): number =>
  upper && lower ? lower.y - (upper.y + upper.height) : Number.NaN;

test('the menu stands above its button; a place is shared with one tap, its coordinates can be edited', async () => {
  await more().click();
  const boxes = () => Promise.all([page.locator('#more-ways').boundingBox(), more().boundingBox()]);
  // The menu moves to its place once it is shown.
  await expect.poll(async () => gapBetween(...(await boxes()))).toBeCloseTo(8, 0);
  const [menu, button] = await boxes();
  expect(Math.abs((menu?.x ?? 0) - (button?.x ?? 0))).toBeLessThan(8);
  await page.getByRole('button', { name: 'Share location Pier 39' }).click();
  await page.locator('.bubble.mine', { hasText: 'Pier 39' }).waitFor();
  await expect.poll(() => posted().get('Latitude')).toBe('37.8087');

  await more().click();
  expect(await page.getByLabel('Latitude').isVisible()).toBe(false);
  await page.getByRole('button', { name: 'Edit the location' }).click();
  expect(await faultsFor(page)).toEqual([]);
  await shoot(page, 'place');
  // The menu scrolls, so the part of the page beside a phone's keyboard is enough.
  await page.setViewportSize({ width: 320, height: 300 });
  const bottom = () => page.locator('#more-ways').evaluate((it) => it.getBoundingClientRect().bottom);
  await expect.poll(bottom).toBeLessThanOrEqual(300);
  await page.getByRole('button', { name: /^Commands/ }).scrollIntoViewIfNeeded();
  const last = await page.getByRole('button', { name: /^Commands/ }).boundingBox();
  expect((last?.y ?? 0) + (last?.height ?? 0)).toBeLessThanOrEqual(300);
  await page.getByLabel('Latitude').fill('north');
  await page.getByRole('button', { name: 'Share location', exact: true }).click();
  await page.getByText('as numbers').waitFor();
  await page.getByLabel('Latitude').fill('51.5132');
  await page.getByLabel('Longitude').fill('-0.2198');
  await page.getByLabel('Name (optional)').last().fill('The Harrow Club');
  await page.keyboard.press('Enter');
  await page.locator('.bubble.mine', { hasText: 'The Harrow Club' }).waitFor();
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
  await say(page, 'hello');
  await page.locator('.bubble.theirs').waitFor();
  await more().click();
  await page.getByRole('button', { name: 'Edit the location' }).click();
  const small = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('button, input, textarea')]
      .map((element) => ({ name: element.id || element.className, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && (box.width < 44 || box.height < 44))
      .map(({ name }) => name),
  );
  expect(small).toEqual([]);
});

test('under a finger no bubble has an arrow: a swipe replies, a long press offers to reply or to copy', async () => {
  await page.close();
  page = await phone.open({
    viewport: SMALL,
    hasTouch: true,
    isMobile: true,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await say(page, 'hello');
  const answer = page.locator('.bubble.theirs', { hasText: 'You said: hello' });
  await answer.waitFor();
  const arrow = () => answer.locator('.reply').evaluate((it) => getComputedStyle(it).opacity);
  await answer.tap();
  expect(await arrow()).toBe('0');

  const box = await answer.boundingBox();
  if (!box) throw new Error('The answer is not there.');
  const [x, y] = [box.x + 30, box.y + box.height / 2];
  const finger = await page.context().newCDPSession(page);
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', at: { x: number; y: number }[]) =>
    finger.send('Input.dispatchTouchEvent', { type, touchPoints: at });
  // In one movement: a finger that rests first makes a long press.
  await Promise.all([
    touch('touchStart', [{ x, y }]),
    ...[15, 30, 50, 70].map((right) => touch('touchMove', [{ x: x + right, y }])),
  ]);
  // The browser hands movements on with its next frame.
  await expect.poll(arrow).toBe('1');
  await touch('touchEnd', []);
  await page.getByText('Replying to Roost').waitFor();
  expect(await answer.evaluate((it) => it.style.translate)).toBe('');
  await page.getByRole('button', { name: 'Cancel the reply' }).tap();

  const held = await answer.boundingBox();
  await touch('touchStart', [{ x, y: (held?.y ?? 0) + 10 }]);
  await page.getByRole('button', { name: 'Copy text' }).waitFor();
  await touch('touchEnd', []);
  await shoot(page, 'held');
  await page.getByRole('button', { name: 'Copy text' }).tap();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('You said: hello');
});
