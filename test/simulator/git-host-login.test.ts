import { createPrivateKey } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type GitHostStand, openGitHost } from './git-host-stand.ts';

// How tokens come to people at the stand-in: the device flow, the browser's code, refresh, revocation, and an App made
// from a manifest.

const OAUTH = {
  clientId: 'Ov23li',
  clientSecret: 'secret',
  name: 'Roost',
  callbackUrl: 'http://127.0.0.1:1/account/callback',
};

let stand: GitHostStand;
let now: number;
beforeEach(async () => {
  now = Date.parse('2026-11-20T09:00:00Z');
  stand = await openGitHost({ now: () => now, deviceIntervalS: 5 });
  stand.world.addOAuthApp(OAUTH);
});
afterEach(() => stand.close());

type Answer = Record<string, string | number>;

async function ask(path: string, fields: Record<string, string>): Promise<Answer> {
  const response = await fetch(`${stand.url}/github.com${path}`, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams(fields),
  });
  return (await response.json()) as Answer;
}
const begin = (): Promise<Answer> => ask('/login/device/code', { client_id: OAUTH.clientId, scope: 'repo' });
const poll = ({ device_code }: Answer): Promise<Answer> =>
  ask('/login/oauth/access_token', {
    client_id: OAUTH.clientId,
    device_code: String(device_code),
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
  });
const scopesOf = async (token: unknown): Promise<string | null> => {
  const { status, headers } = await fetch(`${stand.apiUrl}/user`, { headers: { authorization: `Bearer ${token}` } });
  return status === 200 ? headers.get('x-oauth-scopes') : null;
};

describe('the device flow', () => {
  test('waits, slows down, and ends with a token of the wanted scopes, once', async () => {
    const code = await begin();
    expect(code).toMatchObject({
      user_code: expect.stringMatching(/^[A-Z]{4}-[A-Z]{4}$/),
      interval: 5,
      expires_in: 900,
    });
    expect(code.verification_uri).toBe(`${stand.url}/github.com/login/device`);
    expect((await poll(code)).error).toBe('authorization_pending');
    expect(await poll(code)).toMatchObject({ error: 'slow_down', interval: 10 });
    stand.world.answerDevice(String(code.user_code), { login: 'robin-field' });
    now += 9_000;
    expect((await poll(code)).error).toBe('slow_down');
    now += 15_000;
    const { access_token, token_type, scope } = await poll(code);
    expect([token_type, scope, await scopesOf(access_token)]).toEqual(['bearer', 'repo', 'repo']);
    now += 60_000;
    expect((await poll(code)).error).toBe('incorrect_device_code');
  });

  test('ends when the person refuses or the time is over', async () => {
    const [refused, late] = [await begin(), await begin()];
    stand.world.answerDevice(String(refused.user_code), 'denied');
    expect((await poll(refused)).error).toBe('access_denied');
    now += 900_000;
    expect((await poll(late)).error).toBe('expired_token');
    expect((await ask('/login/device/code', { client_id: 'nobody' })).error).toBe('Not Found');
  });
});

