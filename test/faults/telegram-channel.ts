import type { FaultChannel } from './fault-channel.ts';
import { GUARANTEES } from './guarantees.ts';
import { BOT_TOKEN, telegramPhones, WEBHOOK_SECRET } from './telegram-phones.ts';
import { TELEGRAM_WIRE } from './telegram-wire.ts';

export const TELEGRAM_CHANNEL: FaultChannel = {
  name: 'telegram',
  guarantees: GUARANTEES.telegram,
  folders: ['src/channels/telegram'],
  wire: () => TELEGRAM_WIRE,
  start: ({ relayUrl }) => telegramPhones(relayUrl),
  settings: (service) => ({
    TELEGRAM_BOT_TOKEN: BOT_TOKEN,
    TELEGRAM_WEBHOOK_SECRET: WEBHOOK_SECRET,
    TELEGRAM_API_URL: service,
  }),
};
