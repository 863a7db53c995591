import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/input/command.ts';
import { launchBrowser } from './chromium.ts';
import { PICTURE, ROOST, type Stage, setStage } from './product.ts';

// The phone page in a real browser, with the real carrier behind it and a small product beside it. Every test opens its
// own context; screenshots are kept.

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = join(resolve(import.meta.dirname, '../..'), 'test-results/screenshots');
/** The narrowest phone, and a wide page at four times its size. */
const SMALL = { width: 320, height: 640 };
const WIDE = { width: 1280, height: 800 };
const ROBIN = 'whatsapp:+15555550123';
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

const BUTTONS = {
  'twilio/quick-reply': {
    body: 'OK to run this?',
    actions: ['Approve', 'Deny', 'Always'].map((title, n) => ({ type: 'QUICK_REPLY', title, id: `q:${n}` })),
  },
};
const LIST = {
  'twilio/list-picker': {
    body: 'Which colour?',
    button: 'Choose',
    items: ['Red', 'Green', 'Blue', 'As it is now, please'].map((item, n) => ({ item, id: `l:${n}` })),
  },
};

function answerTo(text: string): string | null {
  if (text.startsWith('silence')) return null;
  if (text === 'markup') return MARKUP;
  if (text === 'long') return Array.from({ length: 40 }, (_, line) => `Line ${line + 1} of a long answer.`).join('\n');
  return `You said: ${text}`;
}

let browser: Browser | string;
let stage: Stage;
const contexts: BrowserContext[] = [];
const problems: string[] = [];

beforeAll(async () => {
  mkdirSync(shots, { recursive: true });
  browser = await launchBrowser();
});
beforeEach(async (ctx) => {
  if (typeof browser === 'string') ctx.skip(browser);
  stage = await setStage(answerTo);
});
afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
  await stage?.end();
  expect(problems.splice(0)).toEqual([]);
});
afterAll(async () => {
  if (typeof browser === 'object') await browser.close();
});

async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await (browser as Browser).newContext({ viewport: WIDE, ...options });
  context.setDefaultTimeout(30_000);
  contexts.push(context);
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('request', (request) => {
    if (!/^(http:\/\/127\.0\.0\.1:|blob:)/.test(request.url())) problems.push(`Asked for ${request.url()}`);
  });
  await page.goto(stage.simulator.url);
  await page.getByRole('heading', { name: 'Text your agent' }).waitFor();
  return page;
}

const field = (page: Page) => page.getByRole('textbox', { name: 'Message' });
const bubbles = (page: Page) => page.getByRole('article');
const theirs = (page: Page, text: string) => page.locator('.bubble.theirs', { hasText: text });
const mine = (page: Page, text: string) => page.locator('.bubble.mine', { hasText: text });
const shoot = (page: Page, name: string) => page.screenshot({ path: join(shots, `phone-${name}.png`) });

async function say(page: Page, text: string): Promise<void> {
  await field(page).fill(text);
  await page.keyboard.press('Enter');
}

