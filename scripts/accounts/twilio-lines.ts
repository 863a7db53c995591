import * as z from 'zod';
import type { Vars } from '../local/dev-vars.ts';
import { accountPath, callTwilio, ifThere, listOf } from './twilio.ts';

// The numbers of the Twilio account, and the webhooks of each. Does not know which webhooks are right.

export const WebhookSettings = z.strictObject({
  callbackUrl: z.string(),
  callbackMethod: z.string(),
  fallbackUrl: z.string(),
  fallbackMethod: z.string(),
  statusCallbackUrl: z.string(),
  statusCallbackMethod: z.string(),
});
export type WebhookSettings = z.infer<typeof WebhookSettings>;

/** `address` as in TWILIO_SENDERS. `application` overrides the webhook; empty when there is none. */
export type Line = { sid: string; address: string; status: string; application: string; webhook: WebhookSettings };

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
      application: '',
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

/** The status callback of a number is about calls, so it is neither read nor set. */
const PhoneNumber = z
  .looseObject({
    sid: z.string(),
    phone_number: z.string(),
    sms_application_sid: text,
    sms_url: text,
    sms_method: text,
    sms_fallback_url: text,
    sms_fallback_method: text,
  })
  .transform(
    (number): Line => ({
      sid: number.sid,
      address: number.phone_number,
      status: '',
      application: number.sms_application_sid,
      webhook: {
        callbackUrl: number.sms_url,
        callbackMethod: number.sms_method,
        fallbackUrl: number.sms_fallback_url,
        fallbackMethod: number.sms_fallback_method,
        statusCallbackUrl: '',
        statusCallbackMethod: '',
      },
    }),
  );
const Numbers = z.looseObject({ incoming_phone_numbers: z.array(PhoneNumber) });
const numbersPath = (vars: Vars, rest: string): string => `${accountPath(vars)}/IncomingPhoneNumbers${rest}`;

async function smsLines(vars: Vars, address: string): Promise<Line[]> {
  const path = numbersPath(vars, `.json?${new URLSearchParams({ PhoneNumber: address })}`);
  return Numbers.parse(await callTwilio(vars, 'TWILIO_API_URL', path)).incoming_phone_numbers;
}

export const isSms = (address: string): boolean => !address.startsWith('whatsapp:');

/** The given addresses that belong to the account; a sandbox does not. */
export async function linesOf(vars: Vars, addresses: readonly string[]): Promise<Line[]> {
  const found = await Promise.all([
    addresses.every(isSms) ? [] : whatsAppLines(vars),
    ...addresses.filter(isSms).map((address) => smsLines(vars, address)),
  ]);
  return found.flat().filter(({ address }) => addresses.includes(address));
}

const isNumber = (sid: string): boolean => sid.startsWith('PN');

/** Null when it no longer exists. */
export async function readLine(vars: Vars, sid: string): Promise<Line | null> {
  const found = await (isNumber(sid)
    ? callTwilio(vars, 'TWILIO_API_URL', numbersPath(vars, `/${sid}.json`))
    : callTwilio(vars, 'TWILIO_MESSAGING_URL', `${SENDERS}/${sid}`)
  ).catch(ifThere(null));
  return found === null ? null : (isNumber(sid) ? PhoneNumber : Sender).parse(found);
}

/** An empty address removes the webhook. */
export async function setWebhook(vars: Vars, sid: string, settings: WebhookSettings): Promise<void> {
  if (isNumber(sid)) {
    const form = {
      SmsUrl: settings.callbackUrl,
      SmsMethod: settings.callbackMethod || 'POST',
      SmsFallbackUrl: settings.fallbackUrl,
      SmsFallbackMethod: settings.fallbackMethod || 'POST',
    };
    await callTwilio(vars, 'TWILIO_API_URL', numbersPath(vars, `/${sid}.json`), { method: 'POST', form });
    return;
  }
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
