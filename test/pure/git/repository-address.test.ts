import { expect, test } from 'vitest';
import {
  cloneAddress,
  isHostName,
  isSameRepository,
  readRepositoryAddress,
} from '../../../src/git/repository-address.ts';

test.each([
  ['https://github.com/acme/shop', 'github.com', 'acme/shop'],
  ['https://GitHub.com/acme/shop.git', 'github.com', 'acme/shop'],
  ['https://www.github.com/acme/shop/', 'github.com', 'acme/shop'],
  ['https://github.com/acme/shop/pull/12?diff=split#top', 'github.com', 'acme/shop'],
  ['<https://github.com/acme/shop>', 'github.com', 'acme/shop'],
  ['github.com/acme/shop', 'github.com', 'acme/shop'],
  ['acme/shop', 'github.com', 'acme/shop'],
  ['git@github.com:acme/shop.git', 'github.com', 'acme/shop'],
  ['ssh://git@github.com/acme/shop.git', 'github.com', 'acme/shop'],
  ['ssh://git@git.example.com:2222/acme/shop.git', 'git.example.com', 'acme/shop'],
  ['https://git.example.com:8443/acme/shop', 'git.example.com:8443', 'acme/shop'],
  ['https://gitlab.com/group/team/shop.git', 'gitlab.com', 'group/team/shop'],
  ['acme/.github', 'github.com', 'acme/.github'],
  ['acme/shop.git.git', 'github.com', 'acme/shop'],
])('%s', (typed, host, path) => {
  expect(readRepositoryAddress(typed)).toEqual({ host, path });
});

test.each([
  ['https://x-access-token:abc@github.com/acme/shop', 'secret'],
  ['https://abc@github.com/acme/shop', 'secret'],
  ['ssh://robin:abc@git.example.com/acme/shop', 'secret'],
  ['robin:abc@github.com/acme/shop', 'secret'],
  ['http://github.com/acme/shop', 'insecure'],
  ['git://github.com/acme/shop', 'insecure'],
  ['file:///etc/passwd', 'unreadable'],
  ['ext::sh -c id', 'unreadable'],
  ['https://github.com/acme', 'unreadable'],
  ['https://github.com/../shop', 'unreadable'],
  ['https://github.com/acme/%2e%2e', 'unreadable'],
  ['https://github.com/-acme/shop', 'unreadable'],
  ['https://127.0.0.1/acme/shop', 'unreadable'],
  ['https://0x7f.0x1/acme/shop', 'unreadable'],
  ['https://localhost/acme/shop', 'unreadable'],
  ['https://[::1]/acme/shop', 'unreadable'],
  ['https://gıthub.com/acme/shop', 'unreadable'],
  ['https://github.com\\@evil.example/acme/shop', 'secret'],
  ['acme/shop; rm -rf /', 'unreadable'],
  ['shop', 'unreadable'],
  [`https://git.example.com/${`${'a'.repeat(99)}/`.repeat(3)}shop`, 'unreadable'],
  ['', 'unreadable'],
])('%s is %s', (typed, refused) => {
  expect(readRepositoryAddress(typed)).toEqual({ refused });
});

test('a repository is the same whatever the case of its name, and only at its own host', () => {
  const shop = { host: 'github.com', path: 'acme/shop' };
  expect(isSameRepository(shop, { host: 'github.com', path: 'Acme/Shop' })).toBe(true);
  expect(isSameRepository(shop, { host: 'gitlab.com', path: 'acme/shop' })).toBe(false);
  const team = { host: 'git.example.com', path: 'Team/Shop' };
  expect(isSameRepository(team, { ...team })).toBe(true);
  expect(isSameRepository(team, { ...team, path: 'team/shop' })).toBe(false);
  expect(isSameRepository(shop, { host: 'github.com', path: 'acme/shop2' })).toBe(false);
  expect(cloneAddress(shop)).toBe('https://github.com/acme/shop.git');
});

test.each(['git.example.com', 'git.example.com:8443', 'a-b.c1.io'])('%s is a host', (host) => {
  expect(isHostName(host)).toBe(true);
});

test.each(['localhost', '10.0.0.1', '10.1', 'a..b', '-a.b', 'a.b:0', 'a.b:99999', 'a.b:', 'A.b', 'a_b.c', 'a.b/c', ''])(
  '%s is no host',
  (host) => {
    expect(isHostName(host)).toBe(false);
  },
);
