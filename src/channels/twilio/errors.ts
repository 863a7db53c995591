import type { Failure } from '../../turns/event.ts';

// Twilio's and WhatsApp's codes as they concern us: what each means, in our words, and what follows from it. A code that
// is not here is refused for good and shown to the operator.

type Known = { failure: Failure; meaning: string };

export const TWILIO_ERRORS: Readonly<Record<number, Known>> = {
  401: { failure: 'account', meaning: 'the credentials are wrong. Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.' },
  403: { failure: 'account', meaning: 'the account may not do this. Look at its state in the Twilio console.' },
  429: { failure: 'rate', meaning: 'too many requests at once.' },
  11200: {
    failure: 'content',
    meaning: 'Twilio could not fetch the file. Check that PUBLIC_URL can be reached from outside.',
  },
  12300: { failure: 'content', meaning: 'Twilio does not take a file of that type.' },
  14107: { failure: 'rate', meaning: 'too many messages in a short time.' },
  20003: { failure: 'account', meaning: 'the credentials are wrong. Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.' },
  20005: { failure: 'account', meaning: 'the account is not active. Look at it in the Twilio console.' },
  20409: { failure: 'rate', meaning: 'another change was under way.' },
  20429: { failure: 'rate', meaning: 'too many requests at once.' },
  21211: { failure: 'recipient', meaning: 'the person’s address is not valid.' },
  21408: {
    failure: 'account',
    meaning: 'the account may not write to that country. Allow it in the geographic permissions.',
  },
  21606: { failure: 'account', meaning: 'our address cannot send. Check TWILIO_SENDERS.' },
  21608: {
    failure: 'account',
    meaning: 'a trial account writes to verified numbers only. Verify the number or upgrade the account.',
  },
  21610: { failure: 'opted-out', meaning: 'the person opted out. They can text START to come back.' },
  21611: { failure: 'rate', meaning: 'Twilio’s queue for our address is full.' },
  21614: { failure: 'recipient', meaning: 'the number cannot receive messages.' },
  21617: { failure: 'content', meaning: 'the message is too long.' },
  21619: { failure: 'content', meaning: 'the message is empty.' },
  21620: { failure: 'content', meaning: 'Twilio does not take the address of the file. Check PUBLIC_URL.' },
  21655: { failure: 'content', meaning: 'the template does not exist in this account.' },
  21656: { failure: 'content', meaning: 'the template’s variables do not fit.' },
  21730: { failure: 'rate', meaning: 'Twilio is under maintenance.' },
  30001: { failure: 'rate', meaning: 'Twilio’s queue for our address is full.' },
  30002: { failure: 'account', meaning: 'the account is suspended. Look at it in the Twilio console.' },
  30003: { failure: 'recipient', meaning: 'the phone cannot be reached.' },
  30004: { failure: 'recipient', meaning: 'the person blocked our messages.' },
  30005: { failure: 'recipient', meaning: 'the number is unknown.' },
  30006: { failure: 'recipient', meaning: 'the number is a landline or its carrier cannot be reached.' },
  30007: { failure: 'content', meaning: 'the carrier filtered the message.' },
  30008: { failure: 'other', meaning: 'the carrier failed without a reason.' },
  30017: { failure: 'rate', meaning: 'the carrier’s network is congested.' },
  30022: { failure: 'rate', meaning: 'too many messages in a short time.' },
  30019: { failure: 'content', meaning: 'the file is too large for the carrier.' },
  30032: { failure: 'account', meaning: 'our toll-free number is not verified. Verify it in the Twilio console.' },
  30034: { failure: 'account', meaning: 'our number is not registered. Register it in the Twilio console.' },
  30036: { failure: 'rate', meaning: 'it waited too long in Twilio’s queue.' },
  30410: { failure: 'rate', meaning: 'the carrier did not answer Twilio in time.' },
  63001: {
    failure: 'account',
    meaning: 'WhatsApp refuses our sender’s credentials. Look at the sender in the Twilio console.',
  },
  63002: {
    failure: 'account',
    meaning: 'WhatsApp does not know our address. Look at the sender in the Twilio console.',
  },
  63003: { failure: 'recipient', meaning: 'the person has no WhatsApp at that number.' },
  63005: { failure: 'content', meaning: 'WhatsApp did not accept the content.' },
  63007: { failure: 'account', meaning: 'our address is no WhatsApp sender of this account. Check TWILIO_SENDERS.' },
  63010: { failure: 'rate', meaning: 'Twilio failed for a moment.' },
  63012: { failure: 'rate', meaning: 'WhatsApp failed for a moment.' },
  63013: { failure: 'content', meaning: 'the content breaks a rule of WhatsApp.' },
  63014: { failure: 'recipient', meaning: 'the person blocked us.' },
  63015: {
    failure: 'recipient',
    meaning: 'the person has not joined the sandbox. They have to text its join code first.',
  },
  63016: { failure: 'window', meaning: 'the 24-hour window is closed.' },
  63017: { failure: 'rate', meaning: 'too many messages in a short time.' },
  63018: { failure: 'rate', meaning: 'too many messages in a short time.' },
  63019: {
    failure: 'content',
    meaning: 'Twilio could not fetch the file. Check that PUBLIC_URL can be reached from outside.',
  },
  63021: { failure: 'content', meaning: 'WhatsApp did not accept the content.' },
  63023: { failure: 'rate', meaning: 'WhatsApp failed for a moment.' },
  63024: { failure: 'recipient', meaning: 'the person cannot receive our messages.' },
  63032: { failure: 'other', meaning: 'WhatsApp chose not to deliver it. Trying again at once does not help.' },
  63033: { failure: 'opted-out', meaning: 'the person opted out.' },
  63034: { failure: 'content', meaning: 'the file is too large for WhatsApp.' },
  63038: { failure: 'account', meaning: 'the account has sent all its messages of today.' },
  63049: { failure: 'other', meaning: 'WhatsApp chose not to deliver it. Trying again at once does not help.' },
  63051: { failure: 'account', meaning: 'WhatsApp has locked our business account. Look at it in Meta’s manager.' },
  63112: { failure: 'account', meaning: 'Meta has disabled our business account. Look at it in Meta’s manager.' },
};

export const failureOf = (code: number): Failure => TWILIO_ERRORS[code]?.failure ?? 'other';
export const meaningOf = (code: number): string =>
  TWILIO_ERRORS[code]?.meaning ?? `a reason we do not know. Look up ${code} in Twilio’s list of error codes.`;
