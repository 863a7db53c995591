import { createHash, timingSafeEqual } from 'node:crypto';
import { sealWords } from '../../links/sealed-words.ts';

// Telegram proves itself with a secret in a header, which setWebhook names; it signs nothing. The secret belongs to one
// bot, so that another bot's webhook is refused.

export const SECRET_HEADER = 'x-telegram-bot-api-secret-token';
/** Telegram's updates are a few kilobytes. */
export const UPDATE_BYTES_MAX = 256 * 1024;
/** Telegram's own rule for a secret. */
export const SECRET = /^[\w-]{1,256}$/;

/** The secret that is set, or one made from the deployment's key. */
export const webhookSecretOf = (set: string | undefined, key: { d: string }, bot: string): string =>
  set ?? sealWords('telegram webhook', key, bot);

/** In constant time. */
export function isSecret(header: string | undefined, secret: string): boolean {
  if (header === undefined || !SECRET.test(header)) return false;
  return timingSafeEqual(digest(header), digest(secret));
}

const digest = (text: string): Uint8Array =>
  new Uint8Array(createHash('sha256').update(new TextEncoder().encode(text)).digest());
