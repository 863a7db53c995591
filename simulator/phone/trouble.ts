// Says in words why a message did not get through: the carrier's error codes, and a webhook the product did not take.

import type { CarrierMessage, Traffic } from '../twilio/carrier-types.ts';

const CODES: Record<number, string> = {
  21610: 'this number has opted out with STOP',
  30001: 'the carrier’s queue is full',
  30003: 'the phone is switched off or out of reach',
  30007: 'the carrier filtered it as spam',
  30036: 'it waited too long and expired',
  63003: 'there is no such WhatsApp number',
  63014: 'this person has blocked the sender',
  63015: 'this number has not joined the sandbox',
  63016: 'the last text is more than 24 hours ago, so only a template gets through',
  63018: 'too many messages in a short time',
  63021: 'the carrier found the content invalid',
  63024: 'the recipient cannot be reached on WhatsApp',
  63032: 'WhatsApp chose not to deliver it',
  63038: 'the account’s daily limit is reached',
  63049: 'WhatsApp chose not to deliver it',
};

/** Why the product's message did not reach the phone; null while it may still. */
export function undeliveredBecause(message: CarrierMessage): string | null {
  if (message.status === 'canceled') return 'Not delivered: it was cancelled before it left.';
  if (message.status !== 'failed' && message.status !== 'undelivered') return null;
  const code = message.errorCode;
  if (code === null) return 'Not delivered: the carrier gave no reason.';
  const words = CODES[code] ?? message.errorMessage ?? 'the carrier gave no words for this code';
  return `Not delivered: ${words} (${code}).`;
}

/** How a webhook went: null while it is under way or tried again, `taken`, or the sentence that says what went wrong. */
export function webhookOutcome(traffic: Traffic): 'taken' | { trouble: string } | null {
  const { status, note, durationMs } = traffic;
  if (note && /Tried again\.|The fallback is called\./.test(note)) return null;
  if (status !== null && status >= 200 && status < 300) return 'taken';
  if (status === 403) return { trouble: 'Roost refused the webhook (403): check the auth token and PUBLIC_URL.' };
  if (status !== null) return { trouble: `Roost did not take the message: its webhook answered ${status}.` };
  if (durationMs === null) return null;
  return { trouble: `Roost did not answer: ${note ?? 'no answer came'}. Is the relay running?` };
}
