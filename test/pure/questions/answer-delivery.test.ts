import { expect, test } from 'vitest';
import { ANSWER_GIVE_UP_MS } from '../../../src/conversation/policy/questions.ts';
import { TURN_MARGIN_MS, TURN_MS } from '../../../src/conversation/policy/turn.ts';
import { texts } from '../../../src/texts/index.ts';
import { allow, COLOURS, CONSENT, OPEN, QuestionTalk, text } from './question-talk.ts';

// How an answer reaches the machine: once, and never lost.

const words = texts.questions;

test('an answered question that is asked again gets its answer at once: taken or not, and on a machine without memory', () => {
  for (const isTaken of [true, false]) {
    const { talk } = QuestionTalk.about(COLOURS);
    talk.text('red');
    if (isTaken) talk.took();
    talk.on({ type: 'attempt-lost', attempt: talk.ref, reason: 'other journal' });
    talk.taken('J2');
    if (!isTaken) talk.refused();
    expect(talk.questionStates).toBe(isTaken ? 'closed' : 'answered');
    talk.asks(COLOURS, 'J2');
    expect(talk.answers).toEqual([text('Red')]);
    expect(talk.bodies).toHaveLength(1);
    talk.took();
    expect(talk.questionStates).toBe('closed');
  }
});

test('answered between attempts', () => {
  const { talk } = QuestionTalk.about(COLOURS);
  talk.machine({ type: 'ended', outcome: 'interrupted', reason: 'killed' });
  talk.text('red');
  talk.refused();
  expect(talk.questionStates).toBe('answered');
  talk.taken();
  talk.asks(COLOURS);
  expect(talk.answers).toEqual([text('Red')]);
  expect(talk.bodies).toHaveLength(1);
});

test('an answer that the machine no longer takes starts a turn', () => {
  const { talk, first } = QuestionTalk.about(COLOURS);
  talk.text('red');
  talk.refused();
  expect(talk.questionStates).toBe('answered');
  talk.answer('I could not wait.', first);
  talk.fire('answer');
  expect(talk.answers).toEqual([text('Red')]);
  talk.refused();
  expect(talk.questionStates).toBe('closed');
  expect(talk.state.messages.at(-1)).toMatchObject({
    text: words.lateAnswer('Which colour?', 'Red'),
    state: 'active',
  });
});

test('an answer is not given twice when only the machine’s reply was lost', () => {
  const { talk, first } = QuestionTalk.about(COLOURS);
  talk.text('red');
  talk.answer('Red it is.', first);
  talk.fire('answer');
  talk.took();
  expect(talk.questionStates).toBe('closed');
  expect(talk.state.messages.at(-1)?.state).toBe('consumed');
});

test('a machine that is away for long is not asked forever', () => {
  const { talk } = QuestionTalk.about(CONSENT);
  talk.text('yes');
  talk.fire('answer');
  expect(talk.answers).toEqual([allow]);
  talk.now += ANSWER_GIVE_UP_MS;
  talk.fire('answer');
  expect(talk.answers).toEqual([]);
  expect(talk.questionStates).toBe('closed');
  expect(talk.state.timers).toEqual([]);
});

test('the time it waited does not count as work', () => {
  const { talk } = QuestionTalk.about(COLOURS);
  const { openedAt } = talk.attempt;
  talk.now += 5 * 60_000;
  talk.asks(OPEN);
  talk.shown();
  talk.now += 2 * 60_000;
  talk.tap(0, 0);
  talk.now += 60_000;
  talk.text('Fido');
  expect(talk.attempt.waitedMs).toBe(8 * 60_000);
  const bound = openedAt + TURN_MS + TURN_MARGIN_MS;
  talk.asks({ ...OPEN, question: 'And now?' });
  talk.shown();
  talk.now = bound + 8 * 60_000 + 1;
  talk.on({ type: 'heartbeat' });
  expect(talk.state.turns.at(-1)?.state).toBe('open');
  talk.text('Bello');
  talk.now += TURN_MS + TURN_MARGIN_MS - 1;
  talk.on({ type: 'heartbeat' });
  expect(talk.last).not.toBe(texts.givenUp('overdue', ['please']));
  talk.now += 1;
  talk.on({ type: 'heartbeat' });
  expect(talk.last).toBe(texts.givenUp('overdue', ['please']));
});
