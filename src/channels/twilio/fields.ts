import * as z from 'zod/mini';
import { schemeOf } from '../../addresses.ts';
import type { Form } from './verify.ts';

// Rules for every form that Twilio sends: the shape of ids and addresses, and that a form can be read in only one way.
// The signature covers names and values joined without separators, so the same signature fits other divisions into
// fields.

/**
 * A message's id, from the API and from webhooks. Its length is fixed, so that nothing can be moved into or out of it.
 */
export const MESSAGE_SID = /^(?:SM|MM)[0-9a-fA-F]{32}$/;

const NUMBER = String.raw`\+[1-9]\d{5,14}`;
/** WhatsApp's id of a person for one business: the country, a dot, letters and digits. It stands for a hidden number. */
const EXTERNAL_ID = String.raw`[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}`;

/** On SMS a number; on WhatsApp a number or an external id. */
export const TWILIO_ADDRESS = new RegExp(`^(?:(?:whatsapp:)?${NUMBER}|whatsapp:${EXTERNAL_ID})$`);
/** An address of WhatsApp without a number. */
export const EXTERNAL_ADDRESS = new RegExp(`^whatsapp:${EXTERNAL_ID}$`);
/** The same inside longer text: an address behind the name of a field. */
const namesAddress = (field: string): RegExp => new RegExp(`${field}(?:whatsapp:)?(?:${NUMBER}|${EXTERNAL_ID})`, 'g');

export const isWhatsApp = (address: string): boolean => schemeOf(address) === 'whatsapp';

export const messageSid = z.string().check(z.regex(MESSAGE_SID));
export const address = z.string().check(z.regex(TWILIO_ADDRESS));

/** Every field that Roost reads. */
const READ =
  /^(?:AccountSid|MessageSid|From|To|ExternalUserId|Body|Num(?:Media|Segments)|Media(?:Url|ContentType)\d*|Message(?:Type|Status)|ErrorCode|OptOutType|Button.*|List.*|OriginalReplied.*|(?:Frequently)?Forwarded|Latitude|Longitude|Label|Address)$/;
/** Sender and message in the signed text: whole addresses and ids, because nothing shorter is accepted. */
const SENDER = namesAddress('From');
const EXTERNAL_SENDER = namesAddress('ExternalUserId');
const MESSAGE = /(?<!Sms|OriginalReplied)MessageSid(?:SM|MM)[0-9a-fA-F]{32}/g;

/**
 * Whether the fields may differ from the signed ones: a field that Roost reads comes twice, or the signed text names a
 * sender or a message in two places. A person who texts such words is refused too, because nobody can tell which of the
 * two was sent; the cron finds their text in Twilio's list, which is no form.
 */
export function isAmbiguous(form: Form): boolean {
  const names = Object.keys(form).sort();
  if (names.some((name) => Array.isArray(form[name]) && READ.test(name))) return true;
  const signed = names
    .map((name) =>
      [form[name] ?? '']
        .flat()
        .map((value) => name + value)
        .join(''),
    )
    .join('');
  return [SENDER, EXTERNAL_SENDER, MESSAGE].some((mark) => (signed.match(mark)?.length ?? 0) > 1);
}
