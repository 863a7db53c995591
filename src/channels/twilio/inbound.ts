import * as z from 'zod';
import { texts } from '../../texts.ts';
import type { Form } from './verify.ts';

// Twilio's form of one inbound message, turned into ours. Unknown fields are kept by the schema and ignored here.

const first = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (Array.isArray(value) ? (value[0] ?? '') : value));

const WebhookForm = z.looseObject({
  AccountSid: first.optional(),
  MessageSid: first.pipe(z.string().regex(/^[A-Za-z]{2}[0-9a-zA-Z]{1,64}$/)),
  From: first.pipe(z.string().regex(/^[a-z]*:?\S{3,200}$/)),
  To: first.pipe(z.string().min(3).max(200)),
  Body: first.default(''),
  NumMedia: first.transform(Number).pipe(z.number().int().min(0).max(100)).catch(0),
  MessageType: first.optional(),
});

export type Inbound = {
  providerId: string;
  accountSid: string | undefined;
  from: string;
  to: string;
  /** What the agent reads; empty when there is nothing to read. */
  text: string;
  attachments: number;
};

/** Null when the sender or the message id is missing or malformed. */
export function parseInbound(form: Form): Inbound | null {
  const parsed = WebhookForm.safeParse(form);
  if (!parsed.success) return null;
  const { AccountSid, MessageSid, From, To, Body, NumMedia } = parsed.data;
  const note = Body.trim() !== '' && NumMedia > 0 ? `\n\n${texts.attachmentsNote(NumMedia)}` : '';
  return {
    providerId: MessageSid,
    accountSid: AccountSid,
    from: From,
    to: To,
    text: Body.trim() === '' ? '' : `${Body}${note}`,
    attachments: NumMedia,
  };
}

/** `whatsapp:+15555550123` → `+15555550123`; null when the address carries no number. */
export function numberOf(address: string): string | null {
  const match = /^(?:whatsapp:)?(\+[1-9]\d{5,14})$/.exec(address);
  return match?.[1] ?? null;
}
