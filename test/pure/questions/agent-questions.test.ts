import { describe, expect, test } from 'vitest';
import { MERGED_CHARS } from '../../../src/conversation/policy/outbox.ts';
import { LATE_MAX, QUESTIONS_MAX } from '../../../src/conversation/policy/questions.ts';
import { PROGRESS_FIRST_MS, TYPING_REFRESH_MS } from '../../../src/conversation/policy/turn.ts';
import { choiceIdOf } from '../../../src/conversation/state/choices.ts';
import { texts } from '../../../src/texts/index.ts';
import { COLOURS, CONSENT, deny, OPEN, QuestionTalk, text } from './question-talk.ts';

// How the agent's questions are shown, once, and what happens when nobody answers.

const words = texts.questions;

describe('shown', () => {
  test('in words with numbers, and with items that a channel may show as buttons', () => {
    const { talk } = QuestionTalk.about(COLOURS);
    expect(talk.bodies).toEqual(['Which colour?\n\n1. Red\n2. Blue\nAnswer with a number or in your own words.']);
    const [reply] = talk.state.replies;
    const question = talk.question();
    expect(reply?.choices).toEqual({
      question: question.id,
      text: 'Which colour?',
      items: [
        { id: choiceIdOf(question.id, 0), title: 'Red' },
        { id: choiceIdOf(question.id, 1), title: 'Blue' },
      ],
      content: null,
    });
    expect(reply?.kind).toBe('question');
    expect(question.reply).toBe(reply?.id);
  });

  test('each option once, on one line; empty ones are left out', () => {
    const { talk } = QuestionTalk.about({ kind: 'ask', question: 'Which?', options: ['a\n b', ' A B ', '  ', 'c'] });
    expect(talk.question().options).toEqual(['a b', 'c']);
  });

  test('long ones in several messages, the options whole in the last', () => {
    const options = Array.from({ length: 10 }, (_, n) => `${n} ${'x'.repeat(900)}`);
    const { talk } = QuestionTalk.about({ kind: 'ask', question: 'y'.repeat(1400), options });
    expect(talk.bodies).toHaveLength(2);
    expect(talk.last.length).toBeLessThanOrEqual(MERGED_CHARS);
    expect(talk.last).toMatch(/^1\. 0 x+…\n2\. /);
    talk.text('3');
    expect(talk.answers).toEqual([text(options[2] as string)]);
  });

  test('no more than a few at a time, and not without words', () => {
    const { talk } = QuestionTalk.about();
    for (let n = 0; n < QUESTIONS_MAX; n++) talk.asks({ ...OPEN, question: `Number ${n}?` });
    talk.asks(COLOURS);
    expect(talk.answers).toEqual([{ kind: 'none', text: words.toAgent.tooMany }]);
    expect(talk.bodies).toHaveLength(QUESTIONS_MAX);
    const { talk: other } = QuestionTalk.about({ ...OPEN, question: '\n\n' });
    expect(other.answers).toEqual([{ kind: 'none', text: words.toAgent.noWords }]);
  });

  test('while it is open there are no progress messages, and typing is not shown', () => {
    const { talk } = QuestionTalk.about(OPEN);
    talk.now += PROGRESS_FIRST_MS + TYPING_REFRESH_MS;
    talk.on({ type: 'heartbeat' });
    expect(talk.effects).toEqual([]);
    expect(talk.bodies).toHaveLength(1);
    talk.text('Fido');
    talk.on({ type: 'heartbeat' });
    expect(talk.bodies).toHaveLength(1);
  });
});

describe('asked once', () => {
  test('an open question asked again by the next attempt waits on, and the answer goes to the newest request', () => {
    const { talk } = QuestionTalk.about(COLOURS);
    talk.cut();
    const request = talk.asks(COLOURS);
    expect(talk.bodies).toHaveLength(1);
    talk.text('red');
    expect(talk.effects.at(-1)).toEqual({
      do: 'answer',
      attempt: talk.ref,
      question: talk.question().id,
      request,
      answer: text('Red'),
    });
    expect(talk.ref.n).toBe(2);
  });

  test('other options, other words, or the same twice by one attempt: asked anew', () => {
    const { talk } = QuestionTalk.about(COLOURS);
    talk.text('red');
    talk.took();
    talk.asks(COLOURS);
    expect(talk.questionStates).toBe('closed open');
    talk.cut();
    talk.asks({ ...COLOURS, options: ['Red'] });
    expect(talk.questionStates).toBe('closed open open');
    // The newest of the two equal questions: the older one's answer is in the transcript.
    talk.asks(COLOURS);
    expect(talk.questionStates).toBe('closed open open');
    expect(talk.answers).toEqual([]);
  });

  test('an event that is applied twice asks once', () => {
    const { talk } = QuestionTalk.about();
    const seq = talk.attempt.lastSeq + 1;
    const event = { type: 'request', request_id: 'r', request: COLOURS } as const;
    for (const _ of [1, 2]) talk.on({ type: 'machine', attempt: talk.ref, journal: 'J1', seq, event });
    expect(talk.bodies).toHaveLength(1);
  });

  test('the agent’s message is sent once', () => {
    const { talk } = QuestionTalk.about({ kind: 'send_message', text: 'Half done.' });
    expect(talk.bodies).toEqual(['Half done.']);
    expect(talk.answers).toEqual([{ kind: 'done', ok: true, text: words.toAgent.said }]);
    talk.cut();
    talk.asks({ kind: 'send_message', text: 'Half done.' });
    expect(talk.bodies).toEqual(['Half done.']);
    expect(talk.answers).toMatchObject([{ kind: 'done', ok: true }]);
  });

  test('the agent’s message is sent even if the turn ends right after it', () => {
    const { talk, first } = QuestionTalk.unsent({ kind: 'send_message', text: 'Here is the link.' });
    talk.answer('Done.', first);
    expect(talk.state.replies.map(({ body, state }) => [body, state])).toEqual([
      ['Here is the link.', 'ready'],
      ['Done.', 'ready'],
    ]);
  });
});

