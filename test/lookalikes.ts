import fc from 'fast-check';

// Ids that are easily confused: they share a beginning or an end, or differ only in case or in one place.

type Alphabet = { letters: string; length: number };

type Bounds = {
  /** The first of them; random by default. */
  like?: string;
  most?: number;
};

/** The characters of ids: Twilio's, ULIDs, and the hex digits of object ids and uuids. */
export const HEX: Alphabet = { letters: '0123456789abcdefABCDEF', length: 32 };
export const ULID: Alphabet = { letters: '0123456789ABCDEFGHJKMNPQRSTVWXYZ', length: 26 };

/** From two to `most` different ids. Each is another one with a changed beginning, end, letter or case. */
export function lookalikes({ letters, length }: Alphabet, { like, most = 12 }: Bounds = {}): fc.Arbitrary<string[]> {
  const some = (count: number) => fc.string({ unit: fc.constantFrom(...letters), minLength: count, maxLength: count });
  const place = fc.nat(length - 1);
  const change = fc.oneof(
    fc.record({ how: fc.constant('another beginning' as const), at: place, by: some(length) }),
    fc.record({ how: fc.constant('another end' as const), at: place, by: some(length) }),
    fc.record({ how: fc.constant('one letter' as const), at: place, by: some(length) }),
    ...(letters === letters.toUpperCase()
      ? []
      : [
          fc.record({ how: fc.constant('case' as const), at: place, by: some(length) }),
          fc.record({ how: fc.constant('case of one' as const), at: place, by: some(length) }),
        ]),
  );
  const changes = fc.array(fc.tuple(fc.nat(most), change), { minLength: 6, maxLength: 3 * most });
  return fc
    .tuple(like === undefined ? some(length) : fc.constant(like), changes)
    .map(([first, made]) => {
      const ids = [first];
      for (const [of, { how, at, by }] of made) {
        const id = ids[of % ids.length] ?? first;
        const next = {
          'another beginning': () => by.slice(0, at + 1) + id.slice(at + 1),
          'another end': () => id.slice(0, at) + by.slice(at),
          'one letter': () => id.slice(0, at) + by.slice(at, at + 1) + id.slice(at + 1),
          case: () => swapped(id),
          'case of one': () => id.slice(0, at) + swapped(id.slice(at, at + 1)) + id.slice(at + 1),
        }[how]();
        if (!ids.includes(next) && ids.length < most) ids.push(next);
      }
      return ids;
    })
    .filter((ids) => ids.length > 1);
}

const swapped = (text: string): string =>
  [...text].map((letter) => (letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase())).join('');
