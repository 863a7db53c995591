import { WEBHOOK_OPTIONS } from '../../src/channels/twilio/account.ts';
import { isSms, type WebhookSettings } from '../accounts/twilio-lines.ts';

// Where Twilio is to call the relay. The fallback is the relay again: one more series of tries before a text is lost.

/** A number for SMS has no status callback of its own: that one is about calls. */
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

/** The same address, whatever its retry options. */
export const samePlace = (one: WebhookSettings, other: WebhookSettings): boolean =>
  one.callbackUrl.split('#')[0] === other.callbackUrl.split('#')[0];

/** Of a relay, wherever that is or was. */
export const isRelays = ({ callbackUrl }: WebhookSettings): boolean =>
  URL.canParse(callbackUrl) && new URL(callbackUrl).pathname.endsWith('/webhooks/twilio');
