import * as z from 'zod';
import type { Vars } from '../dev-vars.ts';
import { callTwilio, ifThere, listOf } from './twilio.ts';

// The numbers of the Twilio account, and where what people write to each goes. Knows nothing of where it should go.

export const WebhookSettings = z.strictObject({
  callbackUrl: z.string(),
  callbackMethod: z.string(),
  fallbackUrl: z.string(),
  fallbackMethod: z.string(),
  statusCallbackUrl: z.string(),
  statusCallbackMethod: z.string(),
});
export type WebhookSettings = z.infer<typeof WebhookSettings>;

/** `address` as in TWILIO_SENDERS. */
export type Line = { sid: string; address: string; status: string; webhook: WebhookSettings };

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const Sender = z
  .looseObject({
    sid: z.string(),
    sender_id: z.string(),
    status: z.string(),
    webhook: z
      .looseObject({
        callback_url: text,
        callback_method: text,
        fallback_url: text,
        fallback_method: text,
        status_callback_url: text,
        status_callback_method: text,
      })
      .nullish(),
  })
  .transform(
    ({ sid, sender_id, status, webhook }): Line => ({
      sid,
      address: sender_id,
      status,
      webhook: {
        callbackUrl: webhook?.callback_url ?? '',
        callbackMethod: webhook?.callback_method ?? '',
        fallbackUrl: webhook?.fallback_url ?? '',
        fallbackMethod: webhook?.fallback_method ?? '',
        statusCallbackUrl: webhook?.status_callback_url ?? '',
        statusCallbackMethod: webhook?.status_callback_method ?? '',
      },
    }),
  );
const Senders = z.looseObject({ senders: z.array(Sender) }).transform(({ senders }) => senders);
const SENDERS = '/v2/Channels/Senders';

export const whatsAppLines = (vars: Vars): Promise<Line[]> =>
  listOf(vars, 'TWILIO_MESSAGING_URL', `${SENDERS}?Channel=whatsapp&PageSize=50`, Senders);

/** Null: there is none any more. */
export async function readLine(vars: Vars, sid: string): Promise<Line | null> {
  const found = await callTwilio(vars, 'TWILIO_MESSAGING_URL', `${SENDERS}/${sid}`).catch(ifThere(null));
  return found === null ? null : Sender.parse(found);
}

/** An empty address takes the webhook away; a method is only said with an address. */
export async function setWebhook(vars: Vars, sid: string, settings: WebhookSettings): Promise<void> {
  const webhook = {
    callback_url: settings.callbackUrl,
    callback_method: settings.callbackMethod || 'POST',
    fallback_url: settings.fallbackUrl,
    fallback_method: settings.fallbackMethod || 'POST',
    status_callback_url: settings.statusCallbackUrl,
    status_callback_method: settings.statusCallbackMethod || 'POST',
  };
  await callTwilio(vars, 'TWILIO_MESSAGING_URL', `${SENDERS}/${sid}`, { method: 'POST', json: { webhook } });
}
