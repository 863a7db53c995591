import { expect, test } from 'vitest';
import { openSecret, sealSecret } from '../../../src/links/sealed-secret.ts';

const [FIRST, SECOND, THIRD] = ['A', 'B', 'C'].map((letter) => `${letter.repeat(42)}A`) as [string, string, string];
const mine = { object: 'a'.repeat(64), host: 'github.com' };

test('a secret opens only with its key, in its object and for its host', async () => {
  const sealed = await sealSecret({ current: FIRST }, mine, 'token of Mära');
  expect(sealed).not.toContain('token');
  expect(await openSecret({ current: FIRST }, mine, sealed)).toEqual({ secret: 'token of Mära', isOld: false });
  expect(await openSecret({ current: SECOND }, mine, sealed)).toBe(null);
  expect(await openSecret({ current: FIRST }, { ...mine, object: 'b'.repeat(64) }, sealed)).toBe(null);
  expect(await openSecret({ current: FIRST }, { ...mine, host: 'gitlab.com' }, sealed)).toBe(null);
});

test('a changed, cut or empty one opens nothing', async () => {
  const sealed = await sealSecret({ current: FIRST }, mine, 'token');
  const at = sealed.length - 5;
  const changed = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`;
  for (const bad of [changed, sealed.slice(0, -4), `${sealed}AAAA`, 'v1', '', sealed.replace('v1', 'v2')])
    expect(await openSecret({ current: FIRST }, mine, bad)).toBe(null);
});

test('no two seals of one secret are alike', async () => {
  expect(await sealSecret({ current: FIRST }, mine, 'x')).not.toBe(await sealSecret({ current: FIRST }, mine, 'x'));
});

test('after a rotation, what the previous key sealed opens and is old; the one before that is gone', async () => {
  const sealed = await sealSecret({ current: FIRST }, mine, 'token');
  expect(await openSecret({ current: SECOND, previous: FIRST }, mine, sealed)).toEqual({
    secret: 'token',
    isOld: true,
  });
  expect(await openSecret({ current: THIRD, previous: SECOND }, mine, sealed)).toBe(null);
});
