import { expect, test } from 'vitest';
import { telegram } from '../../../../src/channels/telegram/channel.ts';

// The address that opens the chat with the bot; Start then sends the code.

test.each([
  ['JOIN K7QA-2MDB', 'https://t.me/my_roost_bot?start=K7QA2MDB'],
  ['LINK K7QA-2MDB', 'https://t.me/my_roost_bot?start=link_K7QA2MDB'],
  ['', 'https://t.me/my_roost_bot'],
  ['hello & goodbye', 'https://t.me/my_roost_bot'],
])('%s', (words, url) => {
  expect(telegram.chatUrl('telegram:1', words, 'my_roost_bot')).toBe(url);
});

test('without the name of the bot there is none', () => {
  expect(telegram.chatUrl('telegram:1', 'JOIN K7QA-2MDB', null)).toBeNull();
});
