import { createHmac } from 'node:crypto';

// X-Twilio-Signature, written from the documented algorithm without the official library, so that the library can check
// it: HMAC-SHA1 with the auth token over the URL, then every parameter as name and value, names in code-unit order, the
// values of a repeated name unique and sorted. Nothing is normalised, escaped or trimmed before signing.

export type SignedParams = Readonly<Record<string, string | readonly string[]>>;

export function signatureFor(authToken: string, url: string, params: SignedParams): string {
  const names = Object.keys(params).sort();
  const parts = names.flatMap((name) => {
    const value = params[name] ?? '';
    return typeof value === 'string' ? [name + value] : [...new Set(value)].sort().map((one) => name + one);
  });
  return createHmac('sha1', authToken)
    .update(url + parts.join(''), 'utf8')
    .digest('base64');
}
