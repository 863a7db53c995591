import { expect, test } from 'vitest';
import type { Config } from '../../../src/config/config.ts';
import { chatLink } from '../../../src/worker/chat-link.ts';

// Where “Open the chat” leads.

const WORDS = '/github ABCD-EFGH';
const REAL = { LOCAL_MODE: '0', TWILIO_API_URL: 'https://api.twilio.com' } as Config;
const LOCAL = { LOCAL_MODE: '1', TWILIO_API_URL: 'http://127.0.0.1:4000/' } as Config;

test.each([
  ['to WhatsApp', REAL, 'whatsapp:+15555550100', 'https://wa.me/15555550100?text=%2Fgithub%20ABCD-EFGH'],
  ['nowhere by SMS', REAL, '+15555550100', null],
  ['nowhere for an id of WhatsApp', REAL, 'whatsapp:US.1349', null],
  [
    'to the phone page of a local run',
    LOCAL,
    'whatsapp:+15555550100',
    'http://127.0.0.1:4000/?text=%2Fgithub%20ABCD-EFGH',
  ],
  [
    'to the bot of a local run with a bot of its own',
    { ...LOCAL, TELEGRAM_BOT_NAME: 'my_roost_bot', TELEGRAM_API_URL: 'https://api.telegram.org' } as Config,
    'telegram:1001',
    'https://t.me/my_roost_bot',
  ],
])('%s', (_where, config, sender, link) => {
  expect(chatLink(config, sender, WORDS)).toBe(link);
});
