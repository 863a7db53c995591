import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { App } from '../../simulator/git-host/records.ts';
import { readAccount } from '../../src/git-hosts/account.ts';
import type { HostAddresses } from '../../src/git-hosts/addresses.ts';
import { askDeviceCode, pollDevice } from '../../src/git-hosts/device-flow.ts';
import {
  type GitHubApp,
  makeRepositoryToken,
  readInstallations,
  takeUserToken,
} from '../../src/git-hosts/github-app.ts';
import { findRepository, listRepositories } from '../../src/git-hosts/repository.ts';
import { revokeTokens } from '../../src/git-hosts/revoke.ts';
import { listenOn } from '../loopback.ts';
import { type GitHostStand, openGitHost } from './git-host-stand.ts';

// The relay's clients of git hosts, with the stand-in that answers as the hosts do.

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PKCS8 = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const PATH = 'robin-field/shop';
const OURS: GitHubApp = { id: '77', slug: 'roost', privateKey: PKCS8, clientId: 'Iv23liApp', clientSecret: 'secret' };

let stand: GitHostStand;
let at: HostAddresses;
let now: number;
beforeEach(async () => {
  now = Date.now();
  stand = await openGitHost({ now: () => now, deviceIntervalS: 5 });
  at = { web: stand.hostsUrl, api: stand.apiUrl };
});
afterEach(() => stand.close());

const addApp = (): App =>
  stand.world.addApp({ id: 77, slug: 'roost', clientId: 'Iv23liApp', clientSecret: 'secret' }, PKCS8);
const classic = (scopes: string[]): string =>
  stand.world.addToken({ kind: 'classic', login: 'robin-field', scopes }).token;
const headersOf = (token: string) => ({
  git: `Basic ${btoa(`x-access-token:${token}`)}`,
  api: `Bearer ${token}`,
});

describe('a token', () => {
  test('says whose it is; one with too many rights, or that nobody knows, is refused', async () => {
    expect(await readAccount(at, 'github.com', classic(['repo']), null)).toMatchObject({
      account: {
        login: 'robin-field',
        email: expect.stringMatching(/^\d+\+robin-field@users\.noreply\.github\.com$/) as string,
      },
    });
    expect(await readAccount(at, 'github.com', classic(['repo', 'workflow']), null)).toEqual({ refused: 'broad' });
    expect(await readAccount(at, 'github.com', classic(['gist']), null)).toEqual({ refused: 'narrow' });
    expect(await readAccount(at, 'github.com', 'ghp_nobody', null)).toEqual({ refused: 'refused' });
  });

  test('of GitLab or Forgejo is asked of its own API', async () => {
    for (const host of ['gitlab.com', 'codeberg.org']) {
      const { token } = stand.world.addToken({ kind: 'classic', host, login: 'robin-field' });
      expect(await readAccount(at, host, token, null)).toMatchObject({ account: { login: 'robin-field' } });
      expect(await readAccount(at, host, 'nobody', null)).toEqual({ refused: 'refused' });
    }
  });
});

describe('a repository', () => {
  test('is found with its default branch, under its new name after a rename, and not once it is gone', async () => {
    const headers = headersOf(classic(['repo']));
    const find = (path: string) => findRepository(at, { host: 'github.com', path }, headers);
    const found = { repository: { host: 'github.com', path: PATH, defaultBranch: 'main' } };
    expect(await find(PATH)).toMatchObject(found);
    stand.world.rename(PATH, 'store');
    expect(await find(PATH)).toMatchObject({ repository: { path: 'robin-field/store' } });
    expect(await find('robin-field/nothing')).toMatchObject({ refused: 'missing' });
    expect(await listRepositories(at, headers.api, false)).toContain('robin-field/store');
  });
});

