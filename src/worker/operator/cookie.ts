import type { Context } from 'hono';
import type { AppEnv } from '../configuration.ts';

// The cookie of a login. Scripts never see it, and no other site's page sends it with a POST.

type C = Context<AppEnv>;

/** The newest sent; null without one. */
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

/** A browser takes no `__Host-` cookie over http, as in local runs. */
function nameFor(c: C): { name: string; secure: string } {
  const { protocol, hostname } = new URL(c.req.url);
  const isLocal = protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return isLocal ? { name: 'roost-operator', secure: '' } : { name: '__Host-roost-operator', secure: '; Secure' };
}
