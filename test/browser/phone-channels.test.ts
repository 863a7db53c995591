import { expect, test } from 'vitest';
import { BOT, ROBIN_ID, SMS, usePhoneWithBot } from './phone-bot.ts';
import { faultsFor, mine, misfits, ROBIN, say, shoot, theirs } from './phone-stage.ts';
import { ROOST } from './product.ts';

// A person must see at a glance in which channel they are: the three chats, side by side, light and dark.

const phone = usePhoneWithBot();
const ANSWER = 'Done: the *to-do app* is in `todo/`. Open it?';

/** Each chat, and what Roost says there: with a choice where there are buttons of the channel's own. */
const CHATS = [
  { sender: ROOST, read: 'read', answer: () => answerByTwilio(ROOST, ROBIN, ANSWER) },
  { sender: SMS, read: 'delivered', answer: () => answerByTwilio(SMS, '+15555550123', ANSWER.replace(/[*`]/g, '')) },
  { sender: BOT, read: 'read', answer: answerByBot },
];

function answerByBot(): Promise<unknown> {
  const buttons = ['Open', 'Later'].map((text, n) => ({ text, callback_data: `choice:${n}` }));
  return phone.bot.api.sendMessage(ROBIN_ID, 'Done: the <b>to-do app</b> is in <code>todo/</code>. Open it?', {
    parse_mode: 'HTML',
    reply_markup: { inline_keyboard: [buttons] },
  });
}

async function answerByTwilio(From: string, To: string, Body: string): Promise<void> {
  const account = `AC${'0'.repeat(32)}`;
  const answer = await fetch(`${phone.simulator.url}/2010-04-01/Accounts/${account}/Messages.json`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${account}:a-token-for-tests-only`)}` },
    body: new URLSearchParams({ From, To, Body }),
  });
  expect(answer.ok).toBe(true);
}

test.each(['light', 'dark'] as const)(
  'in %s, each chat looks like its channel, and axe finds nothing',
  async (colorScheme) => {
    const shots: Buffer[] = [];
    const bars = new Set<string>();
    for (const { sender, read, answer } of CHATS) {
      const page = await phone.open(sender, { viewport: { width: 390, height: 844 }, colorScheme, hasTouch: true });
      await say(page, 'Make a to-do app');
      await answer();
      await theirs(page, 'to-do app').waitFor();
      await mine(page, 'Make a to-do app').getByRole('img', { name: read }).waitFor();
      expect(await faultsFor(page), sender).toEqual([]);
      expect(await misfits(page), sender).toEqual([]);
      const status = page.locator('#chat-status');
      expect(await status.textContent(), sender).toContain('+1');
      expect(await status.evaluate((words) => words.scrollWidth - words.clientWidth), sender).toBe(0);
      bars.add(await page.locator('#chat > .bar').evaluate((bar) => getComputedStyle(bar).backgroundColor));
      shots.push(await shoot(page, `channel-${sender.replace(/\W/g, '')}-${colorScheme}`));
      await page.context().close();
    }
    expect(bars.size).toBe(3);
    await sideBySide(shots, colorScheme);
  },
);

/** Keeps one picture of all. */
async function sideBySide(shots: readonly Buffer[], colorScheme: 'light' | 'dark'): Promise<void> {
  const page = await phone.open(BOT, { viewport: { width: 1250, height: 884 }, colorScheme, bypassCSP: true });
  const images = shots.map(
    (shot) => `<img alt="" height="844" src="data:image/png;base64,${shot.toString('base64')}">`,
  );
  await page.setContent(`<body style="display:flex;gap:20px;margin:20px;background:#888">${images.join('')}</body>`);
  await page.locator('img').last().waitFor();
  await shoot(page, `channels-${colorScheme}`);
}
