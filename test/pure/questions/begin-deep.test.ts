import { expect, test } from 'vitest';
import { texts } from '../../../src/texts/index.ts';
import { allow, DEEP, deny, QuestionTalk } from './question-talk.ts';

// Deep work that the agent proposes.

const words = texts.questions;

test('deep work begins with a yes', () => {
  const { talk } = QuestionTalk.about(DEEP);
  talk.text('Yes');
  expect(talk.answers).toEqual([allow]);
  expect(talk.state.conversation.deep?.project).toBe('main');
});

test('deep work: “sure” begins it, “hmm” is asked about, a condition goes to the agent', () => {
  const { talk } = QuestionTalk.about(DEEP);
  talk.text('hmm');
  expect(talk.last).toContain(words.isItDeep('hmm'));
  talk.text('sure');
  expect(talk.state.conversation.deep?.project).toBe('main');
  const { talk: other } = QuestionTalk.about(DEEP);
  other.text('ok but not today');
  expect(other.answers).toEqual([deny(words.toAgent.condition('ok but not today'))]);
  expect(other.state.conversation.deep).toBeNull();
});
