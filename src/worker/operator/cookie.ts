import type { Context } from 'hono';
import type { AppEnv } from '../configuration.ts';

// The cookies of the operator's page: the login, and the view that a browser asked for before it was logged in. Scripts
// never see them, and no other site's page sends them with a POST.

type C = Context<AppEnv>;

/** The newest login that the browser sends; null without one. */
export function readCookie(c: C): string | null {
  const start = `${nameFor(c).name}=`;
  const all = (c.req.header('cookie') ?? '').split('; ');
  return all.findLast((one) => one.startsWith(start))?.slice(start.length) ?? null;
}

/** `token`: empty with `seconds` 0 to remove the cookie. */
export function writeCookie(c: C, token: string, seconds: number): void {
  const { name, secure } = nameFor(c);
  c.header('set-cookie', `${name}=${token}; Max-Age=${seconds}; Path=/; HttpOnly; SameSite=Lax${secure}`);
}

const WANTED = 'roost-operator-wanted';
const WANTED_FOR_S = 600;
/** A view of this page, and nothing else. */
const VIEW = /^\/operator\/[a-z]+(?:\/[0-9a-f]{64})?$/;

/** Remembers the view that somebody asked for without being logged in. */
export function keepWanted(c: C): void {
  const { path, method } = c.req;
  if (method !== 'GET' || !VIEW.test(path)) return;
  c.header(
    'set-cookie',
    `${WANTED}=${path}; Max-Age=${WANTED_FOR_S}; Path=/operator; HttpOnly; SameSite=Lax${nameFor(c).secure}`,
  );
}

/** The view to show after a login. */
export function readWanted(c: C): string {
  const path = (c.req.header('cookie') ?? '').split('; ').find((one) => one.startsWith(`${WANTED}=`));
  const wanted = path?.slice(WANTED.length + 1) ?? '';
  return VIEW.test(wanted) ? wanted : '/operator';
}

type Way = 'https' | 'http' | 'local';

/** How the request came. Local runs have no https. */
export function wayOf(c: C): Way {
  const { protocol, hostname } = new URL(c.req.url);
  if (protocol !== 'http:') return 'https';
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname) ? 'local' : 'http';
}

/** A browser takes no `__Host-` cookie over http. */
function nameFor(c: C): { name: string; secure: string } {
  return wayOf(c) === 'local'
    ? { name: 'roost-operator', secure: '' }
    : { name: '__Host-roost-operator', secure: '; Secure' };
}