describe('nobody answers', () => {
  test('a question becomes late, and an answer starts a turn that says which', () => {
    const { talk, first } = QuestionTalk.about(COLOURS);
    talk.fire('question');
    expect(talk.answers).toEqual([{ kind: 'none', text: words.toAgent.noAnswer }]);
    expect(talk.last).toBe(words.askOver('Which colour?'));
    talk.took();
    expect(talk.questionStates).toBe('late');
    talk.answer('I go on.', first);
    talk.tap(0, 1, 'Blue');
    expect(talk.state.messages.at(-1)).toMatchObject({
      text: words.lateAnswer('Which colour?', 'Blue'),
      state: 'active',
      project: 'main',
    });
    expect(talk.questionStates).toBe('closed');
    talk.tap(0, 0, 'Red');
    expect(talk.last).toBe(words.settled);
  });

  test('consent is refused, and said', () => {
    const { talk } = QuestionTalk.about(CONSENT);
    talk.fire('question');
    expect(talk.answers).toEqual([deny(words.toAgent.nobodyDecided)]);
    expect(talk.last).toBe(words.decisionOver('Bash: rm notes.md'));
    talk.took();
    talk.tap(0, 0);
    expect(talk.last).toBe(words.over);
    expect(talk.answers).toEqual([]);
  });

  test('a request for consent that was never sent is dropped, and the person is told; an ordinary question can still be answered', () => {
    const { talk } = QuestionTalk.unsent(COLOURS, CONSENT);
    talk.machine({ type: 'request_over', request_id: 'toolu_2' });
    expect(talk.last).toBe(words.neverAsked('Bash: rm notes.md'));
    const states = (nth: number) =>
      talk.state.replies.filter((r) => r.choices?.question === talk.question(nth).id).map((r) => r.state);
    expect(states(1)).toEqual(['dropped']);
    talk.machine({ type: 'request_over', request_id: 'toolu_1' });
    expect(states(0)).toEqual(['ready']);
    expect(talk.last).toBe(words.askOver('Which colour?'));
  });

  test('the agent itself stops waiting', () => {
    const { talk } = QuestionTalk.about(COLOURS, CONSENT);
    talk.machine({ type: 'request_over', request_id: 'toolu_1' });
    talk.machine({ type: 'request_over', request_id: 'toolu_2' });
    expect(talk.questionStates).toBe('late closed');
    expect(talk.state.timers).toEqual([]);
    expect(talk.bodies.slice(-2)).toEqual([words.askOver('Which colour?'), words.decisionOver('Bash: rm notes.md')]);
  });

  test('the number of late questions is limited', () => {
    const { talk } = QuestionTalk.about();
    for (let n = 0; n < LATE_MAX + 2; n++) {
      const request_id = talk.asks({ ...OPEN, question: `Number ${n}?` });
      talk.machine({ type: 'request_over', request_id });
    }
    expect(talk.state.questions.filter((q) => q.state === 'late').map((q) => q.text)).toEqual(
      Array.from({ length: LATE_MAX }, (_, n) => `Number ${n + 2}?`),
    );
    // Nobody is told that the dropped ones were answered.
    talk.tap(0, 0, 'one');
    expect(talk.last).toBe(words.over);
  });
});

describe('the turn is over', () => {
  test('its open questions are late or closed', () => {
    const { talk, first } = QuestionTalk.about(COLOURS, CONSENT);
    talk.answer('Never mind.', first);
    expect(talk.questionStates).toBe('late closed');
    expect(talk.state.timers).toEqual([]);
  });

  test('/stop settles them at once: the next text is for the agent', () => {
    const { talk } = QuestionTalk.about(COLOURS, CONSENT);
    talk.text('/stop');
    expect(talk.questionStates).toBe('closed closed');
    talk.text('red');
    expect(talk.answers).toEqual([]);
    expect(talk.state.messages.at(-1)).toMatchObject({ text: 'red', state: 'waiting' });
    talk.tap(0, 0);
    expect(talk.last).toBe(words.over);
  });
});
