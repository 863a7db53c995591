import { createHash } from 'node:crypto';
import * as z from 'zod';
import { channelOf } from './addresses.ts';
import { splitUrl } from './exchange.ts';
import type { Refused } from './outbound.ts';

// The account's own WhatsApp senders and their webhook addresses, as the Messaging v2 API shows and changes them.
// Sandbox numbers are not among them: the real ones are set only in the console. In memory; a restart forgets changes.

const callableUrl = z.string().refine((url) => {
  const split = splitUrl(url);
  return split !== null && !split.target.hostname.includes('_');
}, 'must be a URL that can be called');
/** An empty address removes the webhook. */
const address = z.union([z.literal(''), callableUrl], 'must be a URL that can be called');
const method = z.enum(['POST', 'GET', 'PUT'], 'must be POST, GET or PUT');

const webhookSchema = z.strictObject({
  callback_url: address.optional(),
  callback_method: method.optional(),
  fallback_url: address.optional(),
  fallback_method: method.optional(),
  status_callback_url: address.optional(),
  status_callback_method: method.optional(),
});
/** Supports only the changes that concern the product. */
const updateSchema = z.strictObject({ webhook: webhookSchema });

type Webhook = Required<{ [Name in keyof z.output<typeof webhookSchema>]: string | null }>;
export type ChannelSender = { sid: string; senderId: string; updating: boolean; webhook: Webhook };

export type ChannelSenders = {
  all(): readonly ChannelSender[];
  get(sid: string): ChannelSender | undefined;
  /** The settings of one of our addresses; undefined for SMS and for a sandbox. */
  of(address: string): ChannelSender | undefined;
  update(sid: string, json: unknown): ChannelSender | Refused;
};

const UNSET: Webhook = {
  callback_url: null,
  callback_method: null,
  fallback_url: null,
  fallback_method: null,
  status_callback_url: null,
  status_callback_method: null,
};

/** A sender keeps its id over restarts, as a test or an interrupted setup expects. */
const sidOf = (senderId: string): string => `XE${createHash('md5').update(senderId).digest('hex')}`;

export function createChannelSenders(senders: readonly string[], sandboxes: readonly string[]): ChannelSenders {
  const own = senders.filter((sender) => channelOf(sender) === 'whatsapp' && !sandboxes.includes(sender));
  const rows = new Map<string, ChannelSender>(
    own.map((senderId) => [
      sidOf(senderId),
      { sid: sidOf(senderId), senderId, updating: false, webhook: { ...UNSET } },
    ]),
  );
  return {
    all: () => [...rows.values()],
    get: (sid) => rows.get(sid),
    of: (senderId) => rows.get(sidOf(senderId)),
    update(sid, json) {
      const row = rows.get(sid);
      if (!row) return { refused: 20404, detail: sid };
      const parsed = updateSchema.safeParse(json);
      if (!parsed.success) return { refused: 20001, detail: z.prettifyError(parsed.error) };
      const given = Object.entries(parsed.data.webhook).map(([name, value]) => [name, value === '' ? null : value]);
      const next = { ...row, updating: false, webhook: { ...row.webhook, ...Object.fromEntries(given) } };
      rows.set(sid, next);
      return { ...next, updating: true };
    },
  };
}

/** The resource as the API shows it. The answer to a change says that the change is in progress. */
export function senderResource({ sid, senderId, updating, webhook }: ChannelSender) {
  return {
    sid,
    status: updating ? 'ONLINE:UPDATING' : 'ONLINE',
    sender_id: senderId,
    compliance: null,
    configuration: {
      waba_id: '1234567000',
      verification_method: 'sms',
      verification_code: null,
      voice_application_sid: '',
      account_type: null,
    },
    webhook,
    profile: {
      about: null,
      address: null,
      description: null,
      emails: null,
      name: 'Roost',
      logo_url: null,
      vertical: null,
      websites: null,
      banner_url: null,
      privacy_url: null,
      terms_of_service_url: null,
      accent_color: null,
      phone_numbers: null,
    },
    properties: { quality_rating: 'HIGH', messaging_limit: '1K Customers/24hr' },
    offline_reasons: null,
    url: `https://messaging.twilio.com/v2/Channels/Senders/${sid}`,
  };
}
