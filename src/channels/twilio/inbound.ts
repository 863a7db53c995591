import * as z from 'zod/mini';
import { readName } from '../../input/person-name.ts';
import { inboundTexts } from '../../texts/inbound.ts';
import type { OptOut } from '../channel.ts';
import { EXTERNAL_ADDRESS, isAmbiguous, isWhatsApp, messageSid } from './fields.ts';
import { type InboundContent, readContent } from './message-content.ts';
import type { Form } from './verify.ts';

// Twilio's form of one inbound message, turned into ours. Unknown fields are kept by the schema and ignored here.

const WebhookForm = z.looseObject({
  AccountSid: z.optional(z.string()),
  MessageSid: messageSid,
  From: z.string().check(z.regex(/^[a-z]*:?\S{3,200}$/)),
  To: z.string().check(z.minLength(3), z.maxLength(200)),
  Body: z._default(z.string(), ''),
  NumMedia: z.catch(z.pipe(z.pipe(z.string(), z.transform(Number)), z.int().check(z.minimum(0), z.maximum(100))), 0),
  OptOutType: z.optional(z.string()),
  ButtonPayload: z.optional(z.string()),
  ListId: z.optional(z.string()),
  OriginalRepliedMessageSid: z.catch(z.optional(messageSid), undefined),
  // Without a known shape it says nothing: the number identifies the sender, as before there were ids.
  ProfileName: z.catch(z.optional(z.string()), undefined),
  ExternalUserId: z.catch(z.optional(z.string().check(z.regex(EXTERNAL_ADDRESS))), undefined),
});

/** Words on which the SMS carrier acts by itself, as the whole message. */
const OPT_OUT = /^(?:stop|stopall|unsubscribe|cancel|end|quit|revoke|optout)$/i;
const OPT_IN = /^(?:start|yes|unstop)$/i;
const CARRIER_HELP = /^(?:help|info)$/i;

export type Inbound = InboundContent & {
  providerId: string;
  accountSid: string | undefined;
  /** A number's address or, where WhatsApp hides the number, the external id. */
  from: string;
  /** As the sender chose it on WhatsApp, cleaned; null if the form has none. */
  name: string | null;
  /** WhatsApp's id of the sender, as an address; null if the form has none. */
  externalId: string | null;
  to: string;
  attachments: number;
  /** The carrier's id of the message that this one replies to. */
  quoted: string | null;
  /** The carrier has already acted on it: noted, never a turn. */
  optOut: OptOut | null;
  /** The id of the tapped button or list item; the text is its title. */
  choice: string | null;
};

/** Null when the sender or the message id is missing or malformed, or the form is ambiguous or names two senders. */
export function parseInbound(form: Form): Inbound | null {
  if (isAmbiguous(form)) return null;
  const parsed = WebhookForm.safeParse(form);
  if (!parsed.success) return null;
  const { AccountSid, MessageSid, From, To, Body, NumMedia, OptOutType, OriginalRepliedMessageSid } = parsed.data;
  const { ButtonPayload, ListId, ExternalUserId } = parsed.data;
  const isHidden = EXTERNAL_ADDRESS.test(From);
  if (isHidden && ExternalUserId !== undefined && ExternalUserId !== From) return null;
  return {
    providerId: MessageSid,
    accountSid: AccountSid,
    from: From,
    externalId: isHidden ? From : isWhatsApp(From) ? (ExternalUserId ?? null) : null,
    name: readName(parsed.data.ProfileName ?? ''),
    to: To,
    ...readContent(form, Body, NumMedia),
    attachments: NumMedia,
    quoted: OriginalRepliedMessageSid ?? null,
    optOut: optOutOf(OptOutType, From, Body),
    choice: ButtonPayload || ListId || null,
  };
}

/** From the carrier's field (Advanced Opt-Out), otherwise on SMS from the well-known words. */
export function optOutOf(said: string | undefined, from: string, body: string): OptOut | null {
  const named = said?.toLowerCase();
  if (named === 'stop' || named === 'start' || named === 'help') return named;
  if (isWhatsApp(from)) return null;
  const word = body.trim();
  if (OPT_OUT.test(word)) return 'stop';
  if (OPT_IN.test(word)) return 'start';
  return CARRIER_HELP.test(word) ? 'help' : null;
}

/** A listed message's text for the agent, with a note when attachments came with it. */
export function describeListed(body: string, attachments: number): string {
  if (body.trim() === '') return '';
  return attachments > 0 ? `${body}\n\n${inboundTexts.agent.lost(attachments)}` : body;
}