describe('an App', () => {
  const manifest = JSON.stringify({
    name: 'Roost of Robin',
    url: 'http://127.0.0.1:1',
    redirect_url: 'http://127.0.0.1:1/made',
    callback_urls: ['http://127.0.0.1:1/account/callback'],
    hook_attributes: { url: 'http://127.0.0.1:1/webhooks/git' },
    default_permissions: { contents: 'write' },
    default_events: ['push'],
  });
  const convert = async (code: string) => {
    const response = await fetch(`${stand.apiUrl}/app-manifests/${code}/conversions`, { method: 'POST' });
    return { status: response.status, body: (await response.json()) as Record<string, string> };
  };

  test('is made from a manifest, whose code is taken once and within the hour', async () => {
    const code = stand.world.takeManifest('robin-field', manifest) ?? '';
    const { status, body } = await convert(code);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      slug: 'roost-of-robin',
      permissions: { contents: 'write' },
      webhook_secret: expect.any(String),
    });
    expect(body.pem).toContain('BEGIN RSA PRIVATE KEY');
    expect(createPrivateKey(body.pem ?? '').asymmetricKeyType).toBe('rsa');
    expect((await convert(code)).status).toBe(404);
    const late = stand.world.takeManifest('robin-field', manifest) ?? '';
    now += 3_600_000;
    expect((await convert(late)).status).toBe(404);
    expect(stand.world.takeManifest('robin-field', 'nothing')).toBeNull();
  });

  test('gets a person’s token for a code, which expires, is renewed and revoked', async () => {
    const { body } = await convert(stand.world.takeManifest('robin-field', manifest) ?? '');
    const { client_id: id = '', client_secret: secret = '' } = body;
    const redirect = 'http://127.0.0.1:1/account/callback';
    const exchange = (code: string, more: Record<string, string> = {}) =>
      ask('/login/oauth/access_token', { client_id: id, client_secret: secret, code, ...more });
    const code = stand.world.authorize(id, 'robin-field', redirect);
    expect((await exchange(stand.world.authorize(id, 'robin-field', redirect), { client_secret: 'wrong' })).error).toBe(
      'incorrect_client_credentials',
    );
    expect(
      (
        await exchange(stand.world.authorize(id, 'robin-field', redirect), {
          redirect_uri: 'http://127.0.0.1:1/elsewhere',
        })
      ).error,
    ).toBe('redirect_uri_mismatch');
    const first = await exchange(code);
    expect(first).toMatchObject({ access_token: expect.stringMatching(/^ghu_/), expires_in: 28_800 });
    expect((await exchange(code)).error).toBe('bad_verification_code');
    expect(await installations(first.access_token)).toEqual([200, 0]);
    stand.world.install(stand.world.store.records.apps[0]!, 'robin-field', 'all');
    stand.world.install(stand.world.store.records.apps[0]!, 'kim-reyes', 'all');
    expect(await installations(first.access_token)).toEqual([200, 1]);
    now += 28_800_000;
    expect(await installations(first.access_token)).toEqual([401, undefined]);
    const renewal = {
      client_id: id,
      client_secret: secret,
      grant_type: 'refresh_token',
      refresh_token: String(first.refresh_token),
    };
    const second = await ask('/login/oauth/access_token', renewal);
    expect(await installations(second.access_token)).toEqual([200, 1]);
    expect((await ask('/login/oauth/access_token', renewal)).error).toBe('bad_refresh_token');
    const revoke = () =>
      fetch(`${stand.apiUrl}/applications/${id}/token`, {
        method: 'DELETE',
        headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
        body: JSON.stringify({ access_token: second.access_token }),
      });
    expect((await revoke()).status).toBe(204);
    expect((await revoke()).status).toBe(404);
    expect(await installations(second.access_token)).toEqual([401, undefined]);
  });

  const installations = async (token: unknown): Promise<[number, number | undefined]> => {
    const response = await fetch(`${stand.apiUrl}/user/installations`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return [response.status, ((await response.json()) as { total_count?: number }).total_count];
  };
});

describe('other hosts', () => {
  const user = async (path: string, authorization: string): Promise<[number, unknown]> => {
    const response = await fetch(stand.url + path, { headers: { authorization } });
    return [response.status, response.headers.get('content-type')?.includes('json') ? await response.json() : null];
  };

  test('GitLab and Forgejo say whose a token is; another host has no API, and takes its own tokens for git alone', async () => {
    const path = 'git.example.com/team/tool';
    await stand.world.addRepository(path);
    const token = (host: string): string => stand.world.addToken({ kind: 'plain', login: 'robin-field', host }).token;
    expect(await user('/gitlab.com/api/v4/user', `Bearer ${token('gitlab.com')}`)).toMatchObject([
      200,
      { username: 'robin-field' },
    ]);
    expect(await user('/codeberg.org/api/v1/user', `token ${token('codeberg.org')}`)).toMatchObject([
      200,
      { login: 'robin-field' },
    ]);
    expect((await user('/gitlab.com/api/v4/user', `Bearer ${token('codeberg.org')}`))[0]).toBe(401);
    expect((await user('/git.example.com/api/v4/user', `Bearer ${token('git.example.com')}`))[0]).toBe(404);
    const list = (as: string) =>
      stand.git(stand.folder, ['ls-remote', `${stand.url.replace('//', `//robin:${as}@`)}/${path}.git`]);
    expect((await list(token('git.example.com'))).code).toBe(0);
    expect((await list(token('gitlab.com'))).code).toBe(128);
  });

  test('a token is ended by whoever brings it', async () => {
    const { token } = stand.world.addToken({ kind: 'classic', login: 'robin-field', scopes: ['repo'] });
    const revoke = await fetch(`${stand.apiUrl}/credentials/revoke`, {
      method: 'POST',
      body: JSON.stringify({ credentials: [token] }),
    });
    expect([revoke.status, await scopesOf(token)]).toEqual([202, null]);
  });
});
