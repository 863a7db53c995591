import type { Refused } from './outbound.ts';

// Pages of a list, newest first, like Twilio's: the next page is found by following `next_page_uri`, whose token names
// the previous page's last item, so that new items shift nothing. Pure.

export const PAGING = ['PageSize', 'Page', 'PageToken'];
const DEFAULT_SIZE = 50;
const MAX_SIZE = 1000;
const TOKEN_PREFIX = 'PA';

function wholeNumber(text: string | null, otherwise: number): number | null {
  if (text === null) return otherwise;
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/** `items` are already filtered, newest first. */
export function cutPage<T extends { sid: string }>(path: string, query: URLSearchParams, items: readonly T[]) {
  const size = wholeNumber(query.get('PageSize'), DEFAULT_SIZE);
  const page = wholeNumber(query.get('Page'), 0);
  const refused = (code: Refused['refused'], detail?: string): Refused =>
    detail === undefined ? { refused: code } : { refused: code, detail };
  if (size === null || size === 0 || page === null) return refused(20001, 'Page and PageSize must be whole numbers.');
  if (size > MAX_SIZE) return refused(20007);

  const token = query.get('PageToken');
  let start = 0;
  if (page > 0 || token !== null) {
    const before = items.findIndex((item) => TOKEN_PREFIX + item.sid === token);
    if (page === 0 || before === -1) return refused(21481);
    start = before + 1;
  }

  const shown = items.slice(start, start + size);
  const uri = (number: number, after?: string): string => {
    const params = new URLSearchParams([...query].filter(([name]) => !PAGING.includes(name)));
    params.set('PageSize', String(size));
    params.set('Page', String(number));
    if (after !== undefined) params.set('PageToken', TOKEN_PREFIX + after);
    return `${path}?${params}`;
  };
  const last = shown.at(-1);
  const more = start + shown.length < items.length;
  return {
    shown,
    frame: {
      page,
      page_size: size,
      start: page * size,
      end: Math.max(page * size, page * size + shown.length - 1),
      uri: uri(page, token?.slice(TOKEN_PREFIX.length)),
      first_page_uri: uri(0),
      next_page_uri: more && last ? uri(page + 1, last.sid) : null,
      previous_page_uri: page === 0 ? null : uri(0),
    },
  };
}

type Frame = Exclude<ReturnType<typeof cutPage>, Refused>['frame'];

/** The same in the form of the newer APIs, which name their host. */
export function metaOf(frame: Frame, host: string, key: string) {
  const absolute = (uri: string | null): string | null => (uri === null ? null : `${host}${uri}`);
  return {
    page: frame.page,
    page_size: frame.page_size,
    first_page_url: absolute(frame.first_page_uri),
    previous_page_url: absolute(frame.previous_page_uri),
    url: absolute(frame.uri),
    next_page_url: absolute(frame.next_page_uri),
    key,
  };
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Filters by `name` (that day or instant), `name<` (on or before) and `name>` (on or after); null for a malformed date.
 */
export function dateFilter(query: URLSearchParams, name: string): ((at: number | null) => boolean) | null {
  const tests: ((at: number) => boolean)[] = [];
  for (const suffix of ['', '<', '>']) {
    const text = query.get(name + suffix);
    if (text === null) continue;
    const from = Date.parse(text);
    if (Number.isNaN(from)) return null;
    const to = /^\d{4}-\d{2}-\d{2}$/.test(text) ? from + DAY_MS : from + 1000;
    tests.push((at) => (suffix === '>' || at < to) && (suffix === '<' || at >= from));
  }
  return (at) => tests.length === 0 || (at !== null && tests.every((test) => test(at)));
}
