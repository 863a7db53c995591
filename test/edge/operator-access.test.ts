import { exports } from 'cloudflare:workers';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { operatorPage as words } from '../../src/texts/operator-page.ts';
import { HOUR, MINUTE } from '../../src/units.ts';
import { WRONG_TRIES_MAX } from '../../src/worker/wrong-tries.ts';
import { useClock } from './clock.ts';
import type { Team } from './key-server.ts';
import { quiet } from './person.ts';
import { network, useOutside, vars } from './relay.ts';

// Cloudflare Access in front of the operator's page: whose assertions count, and how often its keys are asked for.

quiet();
const clock = useClock();
useOutside();
const before = { ...vars };
const AUDIENCE = 'a'.repeat(64);
/** Another team per test, because the keys are kept for the whole isolate. */
let name = '';
let team = '';
let count = 0;
let keys: JWK[] = [];
const elsewhere = globalThis.fetch;

beforeEach(async () => {
  clock.freeze();
  name = `team-${count++}`;
  // The wrong tries of the tests before are over.
  clock.move(count * 2 * MINUTE);
  team = `${name}.cloudflareaccess.com`;
  keys = [];
  await gives();
  Object.assign(vars, { ACCESS_TEAM_DOMAIN: team, ACCESS_AUDIENCE: AUDIENCE, OPERATOR_TOKEN: '', ADMIN_SENDERS: '' });
  // A team's name leads to the server on loopback.
  globalThis.fetch = (input, init) => {
    const request = new Request(input as RequestInfo, init);
    const { host, pathname } = new URL(request.url);
    if (!host.endsWith('.cloudflareaccess.com')) return elsewhere(request);
    return network(`${inject('keyServer')}/${host.split('.')[0]}${pathname}`, init);
  };
});
afterEach(() => {
  Object.assign(vars, before);
  globalThis.fetch = elsewhere;
});

/** What the team's address gives out from now on: its keys, unless the test says otherwise. */
async function gives(team: Team = {}): Promise<void> {
  const body = JSON.stringify({ body: JSON.stringify({ keys }), ...team });
  await network(`${inject('keyServer')}/${name}`, { method: 'PUT', body });
}
const asked = async (): Promise<number> => (await network(`${inject('keyServer')}/${name}`)).json();

/** A key that the team gives out under this name. */
async function newKey(kid: string): Promise<CryptoKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  keys.push({ ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' });
  await gives();
  return privateKey;
}

const seconds = (at: number): number => Math.floor(at / 1000);
const claims = (change: JWTPayload = {}): JWTPayload => {
  const now = Date.now();
  const made = { iat: seconds(now), exp: seconds(now + HOUR), iss: `https://${team}`, aud: [AUDIENCE] };
  return { ...made, email: 'ann@example.com', ...change };
};
const sign = (key: CryptoKey, kid: string, payload: JWTPayload): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid }).sign(key);

async function ask(assertion: string, init: RequestInit = {}): Promise<Response> {
  const headers = { accept: 'text/html', 'cf-access-jwt-assertion': assertion, ...init.headers };
  return exports.default.fetch('https://relay.example.com/operator/audit', { ...init, headers });
}

test('whom the team lets through gets in, under their e-mail address', async () => {
  const key = await newKey('one');
  const answer = await ask(await sign(key, 'one', claims()));
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('ann@example.com');
});

test('a service token is named as one, whatever its name', async () => {
  const key = await newKey('one');
  for (const common_name of ['operator', 'config', 'f'.repeat(64)]) {
    const assertion = await sign(key, 'one', { ...claims({ common_name }), email: undefined });
    expect(await (await ask(assertion)).text()).toContain(`<span>access: ${common_name}</span>`);
  }
});

test('another team, another audience, none, no expiry, an old one, another key and no signature stay out', async () => {
  const key = await newKey('one');
  const other = await generateKeyPair('RS256');
  const without = (name: string): JWTPayload => {
    const { [name]: _, ...rest } = claims();
    return rest;
  };
  const wrong = [
    claims({ iss: 'https://other.cloudflareaccess.com' }),
    claims({ aud: ['b'.repeat(64)] }),
    without('aud'),
    without('exp'),
    without('iss'),
    claims({ exp: seconds(Date.now() - HOUR) }),
    claims({ nbf: seconds(Date.now() + HOUR) }),
  ];
  const good = await sign(key, 'one', claims());
  const [, body = ''] = good.split('.');
  const none = `${btoa('{"alg":"none"}').replaceAll('=', '')}.${body}.`;
  const hmac = await new SignJWT(claims())
    .setProtectedHeader({ alg: 'HS256', kid: 'one' })
    .sign(new TextEncoder().encode(JSON.stringify(keys[0])));
  const [, , signature = ''] = good.split('.');
  const part = (value: unknown): string =>
    btoa(JSON.stringify(value)).replaceAll('=', '').replaceAll('/', '_').replaceAll('+', '-');
  const alg = 'RS256';
  const headers = [null, 7, [], {}, { alg }, { alg, kid: 7 }, { alg, kid: { toString: 1 } }, { alg, kid: '__proto__' }];
  const more = [
    { alg, kid: 'one', b64: false, crit: ['b64'] },
    { alg, kid: 'one', jwk: keys[0] },
    { alg: [alg], kid: 'one' },
  ];
  const bent = [...headers, ...more].map((header) => `${part(header)}.${body}.${signature}`);
  const emptied = [null, 7, 'x', [], { exp: 'x' }].map(
    (payload) => `${good.split('.')[0]}.${part(payload)}.${signature}`,
  );
  const signed = await Promise.all(wrong.map((payload) => sign(key, 'one', payload)));
  const forged = await sign(other.privateKey, 'one', claims());
  for (const assertion of [
    ...signed,
    forged,
    none,
    hmac,
    `${good.slice(0, -4)}AAAA`,
    'x.y.z',
    '',
    '..',
    ...bent,
    ...emptied,
  ]) {
    clock.move(2000);
    expect((await ask(assertion)).status, assertion).toBe(401);
  }
  expect((await ask(good)).status).toBe(200);
});

