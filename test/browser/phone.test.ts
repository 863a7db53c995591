import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { NOT_LOADED } from './operator-browser.ts';
import { BUTTONS, faultsFor, field, LIST, mine, ROBIN, SMALL, say, shoot, theirs, usePhone } from './phone-stage.ts';
import { ROOST } from './product.ts';

// The chat on the phone page: words, buttons and lists, typing, unread messages, phones, and a lost connection.

const phone = usePhone();

const bubbles = (page: Page) => page.getByRole('article');

test('markup is shown as WhatsApp shows it, and what looks like HTML as it was written', async () => {
  const page = await phone.open();
  await say(page, '<img src=x onerror="document.title=1"> <b>no</b>');
  await theirs(page, '<img src=x').waitFor();
  expect(await page.locator('.bubble img').count()).toBe(0);
  await say(page, 'markup');
  const bubble = theirs(page, 'what I found');
  await bubble.waitFor();
  expect(await bubble.locator('strong').textContent()).toBe('what I found');
  expect(await bubble.locator('em').textContent()).toBe('roughly');
  expect(await bubble.locator('s').textContent()).toBe('the rest');
  expect(await bubble.locator('ul li code').allTextContents()).toEqual(['src/index.ts', 'README.md']);
  expect(await bubble.locator('ol li').allTextContents()).toEqual(['first', 'second']);
  expect(await bubble.locator('blockquote').textContent()).toBe('a quote');
  expect(await bubble.locator('pre').textContent()).toBe("const answer = '<b>42</b>';");
  expect(await bubble.getByRole('link').getAttribute('href')).toBe('https://example.com/docs_a_b');
});

test('a button below a question is tapped, by the keyboard too, and the product hears which', async () => {
  const page = await phone.open();
  await say(page, 'silence');
  await phone.stage.ask(ROBIN, BUTTONS);
  const question = theirs(page, 'OK to run this?');
  await question.getByRole('button', { name: 'Deny' }).focus();
  await page.keyboard.press('Enter');
  await theirs(page, 'You said: Deny').waitFor();
  const form = phone.stage.received.at(-1);
  expect(form?.get('ButtonPayload')).toBe('q:1');
  expect(form?.get('ButtonText')).toBe('Deny');
  expect(form?.get('MessageType')).toBe('interactive');
  expect(form?.get('OriginalRepliedMessageSid')).toBe(await question.getAttribute('data-sid'));
});

test('a list opens over the chat, stays open while ticks change, and an item of it is chosen', async () => {
  const page = await phone.open({ viewport: SMALL, hasTouch: true });
  await say(page, 'silence');
  await phone.stage.ask(ROBIN, LIST);
  await page.getByRole('button', { name: 'Choose' }).tap();
  const list = page.getByRole('dialog', { name: 'Choose' });
  await list.waitFor();
  await phone.stage.simulator.carrier.settled();
  expect(await list.isVisible()).toBe(true);
  await list.getByRole('button', { name: 'Close' }).tap();
  expect(await list.isVisible()).toBe(false);
  await page.getByRole('button', { name: 'Choose' }).tap();
  await list.getByRole('button', { name: 'Blue' }).tap();
  await mine(page, 'Blue').waitFor();
  expect(await list.isVisible()).toBe(false);
  await expect.poll(() => phone.stage.received.at(-1)?.get('ListId')).toBe('l:2');
  expect(phone.stage.received.at(-1)?.get('ListTitle')).toBe('Blue');
});

test('typing is shown, marks the text read, and ends with the answer', async () => {
  const page = await phone.open();
  await say(page, 'silence please');
  await mine(page, 'silence').getByRole('img', { name: 'delivered' }).waitFor();
  const sid = phone.stage.received[0]?.get('MessageSid') ?? '';
  await phone.stage.showTyping(sid);
  await page.getByRole('status').getByText('Roost is typing').waitFor();
  await mine(page, 'silence').getByRole('img', { name: 'read' }).waitFor();
  await shoot(page, 'typing');
  await phone.stage.say({ to: ROBIN, body: 'Here I am' });
  await theirs(page, 'Here I am').waitFor();
  expect(await page.locator('#typing').textContent()).toBe('');
});

test('other numbers count unread messages; looking marks them as read', async () => {
  const page = await phone.open();
  await say(page, 'hello');
  await theirs(page, 'You said: hello').waitFor();
  await page.getByRole('button', { name: /Priya/ }).click();
  await page.getByRole('heading', { name: 'Text your agent' }).waitFor();
  await phone.stage.say({ to: ROBIN, body: 'one' });
  await phone.stage.say({ to: ROBIN, body: 'two' });
  const robin = page.getByRole('button', { name: /Robin.*2 unread/ });
  await robin.waitFor();
  expect(await page.title()).toBe('(2) Simulated phones · Roost');
  // The newest at the top, as in every messenger.
  expect(await page.locator('#people b').allTextContents()).toEqual(['Robin', 'Priya', 'Sam']);
  // A name and a line: the newest words, or the number of a phone without messages.
  const lines = await page.locator('#people button').allInnerTexts();
  expect(lines.map((text) => text.split('\n').filter((line) => !/^\d\d:\d\d$/.test(line)))).toEqual([
    ['R', 'Robin', 'two', '2', 'unread'],
    ['P', 'Priya', '+44 7700 900123'],
    ['S', 'Sam', '+1 555 555 0199'],
  ]);
  await shoot(page, 'unread');
  await robin.click();
  await theirs(page, 'two').waitFor();
  await page.waitForFunction(() => document.title === 'Simulated phones · Roost');
  const states = () =>
    phone.stage.simulator.carrier
      .messages()
      .flatMap(({ direction, status }) => (direction === 'inbound' ? [] : [status]));
  await expect.poll(states).toEqual(['read', 'read', 'read']);
});