test('the device flow ends with a token for the scope of repositories alone', async () => {
  stand.world.addOAuthApp({ clientId: 'client-1', clientSecret: 'secret', name: 'Roost', callbackUrl: '' });
  const asked = await askDeviceCode(at, 'client-1');
  if (typeof asked === 'string') throw new Error(asked);
  const poll = () => pollDevice(at, 'client-1', asked.device, now);
  expect(await poll()).toEqual({ is: 'wait' });
  expect(await poll()).toEqual({ is: 'slower' });
  stand.world.answerDevice(asked.code, { login: 'robin-field' });
  now += 60_000;
  const answer = await poll();
  if (answer.is !== 'token') throw new Error(answer.is);
  expect(await readAccount(at, 'github.com', answer.token.token, null)).toMatchObject({
    account: { login: 'robin-field' },
  });
});

describe('the App', () => {
  async function signIn(): Promise<string> {
    const code = stand.world.authorize('Iv23liApp', 'robin-field', '');
    const token = await takeUserToken(at, OURS, { code }, now);
    if (typeof token === 'string') throw new Error(token);
    return token.token;
  }

  test('makes a token for one repository, without workflows, while the person may push there', async () => {
    const app = addApp();
    const userToken = await signIn();
    expect(await readInstallations(at, `Bearer ${userToken}`)).toEqual([]);
    expect(await makeRepositoryToken(at, OURS, { path: PATH, userToken, now })).toBe('missing');
    const installation = stand.world.install(app, 'robin-field', [PATH]);
    expect(await readInstallations(at, `Bearer ${userToken}`)).toEqual([installation.id]);
    expect(await listRepositories(at, `Bearer ${userToken}`, true)).toEqual([PATH]);
    const made = await makeRepositoryToken(at, OURS, { path: PATH, userToken, now });
    if (typeof made === 'string') throw new Error(made);
    const kept = stand.world.store.token(made.token);
    expect(kept?.permissions).not.toHaveProperty('workflows');
    expect(kept?.permissions).toMatchObject({ contents: 'write', pull_requests: 'write' });
    expect(made.until).toBeGreaterThan(now);
  });

  test('renews a person’s token, once', async () => {
    addApp();
    const code = stand.world.authorize('Iv23liApp', 'robin-field', '');
    const first = await takeUserToken(at, OURS, { code }, now);
    if (typeof first === 'string' || first.refresh === null) throw new Error('no token to renew');
    const grant = { grant_type: 'refresh_token' as const, refresh_token: first.refresh };
    expect(await takeUserToken(at, OURS, grant, now)).toMatchObject({ token: expect.any(String) as string });
    expect(await takeUserToken(at, OURS, grant, now)).toBe('refused');
    expect(await takeUserToken(at, OURS, { code }, now)).toBe('refused');
  });
});

test('a token that is given up is ended where the host can', async () => {
  const token = classic(['repo']);
  expect(await revokeTokens(at, 'github.com', [token])).toBe(true);
  expect(await readAccount(at, 'github.com', token, null)).toEqual({ refused: 'refused' });
  const { token: other } = stand.world.addToken({ kind: 'classic', host: 'gitlab.com', login: 'robin-field' });
  expect(await revokeTokens(at, 'gitlab.com', [other])).toBe(true);
  expect(await revokeTokens(at, 'codeberg.org', ['any'])).toBe(false);
});

test('a credential follows no redirect', async () => {
  const asked: string[] = [];
  const elsewhere = createServer((request, response) => {
    asked.push(request.headers.authorization ?? '');
    response.end('{}');
  });
  const evil = await listenOn(elsewhere);
  const leading = createServer((_, response) => response.writeHead(302, { location: `${evil}/user` }).end());
  const url = await listenOn(leading);
  try {
    const there = { web: `${url}/{host}`, api: url };
    expect(await readAccount(there, 'github.com', 'secret', null)).toEqual({ refused: 'moved' });
    const found = { refused: 'moved', retryAfterMs: null };
    for (const host of ['github.com', 'git.example.com'])
      expect(await findRepository(there, { host, path: PATH }, headersOf('secret'))).toEqual(found);
    expect(asked).toEqual([]);
  } finally {
    elsewhere.close();
    leading.close();
  }
});