/** Every rule of axe, on the current page. */
async function faultsFor(page: Page): Promise<string[]> {
  // Evaluated rather than added as a script, because the page's policy rightly allows no script.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const engine = (globalThis as unknown as { axe: typeof import('axe-core') }).axe;
    const { violations } = await engine.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 120)).join(' · ')}`);
  });
}

/** Targets for a finger that are smaller than 44 px. */
const smallTargets = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('button, input, select, textarea, summary')]
      // A label around a field is part of the target.
      .map((element) => ({ element, box: (element.closest('label') ?? element).getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && (box.width < 44 || box.height < 44))
      .map(({ element, box }) => `${element.id || element.textContent} ${box.width}×${box.height}`),
  );

const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

describe.each([
  ['small', SMALL, 'light'],
  ['wide', WIDE, 'dark'],
] as const)('%s, %o, %s', (size, viewport, colorScheme) => {
  test('nothing is in anyone’s way on any of its screens', async () => {
    const page = await openPage({ viewport, colorScheme, hasTouch: size === 'small' });
    const check = async (screen: string): Promise<void> => {
      await shoot(page, `${size}-${colorScheme}-${screen}`);
      expect(await faultsFor(page), screen).toEqual([]);
      expect(await smallTargets(page), screen).toEqual([]);
      expect(await overflow(page), screen).toBe(0);
    };
    await check('empty');
    await say(page, 'markup');
    await theirs(page, 'what I found').waitFor();
    await say(page, `silence ${'averylongwordwithoutanyspace'.repeat(10)}`);
    await mine(page, 'averylongword').getByRole('img', { name: 'delivered' }).waitFor();
    stage.answerWith(500);
    await say(page, 'This one fails');
    await page.getByText('answered 500').waitFor();
    stage.answerWith(200);
    await stage.say({ to: 'whatsapp:+15555550199', body: 'out of the window' });
    await check('chat');
    await stage.ask(ROBIN, BUTTONS);
    await stage.ask(ROBIN, LIST);
    await page.getByRole('button', { name: 'Choose' }).waitFor();
    await check('choices');
    await page.getByRole('button', { name: 'Choose' }).click();
    await page.getByRole('dialog', { name: 'Choose' }).waitFor();
    await check('list');
    await page.keyboard.press('Escape');
    if (size === 'small') {
      await page.getByRole('button', { name: 'Phones', exact: true }).click();
      await check('phones');
    }
    await page.getByRole('button', { name: 'Add a phone' }).click();
    await check('add');
    await page.keyboard.press('Escape');
    if (size === 'small') await page.getByRole('button', { name: /Robin/ }).click();
    await field(page).fill('/');
    await page.getByRole('option', { name: /^\/status/ }).waitFor();
    await check('picker');
    await field(page).fill('');
    await page.getByRole('button', { name: 'Network log' }).click();
    await check('log');
    await page.locator('#wire-groups > li > details > summary', { hasText: 'what I found' }).click();
    await page.locator('.exchanges summary', { hasText: 'API call' }).click();
    await page.getByRole('heading', { name: 'Request' }).waitFor();
    await check('log-open');
  });
});

test('a text is written, sent and answered with the keyboard alone', async () => {
  const page = await openPage();
  await page.keyboard.press('Tab');
  for (let steps = 0; steps < 30 && !(await field(page).evaluate((it) => it === document.activeElement)); steps++) {
    await page.keyboard.press('Tab');
  }
  const ring = await field(page).evaluate((it) => getComputedStyle(it).outlineStyle);
  expect(ring).toBe('solid');
  await page.keyboard.type('first line');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('second line');
  expect(stage.received).toHaveLength(0);
  await page.keyboard.press('Enter');
  await theirs(page, 'You said: first line').waitFor();
  expect(stage.received.map((form) => form.get('Body'))).toEqual(['first line\nsecond line']);
  await mine(page, 'second line').getByRole('img', { name: 'read' }).waitFor();
  expect(await field(page).inputValue()).toBe('');
  expect(await field(page).evaluate((it) => it === document.activeElement)).toBe(true);
});

test('words that a link brought are written, not sent, and not written again after a reload', async () => {
  const page = await openPage();
  await page.goto(`${stage.simulator.url}/?text=${encodeURIComponent('/github ABCD-EFGH')}`);
  await expect.poll(() => field(page).inputValue()).toBe('/github ABCD-EFGH');
  expect(stage.received).toHaveLength(0);
  await page.keyboard.press('Enter');
  await mine(page, '/github ABCD-EFGH').waitFor();
  await page.reload();
  await mine(page, '/github ABCD-EFGH').waitFor();
  expect(await field(page).inputValue()).toBe('');
});

test('an example is sent by a tap', async () => {
  const page = await openPage({ viewport: SMALL, hasTouch: true });
  await page.getByRole('button', { name: 'Ask me red or blue?' }).tap();
  await theirs(page, 'You said: Ask me red or blue?').waitFor();
  expect(await page.getByRole('heading', { name: 'Text your agent' }).isVisible()).toBe(false);
});

test('markup is shown as WhatsApp shows it, and what looks like HTML as it was written', async () => {
  const page = await openPage();
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
  const page = await openPage();
  await say(page, 'silence');
  await stage.ask(ROBIN, BUTTONS);
  const question = theirs(page, 'OK to run this?');
  await question.getByRole('button', { name: 'Deny' }).focus();
  await page.keyboard.press('Enter');
  await theirs(page, 'You said: Deny').waitFor();
  const form = stage.received.at(-1);
  expect(form?.get('ButtonPayload')).toBe('q:1');
  expect(form?.get('ButtonText')).toBe('Deny');
  expect(form?.get('MessageType')).toBe('interactive');
  expect(form?.get('OriginalRepliedMessageSid')).toBe(await question.getAttribute('data-sid'));
});

test('a list opens over the chat, stays open while ticks change, and an item of it is chosen', async () => {
  const page = await openPage({ viewport: SMALL, hasTouch: true });
  await say(page, 'silence');
  await stage.ask(ROBIN, LIST);
  await page.getByRole('button', { name: 'Choose' }).tap();
  const list = page.getByRole('dialog', { name: 'Choose' });
  await list.waitFor();
  await stage.simulator.carrier.settled();
  expect(await list.isVisible()).toBe(true);
  await list.getByRole('button', { name: 'Close' }).tap();
  expect(await list.isVisible()).toBe(false);
  await page.getByRole('button', { name: 'Choose' }).tap();
  await list.getByRole('button', { name: 'Blue' }).tap();
  await mine(page, 'Blue').waitFor();
  expect(await list.isVisible()).toBe(false);
  await expect.poll(() => stage.received.at(-1)?.get('ListId')).toBe('l:2');
  expect(stage.received.at(-1)?.get('ListTitle')).toBe('Blue');
});

test('typing is shown, marks the text read, and ends with the answer', async () => {
  const page = await openPage();
  await say(page, 'silence please');
  await mine(page, 'silence').getByRole('img', { name: 'delivered' }).waitFor();
  const sid = stage.received[0]?.get('MessageSid') ?? '';
  await stage.showTyping(sid);
  await page.getByRole('status').getByText('Roost is typing').waitFor();
  await mine(page, 'silence').getByRole('img', { name: 'read' }).waitFor();
  await shoot(page, 'typing');
  await stage.say({ to: ROBIN, body: 'Here I am' });
  await theirs(page, 'Here I am').waitFor();
  expect(await page.locator('#typing').textContent()).toBe('');
});

test('other numbers count unread messages; looking marks them as read', async () => {
  const page = await openPage();
  await say(page, 'hello');
  await theirs(page, 'You said: hello').waitFor();
  await page.getByRole('button', { name: /Priya/ }).click();
  await page.getByRole('heading', { name: 'Text your agent' }).waitFor();
  await stage.say({ to: ROBIN, body: 'one' });
  await stage.say({ to: ROBIN, body: 'two' });
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
    stage.simulator.carrier.messages().flatMap(({ direction, status }) => (direction === 'inbound' ? [] : [status]));
  await expect.poll(states).toEqual(['read', 'read', 'read']);
});

test('a phone is added in a dialog, which Escape leaves, and is kept over a reload', async () => {
  const page = await openPage();
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
  expect(stage.received[0]?.get('From')).toBe('whatsapp:+15555550142');
  expect(stage.received[0]?.get('ProfileName')).toBe('Kim');
});

test('with several addresses of ours, each is its own chat', async () => {
  await stage.end();
  stage = await setStage(answerTo, [ROOST, '+15555550111']);
  const page = await openPage();
  await say(page, 'on WhatsApp');
  await theirs(page, 'on WhatsApp').waitFor();
  // The arrow appears only with the pointer or the focus.
  const answer = theirs(page, 'on WhatsApp');
  const arrow = answer.getByRole('button', { name: /^Reply to/ });
  const opacity = () => arrow.evaluate((it) => getComputedStyle(it).opacity);
  expect(await opacity()).toBe('0');
  await answer.hover();
  expect(await opacity()).toBe('1');
  await arrow.press('Enter');
  await page.getByText('Replying to Roost').waitFor();
  await page.getByRole('combobox', { name: 'Roost’s address' }).selectOption('+15555550111');
  // The quoted message is not in this chat.
  expect(await page.getByText('Replying to').count()).toBe(0);
  await page.getByRole('heading', { name: 'Text your agent' }).waitFor();
  await say(page, 'on SMS');
  await theirs(page, 'You said: on SMS').waitFor();
  expect(stage.received.map((form) => form.get('From'))).toEqual([ROBIN, '+15555550123']);
});

describe('files', () => {
  test('a photo goes with its caption, a picture from the product is shown', async () => {
    const page = await openPage();
    await page.locator('#pick-file').setInputFiles({ name: 'cat.png', mimeType: 'image/png', buffer: PICTURE });
    await page.getByRole('button', { name: 'Remove cat.png' }).waitFor();
    await shoot(page, 'attached');
    await say(page, 'silence, a cat');
    await mine(page, 'a cat').getByRole('img', { name: 'Photo cat.png' }).waitFor();
    await mine(page, 'a cat').getByRole('img', { name: 'delivered' }).waitFor();
    const form = stage.received[0];
    expect([form?.get('NumMedia'), form?.get('MediaContentType0'), form?.get('Body')]).toEqual([
      '1',
      'image/png',
      'silence, a cat',
    ]);
    await stage.say({ to: ROBIN, body: 'yours', mediaUrl: '/picture.png' });
    const image = theirs(page, 'yours').getByRole('img', { name: 'Photo' });
    await image.waitFor();
    await page.waitForFunction(() => [...document.images].every((one) => one.complete && one.naturalWidth === 120));
    await shoot(page, 'pictures');
  });

  test('files from the product: a picture with its name and words, a document to download, audio to play', async () => {
    const page = await openPage();
    await say(page, 'silence, please');
    await stage.say({ to: ROBIN, body: 'a hen', mediaUrl: '/hen.png' });
    const image = theirs(page, 'a hen').getByRole('img', { name: 'Photo hen.png' });
    await image.waitFor();
    await page.waitForFunction(() => [...document.images].every((one) => one.complete && one.naturalWidth === 120));
    await stage.say({ to: ROBIN, mediaUrl: '/report.pdf' });
    const link = page.locator('.bubble.theirs').getByRole('link', { name: /report\.pdf PDF · 15 bytes/ });
    await link.waitFor();
    const answer = await page.request.get(new URL((await link.getAttribute('href')) ?? '', page.url()).href);
    expect(answer.headers()['content-disposition']).toMatch(/report\.pdf$/);
    expect(await answer.text()).toBe('%PDF-1.4 report');
    await stage.say({ to: ROBIN, mediaUrl: '/song.mp3' });
    await page.getByLabel('Audio song.mp3').waitFor();
    expect(await faultsFor(page)).toEqual([]);
    await shoot(page, 'files');
  });

  test('a document and an audio file have separate bubbles; an attachment can be removed', async () => {
    const page = await openPage();
    const pdf = { name: 'plan.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4') };
    await page.locator('#pick-file').setInputFiles(pdf);
    await page.getByRole('button', { name: 'Remove plan.pdf' }).click();
    await page.keyboard.press('Enter');
    await page.locator('#pick-file').setInputFiles(pdf);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('link', { name: /plan\.pdf PDF · 8 bytes/ }).waitFor();
    const wave = { name: 'hm.mp3', mimeType: 'audio/mpeg', buffer: Buffer.from('not much of a song') };
    await page.locator('#pick-audio').setInputFiles(wave);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.locator('.bubble audio').waitFor();
    await mine(page, '')
      .last()
      .getByRole('img', { name: /delivered|read/ })
      .waitFor();
    expect(stage.received.map((form) => form.get('MediaContentType0'))).toEqual(['application/pdf', 'audio/mpeg']);
  });

  test('above 16 MB the page says so before anything is sent', async () => {
    const page = await openPage();
    const folder = mkdtempSync(join(tmpdir(), 'roost-upload-'));
    const big = join(folder, 'big.zip');
    writeFileSync(big, '');
    truncateSync(big, 16 * 2 ** 20 + 1);
    await page.locator('#pick-file').setInputFiles(big);
    await page.getByRole('alert').getByText('up to 16 MB').waitFor();
    expect(await page.locator('#attached').isVisible()).toBe(false);
    rmSync(folder, { recursive: true });
  });

  test('a file that has changed or is gone is reported, and holds up no later text', async () => {
    const page = await openPage();
    const folder = mkdtempSync(join(tmpdir(), 'roost-upload-'));
    const path = join(folder, 'notes.txt');
    writeFileSync(path, 'as it was');
    await page.locator('#pick-file').setInputFiles(path);
    await page.getByRole('button', { name: 'Remove notes.txt' }).waitFor();
    rmSync(folder, { recursive: true });
    await say(page, 'my notes');
    await page.getByText('That file has changed or is gone since.').waitFor();
    await say(page, 'and this');
    await theirs(page, 'You said: and this').waitFor();
    // The caption survives a reload, and is never sent without the file.
    await page.reload();
    await mine(page, 'my notes').getByText('notes.txt').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await say(page, 'and that');
    await theirs(page, 'You said: and that').waitFor();
    await page.getByText('That file has changed or is gone since.').waitFor();
    expect(stage.received.map((form) => form.get('Body'))).toEqual(['and this', 'and that']);
    await page.getByRole('button', { name: 'Discard' }).click();
    expect(await mine(page, 'my notes').count()).toBe(0);
  });

  test('a voice message is recorded where the browser can', async () => {
    const page = await openPage({ permissions: ['microphone'] });
    await page.getByRole('button', { name: 'Record a voice message' }).click();
    await page.getByText('Recording 0:01').waitFor();
    await shoot(page, 'recording');
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Voice message').waitFor();
    await page.getByRole('button', { name: 'Send' }).click();
    await page.locator('.bubble audio[aria-label="Voice message"]').waitFor();
    await mine(page, '')
      .getByRole('img', { name: /delivered|read/ })
      .waitFor();
    expect(stage.received[0]?.get('MediaContentType0')).toMatch(/^audio\//);
  });

  test('without a microphone an audio file is asked for', async () => {
    const page = await openPage();
    await page.evaluate(() => Object.defineProperty(navigator, 'mediaDevices', { value: undefined }));
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Record a voice message' }).click();
    expect(await (await chooser).element().getAttribute('accept')).toBe('audio/*');
  });
});

test('a picture that cannot be shown is a file with its name', async () => {
  const page = await openPage();
  const broken = { name: 's.webp', mimeType: 'image/webp', buffer: Buffer.from('no picture at all') };
  await page.locator('#pick-file').setInputFiles(broken);
  await say(page, 'silence, a picture');
  const chip = mine(page, 'a picture').getByRole('link', { name: /s\.webp WEBP · 17 bytes/ });
  await chip.waitFor();
  await mine(page, 'a picture').getByRole('img', { name: 'delivered' }).waitFor();
  expect(await mine(page, 'a picture').locator('img').count()).toBe(0);
});

test('the microphone is there while there is nothing to send, else the arrow', async () => {
  const page = await openPage({ viewport: SMALL, hasTouch: true });
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
    const page = await openPage();
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
    const page = await openPage({ viewport: SMALL, hasTouch: true });
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

describe('the network log', () => {
  test('has a row for each message: to filter, open, copy without secrets, and close with Escape', async () => {
    const page = await openPage();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await say(page, 'hello log');
    await theirs(page, 'hello log').waitFor();
    const opener = page.getByRole('button', { name: 'Network log' });
    await opener.click();
    const drawer = page.getByRole('dialog', { name: 'Network log' });
    const rows = drawer.locator('#wire-groups > li > details > summary');
    await expect.poll(() => rows.locator('.title').allTextContents()).toEqual(['You said: hello log', 'hello log']);
    await expect.poll(() => rows.locator('.outcome').first().textContent()).toBe('read');
    await rows.first().press('Enter');
    const kinds = drawer.locator('.exchanges .kind');
    const told = ['API call', 'Status: sent', 'Status: delivered', 'Status: read'];
    await expect.poll(() => kinds.allTextContents()).toEqual(told);
    await drawer.locator('.exchanges summary', { hasText: 'API call' }).press('Enter');
    const value = (name: RegExp) => drawer.locator('dt', { hasText: name }).locator('+ dd').first().textContent();
    expect(await value(/^Body$/)).toBe('You said: hello log');
    expect(await value(/^authorization$/)).toBe('Basic ••••••');
    await drawer.getByRole('button', { name: 'Copy' }).click();
    await drawer.getByRole('button', { name: 'Copied' }).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toContain('Body=You said: hello log');
    expect(copied).not.toContain(btoa('AC'));
    await stage.say({ to: ROBIN, body: 'one more' });
    await expect.poll(() => rows.count()).toBe(3);
    // An open row stays open while more arrives.
    expect(await drawer.locator('dt', { hasText: /^Body$/ }).count()).toBe(1);

    await drawer.getByRole('searchbox', { name: 'Search the log' }).fill('hello messagetype');
    expect(await rows.locator('.title').allTextContents()).toEqual(['hello log']);
    await drawer.getByRole('checkbox', { name: 'Errors only' }).check();
    expect(await rows.count()).toBe(0);
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'hidden' });
    expect(await opener.evaluate((it) => it === document.activeElement)).toBe(true);
  });
});

describe('a lost connection', () => {
  test('is reported, recovers without help, and loses no typed text', async () => {
    const page = await openPage();
    await say(page, 'before');
    await theirs(page, 'You said: before').waitFor();
    const port = Number(new URL(stage.simulator.url).port);
    await stage.simulator.stop();
    const line = page.getByRole('status').getByText('No connection to the simulator');
    await line.waitFor();
    await say(page, 'while it was away');
    await mine(page, 'while it was away').getByRole('img', { name: 'waiting for the connection' }).waitFor();
    await field(page).fill('half a thou');
    await shoot(page, 'no-connection');
    expect(await faultsFor(page)).toEqual([]);
    await stage.start(port);
    await theirs(page, 'You said: while it was away').waitFor();
    await line.waitFor({ state: 'hidden' });
    expect(await field(page).inputValue()).toBe('half a thou');
    expect(await bubbles(page).count()).toBe(2);
    await page.reload();
    await theirs(page, 'while it was away').waitFor();
    expect(await field(page).inputValue()).toBe('half a thou');
    expect(stage.received.map((form) => form.get('Body'))).toEqual(['before', 'while it was away']);
  });
});

test('a long answer starts at its end and can be left and found again', async () => {
  const page = await openPage({ viewport: SMALL, reducedMotion: 'reduce' });
  await say(page, 'long');
  const bubble = theirs(page, 'Line 40 of');
  await bubble.waitFor();
  await say(page, 'long');
  await expect.poll(() => theirs(page, 'Line 40 of').count()).toBe(2);
  const fromEnd = () => page.locator('#scroller').evaluate((it) => it.scrollHeight - it.scrollTop - it.clientHeight);
  await expect.poll(fromEnd).toBeLessThan(2);
  await page.locator('#scroller').evaluate((it) => it.scrollTo({ top: 0 }));
  await page.getByRole('button', { name: 'Go to the newest message' }).click();
  await expect.poll(fromEnd).toBeLessThan(2);
});
