// Makes an HTTP exchange readable: form bodies become fields, JSON is indented, everything else stays unchanged. Pure.

import type { Exchange } from '../phone-events.ts';

export type Body =
  | { kind: 'none' }
  | { kind: 'form'; fields: [name: string, value: string][] }
  | { kind: 'text'; text: string };

const KIND_NAMES: Record<Exchange['kind'], string> = {
  webhook: 'Webhook',
  status: 'Status callback',
  api: 'API call',
  media: 'Media',
};

/** `Webhook`, or for a callback its news: `Status: delivered`. */
export function nameOf(exchange: Exchange): string {
  const status = exchange.kind === 'status' ? formOf(exchange).get('MessageStatus') : null;
  return status ? `Status: ${status}` : KIND_NAMES[exchange.kind];
}

const isForm = (headers: Record<string, string>): boolean => typeOf(headers).includes('x-www-form-urlencoded');

const typeOf = (headers: Record<string, string>): string =>
  Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';

/** The fields of the request's form; none for other bodies. */
export const formOf = ({ requestHeaders, requestBody }: Exchange): URLSearchParams =>
  new URLSearchParams(isForm(requestHeaders) ? requestBody : '');

/** The text parsed as a JSON object; empty if it is none. */
export function jsonOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

export function readBody(headers: Record<string, string>, body: string): Body {
  if (body === '') return { kind: 'none' };
  if (isForm(headers)) return { kind: 'form', fields: [...new URLSearchParams(body)] };
  if (typeOf(headers).includes('json')) {
    try {
      return { kind: 'text', text: isDeep(body) ? body : JSON.stringify(JSON.parse(body), null, 2) };
    } catch {
      return { kind: 'text', text: body };
    }
  }
  return { kind: 'text', text: body };
}

/** Indented; nesting depth applies to each line. */
const isDeep = (json: string): boolean => /(?:[[{][^[\]{}]{0,99}){50}/.test(json);

/** Only the ends of an id or a signed token are shown, enough to tell two of them apart. */
const ID = /^(\w{2}[0-9a-f]{4})[0-9a-f]{20,}([0-9a-f]{4})(\.json)?$/;
const shortPart = (part: string): string =>
  part.replace(ID, '$1…$2$3').replace(/^([\w.-]{8})[\w.-]{24,}([\w-]{4})$/, '$1…$2');

/** `GET Messages.json To=whatsapp:+15555550100`: the last meaningful part of the path, and the query in words. */
export function lineOf({ method, url }: Pick<Exchange, 'method' | 'url'>): string {
  if (!URL.canParse(url, 'http://localhost')) return `${method} ${url}`;
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const parts = pathname.split('/').filter((part) => part !== '');
  const last = parts.at(-1) ?? '/';
  // An id alone does not say what it identifies.
  const named = ID.test(last) || last.length > 36 ? parts.slice(-2) : [last];
  const query = [...searchParams].map(([name, value]) => `${name}=${value}`).join(' ');
  return [method, named.map(shortPart).join('/'), query].filter((part) => part !== '').join(' ');
}

/** `200 · 12 ms`, `no answer · 15000 ms`, `in progress`. */
export function outcomeOf({ status, durationMs }: Pick<Exchange, 'status' | 'durationMs'>): string {
  if (status === null && durationMs === null) return 'in progress';
  const took = durationMs === null ? '' : ` · ${Math.round(durationMs)} ms`;
  return `${status ?? 'no answer'}${took}`;
}

export const wentWell = ({ status, durationMs }: Pick<Exchange, 'status' | 'durationMs'>): boolean =>
  status === null ? durationMs === null : status < 400;

/** The searched texts. */
const SEARCH_AT_MOST = 200;

/** `more`: further known texts that may be searched. */
export function matches(exchange: Exchange, search: string, more = ''): boolean {
  const words = search
    .slice(0, SEARCH_AT_MOST)
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const all = `${more}\n${plainText(exchange)}`.toLowerCase();
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
