import { expect, test } from 'vitest';
import { templateOf } from '../../../src/channels/whatsapp/buttons.ts';
import { texts } from '../../../src/texts/index.ts';
import { allow, CONSENT, deny, QuestionTalk } from './question-talk.ts';

// Words that are no plain answer to a request for consent.

const words = texts.questions;

const waiting = (talk: QuestionTalk): string[] =>
  talk.state.messages.filter((m) => m.state === 'waiting').map((m) => m.text);
const offered = (talk: QuestionTalk) => {
  const reply = talk.state.replies.at(-1);
  return reply?.choices?.items ?? [];
};
const tapMeant = (talk: QuestionTalk, option: number): void => {
  const { id = '', title = '' } = offered(talk)[option] ?? {};
  talk.text(title, 0, { choice: id });
};

test('a doubtful text waits like any text, and the person is asked what they meant', () => {
  const { talk } = QuestionTalk.about(CONSENT);
  talk.text('hmm');
  expect(talk.answers).toEqual([]);
  expect(talk.questionStates).toBe('open');
  expect(waiting(talk)).toEqual(['hmm']);
  expect(offered(talk).map(({ title }) => title)).toEqual(['Approve', 'Deny', words.newMessage]);
  const about = '```\nBash: rm notes.md\n```';
  const choices = words.numbered(['Approve', 'Deny', words.newMessage], true);
  expect(talk.last).toBe(`${words.isItYes('hmm')}\n\n${about}\n\n${choices}`);
  const shown = talk.state.replies.at(-1);
  expect(shown?.choices ? templateOf(shown.choices) : null).not.toBeNull();
});

test.each([
  [0, allow, []],
  [1, deny(words.toAgent.deniedBecause('hmm')), []],
])('with tap %i it is that answer, and the text no longer waits', (option, answer, left) => {
  const { talk } = QuestionTalk.about(CONSENT);
  talk.text('hmm');
  talk.shown();
  tapMeant(talk, option);
  expect(talk.answers).toEqual([answer]);
  expect(waiting(talk)).toEqual(left);
});

test('a text that the person calls a new message stays one, and the question stays open', () => {
  const { talk } = QuestionTalk.about(CONSENT);
  talk.text('hmm');
  talk.shown();
  tapMeant(talk, 2);
  expect(talk.last).toBe(words.keptAsNew);
  expect(talk.questionStates).toBe('open');
  expect(waiting(talk)).toEqual(['hmm']);
  talk.text('yes');
  expect(talk.answers).toEqual([allow]);
  expect(waiting(talk)).toEqual(['hmm']);
});

test('answered in plain words after all, the doubtful text was part of it; by “3” it is a new message', () => {
  const { talk } = QuestionTalk.about(CONSENT);
  talk.text('hmm');
  talk.text('ok, yes');
  expect(talk.answers).toEqual([allow]);
  expect(waiting(talk)).toEqual([]);
  const { talk: other } = QuestionTalk.about(CONSENT);
  other.text('hmm');
  other.text('3');
  expect(other.questionStates).toBe('open');
  expect(other.state.grants).toEqual([]);
  expect(other.last).toBe(words.keptAsNew);
});

test('with two texts in doubt, the taps of the first say nothing of the second', () => {
  const { talk } = QuestionTalk.about(CONSENT);
  talk.text('hmm');
  const [, , neither] = offered(talk);
  talk.text('hello');
  talk.text('x', 0, { choice: neither?.id ?? '' });
  expect(talk.last).toBe(words.settled);
  expect(waiting(talk)).toEqual(['hmm', 'hello']);
  const { talk: other } = QuestionTalk.about(CONSENT);
  other.text('hmm');
  const [first] = offered(other);
  other.text('not sure');
  other.text('x', 0, { choice: first?.id ?? '' });
  expect(other.answers).toEqual([allow]);
  expect(waiting(other)).toEqual(['not sure']);
});

test('a doubtful text that says something of its own is not lost when the question is answered otherwise', () => {
  const answers: ((talk: QuestionTalk) => unknown)[] = [
    (talk) => talk.tap(0, 0),
    (talk) => talk.text('yes'),
    (talk) => talk.text('no'),
    (talk) => talk.text('/approve'),
  ];
  for (const answer of answers) {
    const { talk } = QuestionTalk.about(CONSENT);
    talk.text('fix readme');
    expect(talk.last).toContain(words.isItYes('fix readme'));
    answer(talk);
    expect([talk.questionStates, waiting(talk)]).toEqual(['answered', ['fix readme']]);
  }
});

test('a number below the question about it makes it the answer', () => {
  for (const [number, answer] of [
    ['1', allow],
    ['2', deny(words.toAgent.deniedBecause('fix readme'))],
  ] as const) {
    const { talk } = QuestionTalk.about(CONSENT);
    talk.text('fix readme');
    talk.text(number);
    expect([talk.answers, waiting(talk)]).toEqual([[answer], []]);
  }
});

test('when the question ends in another way the text is an ordinary message, in its order', () => {
  const { talk, first } = QuestionTalk.about(CONSENT);
  talk.text('hmm');
  talk.text('then list the files of the project');
  talk.tap(0, 1);
  talk.answer('I left it.', first);
  expect(talk.state.messages.filter((m) => m.state === 'active').map((m) => m.text)).toEqual([
    'then list the files of the project',
  ]);
  const { talk: other, first: one } = QuestionTalk.about(CONSENT);
  other.text('hmm');
  other.text('then list the files of the project');
  other.fire('question');
  other.answer('I left it.', one);
  expect(other.state.messages.filter((m) => m.state === 'active').map((m) => m.text)).toEqual([
    'hmm',
    'then list the files of the project',
  ]);
});

test('a question of the person’s own is answered on the side while mine stays open', () => {
  const { talk } = QuestionTalk.about(CONSENT);
  talk.text('what did I say before?');
  expect(talk.answers).toEqual([]);
  expect(talk.effects).toContainEqual(
    expect.objectContaining({ do: 'steer', action: 'aside', text: 'what did I say before?' }),
  );
  expect(talk.questionStates).toBe('open');
  talk.text('yes');
  expect(talk.answers).toEqual([allow]);
});

test('another task waits for its turn, and settles nothing', () => {
  const { talk, first } = QuestionTalk.about(CONSENT);
  talk.text('please list the files in src');
  expect(talk.questionStates).toBe('open');
  expect(talk.answers).toEqual([]);
  talk.fire('waiting');
  expect(talk.last).toBe(texts.waitingForYou(1));
  talk.text('no');
  talk.answer('Left it.', first);
  expect(talk.state.messages.find((m) => m.state === 'active')?.text).toBe('please list the files in src');
});
