import { exports } from 'cloudflare:workers';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HOUR, MINUTE } from '../../src/units.ts';
import { useClock } from './clock.ts';
import { quiet } from './person.ts';
import { useOutside, vars } from './relay.ts';

// Cloudflare Access in front of the operator's page: whose assertions count, and how often its keys are asked for.

quiet();
const clock = useClock();
useOutside();
const before = { ...vars };
const AUDIENCE = 'a'.repeat(64);
/** Another team per test, because the keys are kept for the whole isolate. */
let team = '';
let count = 0;
let asked = 0;
let keys: JWK[] = [];
const elsewhere = globalThis.fetch;

beforeEach(() => {
  clock.freeze();
  team = `team-${count++}.cloudflareaccess.com`;
  asked = 0;
  keys = [];
  Object.assign(vars, { ACCESS_TEAM_DOMAIN: team, ACCESS_AUDIENCE: AUDIENCE, OPERATOR_TOKEN: '', ADMIN_SENDERS: '' });
  globalThis.fetch = (input, init) => {
    const { url } = new Request(input as RequestInfo, init);
    if (url !== `https://${team}/cdn-cgi/access/certs`) return elsewhere(input, init);
    asked++;
    return Promise.resolve(Response.json({ keys }));
  };
});
afterEach(() => {
  Object.assign(vars, before);
  globalThis.fetch = elsewhere;
});

/** A key that the team gives out under this name. */
async function newKey(kid: string): Promise<CryptoKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  keys.push({ ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' });
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
    claims({ exp: seconds(Date.now() - MINUTE) }),
    claims({ nbf: seconds(Date.now() + HOUR) }),
  ];
  const good = await sign(key, 'one', claims());
  const [, body = ''] = good.split('.');
  const none = `${btoa('{"alg":"none"}').replaceAll('=', '')}.${body}.`;
  const hmac = await new SignJWT(claims())
    .setProtectedHeader({ alg: 'HS256', kid: 'one' })
    .sign(new TextEncoder().encode(JSON.stringify(keys[0])));
  const signed = await Promise.all(wrong.map((payload) => sign(key, 'one', payload)));
  const forged = await sign(other.privateKey, 'one', claims());
  for (const assertion of [...signed, forged, none, hmac, `${good.slice(0, -4)}AAAA`, 'x.y.z', '']) {
    expect((await ask(assertion)).status, assertion).toBe(401);
  }
  expect((await ask(good)).status).toBe(200);
});

test('the keys are kept, and a new one is looked for once in half a minute', async () => {
  const first = await newKey('one');
  for (let n = 0; n < 3; n++) expect((await ask(await sign(first, 'one', claims()))).status).toBe(200);
  expect(asked).toBe(1);
  const second = await newKey('two');
  expect((await ask(await sign(second, 'two', claims()))).status).toBe(401);
  expect(asked).toBe(1);
  clock.move(31_000);
  expect((await ask(await sign(second, 'two', claims()))).status).toBe(200);
  expect(asked).toBe(2);
});

test('without the keys nobody gets in, and the page says to try again', async () => {
  const key = await newKey('one');
  const assertion = await sign(key, 'one', claims());
  const works = globalThis.fetch;
  globalThis.fetch = () => Promise.resolve(new Response('away', { status: 500 }));
  expect((await ask(assertion)).status).toBe(503);
  globalThis.fetch = works;
  expect((await ask(assertion)).status).toBe(200);
});

test('a POST from another site does nothing', async () => {
  const key = await newKey('one');
  const headers = { origin: 'https://evil.example' };
  expect((await ask(await sign(key, 'one', claims()), { method: 'POST', headers })).status).toBe(403);
});
