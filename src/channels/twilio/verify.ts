import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';

// Whether a request really comes from Twilio: their own validator over the public URL and every received parameter.
// Nothing else of a request is read before this holds.

/** Form fields in the shape the validator wants: a repeated name becomes a list. */
export type Form = Record<string, string | string[]>;

export function parseForm(body: string): Form {
  const form: Form = Object.create(null) as Form;
  for (const [name, value] of new URLSearchParams(body)) {
    const known = form[name];
    form[name] = known === undefined ? value : [...(Array.isArray(known) ? known : [known]), value];
  }
  return form;
}

/** `url`: PUBLIC_URL with the path and query of the request, exactly as Twilio was told. Any of `tokens` may have signed. */
export function isSigned(url: string, form: Form, signature: string | undefined, tokens: readonly string[]): boolean {
  if (signature === undefined || signature === '') return false;
  return tokens.some((token) => validateRequest(token, signature, url, form));
}
