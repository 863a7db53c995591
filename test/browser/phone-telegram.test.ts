import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { BOT, ROBIN_ID, usePhoneWithBot } from './phone-bot.ts';
import { faultsFor, field, mine, misfits, say, shoot, theirs } from './phone-stage.ts';

// The phone page's chat with a bot: formatting, buttons, drafts and marks, edits, the block, topics, a group.

const phone = usePhoneWithBot();
const PHONE = { width: 390, height: 844 };

test('formatting, a silent line, a draft that is stopped, a button that is chosen', async () => {
  let person = 0;
  phone.bot.on('message:text', async (context) => {
    person = context.from.id;
    if (context.message.text !== 'build it') return;
    await context.reply('On it.', { disable_notification: true });
    await phone.bot.api.sendMessageDraft(person, 1, '', { can_stop: true });
  });
  phone.bot.on('stopped_message_generation', async () => {
    const keyboard = [[{ text: 'Go on', callback_data: 'choice:1' }]];
    await phone.bot.api.sendMessage(person, '<b>Stopped.</b> See <code>npm test</code> <i>later</i>', {
      parse_mode: 'HTML',
      reply_markup: { inline_keyboard: keyboard },
    });
  });
  phone.bot.on('callback_query:data', async (context) => {
    await context.answerCallbackQuery('Going on');
    await context.editMessageText('Stopped. ✓ Go on');
  });
  const page = await phone.open(BOT);
  await say(page, 'build it');
  await theirs(page, 'On it.').getByText('silent').waitFor();
  expect(await page.locator('.bubble.mine .markup').allTextContents()).toEqual(['/start', 'build it']);
  await mine(page, 'build it').getByRole('img', { name: 'read' }).waitFor();
  await page.getByText('Thinking …').waitFor();
  await page.getByRole('button', { name: 'Stop', exact: true }).waitFor();
  await phone.bot.api.sendMessageDraft(person, 1, 'Reading the code', { can_stop: true });
  await page.getByText('Reading the code').waitFor();
  const row = page.getByRole('navigation', { name: 'Simulated phones' }).getByRole('button', { name: /Robin/ });
  expect(await row.textContent()).toContain('Telegramtyping …');
  await shoot(page, 'telegram-draft');
  expect(await faultsFor(page)).toEqual([]);
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  const question = theirs(page, 'Stopped.');
  await question.waitFor();
  expect(await page.getByText('Reading the code').isVisible()).toBe(false);
  expect(await row.textContent()).toContain('TelegramStopped. See npm test later');
  expect(await question.locator('strong').textContent()).toBe('Stopped.');
  expect(await question.locator('code').textContent()).toBe('npm test');
  expect(await question.locator('em').textContent()).toBe('later');
  await shoot(page, 'telegram');
  await question.getByRole('button', { name: 'Go on', exact: true }).click();
  await page.locator('#toast', { hasText: 'Going on' }).waitFor();
  await theirs(page, '✓ Go on').getByText('edited').waitFor();
  expect(await theirs(page, '✓ Go on').getByRole('button', { name: 'Go on', exact: true }).count()).toBe(0);
  expect(await page.locator('.bubble.pending').count()).toBe(0);
  await shoot(page, 'telegram-chosen');
});

/** The texts that the bot hears, with those they replace. */
function heard(): string[] {
  const lines: string[] = [];
  phone.bot.on('message:text', ({ message }) => void lines.push(message.text));
  phone.bot.on('edited_message:text', ({ editedMessage }) => void lines.push(`edited: ${editedMessage.text}`));
  phone.bot.on('my_chat_member', ({ myChatMember }) => void lines.push(myChatMember.new_chat_member.status));
  return lines;
}

