// Removes secrets from an exchange before the page gets it, because people read, copy and share the log. Pure.

import type { Traffic } from '../twilio/carrier-types.ts';

const SECRET_HEADERS =
  /^(authorization|proxy-authorization|x-twilio-signature|x-telegram-bot-api-secret-token|x-api-key|cookie|set-cookie)$/i;
const HIDDEN = '••••••';
/** An account or a key: two letters and 32 digits. The first and last few digits are enough to tell them apart. */
const ACCOUNT = /\b((?:AC|SK)[0-9a-f]{4})[0-9a-f]{24}([0-9a-f]{4})\b/g;
const USERINFO = /(https?:\/\/)[^/?#\s@]{1,200}@/g;

export function withoutSecrets(traffic: Traffic): Traffic {
  const { url, requestHeaders, requestBody, responseHeaders, responseBody, note } = traffic;
  return {
    ...traffic,
    url: masked(url),
    requestHeaders: maskedHeaders(requestHeaders),
    requestBody: masked(requestBody),
    responseHeaders: maskedHeaders(responseHeaders),
    responseBody: masked(responseBody),
    note: note === null ? null : masked(note),
  };
}

const masked = (text: string): string => text.replace(ACCOUNT, '$1…$2').replace(USERINFO, `$1${HIDDEN}@`);

const maskedHeaders = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      SECRET_HEADERS.test(name) ? maskedHeader(value) : masked(value),
    ]),
  );

/** The scheme (`Basic` or `Bearer`) stays. */
function maskedHeader(value: string): string {
  const scheme = /^(Basic|Bearer|Digest) /i.exec(value)?.[0] ?? '';
  return `${scheme}${HIDDEN}`;
}
