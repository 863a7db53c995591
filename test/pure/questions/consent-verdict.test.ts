import { expect, test } from 'vitest';
import { BURST_MS } from '../../../src/conversation/policy/questions.ts';
import { texts } from '../../../src/texts/index.ts';
import { allow, CONSENT, deny, QuestionTalk } from './question-talk.ts';

// Consent given or refused, in words or by a command.

const words = texts.questions;

test('consent names what would be done and what “always” would cover, hidden signs written out', () => {
  const { talk } = QuestionTalk.about({ ...CONSENT, summary: 'rm \u202Ecod.exe' });
  expect(talk.bodies.join('\n\n')).toContain('Bash: rm <U+202E>cod.exe');
  expect(talk.bodies.join('\n\n')).toContain(words.alwaysThis('main'));
  expect(talk.last).toContain('1. Approve\n2. Deny\n3. Always');
});

test.each([
  ['yes', allow],
  ['Approve', allow],
  ['1', allow],
  ['OK.', allow],
  ['no', deny(words.toAgent.denied)],
  ['deny', deny(words.toAgent.denied)],
  ['2', deny(words.toAgent.denied)],
])('consent by %j', (said, answer) => {
  const { talk } = QuestionTalk.about(CONSENT);
  const before = talk.bodies.length;
  talk.text(said);
  expect(talk.answers).toEqual([answer]);
  expect(talk.bodies).toHaveLength(before);
  expect(talk.state.grants).toEqual([]);
});

test('a yes with a condition is no consent: the agent gets the condition and asks again, and the person is told', () => {
  const { talk } = QuestionTalk.about(CONSENT);
  talk.text('yes, but only the old ones');
  expect(talk.answers).toEqual([deny(words.toAgent.condition('yes, but only the old ones'))]);
  expect(talk.last).toBe(words.withCondition);
  talk.took();
  talk.asks({ ...CONSENT, summary: 'rm old.md' });
  talk.shown();
  expect(talk.questionStates).toBe('closed open');
  talk.now += BURST_MS;
  talk.text('yes please');
  expect(talk.answers).toEqual([allow]);
  // The same by a command.
  const { talk: other } = QuestionTalk.about(CONSENT);
  other.text('/approve if the tests pass');
  expect(other.answers).toEqual([deny(words.toAgent.condition('if the tests pass'))]);
  expect(other.last).toBe(words.withCondition);
});

test('a no with more words is a no, and the agent hears them', () => {
  const { talk } = QuestionTalk.about(CONSENT);
  talk.text('no, use staging instead');
  expect(talk.answers).toEqual([deny(words.toAgent.deniedBecause('no, use staging instead'))]);
  expect(talk.last).toBe(words.deniedWith);
});

test('/approve and /deny, with the number where several wait', () => {
  const { talk } = QuestionTalk.about(CONSENT);
  talk.text('/approve');
  expect(talk.answers).toEqual([allow]);
  expect(talk.last).toBe(words.approved);
  talk.text('/deny');
  expect(talk.last).toBe(words.noneToDecide);
  talk.asks({ ...CONSENT, summary: 'one' });
  talk.asks({ ...CONSENT, summary: 'two' });
  talk.shown();
  talk.text('/deny');
  expect(talk.last).toBe(words.whichToDecide(['Bash: one', 'Bash: two']));
  talk.text('/deny 2 not that one');
  expect(talk.answers).toEqual([deny(words.toAgent.deniedBecause('not that one'))]);
  expect(talk.last).toBe(words.denied);
  talk.text('/approve 1');
  expect(talk.answers).toEqual([allow]);
});
