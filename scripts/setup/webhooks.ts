import { WEBHOOK_OPTIONS } from '../../src/channels/twilio/account.ts';
import { isSms, type WebhookSettings } from '../accounts/twilio-lines.ts';

// The addresses at which Twilio calls the relay. The fallback is the relay again: another series of tries before a text
// is lost.

/** An SMS number's status callback is about voice calls, so it is not used. */
export function wantedWebhook(publicUrl: string, address: string): WebhookSettings {
  const root = publicUrl.replace(/\/+$/, '');
  const inbound = `${root}/webhooks/twilio${WEBHOOK_OPTIONS}`;
  return {
    callbackUrl: inbound,
    callbackMethod: 'POST',
    fallbackUrl: inbound,
    fallbackMethod: 'POST',
    statusCallbackUrl: isSms(address) ? '' : `${root}/webhooks/twilio/status${WEBHOOK_OPTIONS}`,
    statusCallbackMethod: isSms(address) ? '' : 'POST',
  };
}

export const sameWebhook = (one: WebhookSettings, other: WebhookSettings): boolean =>
  (Object.keys(one) as (keyof WebhookSettings)[]).every((name) => one[name] === other[name]);

/** Compares two addresses without their retry options. */
export const samePlace = (one: WebhookSettings, other: WebhookSettings): boolean =>
  one.callbackUrl.split('#')[0] === other.callbackUrl.split('#')[0];

/** Whether it is the address of any relay, past or present. */
export const isRelays = ({ callbackUrl }: WebhookSettings): boolean =>
  URL.canParse(callbackUrl) && new URL(callbackUrl).pathname.endsWith('/webhooks/twilio');
