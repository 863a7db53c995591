import { describe, expect, test } from 'vitest';
import { texts } from '../../src/texts/index.ts';
import { examplesOf, NEVER_SHOWN, noticeIn, SENTENCES } from './sentences.ts';

// The runner's knowledge of the product's sentences against the product's own table: a new sentence must be added to
// one of the two lists, or the judge would report it as unknown during a long run.

function placesIn(table: object, above = ''): string[] {
  return Object.entries(table).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? placesIn(value, `${above}${name}.`)
      : [`${above}${name}`],
  );
}
const places = placesIn(texts);
const never = Object.values(NEVER_SHOWN).flat();
const isIn = (place: string, known: string): boolean => place === known || place.startsWith(known);
const isKnown = (place: string): boolean =>
  Object.keys(SENTENCES).some((known) => place === known || place.startsWith(`${known}.`));

describe('every sentence of the product', () => {
  test('is known to a run, or never on a phone of one', () => {
    expect(places.filter((place) => !isKnown(place) && !never.some((one) => isIn(place, one)))).toEqual([]);
  });
  test('no entry is about a sentence that there is no more', () => {
    const gone = [...Object.keys(SENTENCES), ...never].filter((known) => !places.some((place) => isIn(place, known)));
    expect(gone).toEqual([]);
  });
});

test.each(Object.keys(SENTENCES))('%s is read as what it claims', (place) => {
  const examples = examplesOf(place);
  expect(examples.length).toBeGreaterThan(0);
  expect(examples.filter((example) => noticeIn(example)?.kind !== SENTENCES[place]?.kind)).toEqual([]);
});

test('the agent’s words are none of them', () => {
  const said = ['m0001 done.', 'm0001 m0002 done. m0001: blue.', 'm0001 asks: which colour?', 'm0001 rings', 'Oops.'];
  expect(said.map(noticeIn)).toEqual(said.map(() => null));
});
