// Explains in words why a message did not arrive: the carrier's error codes, and webhooks that the product refused.

import type { CarrierMessage, Traffic } from '../twilio/carrier-types.ts';

const CODES: Record<number, string> = {
  21610: 'this number has opted out with STOP',
  30001: 'the carrier’s queue is full',
  30003: 'the phone is off or out of reach',
  30007: 'the carrier filtered it as spam',
  30022: 'too many messages were sent in a short time',
  30036: 'it waited too long and expired',
  63003: 'that number isn’t on WhatsApp',
  63013: 'WhatsApp says that it breaks its rules',
  63014: 'this person has blocked the sender',
  63015: 'this number has not joined the sandbox',
  63016: 'the last text from this phone was more than 24 hours ago, so only a template gets through',
  63018: 'too many messages were sent in a short time',
  63021: 'the carrier rejected the content',
  63024: 'the recipient can’t be reached on WhatsApp',
  63032: 'WhatsApp chose not to deliver it',
  63038: 'the account’s daily limit is reached',
  63049: 'WhatsApp chose not to deliver it',
  63051: 'WhatsApp has locked the sender’s account',
};

/** Why the product's message did not reach the phone; null while it still may. */
export function undeliveredBecause(message: CarrierMessage): string | null {
  if (message.status === 'canceled') return 'Not delivered: it was canceled before it was sent.';
  if (message.status !== 'failed' && message.status !== 'undelivered') return null;
  const code = message.errorCode;
  if (code === null) return 'Not delivered: the carrier gave no reason.';
  const words = CODES[code] ?? message.errorMessage ?? 'the carrier gave no reason for this code';
  return `Not delivered: ${words} (${code}).`;
}

/** The result of a webhook: null during delivery and retries, `taken`, or a sentence about the problem. */
export function webhookOutcome(traffic: Traffic): 'taken' | { trouble: string } | null {
  const { status, note, durationMs } = traffic;
  if (note && /Tried again\.|The fallback is called\./.test(note)) return null;
  if (status !== null && status >= 200 && status < 300) return 'taken';
  if (status === 403) return { trouble: 'Roost rejected the webhook (403). Check the auth token and PUBLIC_URL.' };
  if (status !== null) return { trouble: `Roost didn’t accept the message: its webhook answered ${status}.` };
  if (durationMs === null) return null;
  const code = /\b112\d\d(?=:)/.exec(note ?? '')?.[0];
  if (code === undefined) return { trouble: note ?? 'Roost didn’t answer. Is the relay running?' };
  const what = code === '11200' ? 'didn’t answer in time' : 'couldn’t be reached';
  return { trouble: `Roost ${what}. Is the relay running? (${code})` };
}
