import type { Config } from '../../config/config.ts';

// The Twilio account that the configuration names, and how its API is called.

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

export function accountOf(config: Config): TwilioAccount {
  return {
    accountSid: config.TWILIO_ACCOUNT_SID,
    user: config.TWILIO_API_KEY_SID ?? config.TWILIO_ACCOUNT_SID,
    password: config.TWILIO_API_KEY_SECRET ?? config.TWILIO_AUTH_TOKEN,
    apiUrl: config.TWILIO_API_URL,
    messagingUrl: config.TWILIO_MESSAGING_URL,
    contentUrl: config.TWILIO_CONTENT_URL,
    statusUrl: `${config.PUBLIC_URL}/webhooks/twilio/status`,
  };
}
