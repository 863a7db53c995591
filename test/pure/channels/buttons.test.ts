import { expect, test } from 'vitest';
import { templateOf } from '../../../src/channels/whatsapp/buttons.ts';
import { choiceIdOf } from '../../../src/conversation/state/choices.ts';
import { texts } from '../../../src/texts/index.ts';

// Which offers the carrier shows as buttons or a list; the others stay numbered text.

const QUESTION = '01000000000000000000000001';
const offered = (...titles: string[]) => ({
  question: QUESTION,
  text: 'Which?',
  items: titles.map((title, n) => ({ id: choiceIdOf(QUESTION, n), title })),
});

test('up to three short ones are buttons, up to ten a list', () => {
  expect(templateOf(offered('Red', 'x'.repeat(20)))).toMatchObject({
    types: { 'twilio/quick-reply': { body: 'Which?', actions: [{ title: 'Red', id: `q:${QUESTION}:0` }, {}] } },
  });
  const ten = Array.from({ length: 10 }, (_, n) => `Number ${n}`);
  for (const titles of [ten, ['a', 'x'.repeat(24)]]) {
    expect(templateOf(offered(...titles))).toMatchObject({
      types: { 'twilio/list-picker': { button: texts.questions.choose } },
    });
  }
});

test.each([
  ['nothing to choose', offered()],
  ['a title that is too long', offered('a', 'x'.repeat(25))],
  ['more than ten', offered(...'abcdefghijk')],
  ['a long body', { ...offered('a'), text: 'x'.repeat(1025) }],
  ['what Twilio would take for a variable', { ...offered('a'), text: 'is it {{1}}?' }],
])('%s: plain text', (_, shown) => {
  expect(templateOf(shown)).toBeNull();
});
