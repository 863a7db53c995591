import { expect, test, vi } from 'vitest';
import { addressOf, botOf } from '../../../../src/channels/telegram/account.ts';
import { receive } from '../../../../src/channels/telegram/receive.ts';
import { SECRET_HEADER } from '../../../../src/channels/telegram/verify.ts';
import type { Config } from '../../../../src/config/config.ts';

// The webhook of Telegram acts on updates, besides handing their messages on.

const config = {
  TELEGRAM_BOT_TOKEN: '4815162342:of-the-test',
  TELEGRAM_API_URL: 'https://telegram.example.com',
  MACHINE_SIGNING_KEY: { d: 'a key' },
} as Config;

test('blocking the bot fills no log: anybody can do it', async () => {
  const logged = vi.spyOn(console, 'log');
  const bot = botOf(config);
  const [shut, counted]: [object[], string[]] = [[], []];
  for (const status of ['kicked', 'member', 'kicked']) {
    const chat = { id: 7, type: 'private' };
    const update = { update_id: 1, my_chat_member: { chat, from: { id: 7 }, date: 60, new_chat_member: { status } } };
    const headers = { [SECRET_HEADER]: bot?.secret ?? '', 'content-type': 'application/json' };
    const request = new Request('https://relay.example.com/webhooks/telegram', { method: 'POST', headers });
    const { status: answered } = await receive(request, config, {
      message: async () => 'refused',
      shut: async (said) => void shut.push(said),
      read: async () => JSON.stringify(update),
      refuse: ({ event }) => void counted.push(event),
      reportForeign: async () => undefined,
    });
    expect(answered).toBe(200);
  }
  const said = { address: 'telegram:7', sender: addressOf(bot?.id ?? ''), at: 60_000 };
  expect(shut).toEqual([true, false, true].map((isShut) => ({ ...said, isShut })));
  expect(counted).toEqual(['bot-blocked', 'bot-unblocked', 'bot-blocked']);
  expect(logged).not.toHaveBeenCalled();
});
