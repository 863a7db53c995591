import type { Config } from '../../config/config.ts';

// The Twilio account that the configuration names: how we call its API, and how we ask Twilio to call us.

export type TwilioAccount = {
  accountSid: string;
  user: string;
  password: string;
  apiUrl: string;
  messagingUrl: string;
  contentUrl: string;
  statusUrl: string;
};

export const authorizationOf = (account: TwilioAccount): Record<string, string> => ({
  authorization: `Basic ${btoa(`${account.user}:${account.password}`)}`,
});

/** Null in a deployment without an account at Twilio. */
export function accountOf(config: Config): TwilioAccount | null {
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: token } = config;
  if (accountSid === undefined || token === undefined) return null;
  return {
    accountSid,
    user: config.TWILIO_API_KEY_SID ?? accountSid,
    password: config.TWILIO_API_KEY_SECRET ?? token,
    apiUrl: config.TWILIO_API_URL,
    messagingUrl: config.TWILIO_MESSAGING_URL,
    contentUrl: config.TWILIO_CONTENT_URL,
    statusUrl: `${config.PUBLIC_URL}/webhooks/twilio/status`,
  };
}

/**
 * Written behind the address of a webhook; Twilio keeps it to itself. Three tries when there is no connection, no
 * answer in time, or a 5xx: with 1 s to connect and 3.9 s to answer, all three fit into the 15 s that Twilio allows
 * them together. Without these options Twilio doesn't repeat after a 5xx.
 */
export const WEBHOOK_OPTIONS = '#ct=1000&rt=3900&tt=15000&rc=2&rp=5xx,ct,rt';
