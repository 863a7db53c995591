// Which settings the channels need. A deployment has Twilio's (WhatsApp, SMS), a bot at Telegram, or both.

/** What every call to Twilio needs. */
const TWILIO_NEEDS = ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_SENDERS'];

/** Whether the values are meant to include a Twilio account, whole or not. */
export const wantsTwilio = (env: Record<string, unknown>): boolean =>
  TWILIO_NEEDS.some((name) => (env[name] ?? '') !== '') || env.SMS === 'on';

/** `has`: whether the name has a value. */
export function findChannelProblems(env: Record<string, unknown>, has: (name: string) => boolean): string[] {
  const problems: string[] = [];
  const missing = TWILIO_NEEDS.filter((name) => !has(name));
  if (wantsTwilio(env)) problems.push(...missing.map((name) => `${name} is missing`));
  else if (!has('TELEGRAM_BOT_TOKEN'))
    problems.push(
      `${missing.join(', ')} are missing (or set TELEGRAM_BOT_TOKEN alone: Telegram needs no account at Twilio)`,
    );
  if (has('TWILIO_API_KEY_SID') !== has('TWILIO_API_KEY_SECRET'))
    problems.push('TWILIO_API_KEY_SID and TWILIO_API_KEY_SECRET must be set together');
  return problems;
}
