import * as z from 'zod';
import type { Vars } from '../local/dev-vars.ts';
import { MENU_SCOPE } from '../production/telegram-webhook.ts';
import { addressOf, ask, Refused, Unreachable } from './ask.ts';

// The bot of the answers, by the Bot API. The token is in each address, so no error shows one.

const Answer = z.object({
  ok: z.boolean(),
  result: z.unknown().optional(),
  error_code: z.int().optional(),
  description: z.string().optional(),
});
const Me = z.object({ username: z.string() });
const Info = z.object({ url: z.string() });
const Update = z.looseObject({
  update_id: z.int(),
  message: z
    .looseObject({ text: z.string().optional(), from: z.looseObject({ id: z.int() }).optional() })
    .optional()
    .catch(undefined),
});

/** Telegram holds a question without updates for so many seconds. */
const HOLD_S = 5;

async function callBot(vars: Vars, method: string, parameters: object): Promise<unknown> {
  const { TELEGRAM_BOT_TOKEN: token = '' } = vars;
  const url = `${addressOf(vars.TELEGRAM_API_URL, 'https://api.telegram.org')}/bot${token}/${method}`;
  const { status, json } = await ask(url, { method: 'POST', json: parameters });
  const answer = Answer.safeParse(json).data;
  if (answer?.ok) return answer.result;
  throw new Refused('Telegram', answer?.error_code ?? status, null, answer?.description ?? `status ${status}`);
}

/** The bot's name, which opens its chat; null: Telegram doesn't know the token. */
export async function botName(vars: Vars): Promise<string | null> {
  try {
    return Me.parse(await callBot(vars, 'getMe', {})).username;
  } catch (error) {
    if (error instanceof Refused && [401, 404].includes(error.status)) return null;
    throw error;
  }
}

/**
 * Waits until somebody presses Start with this code and returns their id. Null when nobody does, or when the bot's
 * updates go to a webhook. Earlier updates of the bot are dropped with it.
 */
export async function whoPressesStart(vars: Vars, code: string, withinMs: number): Promise<number | null> {
  let offset = 0;
  for (const until = Date.now() + withinMs; Date.now() < until; ) {
    const asked = { offset, timeout: HOLD_S, allowed_updates: ['message'] };
    const got = await callBot(vars, 'getUpdates', asked).catch((error: unknown) => {
      if (error instanceof Refused && error.status === 409) return null;
      // The person is at their phone meanwhile, so a short network failure doesn't end the wait.
      if (error instanceof Unreachable) return [];
      throw error;
    });
    if (got === null) return null;
    const updates = z.array(Update).parse(got);
    offset = updates.reduce((next, { update_id }) => Math.max(next, update_id + 1), offset);
    const pressed = updates.find(({ message }) => message?.text === `/start ${code}`);
    if (pressed?.message?.from) {
      await callBot(vars, 'getUpdates', { offset, timeout: 0 });
      return pressed.message.from.id;
    }
    if (updates.length === 0) await new Promise((done) => setTimeout(done, 200));
  }
  return null;
}

/** Removes the bot's webhook and menu, unless its webhook has another address: a later change is deliberate. */
export async function removeWebhookAndMenu(vars: Vars, url: string): Promise<'removed' | 'changed'> {
  const { url: set } = Info.parse(await callBot(vars, 'getWebhookInfo', {}));
  if (set !== '' && set !== url) return 'changed';
  await callBot(vars, 'deleteWebhook', {});
  await callBot(vars, 'deleteMyCommands', { scope: MENU_SCOPE });
  return 'removed';
}
