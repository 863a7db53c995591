import { expect, test, vi } from 'vitest';
import { refuseScopes } from '../../../src/git-hosts/account.ts';
import { troubleOf } from '../../../src/git-hosts/ask-host.ts';

// What a git host's refusal means, by its status and headers, and which tokens are taken.

const answer = (status: number, headers: Record<string, string> = {}): Response =>
  new Response(null, { status, headers });

test.each([
  [301, {}, 'moved'],
  [401, {}, 'refused'],
  [403, {}, 'forbidden'],
  [403, { 'x-ratelimit-remaining': '12' }, 'forbidden'],
  [403, { 'x-ratelimit-remaining': '0' }, 'limited'],
  [403, { 'retry-after': '60' }, 'limited'],
  [404, {}, 'missing'],
  [410, {}, 'missing'],
  [422, {}, 'forbidden'],
  [429, {}, 'limited'],
  [500, {}, 'down'],
  [503, { 'retry-after': '60' }, 'down'],
])('%i with %j is %s', (status, headers, trouble) => {
  expect(troubleOf(answer(status, headers))).toMatchObject({ ok: false, trouble });
});

test('a wait is what the host names, in seconds or as the second at which it ends', () => {
  vi.useFakeTimers({ now: Date.parse('2026-11-24T10:00:00Z') });
  const waitOf = (headers: Record<string, string>) => troubleOf(answer(429, headers)).retryAfterMs;
  const inAMinute = String(Date.parse('2026-11-24T10:01:00Z') / 1000);
  expect(waitOf({ 'retry-after': '30', 'x-ratelimit-reset': inAMinute })).toBe(30_000);
  expect(waitOf({ 'x-ratelimit-reset': inAMinute })).toBe(60_000);
  expect(waitOf({ 'x-ratelimit-reset': '1' })).toBe(0);
  for (const odd of ['-1', '1e9', 'soon', '12345678']) expect(waitOf({ 'retry-after': odd })).toBeNull();
  expect(waitOf({})).toBeNull();
  vi.useRealTimers();
});

test('the new address of something that moved is told', () => {
  expect(troubleOf(answer(302, { location: 'https://api.github.com/repositories/1' })).location).toBe(
    'https://api.github.com/repositories/1',
  );
});

test.each([
  ['', null],
  ['repo', null],
  ['public_repo, read:org', null],
  ['repo, gist, user:email', null],
  ['read:org', 'narrow'],
  ['repo, workflow', 'broad'],
  ['repo, delete_repo', 'broad'],
  ['admin:org', 'broad'],
  ['repo,admin:public_key', 'broad'],
  ['repo, user', 'broad'],
  ['repo, write:packages', 'broad'],
  ['repo, codespace', 'broad'],
  ['repo, write:public_key', 'broad'],
  ['repo, write:gpg_key', 'broad'],
  ['repo, write:ssh_signing_key', 'broad'],
  ['repo, write:org', 'broad'],
  ['repo, write:discussion, write:repo_hook', null],
])('a token with the scopes “%s” is refused as %s', (scopes, refused) => {
  expect(refuseScopes(scopes)).toBe(refused);
});