test('a text is edited by keyboard and by a long press, and an edit can be given up', async () => {
  const taken = Promise.withResolvers<void>();
  phone.bot.on('message:text', async ({ message }, next) => {
    if (message.text === 'build a shop') await taken.promise;
    await next();
  });
  const lines = heard();
  const page = await phone.open(BOT, { viewport: PHONE, hasTouch: true });
  await say(page, 'build a shop');
  const shop = mine(page, 'build a shop');
  await shop.getByRole('button', { name: 'Edit: build a shop' }).focus();
  // The mark changes beside the focus.
  taken.resolve();
  await shop.getByRole('img', { name: 'read' }).waitFor();
  await page.keyboard.press('Enter');
  await page.locator('#extras', { hasText: 'Editing' }).waitFor();
  expect(await field(page).inputValue()).toBe('build a shop');
  expect(await faultsFor(page)).toEqual([]);
  await shoot(page, 'telegram-edit');
  await say(page, 'build a blog');
  await mine(page, 'build a blog').getByText('edited').waitFor();
  await expect.poll(() => lines).toEqual(['/start', 'build a shop', 'edited: build a blog']);

  await press(page, 'build a blog');
  await page.locator('#bubble-menu').getByRole('button', { name: 'Edit' }).click();
  expect(await field(page).inputValue()).toBe('build a blog');
  await page.keyboard.press('Escape');
  expect(await field(page).inputValue()).toBe('');
  expect(await page.locator('#extras').isVisible()).toBe(false);

  await press(page, 'build a blog');
  await page.locator('#bubble-menu').getByRole('button', { name: 'Delete' }).click();
  await expect.poll(() => mine(page, 'build a blog').count()).toBe(0);
  await say(page, 'next');
  await expect.poll(() => lines.at(-1)).toBe('next');
  expect(lines).toHaveLength(4);
});

test('a text is changed again from its newest words', async () => {
  const page = await phone.open(BOT);
  const start = 'Build a shop with a basket and a checkout, ';
  const edit = page.getByRole('button', { name: /^Edit: Build a shop/ });
  await say(page, `${start}in red`);
  for (const [before, after] of [
    ['in red', 'in green'],
    ['in green', 'in blue'],
    ['in blue', 'in grey'],
  ]) {
    await mine(page, `${start}${before}`).waitFor();
    await edit.focus();
    await page.keyboard.press('Enter');
    expect(await field(page).inputValue()).toBe(`${start}${before}`);
    await say(page, `${start}${after}`);
  }
});

/** A long press with a finger. */
async function press(page: Page, text: string): Promise<void> {
  const bubble = mine(page, text);
  const finger = { pointerType: 'touch', isPrimary: true, clientX: 200, clientY: 300, bubbles: true };
  await bubble.dispatchEvent('pointerdown', finger);
  await page.locator('#bubble-menu').waitFor();
}

test('the bot is blocked and unblocked; meanwhile neither side writes', async () => {
  const lines = heard();
  const page = await phone.open(BOT, { viewport: PHONE });
  await say(page, 'hello');
  await mine(page, 'hello').waitFor();
  await page.getByRole('button', { name: 'Attach and more' }).click();
  expect(await misfits(page)).toEqual([]);
  await page.getByRole('button', { name: 'Block the bot' }).click();
  const unblock = page.getByRole('button', { name: 'Unblock the bot' });
  await unblock.waitFor();
  expect(await field(page).isVisible()).toBe(false);
  await expect(phone.bot.api.sendMessage(ROBIN_ID, 'are you there?')).rejects.toThrow('blocked by the user');
  expect(await faultsFor(page)).toEqual([]);
  await shoot(page, 'telegram-blocked');
  await page.reload();
  await page.getByRole('combobox', { name: 'Roost’s address' }).selectOption({ value: BOT });
  await unblock.click();
  await field(page).waitFor();
  await expect.poll(() => lines).toEqual(['/start', 'hello', 'kicked', 'member']);
});

const topics = (page: Page) => page.getByRole('navigation', { name: 'Topics' });
const openTopic = (page: Page) => topics(page).locator('[aria-current]').textContent();

