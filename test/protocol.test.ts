import { readFileSync } from 'node:fs';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import * as protocol from '../src/protocol/index.ts';

// The contract between relay and machine: the examples in its README match its schemas, and tokens fail closed.

test('every example in the README is of the protocol', () => {
  const readme = readFileSync('src/protocol/README.md', 'utf8');
  const blocks = [...readme.matchAll(/```json\n([\s\S]*?)```/g)].map((m) => m[1] as string);
  const [start, view, ahead, ...events] = blocks as [string, string, string, ...string[]];
  expect(protocol.StartAttempt.safeParse(JSON.parse(start)).success).toBe(true);
  expect(protocol.AttemptView.safeParse(JSON.parse(view)).success).toBe(true);
  expect(protocol.StartAgent.safeParse(JSON.parse(ahead)).success).toBe(true);
  for (const line of events.flatMap((block) => block.trim().split('\n'))) {
    expect(protocol.EventBody.safeParse(JSON.parse(line)).success, line).toBe(true);
  }
  const data = /^data: (.*)$/m.exec(readme)?.[1] ?? '';
  expect(protocol.AttemptEvent.safeParse(JSON.parse(data)).success).toBe(true);
  expect(blocks).toHaveLength(5);
});

test('the table of events in the README has each event with its fields', () => {
  const readme = readFileSync('src/protocol/README.md', 'utf8');
  const rows = readme.slice(readme.indexOf('| event | when'), readme.indexOf('**Results.**')).matchAll(/^\| `.*$/gm);
  const described = [...rows].map(([row]) => {
    const [, event = '', , fields = ''] = row.split('|');
    return [event, fields].map((cell) => cell.replaceAll('`', '').trim()).join(': ');
  });
  const events = protocol.EventBody.def.options.map(({ shape: { type, ...fields } }) =>
    [type.def.values[0], Object.keys(fields).join(', ')].join(': '),
  );
  expect(described).toHaveLength(events.length);
  expect(described.sort()).toEqual(events.sort());
});

describe('tokens', () => {
  const now = 1_795_000_000_000;
  const claims = { audience: 'static', conversation: 'c1' };
  const newKey = async () => exportJWK((await generateKeyPair('EdDSA', { extractable: true })).privateKey);

  test('are taken with either of two keys, for their audience, until they expire', async () => {
    const [old, fresh] = [await newKey(), await newKey()];
    const keys = [protocol.publicPartOf(fresh), protocol.publicPartOf(old)];
    const token = await protocol.signToken(old, claims, now, 300_000);
    expect(await protocol.checkToken(token, keys, 'static', now)).toMatchObject({ ok: true, conversation: 'c1' });
    expect((await protocol.checkToken(token, keys, 'another', now)).ok).toBe(false);
    expect((await protocol.checkToken(token, [protocol.publicPartOf(fresh)], 'static', now)).ok).toBe(false);
    expect((await protocol.checkToken(token, keys, 'static', now + 359_000)).ok).toBe(true);
    expect((await protocol.checkToken(token, keys, 'static', now + 361_000)).ok).toBe(false);
    expect((await protocol.checkToken(token, [], 'static', now)).ok).toBe(false);
    expect((await protocol.checkToken(`${token}x`, keys, 'static', now)).ok).toBe(false);
  });

  test('with another algorithm, or none, are refused', async () => {
    const key = await newKey();
    const secret = new TextEncoder().encode(String(key.x));
    const forged = await new SignJWT({ sub: 'c1', iss: 'roost-relay', aud: 'static', iat: 1, exp: now })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(secret);
    const none = `${btoa('{"alg":"none"}')}.${btoa('{"sub":"c1"}')}.`;
    for (const token of [forged, none, '', 'x.y.z']) {
      expect((await protocol.checkToken(token, [protocol.publicPartOf(key)], 'static', now)).ok).toBe(false);
    }
  });

  test('are given again while they are young, to the same attempt', async () => {
    const key = await newKey();
    const signer = new protocol.TokenSigner(key);
    const mine = { ...claims, attempt: 'T.1' };
    const first = await signer.sign(mine, now, 300_000);
    expect(await signer.sign(mine, now + 74_000, 300_000)).toBe(first);
    expect(first.expiresAt).toBe(now + 300_000);
    // The clock was put back.
    expect(await signer.sign(mine, now - 1000, 300_000)).not.toBe(first);
    const again = await signer.sign(mine, now, 300_000);
    expect(await signer.sign(mine, now + 75_000, 300_000)).not.toBe(again);
    expect(await signer.sign({ ...mine, attempt: 'T.2' }, now + 75_000, 300_000)).not.toMatchObject({
      token: again.token,
    });
    const other = await signer.sign({ ...claims, conversation: 'c2' }, now + 75_000, 300_000);
    const keys = [protocol.publicPartOf(key)];
    expect(await protocol.checkToken(other.token, keys, 'static', now)).toMatchObject({ conversation: 'c2' });
  });

  test('never carry the private half away', async () => {
    expect(protocol.publicPartOf(await newKey())).not.toHaveProperty('d');
  });
});

test('versions are named as plain numbers, of which one that is understood suffices', () => {
  for (const header of ['1', '2, 1', '2,1', protocol.SPOKEN_VERSIONS])
    expect(protocol.acceptsVersion(header)).toBe(true);
  for (const header of [null, undefined, '', '0', '2', '3, 2', '1.0', ' 1', 'one', '1,', '5,4,3,2,1']) {
    expect(protocol.acceptsVersion(header)).toBe(false);
  }
});

test('a repository is a host and a path in which nothing climbs', () => {
  const isRead = (host: string, path: string): boolean => protocol.ProjectRepository.safeParse({ host, path }).success;
  for (const path of ['ann/shop', 'group/sub/shop.js', '~ann/shop', 'org/project/_git/shop'])
    expect(isRead('github.com', path), path).toBe(true);
  expect(isRead('git.example.com:8443', 'ann/shop')).toBe(true);
  const climbing = ['ann/../shop', '../shop', 'ann/..', './shop', 'ann/.', 'ann//shop', '/ann/shop', 'ann/shop/'];
  const strange = [
    '',
    'ann/shop.git',
    'ann/shop.GIT',
    'ann/sh op',
    'ann/shop?x',
    'ann/shop#x',
    'ann/%2e%2e',
    'ann\\shop',
    'a\n/b',
  ];
  for (const path of [...climbing, ...strange]) expect(isRead('github.com', path), path).toBe(false);
  for (const host of ['', 'GitHub.com', 'github.com/x', 'ann@github.com', '-x.com', 'github.com:', 'a b', '[::1]'])
    expect(isRead(host, 'ann/shop'), host).toBe(false);
});
