import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyboardOf, messageAfter } from '../../../../src/channels/telegram/buttons.ts';
import {
  askedChoiceIdOf,
  choiceIdOf,
  meantChoiceIdOf,
  offerReminderChoices,
  readAskedChoice,
  readChoiceId,
  readMeantChoice,
  readReminderChoice,
  wordsChoiceOf,
} from '../../../../src/conversation/state/choices.ts';

// Choices as an inline keyboard, and the message after a tap.

const QUESTION = '01000000000000000000000001';
const items = (...titles: string[]) => titles.map((title, n) => ({ id: choiceIdOf(QUESTION, n), title }));
const dataOf = (ids: string[]) =>
  (keyboardOf(ids.map((id) => ({ id, title: 'A' })))?.inline_keyboard.flat() ?? []).map(
    (button) => button.callback_data,
  );

test('short choices share a row, long ones have their own', () => {
  expect(keyboardOf(items('Yes', 'No', 'Always', 'A much longer choice than these'))?.inline_keyboard).toEqual([
    [
      { text: 'Yes', callback_data: `q:${QUESTION}:0` },
      { text: 'No', callback_data: `q:${QUESTION}:1` },
      { text: 'Always', callback_data: `q:${QUESTION}:2` },
    ],
    [{ text: 'A much longer choice than these', callback_data: `q:${QUESTION}:3` }],
  ]);
});

test('an id of more than 64 bytes becomes its place in the offer', () => {
  const [fits, long, wide] = ['x'.repeat(62), 'x'.repeat(63), 'é'.repeat(32)].map(wordsChoiceOf);
  expect(dataOf([fits as string, long as string, wide as string, '#7'])).toEqual([fits, '#1', '#2', '#3']);
});

test('ids of every kind fit into a button at their longest', () => {
  const meant = { question: QUESTION, message: 999_999_999_999_999, choice: 'neither' } as const;
  const ids = [
    choiceIdOf(QUESTION, 99),
    askedChoiceIdOf(QUESTION, 99),
    meantChoiceIdOf(meant),
    ...offerReminderChoices(QUESTION, '').items.map(({ id }) => id),
  ];
  const [isOption, isAsked, isMeant, ...areReminders] = ids as [string, string, string, ...string[]];
  // The longest that is read again.
  expect([readChoiceId(isOption)?.option, readAskedChoice(isAsked)?.option]).toEqual([99, 99]);
  expect(readMeantChoice(isMeant)).toEqual(meant);
  expect(areReminders.every((id) => readReminderChoice(id) !== null)).toBe(true);
  expect(dataOf(ids)).toEqual(ids);
});

test('whatever the id, a button sends back 1 to 64 bytes', () => {
  const id = fc.string({ unit: 'binary', maxLength: 80 });
  fc.assert(
    fc.property(fc.array(id, { minLength: 1, maxLength: 5 }), (ids) => {
      const sizes = dataOf(ids).map((data) => new TextEncoder().encode(data).length);
      expect(sizes).toHaveLength(ids.length);
      expect(Math.min(...sizes)).toBeGreaterThanOrEqual(1);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(64);
    }),
  );
});

test.each([
  ['nothing to choose', []],
  ['more than Telegram shows', items(...Array.from({ length: 101 }, () => 'a'))],
  ['a title without words', items('a', ' ')],
])('%s: plain text', (_, offered) => {
  expect(keyboardOf(offered)).toBeNull();
});

test('a long title is cut, between characters', () => {
  const [[button] = []] = keyboardOf(items('👍'.repeat(80)))?.inline_keyboard ?? [];
  expect(button?.text).toBe(`${'👍'.repeat(63)}…`);
});

test('after a tap the choice stands below the words, and nothing can be tapped', () => {
  const entities = [{ type: 'bold' as const, offset: 0, length: 5 }];
  expect(messageAfter('Blue', { text: 'Which?', entities })).toEqual({
    text: 'Which?\n\n✓ Blue',
    entities,
    reply_markup: { inline_keyboard: [] },
  });
});

test.each([
  ['a photo has no text', 'Blue', null],
  ['the title is not known', '', 'Which?'],
  ['the text has no room', 'Blue', 'x'.repeat(4095)],
])('%s: only the buttons go', (_, title, text) => {
  expect(messageAfter(title, { text, entities: [] })).toEqual({ reply_markup: { inline_keyboard: [] } });
});