test.each(['light', 'dark'] as const)('a topic is made and used by keyboard alone, in %s colours', async (theme) => {
  phone.bot.on('message:text', async (context) => {
    const { message_thread_id: topic, text } = context.message;
    const there = topic === undefined ? {} : { message_thread_id: topic };
    if (text === 'and here?')
      await phone.bot.api.sendMessage(context.from.id, 'The shop is built.', { message_thread_id: shop });
    if (!text.startsWith('/')) await context.reply(`heard: ${text}`, there);
  });
  let shop = 0;
  phone.bot.on('message:forum_topic_created', ({ message }) => {
    shop ||= message.message_id;
  });
  const page = await phone.open(BOT, { viewport: PHONE, colorScheme: theme });
  await say(page, 'hello');
  await theirs(page, 'heard: hello').waitFor();
  expect(await topics(page).isVisible()).toBe(false);

  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const makeTopic = async (name: string): Promise<void> => {
    await page.getByRole('button', { name: 'Attach and more' }).focus();
    await press('Enter');
    await page.getByRole('button', { name: 'New topic' }).focus();
    await press('Enter');
    await page.getByRole('textbox', { name: 'Name', exact: true }).waitFor();
    await page.keyboard.type(name);
    await press('Enter');
  };
  await makeTopic(' ');
  await page.getByText('Type a name for the topic.').waitFor();
  expect(await faultsFor(page)).toEqual([]);
  expect(await misfits(page)).toEqual([]);
  await shoot(page, `telegram-new-topic-${theme}`);
  await page.keyboard.type('Web shop');
  await press('Enter');

  await page.locator('#log').getByText('You made the topic “Web shop”').waitFor();
  expect(await openTopic(page)).toBe('Web shop');
  expect(await theirs(page, 'heard: hello').count()).toBe(0);
  await page.keyboard.type('list the files');
  await press('Enter');
  await theirs(page, 'heard: list the files').waitFor();
  await makeTopic('A topic with a name that is too long for one row of a phone');
  await expect.poll(() => openTopic(page)).toContain('A topic with a name');
  const { x, width } = (await topics(page).locator('[aria-current]').boundingBox())!;
  expect(x + width).toBeLessThan(PHONE.width + 1);
  expect(await faultsFor(page)).toEqual([]);
  expect(await misfits(page)).toEqual([]);
  await shoot(page, `telegram-topic-${theme}`);

  await topics(page).getByRole('button', { name: 'Chat' }).focus();
  await press('Enter');
  await theirs(page, 'heard: hello').waitFor();
  expect(await theirs(page, 'heard: list').count()).toBe(0);
  await say(page, 'and here?');
  await theirs(page, 'heard: and here?').waitFor();
  const unread = topics(page).getByRole('button', { name: 'Web shop 1 unread' });
  await unread.waitFor();
  await shoot(page, `telegram-topics-${theme}`);
  await unread.click();
  await theirs(page, 'The shop is built.').waitFor();
  await topics(page).getByRole('button', { name: 'Web shop', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Attach and more' }).focus();
  await press('Enter');
  expect(await misfits(page)).toEqual([]);
  await shoot(page, `telegram-topic-menu-${theme}`);
  await page.getByRole('button', { name: 'Rename the topic' }).focus();
  await press('Enter');
  await page.getByRole('heading', { name: 'Rename the topic' }).waitFor();
  await page.keyboard.type('Shop');
  await press('Enter');
  await expect.poll(() => openTopic(page)).toBe('Shop');

  await page.reload();
  await page.getByRole('combobox', { name: 'Roost’s address' }).selectOption({ value: BOT });
  await topics(page).getByRole('button', { name: 'Shop', exact: true }).click();
  await theirs(page, 'The shop is built.').waitFor();
});

test('the bot is added to a group, where its words and what it hears are shown', async () => {
  phone.bot.on('my_chat_member', async (context) => {
    if (context.chat.type === 'group') await context.reply('I only work in private chats.');
  });
  phone.bot.on('message:text', async (context) => {
    if (context.chat.type === 'group') await context.reply(`heard ${context.message.text}`);
  });
  const page = await phone.open(BOT, { viewport: PHONE });
  await page.getByRole('button', { name: 'Attach and more' }).click();
  await page.getByRole('button', { name: 'Add Roost to a new group' }).click();
  await theirs(page, 'I only work in private chats.').waitFor();
  await page.getByText('added Roost').waitFor();
  await page.getByRole('heading', { name: 'Group with Roost' }).waitFor();
  await say(page, 'nobody hears this');
  await say(page, '/help');
  await theirs(page, 'heard /help').waitFor();
  expect(await theirs(page, 'nobody').count()).toBe(0);
  expect(await faultsFor(page)).toEqual([]);
  expect(await misfits(page)).toEqual([]);
  await shoot(page, 'telegram-group');
});
