import { generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { operatorPage as words } from '../../src/texts/operator-page.ts';
import { HOUR } from '../../src/units.ts';
import { WRONG_TRIES_MAX } from '../../src/worker/wrong-tries.ts';
import { ask, seconds, sign, useAccessTeam } from './access-team.ts';
import { useClock } from './clock.ts';
import { quiet } from './person.ts';
import { useOutside, vars } from './relay.ts';

// Cloudflare Access in front of the operator's page: whose assertions count.

quiet();
const clock = useClock();
useOutside();
const { keys, newKey, asked, claims } = useAccessTeam(clock);

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

test('a POST from another site does nothing', async () => {
  const key = await newKey('one');
  const headers = { origin: 'https://evil.example' };
  expect((await ask(await sign(key, 'one', claims()), { method: 'POST', headers })).status).toBe(403);
});
