import * as z from 'zod/mini';
import type { Watched } from '../channel.ts';
import type { Bot } from './account.ts';
import { type BotAnswer, callBot } from './api.ts';

// Whether Telegram brings the bot's updates to the relay. It has no list of updates that never came, so this is all
// that can be known of them: where they go, how many wait and why the last one was refused.

/** Telegram tries a refused update again within minutes, so an older error is over. */
const ERROR_FRESH_MS = 15 * 60_000;
/** With no error of its own, so many that wait mean that the relay takes them too slowly. */
const WAITING_MAX = 100;

const Info = z.object({
  url: z.string(),
  pending_update_count: z.catch(z.number(), 0),
  last_error_date: z.catch(z.optional(z.number()), undefined),
  last_error_message: z.catch(z.string(), ''),
});

export const webhookUrlOf = (publicUrl: string): string => `${publicUrl.replace(/\/+$/, '')}/webhooks/telegram`;

export async function watch(bot: Bot, publicUrl: string, now: number, timeoutMs: number): Promise<Watched> {
  const found = judgeWebhook(await callBot(bot, 'getWebhookInfo', {}, timeoutMs), webhookUrlOf(publicUrl), now);
  // Without a webhook a launcher can ask for the texts itself: then none waits.
  return found.kind === 'unset' && found.waiting === 0 ? { kind: 'fine' } : found;
}

/** The meaning of an answer to getWebhookInfo. `url`: where the updates should go. */
export function judgeWebhook(answer: BotAnswer, url: string, now: number): Watched {
  if (answer.kind === 'refused' && answer.failure === 'account') return { kind: 'revoked' };
  if (answer.kind !== 'done') return { kind: 'unknown' };
  const { data } = Info.safeParse(answer.result);
  if (!data) return { kind: 'unknown' };
  const { pending_update_count: waiting } = data;
  if (data.url !== url) return data.url === '' ? { kind: 'unset', waiting } : { kind: 'elsewhere' };
  const { last_error_date: errorAt = 0, last_error_message: reason } = data;
  const isFresh = now - errorAt * 1000 < ERROR_FRESH_MS;
  const isFailing = waiting > 0 && isFresh;
  return isFailing || waiting >= WAITING_MAX
    ? { kind: 'failing', waiting, reason: isFresh ? reason : '' }
    : { kind: 'fine' };
}
