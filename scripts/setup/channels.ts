import type { Vars } from '../local/dev-vars.ts';

// Which channels the deployment gets, by the answers so far. Pure.

/** The answer that only setup asks for, or what earlier answers say; undefined before anything is known. */
export function channelsOf({ CHANNELS, TWILIO_AUTH_TOKEN, TELEGRAM_BOT_TOKEN }: Vars): string | undefined {
  if (CHANNELS) return CHANNELS;
  if (TWILIO_AUTH_TOKEN) return TELEGRAM_BOT_TOKEN ? 'both' : 'whatsapp';
  return TELEGRAM_BOT_TOKEN ? 'telegram' : undefined;
}

export const usesTwilio = (answers: Vars): boolean => answers.CHANNELS !== 'telegram';
export const usesTelegram = (answers: Vars): boolean => answers.CHANNELS === 'telegram' || answers.CHANNELS === 'both';
export const botIdOf = ({ TELEGRAM_BOT_TOKEN = '' }: Vars): string => TELEGRAM_BOT_TOKEN.split(':')[0] ?? '';
/** The link to the bot's chat. */
export const botLink = ({ TELEGRAM_BOT_NAME = '' }: Vars): string => `https://t.me/${TELEGRAM_BOT_NAME}`;
