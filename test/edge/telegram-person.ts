import { exports } from 'cloudflare:workers';
import { afterEach, beforeEach } from 'vitest';
import { webhookSecretOf } from '../../src/channels/telegram/verify.ts';
import { BOT, TOKEN } from './outside-telegram.ts';
import { vars } from './relay.ts';

// A person on Telegram, whose bot calls the relay with the secret of the deployment.

/** Telegram is switched on for the tests of a file, and these people are on the list. */
export function useTelegram(): void {
  const before = { ...vars };
  beforeEach(() => {
    const people = Array.from({ length: 100 }, (_, n) => `telegram:${FIRST + n}`).join(',');
    Object.assign(vars, { TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_API_URL: 'https://telegram.example.com' });
    vars.ALLOWED_SENDERS = `${before.ALLOWED_SENDERS},${people}`;
  });
  afterEach(() => {
    for (const name of ['TELEGRAM_BOT_TOKEN', 'TELEGRAM_API_URL', 'ALLOWED_SENDERS', 'ADMIN_SENDERS'])
      vars[name] = before[name] ?? '';
  });
}

const FIRST = 4_815_000_000;
const counted = { people: 0, updates: 50_000, messages: 0 };

export const secret = (): string =>
  webhookSecretOf(undefined, JSON.parse(vars.MACHINE_SIGNING_KEY ?? '') as { d: string }, BOT);

/** Posts an update as Telegram does. */
export function postUpdate(
  update: object,
  header: string | null = secret(),
  type = 'application/json',
): Promise<Response> {
  return exports.default.fetch('https://relay.example.com/webhooks/telegram', {
    method: 'POST',
    headers: { 'content-type': type, ...(header === null ? {} : { 'x-telegram-bot-api-secret-token': header }) },
    body: JSON.stringify(update),
  });
}

export class TelegramPerson {
  readonly id: number;
  readonly address: string;

  /** `id`: of somebody who is not on the list. */
  constructor(id: number = FIRST + counted.people++) {
    this.id = id;
    this.address = `telegram:${id}`;
  }

  get user(): object {
    return { id: this.id, is_bot: false, first_name: 'Ada' };
  }

  get chat(): object {
    return { id: this.id, type: 'private', first_name: 'Ada' };
  }

  update(content: object): { update_id: number } {
    return { update_id: counted.updates++, ...content };
  }

  message(content: object): { update_id: number; message: Record<string, unknown> } {
    const message_id = ++counted.messages;
    const date = Math.floor(Date.now() / 1000);
    return { ...this.update({}), message: { message_id, from: this.user, chat: this.chat, date, ...content } };
  }

  /** Returns the update, for posting it again. */
  async sends(content: object): Promise<ReturnType<TelegramPerson['message']>> {
    const update = this.message(content);
    await this.posts(update);
    return update;
  }

  says = (text: string, more: object = {}) => this.sends({ text, ...more });

  async posts(update: object): Promise<void> {
    const { status } = await postUpdate(update);
    if (status !== 200) throw new Error(`the webhook answered ${status}`);
  }
}
