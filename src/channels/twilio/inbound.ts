import * as z from 'zod';
import { inboundTexts } from '../../texts/inbound.ts';
import { type Content, contentOf } from './message-content.ts';
import type { Form } from './verify.ts';

// Twilio's form of one inbound message, turned into ours. Unknown fields are kept by the schema and ignored here.

const first = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (Array.isArray(value) ? (value[0] ?? '') : value));

const SID = /^[A-Za-z]{2}[0-9a-zA-Z]{1,64}$/;

const WebhookForm = z.looseObject({
  AccountSid: first.optional(),
  MessageSid: first.pipe(z.string().regex(SID)),
  From: first.pipe(z.string().regex(/^[a-z]*:?\S{3,200}$/)),
  To: first.pipe(z.string().min(3).max(200)),
  Body: first.default(''),
  NumMedia: first.transform(Number).pipe(z.number().int().min(0).max(100)).catch(0),
  OptOutType: first.optional(),
  ButtonPayload: first.optional(),
  ListId: first.optional(),
  OriginalRepliedMessageSid: first.pipe(z.string().regex(SID)).optional().catch(undefined),
});

/** Words the SMS carrier acts on by itself, as the whole message. */
const OPT_OUT = /^(?:stop|stopall|unsubscribe|cancel|end|quit|revoke|optout)$/i;
const OPT_IN = /^(?:start|yes|unstop)$/i;
const CARRIER_HELP = /^(?:help|info)$/i;
export type OptOut = 'stop' | 'start' | 'help';

export type Inbound = Content & {
  providerId: string;
  accountSid: string | undefined;
  from: string;
  to: string;
  attachments: number;
  /** The carrier's id of the message this one replies to. */
  quoted: string | null;
  /** The carrier has acted on it already: noted, never a turn. */
  optOut: OptOut | null;
  /** The id of the button or list item that was tapped; the text is its title. */
  choice: string | null;
};

/** Null when the sender or the message id is missing or malformed. */
export function parseInbound(form: Form): Inbound | null {
  const parsed = WebhookForm.safeParse(form);
  if (!parsed.success) return null;
  const { AccountSid, MessageSid, From, To, Body, NumMedia, OptOutType, OriginalRepliedMessageSid } = parsed.data;
  const { ButtonPayload, ListId } = parsed.data;
  return {
    providerId: MessageSid,
    accountSid: AccountSid,
    from: From,
    to: To,
    ...contentOf(form, Body, NumMedia),
    attachments: NumMedia,
    quoted: OriginalRepliedMessageSid ?? null,
    optOut: optOutOf(OptOutType, From, Body),
    choice: ButtonPayload || ListId || null,
  };
}

/** As the carrier says (Advanced Opt-Out), else on SMS by its well-known words. */
export function optOutOf(said: string | undefined, from: string, body: string): OptOut | null {
  const named = said?.toLowerCase();
  if (named === 'stop' || named === 'start' || named === 'help') return named;
  if (from.startsWith('whatsapp:')) return null;
  const word = body.trim();
  if (OPT_OUT.test(word)) return 'stop';
  if (OPT_IN.test(word)) return 'start';
  return CARRIER_HELP.test(word) ? 'help' : null;
}

/** What the agent reads of a message in the carrier's list: its words, and that something came with them. */
export function readable(body: string, attachments: number): string {
  if (body.trim() === '') return '';
  return attachments > 0 ? `${body}\n\n${inboundTexts.agent.lost(attachments)}` : body;
}

/** `whatsapp:+15555550123` → `+15555550123`; null when the address carries no number. */
export function numberOf(address: string): string | null {
  const match = /^(?:whatsapp:)?(\+[1-9]\d{5,14})$/.exec(address);
  return match?.[1] ?? null;
}
