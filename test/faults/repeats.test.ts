import { expect, test } from 'vitest';
import { texts } from '../../src/texts/index.ts';
import { GUARANTEES } from './guarantees.ts';
import { Repeats } from './repeats.ts';

// Copies of a reply whose arrival was unknown, as the judge counts them.

const shown = (body: string, at: number) => ({ phone: 'telegram:1', at, body, buttons: [], files: [] });
const MARKED = `${texts.mayRepeat}\n\nm0001 done.`;

test('one marked copy is no news; another is too often, unless the person wrote meanwhile', () => {
  const read = (isWriting: boolean): unknown[] => {
    const repeats = new Repeats(GUARANTEES.telegram);
    return ['m0001 done.', MARKED, MARKED].map((body, at) => {
      const { news, tooOften } = repeats.read(shown(body, at), () => isWriting);
      return [news.body, tooOften];
    });
  };
  const twice = [
    ['m0001 done.', []],
    ['', []],
  ];
  expect(read(false)).toEqual([...twice, ['', ['m0001 done.']]]);
  expect(read(true)).toEqual([...twice, ['', []]]);
});

test('an unmarked copy is news, and a marked one is untrue where sent messages can be looked up', () => {
  const telegram = new Repeats(GUARANTEES.telegram);
  telegram.read(shown('m0001 done.', 1), () => false);
  expect(telegram.read(shown('m0001 done.', 2), () => false).news.body).toBe('m0001 done.');
  expect(new Repeats(GUARANTEES.whatsapp).read(shown(MARKED, 1), () => false).isUntrue).toBe(true);
});
