import type { ApiMethods } from '@grammyjs/types';
import * as z from 'zod/mini';
import { parseJson } from '../../parse-json.ts';
import type { Bot } from './account.ts';
import { readRefusal, type TelegramRefusal } from './errors.ts';

// One call of the Bot API. Its answer is classified by what it means for the request; nothing here retries or waits.

export type BotAnswer =
  | { kind: 'done'; result: unknown }
  | ({ kind: 'refused' } & TelegramRefusal)
  /** Nobody knows whether Telegram did it. */
  | { kind: 'unknown'; reason: string; retryAfterMs: number | null };

const Done = z.object({ ok: z.literal(true), result: z.unknown() });
const Wait = z.object({ parameters: z.object({ retry_after: z.number() }) });
const WAIT_MAX_S = 24 * 60 * 60;

type Method = keyof ApiMethods<never>;
/** As the Bot API is published; `{}` for a method that takes nothing. */
type ParametersOf<Name extends Method> = Parameters<ApiMethods<never>[Name]> extends [infer Given] ? Given : object;

export const callBot = <Name extends Method>(
  bot: Bot,
  method: Name,
  parameters: ParametersOf<Name>,
  timeoutMs: number,
): Promise<BotAnswer> =>
  requestBot(
    bot,
    method,
    { headers: { 'content-type': 'application/json' }, body: JSON.stringify(parameters) },
    timeoutMs,
  );

/** `sent`: the parameters as they leave. */
export async function requestBot(
  bot: Bot,
  method: string,
  sent: { headers: Record<string, string>; body: string | ReadableStream<Uint8Array> },
  timeoutMs: number,
): Promise<BotAnswer> {
  try {
    const response = await fetch(`${bot.apiUrl}/bot${bot.token}/${method}`, {
      method: 'POST',
      ...sent,
      // The token must not go to another host.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return readAnswer(response.status, parseJson(await response.text()));
  } catch (error) {
    // Its message could hold the address, and so the token.
    return { kind: 'unknown', reason: error instanceof Error ? error.name : 'network', retryAfterMs: null };
  }
}

/** The meaning of an answer of the API. */
export function readAnswer(status: number, body: unknown): BotAnswer {
  const done = Done.safeParse(body);
  if (status === 200 && done.success) return { kind: 'done', result: done.data.result };
  const refusal = status >= 400 && status < 500 && status !== 408 ? readRefusal(status, body) : null;
  if (refusal) return { kind: 'refused', ...refusal };
  const seconds = Wait.safeParse(body).data?.parameters.retry_after ?? null;
  const retryAfterMs = seconds === null ? null : Math.min(Math.max(0, seconds), WAIT_MAX_S) * 1000;
  return { kind: 'unknown', reason: `HTTP ${status}`, retryAfterMs };
}
