import { beforeEach, expect, test } from 'vitest';
import { operatorConversation as words } from '../../src/texts/operator-conversation.ts';
import { detailOf, NOW, PERSON, timelineOf } from '../fixtures/conversation-view.ts';
import {
  cells,
  keepShot,
  NOT_LOADED,
  openRows,
  SIZES,
  settle,
  tooSmall,
  tooWide,
  violations,
} from './operator-browser.ts';
import { SESSION, useStage } from './operator-stage.ts';

// One conversation on the operator's page in a real browser, around a made-up object: read, opened and acted on by keys,
// with words that stay as long as the page. Screenshots are kept.

const PATH = `/operator/people/${PERSON}`;
const audit: string[] = [];
const acts: { do: string }[] = [];
let isIdle = false;
let isSilent = false;

const home = {
  detail: async (shows: boolean) => {
    if (isSilent) throw new Error('the object is away');
    const detail = detailOf(shows);
    return isIdle ? { ...detail, turn: null, queue: { waiting: 0, active: 0 } } : detail;
  },
  timeline: async ({ shows }: { shows: boolean }) => timelineOf(shows),
  operate: async (wish: { do: string }) => {
    acts.push(wish);
    return acts.length > 1 ? 'nothing-to-do' : 'done';
  },
};
const desk = {
  [Symbol.dispose]: () => undefined,
  operator: async () => ({ id: PERSON, role: 'owner', name: 'Ann', session: SESSION }),
};
const directory = {
  operators: () => desk,
  recordAudit: async ({ action, detail }: { action: string; detail: string }) =>
    void audit.push(`${action} ${detail}`.trim()),
};

const env = {
  DIRECTORY: { getByName: () => directory },
  CONVERSATIONS: { idFromString: (id: string) => id, get: () => home },
};
const stage = useStage(env, { person: PERSON, now: NOW });

beforeEach(() => {
  audit.splice(0);
  acts.splice(0);
  isIdle = false;
  isSilent = false;
});

test.each(cells)('on a $size, $scheme: nothing to mend for axe, nothing cut', async ({ size, scheme }) => {
  const page = await stage.open(PATH, { viewport: SIZES[size], colorScheme: scheme, bypassCSP: true });
  await keepShot(page, `person-${size}-${scheme}`, false);
  await openRows(page);
  await keepShot(page, `person-open-${size}-${scheme}`);
  expect(await violations(page)).toEqual([]);
  expect(await tooWide(page)).toBe(0);
  if (size === 'phone') expect(await tooSmall(page)).toEqual([]);
});

test('by keys alone: a failing turn is found and opened, and what runs is stopped after a question', async () => {
  const page = await stage.open(PATH);
  const row = (): Promise<string | null> => page.locator('[data-row].here').first().textContent();
  for (let n = 0; n < 9; n++) await page.keyboard.press('j');
  expect(await row()).toContain('failed');
  await page.keyboard.press('Enter');
  await page.getByText('the disk is full: 80 MB free').waitFor();
  await page.locator('button', { hasText: words.acts.stop }).focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('#confirm[open]');
  await page.keyboard.press('Escape');
  expect(acts).toEqual([]);
  await page.keyboard.press('Enter');
  await page.waitForSelector('#confirm[open]');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.told');
  const { turn } = detailOf(false);
  expect([acts, audit]).toEqual([[{ do: 'stop', turn }], [`stop ${turn}`]]);
});

test('a reply is sent again after a question', async () => {
  const page = await stage.open(PATH);
  await openRows(page);
  await page.locator('button', { hasText: words.acts.resend }).first().click();
  await page.getByText(words.asks.resend).waitFor();
  expect(acts).toEqual([]);
  await Promise.all([page.waitForEvent('load'), page.locator('#confirm .danger').click()]);
  expect(acts).toEqual([{ do: 'resend', reply: expect.any(String) }]);
});

test('an open row stays open while the page keeps itself up to date', async () => {
  const page = await stage.open(PATH);
  const open = (): Promise<number> => page.locator('.event details[open]').count();
  await page.locator('.event summary').nth(1).click();
  const asked = page.waitForRequest((request) => request.headers()['x-part'] === 'main');
  await page.clock.fastForward(6000);
  await (await asked).response();
  await settle(page);
  expect(await open()).toBe(1);
});

test('what is typed and the chosen row stay; a button that is gone leaves its place to no other', async () => {
  const page = await stage.open(PATH);
  const update = async (): Promise<void> => {
    const asked = page.waitForRequest((request) => request.headers()['x-part'] === 'main');
    await page.clock.fastForward(6000);
    await (await asked).response();
    await settle(page);
  };
  for (let n = 0; n < 9; n++) await page.keyboard.press('j');
  await page.getByLabel(words.role).selectOption('guest');
  await page.getByLabel(words.reason).fill('Mara asked for help');
  await page.locator('button', { hasText: words.acts.stop }).focus();
  isIdle = true;
  await update();
  expect(await page.locator('button', { hasText: words.acts.stop }).count()).toBe(0);
  expect(await page.getByLabel(words.role).inputValue()).toBe('guest');
  expect(await page.getByLabel(words.reason).inputValue()).toBe('Mara asked for help');
  expect(await page.locator('[data-row].here').textContent()).toContain('failed');
  expect(await page.evaluate('document.activeElement.tagName')).not.toBe('BUTTON');
  await page.locator('button', { hasText: words.show }).focus();
  isIdle = false;
  await update();
  expect(await page.evaluate('document.activeElement.textContent')).toBe(words.show);
});

test('words need a reason, stay while the page is looked at, and end with it; nothing in them runs', async () => {
  const page = await stage.open(PATH, { colorScheme: 'dark' });
  const hasWords = async (): Promise<boolean> => (await page.content()).includes('Please deploy the garden.');
  expect(await hasWords()).toBe(false);
  await page.locator('button', { hasText: words.show }).click();
  expect(audit).toEqual([]);
  await page.getByLabel(words.reason).fill('Mara asked for help');
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
  expect([await hasWords(), audit]).toEqual([true, ['read what they wrote Mara asked for help']]);
  await keepShot(page, 'person-words');
  const asked = page.waitForRequest((request) => request.headers()['x-part'] === 'main');
  await page.clock.fastForward(6000);
  await (await asked).response();
  await settle(page);
  expect(await hasWords()).toBe(true);
  await Promise.all([page.waitForEvent('load'), page.getByText(words.leave).click()]);
  expect(await hasWords()).toBe(false);
  // The browser has kept nothing to go back to.
  await expect(page.goBack()).rejects.toThrow('ERR_CACHE_MISS');
  expect(audit).toHaveLength(1);
});

test('an object that doesn’t answer: an open page stays and says since when, and a new one says so', async () => {
  stage.expects(NOT_LOADED);
  const page = await stage.open(PATH, { viewport: SIZES.phone });
  isSilent = true;
  await page.clock.fastForward(6000);
  await page.getByText('hasn’t answered since').waitFor();
  expect(await page.locator('main').textContent()).toContain(words.timeline);
  await keepShot(page, 'silent-open', false);
  await page.reload();
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(words.silent.title);
  await keepShot(page, 'silent', false);
  isSilent = false;
  await page.reload();
  await page.getByText(words.timeline).waitFor();
});
