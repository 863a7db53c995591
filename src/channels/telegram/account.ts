import type { Config } from '../../config/config.ts';
import type { TextId } from '../../conversation/policy/channel.ts';
import { webhookSecretOf } from './verify.ts';

// The bot that the configuration names. Its token is in the address of every call and of every file, so addresses are
// never logged, stored or passed on.

export type Bot = {
  /** The digits before the token's colon. */
  id: string;
  token: string;
  apiUrl: string;
  /** Telegram sends it with each webhook as proof. */
  secret: string;
};

/** Null when no bot is configured. */
export function botOf(config: Config): Bot | null {
  const { TELEGRAM_BOT_TOKEN: token, TELEGRAM_API_URL: apiUrl } = config;
  if (token === undefined) return null;
  const id = token.slice(0, token.indexOf(':'));
  return { id, token, apiUrl, secret: webhookSecretOf(config.TELEGRAM_WEBHOOK_SECRET, config.MACHINE_SIGNING_KEY, id) };
}

export const addressOf = (id: string): string => `telegram:${id}`;

/** Telegram's id of a person or bot, as the API takes it. */
export const chatIdOf = (address: string): string => address.slice(address.indexOf(':') + 1);

/** The id of a message in rows, ours and the person's alike. */
export const messageIdOf = (bot: string, chat: number, message: number): string => `tg:${bot}:${chat}:${message}`;

/** The id of a text whose words were changed: `edit` is the update that changed them. */
export const editIdOf = (own: string, edit: number): string => `${own}:e${edit}`;

/** The draft in which a turn is shown: a number of the turn's own, never 0. */
export const draftIdOf = (turn: string): number =>
  [...turn].reduce((id, character) => (id * 31 + character.charCodeAt(0)) % 2_147_483_647, 7) || 1;

/** Null for a tap, a reaction and a stop, which are no texts. */
export function readTextId(id: string): TextId | null {
  const [, of, number, edit] = /^(tg:\d+:-?\d+:(\d+))(:e\d+)?$/.exec(id) ?? [];
  return of === undefined ? null : { of, number: edit === undefined ? Number(number) : null };
}
