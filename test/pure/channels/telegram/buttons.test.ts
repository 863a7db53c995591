import { expect, test } from 'vitest';
import { keyboardOf, messageAfter } from '../../../../src/channels/telegram/buttons.ts';
import { choiceIdOf, wordsChoiceOf } from '../../../../src/conversation/state/choices.ts';

// Choices as an inline keyboard, and the message after a tap.

const QUESTION = '01000000000000000000000001';
const items = (...titles: string[]) => titles.map((title, n) => ({ id: choiceIdOf(QUESTION, n), title }));

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
  const all = [fits, long, wide, '#7'].map((id) => ({ id: id as string, title: 'A' }));
  const data = keyboardOf(all)
    ?.inline_keyboard.flat()
    .map((button) => button.callback_data);
  expect(data).toEqual([fits, '#1', '#2', '#3']);
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
  const entities = [{ type: 'bold', offset: 0, length: 5 }];
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
