import type { Context, MiddlewareHandler } from 'hono';
import { operatorPage as words } from '../../texts/operator-page.ts';
import type { AppEnv } from '../configuration.ts';
import { askFirst } from './ask-first.ts';
import { writeCookie } from './cookie.ts';
import { askDesk } from './desk.ts';
import { answer, isOwnRequest } from './door.ts';
import { goTo } from './views/layout.ts';

// Ends logins: one's own, or anybody's.

/** Takes the cookie from the browser that wants to log out, also if nobody answers whose it is. */
export const forgetLogin: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (isOwnRequest(c)) writeCookie(c, '', 0);
  return next();
};

export async function logOut(c: Context<AppEnv>): Promise<Response> {
  const { session, id } = c.get('operator');
  if (session !== null) await askDesk(c, async (desk) => desk.end(session, id));
  return answer(c, words.loggedOut, 401);
}

export async function endSession(c: Context<AppEnv, '/sessions/:id/end'>): Promise<Response> {
  const asked = await askFirst(c, {
    text: words.audit.asksEnd,
    button: words.audit.endLogin,
    back: '/operator/audit',
  });
  if (asked !== null) return asked;
  const isEnded = await askDesk(c, async (desk) => desk.end(c.req.param('id'), c.get('operator').id));
  return goTo(c, '/operator/audit', isEnded ? 'login-ended' : 'nothing-to-do');
}