test('a phone is added in a dialog, which Escape leaves, and is kept over a reload', async () => {
  const page = await phone.open();
  const opener = page.getByRole('button', { name: 'Add a phone' });
  await opener.click();
  await page.keyboard.press('Escape');
  expect(await opener.evaluate((it) => it === document.activeElement)).toBe(true);
  await page.keyboard.press('Enter');
  const number = page.getByRole('textbox', { name: 'Phone number' });
  await number.fill('12');
  await number.press('Enter');
  await page.getByRole('alert').getByText('with its country code').waitFor();
  await number.fill('+1 (555) 555-0142');
  await page.getByRole('textbox', { name: 'Name (optional)' }).fill('Kim');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.reload();
  await page.getByText('as Kim · +1 555 555 0142').waitFor();
  await say(page, 'it is Kim');
  await theirs(page, 'You said: it is Kim').waitFor();
  expect(phone.stage.received[0]?.get('From')).toBe('whatsapp:+15555550142');
  expect(phone.stage.received[0]?.get('ProfileName')).toBe('Kim');
});

test('with several addresses of ours, each is its own chat', async () => {
  await phone.restart([ROOST, '+15555550111']);
  const page = await phone.open();
  await say(page, 'on WhatsApp');
  await theirs(page, 'on WhatsApp').waitFor();
  // The arrow appears only with the pointer or the focus.
  const answer = theirs(page, 'on WhatsApp');
  const arrow = answer.getByRole('button', { name: /^Reply to/ });
  const opacity = () => arrow.evaluate((it) => getComputedStyle(it).opacity);
  expect(await opacity()).toBe('0');
  await answer.hover();
  expect(await opacity()).toBe('1');
  // Beside the bubble, never over its words.
  const own = mine(page, 'on WhatsApp');
  const right = await own.getByRole('button', { name: /^Reply to/ }).evaluate((it) => it.getBoundingClientRect().right);
  expect(right).toBeLessThanOrEqual(await own.evaluate((it) => it.getBoundingClientRect().left + 1));
  await arrow.press('Enter');
  await page.getByText('Replying to Roost').waitFor();
  await page.getByRole('combobox', { name: 'Roost’s address' }).selectOption('+15555550111');
  // The quoted message is not in this chat.
  expect(await page.getByText('Replying to').count()).toBe(0);
  await page.getByRole('heading', { name: 'Text your agent' }).waitFor();
  await say(page, 'on SMS');
  await theirs(page, 'You said: on SMS').waitFor();
  expect(phone.stage.received.map((form) => form.get('From'))).toEqual([ROBIN, '+15555550123']);
});

describe('a lost connection', () => {
  test('is reported, recovers without help, and loses no typed text', async () => {
    phone.expects(NOT_LOADED);
    const page = await phone.open();
    await say(page, 'before');
    await theirs(page, 'You said: before').waitFor();
    const port = Number(new URL(phone.stage.simulator.url).port);
    await phone.stage.simulator.stop();
    const line = page.getByRole('status').getByText('No connection to the simulator');
    await line.waitFor();
    await say(page, 'while it was away');
    await mine(page, 'while it was away').getByRole('img', { name: 'waiting for the connection' }).waitFor();
    await field(page).fill('half a thou');
    await shoot(page, 'no-connection');
    expect(await faultsFor(page)).toEqual([]);
    await phone.stage.start(port);
    await theirs(page, 'You said: while it was away').waitFor();
    await line.waitFor({ state: 'hidden' });
    expect(await field(page).inputValue()).toBe('half a thou');
    expect(await bubbles(page).count()).toBe(2);
    await page.reload();
    await theirs(page, 'while it was away').waitFor();
    expect(await field(page).inputValue()).toBe('half a thou');
    expect(phone.stage.received.map((form) => form.get('Body'))).toEqual(['before', 'while it was away']);
  });
});

test('a long answer starts at its end and can be left and found again', async () => {
  const page = await phone.open({ viewport: SMALL, reducedMotion: 'reduce' });
  await say(page, 'long');
  const bubble = theirs(page, 'Line 40 of');
  await bubble.waitFor();
  await say(page, 'long');
  await expect.poll(() => theirs(page, 'Line 40 of').count()).toBe(2);
  const fromEnd = () => page.locator('#scroller').evaluate((it) => it.scrollHeight - it.scrollTop - it.clientHeight);
  await expect.poll(fromEnd).toBeLessThan(2);
  // Only the conversation scrolls, never the page with the composer.
  expect(await page.evaluate('document.documentElement.scrollHeight - innerHeight')).toBe(0);
  await page.locator('#scroller').evaluate((it) => it.scrollTo({ top: 0 }));
  await page.getByRole('button', { name: 'Go to the newest message' }).click();
  await expect.poll(fromEnd).toBeLessThan(2);
});
