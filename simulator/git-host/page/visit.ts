import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import { GITHUB, type GitHost } from '../host.ts';
import { type Frame, frame, type Html } from './layout.ts';

// The account that looks at a page, the page's answer, and the forms that come from it.

export const peopleOf = ({ store }: GitHost): string[] =>
  store.records.accounts.filter(({ type }) => type === 'User').map(({ login }) => login);

export function visitorOf(host: GitHost, c: Context): string {
  const people = peopleOf(host);
  const named = getCookie(c, 'person') ?? '';
  return people.includes(named) ? named : (people[0] ?? 'nobody');
}

export function show(
  host: GitHost,
  c: Context,
  given: Pick<Frame, 'title' | 'back'>,
  body: Html | Promise<Html>,
): Response | Promise<Response> {
  c.header('Content-Security-Policy', "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'");
  c.header('Referrer-Policy', 'no-referrer');
  const { pathname, search } = new URL(c.req.url);
  const here = c.req.method === 'GET' ? pathname + search : null;
  return c.html(frame({ ...given, people: peopleOf(host), me: visitorOf(host, c), here }, body));
}

export type Form = { one(name: string): string; all(name: string): string[] };

/** Null for a form of another site: a page elsewhere may not press buttons here. */
export async function readForm(host: GitHost, c: Context): Promise<Form | null> {
  const origin = c.req.header('origin');
  const own =
    origin === undefined || origin === 'null' ? c.req.header('sec-fetch-site') !== 'cross-site' : isHere(host, origin);
  if (!own) return null;
  const fields = new URLSearchParams(await c.req.text());
  return { one: (name) => fields.get(name) ?? '', all: (name) => fields.getAll(name) };
}

const isHere = ({ url }: GitHost, origin: string): boolean =>
  URL.canParse(origin) &&
  new URL(origin).port === new URL(url).port &&
  ['127.0.0.1', 'localhost'].includes(new URL(origin).hostname);

export const refuseForm = (c: Context): Response => c.text('This form comes from another site.', 403);

/** The repository of the path, if it is github.com's. */
export const repositoryOf = (host: GitHost, c: Context) =>
  host.store.repository(GITHUB, c.req.param('owner') ?? '', c.req.param('repo') ?? '');
