import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/input/command.ts';
import { field, mine, SMALL, say, theirs, usePhone } from './phone-stage.ts';

// Writing a text on the phone page: by keyboard, from a link, from an example; commands and earlier texts.

const phone = usePhone();

test('a text is written, sent and answered with the keyboard alone', async () => {
  const page = await phone.open();
  await page.keyboard.press('Tab');
  for (let steps = 0; steps < 30 && !(await field(page).evaluate((it) => it === document.activeElement)); steps++) {
    await page.keyboard.press('Tab');
  }
  const ring = await field(page).evaluate((it) => getComputedStyle(it).outlineStyle);
  expect(ring).toBe('solid');
  await page.keyboard.type('first line');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('second line');
  expect(phone.stage.received).toHaveLength(0);
  await page.keyboard.press('Enter');
  await theirs(page, 'You said: first line').waitFor();
  expect(phone.stage.received.map((form) => form.get('Body'))).toEqual(['first line\nsecond line']);
  await mine(page, 'second line').getByRole('img', { name: 'read' }).waitFor();
  expect(await field(page).inputValue()).toBe('');
  expect(await field(page).evaluate((it) => it === document.activeElement)).toBe(true);
});

test('words that a link brought are written, not sent, and not written again after a reload', async () => {
  const page = await phone.open();
  await page.goto(`${phone.stage.simulator.url}/?text=${encodeURIComponent('/github ABCD-EFGH')}`);
  await expect.poll(() => field(page).inputValue()).toBe('/github ABCD-EFGH');
  expect(phone.stage.received).toHaveLength(0);
  await page.keyboard.press('Enter');
  await mine(page, '/github ABCD-EFGH').waitFor();
  await page.reload();
  await mine(page, '/github ABCD-EFGH').waitFor();
  expect(await field(page).inputValue()).toBe('');
});

test('an example is sent by a tap', async () => {
  const page = await phone.open({ viewport: SMALL, hasTouch: true });
  await page.getByRole('button', { name: 'Ask me red or blue?' }).tap();
  await theirs(page, 'You said: Ask me red or blue?').waitFor();
  expect(await page.getByRole('heading', { name: 'Text your agent' }).isVisible()).toBe(false);
});

test('the microphone is there while there is nothing to send, else the arrow', async () => {
  const page = await phone.open({ viewport: SMALL, hasTouch: true });
  const shown = () => page.locator('#composer button:visible').evaluateAll((all) => all.map((it) => it.id));
  expect(await shown()).toEqual(['more', 'voice']);
  await field(page).fill('hello');
  expect(await shown()).toEqual(['more', 'send']);
  await field(page).fill('  ');
  expect(await shown()).toEqual(['more', 'voice']);
  await page.locator('#pick-file').setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a') });
  await page.getByRole('button', { name: 'Remove a.txt' }).click();
  expect(await shown()).toEqual(['more', 'voice']);
});

describe('commands and earlier texts', () => {
  test('a slash lists the product’s commands: typing narrows, arrows move, Enter takes and then sends, Escape closes', async () => {
    const page = await phone.open();
    const options = page.getByRole('option');
    await field(page).pressSequentially('/');
    expect(await options.evaluateAll((all) => all.map((it) => it.dataset.name))).toEqual(Object.keys(COMMANDS));
    await field(page).pressSequentially('sta');
    expect(await options.locator('b').allTextContents()).toEqual(['/status', '/standup 9am', '/assistant']);
    await page.keyboard.press('ArrowDown');
    const active = await field(page).getAttribute('aria-activedescendant');
    expect(await page.locator(`#${active}`).getAttribute('aria-selected')).toBe('true');
    await page.keyboard.press('Enter');
    expect(await field(page).inputValue()).toBe('/standup ');
    expect(await page.locator('#commands').isVisible()).toBe(false);
    await field(page).fill('/help');
    await page.keyboard.press('Enter');
    await theirs(page, 'You said: /help').waitFor();
    await field(page).fill('/st');
    await page.keyboard.press('Escape');
    expect(await options.count()).toBe(0);
    expect(await field(page).inputValue()).toBe('/st');
    await field(page).fill('/home/robin');
    expect(await options.count()).toBe(0);
  });

  test('Up brings back the last text, and a command by a tap', async () => {
    const page = await phone.open({ viewport: SMALL, hasTouch: true });
    await say(page, 'fix teh test');
    await theirs(page, 'fix teh test').waitFor();
    await page.keyboard.press('ArrowUp');
    expect(await field(page).inputValue()).toBe('fix teh test');
    await page.keyboard.press('ArrowDown');
    expect(await field(page).inputValue()).toBe('');
    await field(page).fill('half a thought');
    await page.getByRole('button', { name: 'Attach and more' }).tap();
    await page.getByRole('button', { name: 'Photo or file' }).waitFor();
    expect(await page.getByRole('button', { name: /^Commands/ }).count()).toBe(0);
    await field(page).fill('');
    await page.getByRole('button', { name: /^Commands/ }).tap();
    await page.getByRole('option', { name: /^\/status/ }).tap();
    expect(await field(page).inputValue()).toBe('/status');
  });
});
