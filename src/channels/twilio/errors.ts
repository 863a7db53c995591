import type { Failure } from '../../conversation/state/failure.ts';

// The error codes of Twilio and WhatsApp: each one's meaning in plain words, and its kind of failure. `rate`,
// `account` and `blocked` affect everything we send from an address, `pair` and `barred` one person. An unlisted code
// counts as a permanent refusal, and the person and the operator are told.

type Known = { failure: Failure; meaning: string };

export const TWILIO_ERRORS: Readonly<Record<number, Known>> = {
  401: { failure: 'account', meaning: 'the credentials are wrong. Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.' },
  403: { failure: 'account', meaning: 'the account isn’t allowed to do this. Check its status in the Twilio Console.' },
  429: { failure: 'rate', meaning: 'too many requests at once.' },
  11200: {
    failure: 'content',
    meaning: 'Twilio couldn’t fetch the file. Check that PUBLIC_URL can be reached from the internet.',
  },
  12300: { failure: 'content', meaning: 'Twilio doesn’t accept files of that type.' },
  14107: { failure: 'pair', meaning: 'too many messages in a short time.' },
  20003: { failure: 'account', meaning: 'the credentials are wrong. Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.' },
  20005: { failure: 'account', meaning: 'the account isn’t active. Check its status in the Twilio Console.' },
  20162: { failure: 'rate', meaning: 'another change was in progress.' },
  20404: { failure: 'account', meaning: 'the account doesn’t exist. Check TWILIO_ACCOUNT_SID.' },
  20409: { failure: 'rate', meaning: 'another change was in progress.' },
  20429: { failure: 'rate', meaning: 'too many requests at once.' },
  21211: { failure: 'recipient', meaning: 'the person’s address isn’t valid.' },
  21408: {
    failure: 'barred',
    meaning:
      'the account isn’t allowed to text that country. Allow it under Messaging, Settings, Geo permissions in the Twilio Console.',
  },
  21606: { failure: 'account', meaning: 'our address can’t send messages. Check TWILIO_SENDERS.' },
  21608: {
    failure: 'barred',
    meaning: 'a trial account can only text verified numbers. Verify the number or upgrade the account.',
  },
  21610: { failure: 'opted-out', meaning: 'the person opted out. They can text START to come back.' },
  21611: { failure: 'rate', meaning: 'Twilio’s queue for our address is full.' },
  21614: { failure: 'recipient', meaning: 'the number can’t receive messages.' },
  21617: { failure: 'content', meaning: 'the message is too long.' },
  21619: { failure: 'content', meaning: 'the message is empty.' },
  21620: { failure: 'content', meaning: 'Twilio doesn’t accept the file’s address. Check PUBLIC_URL.' },
  21655: { failure: 'content', meaning: 'this account has no such template.' },
  21656: { failure: 'content', meaning: 'the template’s variables aren’t valid.' },
  21730: { failure: 'rate', meaning: 'Twilio is under maintenance.' },
  30001: { failure: 'rate', meaning: 'Twilio’s queue for our address is full.' },
  30002: { failure: 'account', meaning: 'the account is suspended. The Twilio Console says why.' },
  30003: { failure: 'recipient', meaning: 'the phone can’t be reached.' },
  30004: { failure: 'recipient', meaning: 'the person blocked our messages.' },
  30005: { failure: 'recipient', meaning: 'the number is unknown.' },
  30006: { failure: 'recipient', meaning: 'the number is a landline, or its carrier can’t be reached.' },
  30007: { failure: 'content', meaning: 'the carrier filtered the message.' },
  30008: { failure: 'other', meaning: 'the carrier gave no reason.' },
  30017: { failure: 'pair', meaning: 'the carrier’s network is congested.' },
  30022: { failure: 'pair', meaning: 'too many messages in a short time.' },
  30023: { failure: 'rate', meaning: 'the carrier takes no more messages from us today.' },
  30027: { failure: 'rate', meaning: 'the carrier takes no more messages from us today.' },
  30019: { failure: 'content', meaning: 'the file is too large for the carrier.' },
  30032: { failure: 'account', meaning: 'our toll-free number isn’t verified. Verify it in the Twilio Console.' },
  30034: { failure: 'account', meaning: 'our number isn’t registered. Register it in the Twilio Console.' },
  30036: { failure: 'rate', meaning: 'it waited too long in Twilio’s queue.' },
  30453: { failure: 'pair', meaning: 'the phone can’t be reached for the moment.' },
  30454: { failure: 'account', meaning: 'the account has reached its message limit.' },
  30410: { failure: 'pair', meaning: 'the carrier didn’t answer Twilio in time.' },
  63001: {
    failure: 'blocked',
    meaning: 'WhatsApp rejects our sender’s credentials. Check the sender in the Twilio Console.',
  },
  63002: {
    failure: 'blocked',
    meaning: 'WhatsApp doesn’t know our address. Check the sender in the Twilio Console.',
  },
  63003: { failure: 'recipient', meaning: 'that number isn’t on WhatsApp.' },
  63005: { failure: 'content', meaning: 'WhatsApp didn’t accept the content.' },
  63007: { failure: 'account', meaning: 'our address isn’t a WhatsApp sender of this account. Check TWILIO_SENDERS.' },
  63010: { failure: 'rate', meaning: 'Twilio had a temporary problem.' },
  63012: { failure: 'rate', meaning: 'WhatsApp had a temporary problem.' },
  63013: {
    failure: 'policy',
    meaning: 'WhatsApp says that it breaks its rules: the words, or an AI assistant as such.',
  },
  63014: { failure: 'recipient', meaning: 'the person blocked our messages.' },
  63015: {
    failure: 'recipient',
    meaning: 'the person hasn’t joined the sandbox. They need to text its join code first.',
  },
  63016: { failure: 'window', meaning: 'the 24-hour window is closed.' },
  63017: { failure: 'rate', meaning: 'too many messages in a short time.' },
  63018: { failure: 'pair', meaning: 'too many messages in a short time.' },
  63019: {
    failure: 'content',
    meaning: 'Twilio couldn’t fetch the file. Check that PUBLIC_URL can be reached from the internet.',
  },
  63021: { failure: 'content', meaning: 'WhatsApp didn’t accept the content.' },
  63020: {
    failure: 'blocked',
    meaning: 'Meta Business Manager hasn’t let Twilio send for us, or WhatsApp’s billing account isn’t verified.',
  },
  63023: { failure: 'rate', meaning: 'WhatsApp had a temporary problem.' },
  63024: { failure: 'recipient', meaning: 'the person can’t receive our messages.' },
  63032: { failure: 'other', meaning: 'WhatsApp chose not to deliver it. Sending it again right away won’t help.' },
  63033: { failure: 'opted-out', meaning: 'the person opted out.' },
  63034: { failure: 'content', meaning: 'the file is too large for WhatsApp.' },
  63038: { failure: 'account', meaning: 'the account has reached its daily message limit.' },
  63049: { failure: 'other', meaning: 'WhatsApp chose not to deliver it. Sending it again right away won’t help.' },
  63051: {
    failure: 'blocked',
    meaning: 'WhatsApp has locked our business account. Check it in Meta Business Manager.',
  },
  63112: { failure: 'blocked', meaning: 'Meta has disabled our business account. Check it in Meta Business Manager.' },
};

export const classifyError = (code: number): Failure => TWILIO_ERRORS[code]?.failure ?? 'other';
export const explainTwilioError = (code: number): string | null => TWILIO_ERRORS[code]?.meaning ?? null;
