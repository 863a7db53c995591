import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Vars } from '../../scripts/local/dev-vars.ts';
import { channelsOf } from '../../scripts/setup/channels.ts';
import { missingAnswers } from '../../scripts/setup/preview.ts';
import { needRows } from '../../scripts/setup/price.ts';
import { openRecord } from '../../scripts/setup/record.ts';
import { runSteps } from '../../scripts/setup/runner.ts';
import type { Prompt, Screen } from '../../scripts/setup/screen.ts';
import type { SetupContext } from '../../scripts/setup/step.ts';
import { STEPS } from '../../scripts/setup/steps.ts';
import { peopleStep } from '../../scripts/setup/steps-accounts.ts';
import {
  channelsStep,
  telegramHelloStep,
  telegramStep,
  telegramWebhookStep,
} from '../../scripts/setup/steps-telegram.ts';
import { planTeardown } from '../../scripts/teardown/plan.ts';
import { remove } from '../../scripts/teardown/remove.ts';
import { type RunningTelegram, startTelegram } from '../../simulator/telegram/server.ts';

// Setup with a bot, against the strict stand-in for Telegram.

const TOKEN = '700100200:of-the-tests-of-setup';
const HERE = 'https://relay.example.com/webhooks/telegram';
let telegram: RunningTelegram;
let folder: string;
beforeEach(async () => {
  telegram = await startTelegram({ token: TOKEN });
  folder = mkdtempSync(join(tmpdir(), 'roost-bot-'));
});
afterEach(async () => {
  await telegram.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** `replies`: the answers in their order; a function gets the prompt. */
type Reply = string | boolean | ((prompt: Prompt) => string);
function setup(start: Vars = {}, replies: Reply[] = [], asks = true) {
  let answers: Vars = {
    TELEGRAM_API_URL: telegram.url,
    PUBLIC_URL: 'https://relay.example.com',
    MACHINE_SIGNING_KEY: JSON.stringify({ d: 'A'.repeat(43) }),
    ...start,
  };
  const lines: string[] = [];
  const say = (line: string): void => void lines.push(line);
  const reply = () => replies.shift() ?? expect.fail(`nothing left to answer:\n${lines.join('\n')}`);
  const screen: Screen = {
    ...{ asks, hasColours: false, title: say, step: say, done: say, note: say, warn: say, problem: say, end: say },
    copy: (copied) => void lines.push(...copied),
    async ask(prompt) {
      const given = reply();
      return typeof given === 'function' ? given(prompt) : String(given);
    },
    confirm: async () => reply() === true,
  };
  const context: SetupContext = {
    answers: () => answers,
    save: (changes) => {
      answers = { ...answers, ...changes };
    },
    record: openRecord(join(folder, 'record.json')),
    screen,
  };
  return { context, lines };
}

const asks = async <T>(method: string, parameters: object = {}): Promise<T> => {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify(parameters);
  const response = await fetch(`${telegram.url}/bot${TOKEN}/${method}`, { method: 'POST', headers, body });
  return ((await response.json()) as { result: T }).result;
};
const webhook = async (): Promise<string> => (await asks<{ url: string }>('getWebhookInfo')).url;
const menu = () => asks<object[]>('getMyCommands', { scope: { type: 'all_private_chats' } });
const linkIn = (lines: string[]): string | undefined => lines.find((line) => line.startsWith('https://t.me/'));
const KNOWN = { CHANNELS: 'telegram', TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_BOT_NAME: 'roost_bot' };

test('with Telegram alone a bot’s token and a press on Start are enough', async () => {
  const wrong = '700100200:of-nobody-at-all';
  const { context, lines } = setup({}, [
    'telegram',
    'AAE',
    wrong,
    TOKEN,
    ({ initial = '' }) => initial,
    ({ initial = '' }) => initial,
    'UTC',
  ]);
  const robin = telegram.person({ id: 99_000_001 });
  const stranger = telegram.person({ id: 99_000_002 });
  stranger.start('setup_guessed');
  const done = runSteps([channelsStep, telegramStep, peopleStep], context);
  await expect.poll(() => linkIn(lines)).toMatch(/^https:\/\/t\.me\/\w+\?start=setup_[\w-]{12}$/);
  robin.start(linkIn(lines)?.split('start=')[1]);
  await done;
  expect(context.answers()).toMatchObject({
    CHANNELS: 'telegram',
    TELEGRAM_BOT_TOKEN: TOKEN,
    ADMIN_SENDERS: 'telegram:99000001',
    ALLOWED_SENDERS: 'telegram:99000001',
  });
  expect(lines.join('\n')).toMatch(/isn’t a bot’s token.*doesn’t know this token.*You are telegram:99000001/s);
  expect(lines.join('\n')).not.toContain(TOKEN);
});

test('the owner is not waited for where a webhook takes the bot’s texts, or where nobody is asked', async () => {
  telegram.setWebhook(HERE, 'x');
  const { context, lines } = setup(KNOWN, ['telegram:4815', '*', 'UTC']);
  await runSteps([peopleStep], context);
  expect(lines.join('\n')).toMatch(/Nobody pressed Start/);
  expect(context.answers().ADMIN_SENDERS).toBe('telegram:4815');
  await expect(runSteps([peopleStep], setup(KNOWN, [], false).context)).rejects.toThrow(/ADMIN_SENDERS/);
});

test('the webhook is set, is asked about where it leads elsewhere, and goes with teardown', async () => {
  telegram.setWebhook('https://other.example.com/x', 'x');
  const unwilling = setup(KNOWN, [false]);
  await expect(runSteps([telegramWebhookStep], unwilling.context)).rejects.toThrow(/is unchanged/);
  expect(unwilling.lines.join('\n')).toContain('other.example.com');
  expect(await webhook()).toContain('other.example.com');
  const { context } = setup(KNOWN, [true]);
  await runSteps([telegramWebhookStep], context);
  expect(await webhook()).toBe(HERE);
  await runSteps([telegramWebhookStep], setup(KNOWN).context);

  const [item = expect.fail('nothing noted'), ...others] = await planTeardown(context.answers(), context.record);
  expect(others).toEqual([]);
  expect(item.title).toContain('isn’t put back');
  expect(await menu()).not.toEqual([]);
  telegram.setWebhook('https://other.example.com/y', 'x');
  expect(await remove(item, context.answers(), false)).toMatchObject({
    note: expect.stringContaining('Somebody changed'),
  });
  expect(await webhook()).toBe('https://other.example.com/y');
  expect(await menu()).not.toEqual([]);
  telegram.setWebhook(HERE, 'x');
  const otherBot = { ...context.answers(), TELEGRAM_BOT_TOKEN: '4815162342:of-somebody-else' };
  expect(await remove(item, otherBot, false)).toMatchObject({ kind: 'failed' });
  expect(await remove(item, context.answers(), false)).toMatchObject({ kind: 'gone' });
  expect([await webhook(), await menu()]).toEqual(['', []]);
  // Removing a bot again succeeds, too.
  expect(await remove(item, context.answers(), false)).toMatchObject({ note: expect.stringContaining('Removed') });
});

test('the person says whether the bot answered', async () => {
  await expect(runSteps([telegramHelloStep], setup(KNOWN, [false]).context)).rejects.toThrow(/npm run doctor/);
  const { context, lines } = setup(KNOWN, [true]);
  await runSteps([telegramHelloStep], context);
  expect(linkIn(lines)).toBe('https://t.me/roost_bot');
  const again = setup(KNOWN);
  await runSteps([telegramHelloStep], again.context);
  expect(again.lines).toContain('Already done.');
});

test('a deployment is asked for what its channels need, and earlier answers say which it has', () => {
  const [alone, twilio, both] = ['telegram', 'whatsapp', 'both'].map((CHANNELS) =>
    missingAnswers(STEPS, { CHANNELS }).join(),
  );
  expect(alone).toMatch(/TELEGRAM_BOT_TOKEN/);
  expect(alone).not.toMatch(/TWILIO|NUDGE/);
  expect(twilio).toMatch(/TWILIO_AUTH_TOKEN/);
  expect(twilio).not.toMatch(/TELEGRAM/);
  expect(both).toMatch(/TWILIO_AUTH_TOKEN.*TELEGRAM_BOT_TOKEN/);
  expect(needRows({ CHANNELS: 'telegram' }).join()).not.toContain('Twilio');
  expect(channelsOf({})).toBeUndefined();
  expect(channelsOf({ TWILIO_AUTH_TOKEN: 'x' })).toBe('whatsapp');
  expect(channelsOf({ TELEGRAM_BOT_TOKEN: 'x' })).toBe('telegram');
  expect(channelsOf({ TWILIO_AUTH_TOKEN: 'x', TELEGRAM_BOT_TOKEN: 'x' })).toBe('both');
  expect(channelsOf({ TWILIO_AUTH_TOKEN: 'x', CHANNELS: 'telegram' })).toBe('telegram');
});
