import type { IncomingHttpHeaders } from 'node:http';
import { GITHUB_INSIDE } from './connect-target.ts';

// The headers that pass between an agent's git and gh and the relay's connect gateway: only those that they need. Pure.

const PASSED_TO_RELAY =
  /^(accept|content-type|content-encoding|git-protocol|user-agent|if-none-match|range|x-github-api-version|graphql-features)$/;
/** With a push's length the relay can refuse it at once. */
const PASSED_WITH_BODY = new RegExp(`${PASSED_TO_RELAY.source}|^content-length$`);
const PASSED_TO_AGENT =
  /^(content-type|content-length|content-encoding|content-range|accept-ranges|cache-control|expires|pragma|etag|last-modified|link|retry-after|x-ratelimit-.*|x-github-request-id|x-github-media-type)$/;

export function relayHeaders(asked: IncomingHttpHeaders, hasBody: boolean, token: string): Record<string, string> {
  const passed = pick(asked, hasBody ? PASSED_WITH_BODY : PASSED_TO_RELAY);
  return { ...passed, authorization: `Bearer ${token}`, 'accept-encoding': 'identity' };
}

/** The word in `Authorization`, in each of the forms that git, gh and others present tokens. */
export function wordOf({ authorization = '' }: IncomingHttpHeaders): string | null {
  const [, scheme = '', value = ''] = /^(bearer|token|basic) (\S{1,500})$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== 'basic') return value === '' ? null : value;
  return Buffer.from(value, 'base64').toString('utf8').split(':').slice(1).join(':');
}

/** Addresses of the API in the answer become those that lead here. */
export function answerHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const passed = pick(headers, PASSED_TO_AGENT);
  const { link } = passed;
  return link === undefined
    ? passed
    : { ...passed, link: link.replaceAll('<https://api.github.com/', `<http://api.${GITHUB_INSIDE}/`) };
}

function pick(headers: IncomingHttpHeaders, allowed: RegExp): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value !== undefined && allowed.test(name) ? [[name, Array.isArray(value) ? value.join(', ') : value]] : [],
    ),
  );
}
