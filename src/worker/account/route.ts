import type { Context } from 'hono';
import { type AccountRef, openAccountLink, openAccountState } from '../../links/account-link.ts';
import { reasonOf, report } from '../../log.ts';
import type { AccountAnswer } from '../../objects/account-page.ts';
import { getConversation, retryOnce } from '../../objects/namespaces.ts';
import { texts } from '../../texts/index.ts';
import { chatLink } from '../chat-link.ts';
import type { AppEnv } from '../configuration.ts';
import { accountHeaders, renderApp, renderDone, renderForm, renderInstall, renderNotice } from './page.ts';

// The page where a person connects an account at a git host. Opening the link shows a form or a button, so that a
// preview of the link in a chat uses nothing up; the button does. Keeps nothing, and never shows what was typed.

type C = Context<AppEnv>;

const { page } = texts.connections;
/** A form with a token and a name. */
const FORM_MAX = 10_000;

export async function onAccountLink(c: Context<AppEnv, '/account/:token'>): Promise<Response> {
  const { method } = c.req;
  if (!['GET', 'HEAD', 'POST'].includes(method)) return c.text('Not found.', 404);
  const config = c.get('config');
  const ref = openAccountLink(c.req.param('token'), config.MACHINE_SIGNING_KEY, Date.now());
  if (ref === 'expired') return notice(c, page.expired, 410);
  if (ref === null) return notice(c, page.unknown, 404);
  return guarded(c, ref, async () => {
    const object = getConversation(c.env, config, ref.conversation);
    const shown = await retryOnce(async () => object.accountPage(ref.link));
    if (shown === null) return notice(c, page.used, 410);
    const render = shown.way === 'app' ? renderApp : renderForm;
    if (method !== 'POST') return send(c, render(shown, null), 200);
    if (!isOwn(c, config.PUBLIC_URL)) return notice(c, page.unknown, 403);
    const form = await readForm(c.req.raw);
    if (form === null) return notice(c, page.unknown, 413);
    const answer = await object.pressAccount(ref.link, {
      token: form.get('token') ?? '',
      user: form.get('user') ?? '',
    });
    if (answer === null) return notice(c, page.used, 410);
    if ('refused' in answer) return send(c, render(shown, page.refusals[answer.refused]), 422);
    return show(c, answer);
  });
}

/** GitHub sends the person back here. */
export async function onAccountReturn(c: C): Promise<Response> {
  const config = c.get('config');
  const ref = openAccountState(c.req.query('state') ?? '', config.MACHINE_SIGNING_KEY, Date.now());
  if (ref === 'expired') return notice(c, page.expired, 410);
  if (ref === null) return notice(c, page.unknown, 404);
  const code = c.req.query('code') ?? '';
  if (!/^[\w-]{1,200}$/.test(code)) return notice(c, page.denied, 200);
  return guarded(c, ref, async () => {
    const answer = await getConversation(c.env, config, ref.conversation).accountReturn(ref.link, code);
    if (answer === null) return notice(c, page.used, 410);
    if ('refused' in answer) return notice(c, { ...page.unavailable, text: page.refusals[answer.refused] }, 422);
    return show(c, answer);
  });
}

function show(c: C, answer: Exclude<AccountAnswer, { refused: unknown }>): Response {
  if ('go' in answer) return c.redirect(answer.go, 303);
  if ('install' in answer) return send(c, renderInstall(answer.install), 200);
  return send(
    c,
    renderDone(answer, (words) => chatLink(c.get('config'), answer.sender, words)),
    200,
  );
}

async function guarded(c: C, { conversation }: AccountRef, work: () => Promise<Response>): Promise<Response> {
  try {
    return await work();
  } catch (error) {
    report({ level: 'error', event: 'account-not-served', reason: reasonOf(error) }, conversation);
    return notice(c, page.unavailable, 503);
  }
}

/** No other site's page presses the button. Older browsers name no origin, and have the link. */
function isOwn(c: C, publicUrl: string): boolean {
  const { origin } = c.req.header();
  return origin === undefined || origin === new URL(publicUrl).origin;
}

/** Null when it is larger than any of ours. */
async function readForm(request: Request): Promise<URLSearchParams | null> {
  const length = request.headers.get('content-length');
  if (length === null || !/^\d{1,6}$/.test(length) || Number(length) > FORM_MAX) return null;
  return new URLSearchParams(new TextDecoder().decode(await request.arrayBuffer()));
}

const send = (c: C, html: string, status: 200 | 403 | 404 | 410 | 413 | 422 | 503): Response => {
  const { GIT_HOSTS_URL } = c.get('config');
  return c.body(html, status, accountHeaders(new URL(GIT_HOSTS_URL.replaceAll('{host}', 'github.com')).origin));
};

const notice = (
  c: C,
  words: { title: string; text: string },
  status: 200 | 403 | 404 | 410 | 413 | 422 | 503,
): Response => send(c, renderNotice(words), status);
