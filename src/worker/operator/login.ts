import type { Context } from 'hono';
import { openLogin } from '../../links/operator-link.ts';
import { reasonOf, report } from '../../log.ts';
import { operatorPage as words } from '../../texts/operator-page.ts';
import { withTimeout } from '../../timeout.ts';
import type { AppEnv } from '../configuration.ts';
import { describeBrowser } from './browser.ts';
import { readWanted, writeCookie } from './cookie.ts';
import { askDesk, askDeskAgain } from './desk.ts';
import { answer, isOwnRequest, refuse } from './door.ts';
import { ANSWER_MS } from './time-limit.ts';
import { renderLogin } from './views/layout.ts';

// The link of /operator. Opening it shows a page with a button, so that a preview of the link in a chat uses nothing
// up; the button logs in, and then the link is used up.

type C = Context<AppEnv, '/login/:token'>;

export async function showLogin(c: C): Promise<Response> {
  const ref = openLogin(c.req.param('token'), c.get('config').MACHINE_SIGNING_KEY, Date.now());
  if (ref === null) return refuse(c, 'link', words.unknownLink, 404);
  if (ref === 'expired') return answer(c, words.oldLink, 410);
  return within(c, async () => {
    const whose = await askDeskAgain(c, async (desk) => desk.whose(ref));
    if (whose === 'out') return answer(c, words.notAdmin, 403);
    return whose === null ? answer(c, words.oldLink, 410) : c.html(renderLogin(whose.who), 200);
  });
}

export async function logIn(c: C): Promise<Response> {
  const { MACHINE_SIGNING_KEY } = c.get('config');
  if (!isOwnRequest(c)) return refuse(c, 'origin', words.wrongOrigin, 403);
  const ref = openLogin(c.req.param('token'), MACHINE_SIGNING_KEY, Date.now());
  if (ref === null) return refuse(c, 'link', words.unknownLink, 404);
  if (ref === 'expired') return answer(c, words.oldLink, 410);
  return within(c, async () => {
    const browser = describeBrowser(c.req.header('user-agent') ?? '');
    const outcome = await askDesk(c, async (desk) => desk.logIn(ref, browser));
    if (outcome === 'out') return refuse(c, 'out', words.notAdmin, 403);
    if (typeof outcome === 'string') return refuse(c, 'link', words.oldLink, 410);
    writeCookie(c, outcome.cookie, Math.floor((outcome.expiresAt - Date.now()) / 1000));
    return c.redirect(readWanted(c), 303);
  });
}

async function within(c: C, work: () => Promise<Response>): Promise<Response> {
  try {
    return await withTimeout(ANSWER_MS, work());
  } catch (error) {
    report({ level: 'error', event: 'operator-not-checked', reason: reasonOf(error) });
    return answer(c, c.req.method === 'POST' ? words.loginUnsure : words.unavailable, 503);
  }
}