test('a login that is over is no wrong try, and is told to log in again; a forged one that is over is one', async () => {
  const key = await newKey('one');
  const other = await generateKeyPair('RS256');
  const over = claims({ exp: seconds(Date.now() - HOUR) });
  for (let n = 0; n < WRONG_TRIES_MAX + 5; n++) {
    const answer = await ask(await sign(key, 'one', over));
    expect([answer.status, await answer.text()]).toEqual([401, expect.stringContaining(words.accessOver.text)]);
  }
  const forged = await sign(other.privateKey, 'one', over);
  for (let n = 0; n < WRONG_TRIES_MAX; n++) expect((await ask(forged)).status).toBe(401);
  expect((await ask(forged)).status).toBe(429);
  expect((await ask(await sign(key, 'one', over))).status).toBe(401);
});

test('where Access isn’t configured its header is nothing: no way in, no wrong try, no request', async () => {
  const key = await newKey('one');
  Object.assign(vars, { ACCESS_TEAM_DOMAIN: '', ACCESS_AUDIENCE: '', ADMIN_SENDERS: '+15555550123' });
  const answer = await ask(await sign(key, 'one', claims()));
  expect([answer.status, await answer.text()]).toEqual([401, expect.stringContaining(words.logIn.text)]);
  expect(await asked()).toBe(0);
});

test('the keys are kept, and a new one is looked for once in half a minute', async () => {
  const first = await newKey('one');
  for (let n = 0; n < 3; n++) expect((await ask(await sign(first, 'one', claims()))).status).toBe(200);
  expect(await asked()).toBe(1);
  const second = await newKey('two');
  expect((await ask(await sign(second, 'two', claims()))).status).toBe(401);
  expect(await asked()).toBe(1);
  clock.move(31_000);
  // Both keys of a rotation count.
  for (const [key, kid] of [
    [second, 'two'],
    [first, 'one'],
  ] as const)
    expect((await ask(await sign(key, kid, claims()))).status).toBe(200);
  expect(await asked()).toBe(2);
  keys.shift();
  await gives();
  clock.move(11 * MINUTE);
  expect((await ask(await sign(second, 'two', claims()))).status).toBe(200);
  expect((await ask(await sign(first, 'one', claims()))).status).toBe(401);
  expect(await asked()).toBe(3);
});

test('many who come at once wait for one request', async () => {
  const key = await newKey('one');
  const assertion = await sign(key, 'one', claims());
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(assertion)));
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  expect(await asked()).toBe(1);
});

describe('without the keys nobody gets in, the page says to try again, and Cloudflare is asked once in half a minute', () => {
  const wrong: [string, Team][] = [
    ['an error', { status: 500 }],
    ['no JSON', { body: '<html>' }],
    ['no keys', { body: '{"keys":{}}' }],
    ['more than keys', { padding: 70_000 }],
    ['another address', { moved: '/elsewhere' }],
    ['no answer', { hangs: true }],
  ];
  test.each(wrong)('%s', async (_, answers) => {
    const assertion = await sign(await newKey('one'), 'one', claims());
    await gives(answers);
    for (let n = 0; n < 3; n++) expect((await ask(assertion)).status).toBe(503);
    expect(await asked()).toBe(1);
    await gives();
    expect((await ask(assertion)).status).toBe(503);
    clock.move(31_000);
    expect((await ask(assertion)).status).toBe(200);
    expect(await asked()).toBe(2);
  });

  test('keys that are known count meanwhile', async () => {
    const assertion = await sign(await newKey('one'), 'one', claims());
    expect((await ask(assertion)).status).toBe(200);
    await gives({ status: 500 });
    clock.move(31_000);
    const { privateKey } = await generateKeyPair('RS256');
    for (let n = 0; n < 2; n++) expect((await ask(await sign(privateKey, 'made-up', claims()))).status).toBe(503);
    expect((await ask(assertion)).status).toBe(200);
  });
});

test('a POST from another site does nothing', async () => {
  const key = await newKey('one');
  const headers = { origin: 'https://evil.example' };
  expect((await ask(await sign(key, 'one', claims()), { method: 'POST', headers })).status).toBe(403);
});
