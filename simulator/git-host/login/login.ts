import { type Context, Hono } from 'hono';
import { newRefreshToken, newToken } from '../credentials.ts';
import { type GitHost, siteUrl } from '../host.ts';
import type { App, OAuthApp, Token } from '../records.ts';
import { codesOf, DEVICE_S, newDeviceCode } from './codes.ts';

// Gives people's tokens: for a device's code, for a code of the browser, and for a refresh token.

const USER_TOKEN_MS = 28_800_000;
const SLOWER_S = 5;

export function loginRoutes(host: GitHost): Hono {
  const routes = new Hono();
  const client = (id: string): App | OAuthApp | undefined =>
    [...host.store.records.apps, ...host.store.records.oauthApps].find(({ clientId }) => clientId === id);

  routes.post('/github.com/login/device/code', async (c) => {
    const form = await fields(c);
    if (!client(form.client_id ?? '')) return answer(c, { error: 'Not Found' }, 404);
    const code = newDeviceCode(host, form.client_id ?? '', scopesOf(form.scope));
    return answer(c, {
      device_code: code.device,
      user_code: code.user,
      verification_uri: siteUrl(host, 'github.com', '/login/device'),
      expires_in: DEVICE_S,
      interval: code.intervalS,
    });
  });

  routes.post('/github.com/login/oauth/access_token', async (c) => {
    const form = await fields(c);
    const known = client(form.client_id ?? '');
    if (!known)
      return answer(
        c,
        problem('incorrect_client_credentials', 'The client_id and/or client_secret passed are incorrect.'),
      );
    if (form.grant_type === 'urn:ietf:params:oauth:grant-type:device_code')
      return answer(c, pollDevice(host, known, form));
    if (form.client_secret !== known.clientSecret)
      return answer(
        c,
        problem('incorrect_client_credentials', 'The client_id and/or client_secret passed are incorrect.'),
      );
    if (form.grant_type === 'refresh_token') return answer(c, refresh(host, known, form.refresh_token ?? ''));
    return answer(c, exchange(host, known, form));
  });
  return routes;
}

type Fields = Readonly<Record<string, string>>;
type Answer = Readonly<Record<string, string | number>>;

async function fields(c: Context): Promise<Fields> {
  const text = await c.req.text();
  const query = c.req.query();
  if (!(c.req.header('content-type') ?? '').includes('json'))
    return { ...query, ...Object.fromEntries(new URLSearchParams(text)) };
  try {
    return { ...query, ...(JSON.parse(text) as Fields) };
  } catch {
    return query;
  }
}

/** GitHub answers with a form unless the request accepts JSON. */
function answer(c: Context, body: Answer, status: 200 | 404 = 200): Response {
  if ((c.req.header('accept') ?? '').includes('json')) return c.json(body, status);
  const form = new URLSearchParams(Object.entries(body).map(([name, value]) => [name, String(value)]));
  return c.body(form.toString(), status, { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' });
}

const problem = (error: string, error_description: string): Answer => ({
  error,
  error_description,
  error_uri: 'https://docs.github.com/apps',
});
const scopesOf = (text: string | undefined): string[] => (text ?? '').split(/[ ,]+/).filter(Boolean);

function pollDevice(host: GitHost, known: App | OAuthApp, { device_code = '' }: Fields): Answer {
  const { device } = codesOf(host);
  const code = device.get(device_code);
  if (!code || code.client !== known.clientId)
    return problem('incorrect_device_code', 'The device_code provided is not valid.');
  const now = host.now();
  if (code.until <= now) return problem('expired_token', 'This device code has expired.');
  const tooSoon = now - code.askedAt < code.intervalS * 1000;
  code.askedAt = now;
  if (tooSoon) {
    code.intervalS += SLOWER_S;
    return {
      ...problem('slow_down', 'Too many requests have been made in the same timeframe.'),
      interval: code.intervalS,
    };
  }
  if (code.answer === null) return problem('authorization_pending', 'The authorization request is still pending.');
  device.delete(device_code);
  if (code.answer === 'denied') return problem('access_denied', 'The authorization request was denied.');
  return tokenAnswer(issue(host, known, code.answer.login, code.scopes), host);
}

function exchange(host: GitHost, known: App | OAuthApp, { code = '', redirect_uri }: Fields): Answer {
  const { browser } = codesOf(host);
  const kept = browser.get(code);
  browser.delete(code);
  if (!kept || kept.client !== known.clientId || kept.until <= host.now())
    return problem('bad_verification_code', 'The code passed is incorrect or expired.');
  if (redirect_uri !== undefined && redirect_uri !== kept.redirect)
    return problem(
      'redirect_uri_mismatch',
      'The redirect_uri MUST match the registered callback URL for this application.',
    );
  return tokenAnswer(issue(host, known, kept.login, kept.scopes), host);
}

function refresh(host: GitHost, known: App | OAuthApp, text: string): Answer {
  const { records } = host.store;
  const old = records.tokens.find((one) => one.refresh === text && one.client === known.clientId);
  if (!old || old.login === null)
    return problem('bad_refresh_token', 'The refresh token passed is incorrect or expired.');
  records.tokens = records.tokens.filter((one) => one !== old);
  return tokenAnswer(issue(host, known, old.login, []), host);
}

/** The token of a GitHub App expires; the token of an OAuth App has scopes. */
function issue(host: GitHost, known: App | OAuthApp, login: string, scopes: string[]): Token {
  const base = { login, client: known.clientId };
  if ('publicKey' in known)
    return newToken(host, {
      ...base,
      kind: 'user',
      permissions: known.permissions,
      refresh: newRefreshToken(),
      expiresAt: host.now() + USER_TOKEN_MS,
    });
  return newToken(host, { ...base, kind: 'oauth', scopes });
}

const tokenAnswer = ({ token, scopes, refresh: refresh_token, expiresAt }: Token, host: GitHost): Answer => ({
  access_token: token,
  ...(refresh_token !== null && expiresAt !== null
    ? { expires_in: Math.round((expiresAt - host.now()) / 1000), refresh_token, refresh_token_expires_in: 15_897_600 }
    : {}),
  scope: scopes.join(','),
  token_type: 'bearer',
});
