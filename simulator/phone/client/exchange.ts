// An HTTP exchange made readable: pure. Form bodies become fields, JSON is indented, the rest stays as it was sent.

import type { Exchange } from '../phone-events.ts';

export type Body =
  | { kind: 'none' }
  | { kind: 'form'; fields: [name: string, value: string][] }
  | { kind: 'text'; text: string };

export const KIND_NAMES: Record<Exchange['kind'], string> = {
  webhook: 'Webhook',
  status: 'Status callback',
  api: 'API call',
  media: 'Media',
};

export function readBody(headers: Record<string, string>, body: string): Body {
  if (body === '') return { kind: 'none' };
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  if (type.includes('x-www-form-urlencoded')) return { kind: 'form', fields: [...new URLSearchParams(body)] };
  if (type.includes('json')) {
    try {
      return { kind: 'text', text: JSON.stringify(JSON.parse(body), null, 2) };
    } catch {
      return { kind: 'text', text: body };
    }
  }
  return { kind: 'text', text: body };
}

export function pathOf(url: string): string {
  if (!URL.canParse(url, 'http://localhost')) return url;
  const { pathname, search } = new URL(url, 'http://localhost');
  return pathname + search;
}

/** `200 · 12 ms`, `no answer · 15000 ms`, `under way`. */
export function outcomeOf({ status, durationMs }: Exchange): string {
  if (status === null && durationMs === null) return 'under way';
  const took = durationMs === null ? '' : ` · ${Math.round(durationMs)} ms`;
  return `${status ?? 'no answer'}${took}`;
}

export const wentWell = ({ status, durationMs }: Exchange): boolean =>
  status === null ? durationMs === null : status < 400;

export function matches(exchange: Exchange, kind: string, search: string): boolean {
  if (kind !== 'all' && exchange.kind !== kind) return false;
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const all = plainText(exchange).toLowerCase();
  return words.every((word) => all.includes(word));
}

/** The whole exchange as text, for the clipboard and the search. */
export function plainText(exchange: Exchange): string {
  const { method, url, note, requestHeaders, requestBody, responseHeaders, responseBody } = exchange;
  return [
    `${KIND_NAMES[exchange.kind]} ${new Date(exchange.at).toISOString()}`,
    `${method} ${url}`,
    ...headerLines(requestHeaders),
    ...bodyLines(readBody(requestHeaders, requestBody)),
    '',
    outcomeOf(exchange),
    ...headerLines(responseHeaders),
    ...bodyLines(readBody(responseHeaders, responseBody)),
    ...(note === null ? [] : ['', `Note: ${note}`]),
  ].join('\n');
}

const headerLines = (headers: Record<string, string>): string[] =>
  Object.entries(headers).map(([name, value]) => `${name}: ${value}`);

function bodyLines(body: Body): string[] {
  if (body.kind === 'none') return [];
  return ['', ...(body.kind === 'text' ? [body.text] : body.fields.map(([name, value]) => `${name}=${value}`))];
}
