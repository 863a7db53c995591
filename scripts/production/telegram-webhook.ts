import * as z from 'zod';
import { menuOf } from '../../src/channels/telegram/menu.ts';
import { webhookSecretOf } from '../../src/channels/telegram/verify.ts';
import type { Vars } from '../local/dev-vars.ts';
import { ALLOWED_UPDATES } from '../local/telegram-updates.ts';

// Leads a bot's updates to the deployed relay, and tells Telegram the commands that it shows in the chat's menu.

const Answer = z.object({ ok: z.boolean(), result: z.unknown().optional(), description: z.string().optional() });
const Info = z.object({ url: z.string() });
const ANSWER_MS = 15_000;
/** For whom the menu of `setMyCommands` is: everybody without a menu of their role. */
export const MENU_SCOPE = { type: 'all_private_chats' };

/** `isElsewhere`: the bot's texts go to another address, and nothing was changed. */
export type Led = { ok: true; line: string } | { ok: false; line: string; isElsewhere?: true };

/** `moves`: takes the bot away from another address, which the operator has to ask for. */
export async function leadTelegramHere(vars: Vars, moves: boolean): Promise<Led> {
  const { TELEGRAM_BOT_TOKEN: token = '', MACHINE_SIGNING_KEY: key = '', PUBLIC_URL: address = '' } = vars;
  const missing = Object.entries({ TELEGRAM_BOT_TOKEN: token, MACHINE_SIGNING_KEY: key, PUBLIC_URL: address });
  const [first] = missing.filter(([, value]) => value === '').map(([name]) => name);
  if (first !== undefined) return failed(`${first} is missing from .prod.vars.`);
  const api = (vars.TELEGRAM_API_URL || 'https://api.telegram.org').replace(/\/+$/, '');
  const call = (method: string, parameters: object): Promise<unknown> =>
    ask(`${api}/bot${token}/${method}`, parameters);
  const url = `${address.replace(/\/+$/, '')}/webhooks/telegram`;
  try {
    const { url: set } = Info.parse(await call('getWebhookInfo', {}));
    if (set !== '' && set !== url && !moves) {
      const host = URL.canParse(set) ? new URL(set).host : 'another address';
      const line = `The bot’s texts go to ${host} now. To bring them here, run: npm run telegram -- --move`;
      return { ok: false, line, isElsewhere: true };
    }
    const [bot = ''] = token.split(':');
    const signing = JSON.parse(key) as { d: string };
    const secret = webhookSecretOf(vars.TELEGRAM_WEBHOOK_SECRET || undefined, signing, bot);
    await call('setWebhook', { url, secret_token: secret, allowed_updates: ALLOWED_UPDATES });
    await call('setMyCommands', { commands: menuOf('guest'), scope: MENU_SCOPE });
    return { ok: true, line: `Telegram calls ${url} from now on.` };
  } catch (error) {
    return failed(error instanceof TelegramError ? error.message : 'Telegram can’t be reached. Try again.');
  }
}

const failed = (line: string): Led => ({ ok: false, line });

class TelegramError extends Error {}

/** Errors never hold the address, because the token is in it. */
async function ask(address: string, parameters: object): Promise<unknown> {
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(parameters),
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const answer = Answer.parse(await response.json());
  if (answer.ok) return answer.result;
  throw new TelegramError(
    response.status === 401 || response.status === 404
      ? 'Telegram doesn’t know the bot’s token. Check TELEGRAM_BOT_TOKEN in .prod.vars.'
      : `Telegram refused: ${answer.description ?? response.status}`,
  );
}
