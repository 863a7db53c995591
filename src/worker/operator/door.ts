import { createHash, timingSafeEqual } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import type { Config } from '../../config/config.ts';
import { openSession } from '../../links/operator-link.ts';
import { reasonOf, report } from '../../log.ts';
import { operatorConversation } from '../../texts/operator-conversation.ts';
import { operatorPage as words } from '../../texts/operator-page.ts';
import type { AppEnv } from '../configuration.ts';
import { reportRefusal } from '../refusal-log.ts';
import { WrongTries } from '../wrong-tries.ts';
import { readAssertion } from './access-jwt.ts';
import { keepWanted, readCookie } from './cookie.ts';
import { askDeskAgain } from './desk.ts';
import type { Operator } from './operator.ts';
import { renderNotice } from './views/layout.ts';

// Lets operators into their page and API: by the operator's token, by an admin's session, or by Cloudflare Access. Every
// check fails closed.

type C = Context<AppEnv>;

const wrongTries = new WrongTries();

/** True if a login is possible: a token, Access or an admin is configured. */
export const isDoorOpen = ({ OPERATOR_TOKEN, ACCESS_TEAM_DOMAIN, ADMIN_SENDERS }: Config): boolean =>
  OPERATOR_TOKEN !== undefined || ACCESS_TEAM_DOMAIN !== undefined || ADMIN_SENDERS.length > 0;

/** Lets nobody past who isn't an operator; a browser's POST has to come from the page itself. */
export const requireOperator: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { OPERATOR_TOKEN } = c.get('config');
  const sent = c.req.header('authorization');
  if (sent !== undefined && OPERATOR_TOKEN !== undefined) {
    const [, token] = /^Bearer +(\S+) *$/i.exec(sent) ?? [];
    if (token === undefined) return refuseToken(c, words.sendToken, 400);
    if (!isSame(token, OPERATOR_TOKEN)) return refuseToken(c, words.wrongToken, 401);
    c.set('operator', { by: 'token', id: 'operator', role: 'owner', name: null, session: null });
    return next();
  }
  const operator = await findOperator(c);
  if (operator instanceof Response) return operator;
  if (operator === null) return askToLogIn(c);
  if (!isOwnRequest(c)) return refuse(c, 'origin', words.wrongOrigin, 403);
  c.set('operator', operator);
  return next();
};

/** Compares in constant time. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string): Uint8Array => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

async function findOperator(c: C): Promise<Operator | Response | null> {
  const config = c.get('config');
  try {
    const cookie = readCookie(c);
    const ref = cookie === null ? null : openSession(cookie, config.MACHINE_SIGNING_KEY, Date.now());
    if (ref !== null && ref !== 'expired') {
      const found = await askDeskAgain(c, async (desk) => desk.operator(ref));
      if (found !== null) return { by: 'session', ...found };
    }
    // Without Access in front anybody can send this header, so it is ignored.
    const sent = config.ACCESS_TEAM_DOMAIN === undefined ? undefined : c.req.header('cf-access-jwt-assertion');
    const goOn = (work: Promise<unknown>): void => c.executionCtx.waitUntil(work);
    const read = sent === undefined ? null : await readAssertion(sent, config, goOn);
    if (read !== null && read !== 'expired')
      return { by: 'access', id: read.who, role: 'owner', name: read.who, session: null };
    const isForged = (cookie !== null && ref === null) || (sent !== undefined && read === null);
    if (isForged) return refuse(c, 'login', words.loggedOut, 401);
    // An expired login was valid once, and an open page still sends it: that is no wrong try.
    if (read === 'expired') return answer(c, words.accessOver, 401);
    return ref === null ? null : answer(c, words.loggedOut, 401);
  } catch (error) {
    report({ level: 'error', event: 'operator-not-checked', reason: reasonOf(error) });
    return sayNoAnswer(c);
  }
}

/** True for reads, and for a POST from a page of this very host. */
export function isOwnRequest(c: C): boolean {
  if (['GET', 'HEAD'].includes(c.req.method)) return true;
  const site = c.req.header('sec-fetch-site') ?? 'same-origin';
  return c.req.header('origin') === new URL(c.req.url).origin && site === 'same-origin';
}

/** Counts a wrong try; above the limit the answer says to wait. Valid logins never wait. */
export function refuse(c: C, why: string, notice: Notice, status: 401 | 403 | 404 | 410): Response | Promise<Response> {
  reportRefusal({ level: 'warn', event: 'operator-refused', why });
  if (!wrongTries.add(Date.now())) return answer(c, notice, status);
  c.header('retry-after', '60');
  return answer(c, words.tooMany, 429);
}

function askToLogIn(c: C): Response | Promise<Response> {
  keepWanted(c);
  return answer(c, words.logIn, 401);
}

type Notice = { title: string; text: string };

/** A page for a browser, JSON for a script. */
export function answer(c: C, notice: Notice, status: 401 | 403 | 404 | 410 | 429 | 503): Response | Promise<Response> {
  const isBrowser = c.req.header('accept')?.includes('text/html') === true;
  if (isBrowser) return c.html(renderNotice(notice), status);
  return c.json({ error: status === 401 ? words.sendToken : notice.text }, status);
}

/** Says that an object gave no answer; after a press, that its outcome is unknown. */
export function sayNoAnswer(c: C): Response | Promise<Response> {
  const isPressed = !['GET', 'HEAD'].includes(c.req.method);
  if (isPressed && c.req.path.endsWith('/logout')) return answer(c, words.loggedOutHere, 503);
  // Before it is known who pressed, nothing is carried out.
  const isUnsure = isPressed && (c.get('operator') as Operator | undefined) !== undefined;
  return answer(c, isUnsure ? operatorConversation.unsure : words.unavailable, 503);
}

function refuseToken(c: C, error: string, status: 400 | 401): Response {
  reportRefusal({ level: 'warn', event: 'operator-token-refused' });
  if (wrongTries.add(Date.now())) return c.json({ error: words.tooManyTokens }, 429, { 'retry-after': '60' });
  return c.json({ error }, status, { 'www-authenticate': 'Bearer' });
}
