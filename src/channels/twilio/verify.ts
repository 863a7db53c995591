import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';

// Checks that a request really comes from Twilio, with Twilio's own validator over the public URL and every received
// parameter. A request is not interpreted before this succeeds, and its body is not read without a header that looks
// like a signature.

/** Form fields in the validator's shape: a repeated name becomes a list. */
export type Form = Record<string, string | string[]>;

/** Twilio sends fewer than 50 fields, and about 60 for a message with ten files. */
export const FIELDS_MAX = 200;
/** The form of every Twilio signature: 20 bytes as base64. */
const SIGNATURE = /^[A-Za-z0-9+/]{27}=$/;

export const isSignature = (header: string | undefined): header is string => SIGNATURE.test(header ?? '');

/** Null when there are too many fields. */
export function parseForm(body: string): Form | null {
  let fields = 1;
  for (let at = body.indexOf('&'); at !== -1; at = body.indexOf('&', at + 1)) if (++fields > FIELDS_MAX) return null;
  const form: Form = Object.create(null) as Form;
  for (const [name, value] of new URLSearchParams(body)) {
    const known = form[name];
    if (Array.isArray(known)) known.push(value);
    else form[name] = known === undefined ? value : [known, value];
  }
  return form;
}

/**
 * `url`: PUBLIC_URL with the request's path and query, exactly as configured at Twilio. Any of `tokens` may have
 * signed.
 */
export function isSigned(url: string, form: Form, signature: string | undefined, tokens: readonly string[]): boolean {
  return isSignature(signature) && tokens.some((token) => validateRequest(token, signature, url, form));
}
