import fc from 'fast-check';
import { uuidToULID } from 'ulid';
import { describe, expect, test } from 'vitest';
import { openPageLink, pageUrl } from '../../../src/links/page-link.ts';

// A link to a reading page: it gives back its content, for a limited time, and no other link opens anything.

const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const PREFIX = 'https://relay.example.com/read/';
const hex = (digits: number) =>
  fc.array(fc.constantFrom(...'0123456789abcdef'), { minLength: digits, maxLength: digits }).map((all) => all.join(''));
const keys = fc
  .array(fc.constantFrom(...CHARACTERS), { minLength: 42, maxLength: 42 })
  .map((all) => ({ d: `${all.join('')}A` }));
const pages = fc.record({
  conversation: hex(64),
  page: fc.uuid().map(uuidToULID),
  expiresAt: fc.integer({ min: 1, max: 2 ** 32 - 1 }).map((seconds) => seconds * 1000),
});
const tokenOf = (url: string): string => url.slice(PREFIX.length);
const linked = fc.tuple(keys, pages).map(([key, page]) => ({
  key,
  page,
  token: tokenOf(pageUrl('https://relay.example.com', key, page)),
}));

describe('a link', () => {
  test('opens its page until its time is over, and says so afterwards', () => {
    fc.assert(
      fc.property(linked, ({ key, page, token }) => {
        expect(token).toMatch(/^[\w-]{91}$/);
        expect(openPageLink(token, key, page.expiresAt - 1)).toEqual(page);
        expect(openPageLink(token, key, page.expiresAt)).toBe('expired');
      }),
    );
  });

  test('is never open longer than it says', () => {
    const key = { d: 'A'.repeat(43) };
    const page = { conversation: '0'.repeat(64), page: '01ARZ3NDEKTSV4RRFFQ69G5FAV', expiresAt: 1_700_000_000_999 };
    const token = tokenOf(pageUrl('https://relay.example.com', key, page));
    expect(openPageLink(token, key, 1_700_000_000_000)).toBe('expired');
    expect(openPageLink(token, key, 1_699_999_999_999)).toEqual({ ...page, expiresAt: 1_700_000_000_000 });
  });

  test('changed in any bit opens nothing, also once it is over', () => {
    fc.assert(
      fc.property(linked, fc.nat(90), fc.integer({ min: 1, max: 63 }), ({ key, page, token }, at, flip) => {
        const changed = CHARACTERS[CHARACTERS.indexOf(token[at] as string) ^ flip] as string;
        const forged = token.slice(0, at) + changed + token.slice(at + 1);
        expect(openPageLink(forged, key, 0)).toBeNull();
        expect(openPageLink(forged, key, page.expiresAt)).toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  test('changed in each single bit of one token opens nothing', () => {
    const key = { d: 'A'.repeat(43) };
    const page = { conversation: 'ab'.repeat(32), page: '01ARZ3NDEKTSV4RRFFQ69G5FAV', expiresAt: 1_700_000_000_000 };
    const token = tokenOf(pageUrl('https://relay.example.com', key, page));
    const forgeries = [...token].flatMap((character, at) =>
      [1, 2, 4, 8, 16, 32].map(
        (bit) => token.slice(0, at) + CHARACTERS[CHARACTERS.indexOf(character) ^ bit] + token.slice(at + 1),
      ),
    );
    expect(forgeries).toHaveLength(546);
    expect(forgeries.filter((forged) => openPageLink(forged, key, 0) !== null)).toEqual([]);
  });

  test('cut short or made longer opens nothing', () => {
    fc.assert(
      fc.property(linked, fc.nat(90), fc.base64String({ minLength: 1 }), ({ key, token }, length, more) => {
        expect(openPageLink(token.slice(0, length), key, 0)).toBeNull();
        expect(openPageLink(token + more, key, 0)).toBeNull();
        expect(openPageLink(more + token, key, 0)).toBeNull();
        expect(openPageLink(`${token}\n`, key, 0)).toBeNull();
      }),
    );
  });

  test('of another key opens nothing', () => {
    fc.assert(
      fc.property(linked, keys, ({ key, token }, other) => {
        fc.pre(key.d !== other.d);
        expect(openPageLink(token, other, 0)).toBeNull();
      }),
    );
  });

  test('that was never one opens nothing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\w-]{91}$/)), keys, (text, key) => {
        expect(openPageLink(text, key, 0)).toBeNull();
      }),
    );
  });

  test('is refused for what is no object id, no ULID or no date', () => {
    const page = { conversation: '0'.repeat(64), page: '01ARZ3NDEKTSV4RRFFQ69G5FAV', expiresAt: 1_700_000_000_000 };
    const make = (part: Partial<typeof page>) => () =>
      pageUrl('https://relay.example.com', { d: 'A'.repeat(43) }, { ...page, ...part });
    expect(make({})).not.toThrow();
    expect(make({ conversation: 'abc' })).toThrow();
    expect(make({ page: 'abc' })).toThrow();
    expect(make({ expiresAt: Number.NaN })).toThrow();
    expect(make({ expiresAt: 2 ** 60 })).toThrow();
    expect(make({ expiresAt: -1 })).toThrow();
  });
});
