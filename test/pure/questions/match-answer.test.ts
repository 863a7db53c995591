import { describe, expect, test } from 'vitest';
import { choiceIdOf } from '../../../src/conversation/state/choices.ts';
import type { Request } from '../../../src/protocol/index.ts';
import { texts } from '../../../src/texts/index.ts';
import { ADDRESS } from '../conversation.ts';
import { allow, COLOURS, CONSENT, deny, OPEN, QuestionTalk, text } from './question-talk.ts';

// What a message answers: an option, its number or free words; and what is no answer.

const words = texts.questions;

test.each([
  ['1', 'Red'],
  ['2.', 'Blue'],
  [' blue ', 'Blue'],
  ['RED!', 'Red'],
  ['neither, green', 'neither, green'],
  ['3', '3'],
  ['stop being silly', 'stop being silly'],
])('%j is %j', (said, answer) => {
  const { talk } = QuestionTalk.about(COLOURS);
  const message = talk.text(said);
  expect(talk.answers).toEqual([text(answer)]);
  expect(talk.effects[0]).toEqual({ do: 'typing', to: ADDRESS, messageId: message.providerId });
  expect(talk.state.messages.at(-1)?.state).toBe('consumed');
  expect(talk.questionStates).toBe('answered');
  expect(talk.state.timers.map((t) => t.kind)).toEqual(['answer']);
  talk.took();
  expect(talk.questionStates).toBe('closed');
  expect(talk.state.timers).toEqual([]);
});

test('a late answer by its number, or in words of one’s own, which may be about something else', () => {
  for (const [said, expected] of [
    ['2', words.lateAnswer('Which colour?', 'Blue')],
    ['green please', words.lateWords('Which colour?', 'green please')],
    ['/deploy now', '/deploy now'],
  ]) {
    const { talk, first } = QuestionTalk.about(COLOURS);
    talk.fire('question');
    talk.took();
    talk.answer('I go on.', first);
    talk.text(said as string);
    expect(talk.state.messages.at(-1)?.text).toBe(expected);
    expect(talk.questionStates).toBe(said === '/deploy now' ? 'late' : 'closed');
  }
});

test('a tap on a question that is settled, unknown or has no such option gets one sentence and starts nothing', () => {
  const { talk } = QuestionTalk.about(COLOURS);
  talk.tap(0, 0);
  talk.took();
  for (const [id, said] of [
    [talk.question().id, words.settled],
    ['01000000000000000000000000', words.over],
  ] as const) {
    talk.text('Red', 0, { choice: choiceIdOf(id, 0) });
    expect(talk.last).toBe(said);
    expect(talk.answers).toEqual([]);
  }
  const { talk: other } = QuestionTalk.about(COLOURS);
  other.tap(0, 7);
  expect(other.last).toBe(words.noOption);
  expect(other.questionStates).toBe('open');
});

test('commands stay commands; a bare word that is an option is an answer', () => {
  const { talk } = QuestionTalk.about({ kind: 'ask', question: 'Go on?', options: ['Go on', 'Stop', '/status'] });
  talk.text('/status');
  expect(talk.answers).toEqual([]);
  talk.text('stop');
  expect(talk.answers).toEqual([text('Stop')]);
  const { talk: other } = QuestionTalk.about(OPEN);
  other.text('stop');
  expect(other.effects).toEqual([{ do: 'interrupt', attempt: other.ref }]);
});

test('a text that comes with a file is no answer', () => {
  const { talk } = QuestionTalk.about(OPEN);
  talk.text('look at this', 1);
  expect(talk.answers).toEqual([]);
  expect(talk.state.messages.at(-1)?.state).toBe('waiting');
});

test('a text for another project, or after starting afresh, is no answer; a tap is', () => {
  const { talk } = QuestionTalk.about(COLOURS);
  const projects = talk.state.projects.map((p) => ({ ...p, generation: 1 }));
  talk.state = { ...talk.state, projects };
  talk.text('green');
  expect(talk.answers).toEqual([]);
  expect(talk.state.messages.at(-1)?.state).toBe('waiting');
  // The text waits for the person, who must not believe that something is being done.
  talk.fire('waiting');
  expect(talk.bodies.at(-1)).toBe(texts.waitingForYou(1));
  talk.tap(0, 0);
  expect(talk.answers).toEqual([text('Red')]);
});

test('a question of the agent’s own with a yes and a no takes any plain yes for its yes', () => {
  const asks: Request = { kind: 'ask', question: 'Shall I?', options: ['Yes, do it', 'No'] };
  for (const [said, answer] of [
    ['sure, go ahead', 'Yes, do it'],
    ['nein danke', 'No'],
    ['yes but only half of it', 'yes but only half of it'],
  ] as const) {
    const { talk } = QuestionTalk.about(asks);
    talk.text(said);
    expect(talk.answers).toEqual([text(answer)]);
  }
});

describe('a reaction', () => {
  const react = (talk: QuestionTalk, sign: string, quoted?: string): void => {
    talk.text(sign, 0, { unread: 'reaction', ...(quoted === undefined ? {} : { quoted }) });
  };
  const shownAs = (talk: QuestionTalk, sid: string): void => {
    talk.state = {
      ...talk.state,
      replies: talk.state.replies.map((r) => ({ ...r, sid, state: 'delivered' as const })),
    };
  };

  test('on the question’s own message answers it', () => {
    for (const [sign, answer] of [
      ['👍', allow],
      ['👍🏽', allow],
      ['👎', deny(words.toAgent.denied)],
    ] as const) {
      const { talk } = QuestionTalk.about(CONSENT);
      shownAs(talk, 'SM5');
      react(talk, sign, 'SM5');
      expect(talk.answers).toEqual([answer]);
    }
  });

  test('that says neither yes nor no, or is on no known message while a question is open, is answered as not understood', () => {
    for (const [sign, quoted] of [
      ['❤️', 'SM5'],
      ['👍', undefined],
    ] as const) {
      const { talk } = QuestionTalk.about(CONSENT);
      shownAs(talk, 'SM5');
      react(talk, sign, quoted);
      expect(talk.questionStates).toBe('open');
      expect(talk.last).toBe(texts.inbound.unread.reaction);
    }
  });

  test('on anything else, or removed, has no effect: no answer, no turn', () => {
    const { talk } = QuestionTalk.about(CONSENT);
    shownAs(talk, 'SM5');
    const before = talk.bodies.length;
    react(talk, '👍', 'SM4');
    react(talk, '', 'SM5');
    expect([talk.questionStates, talk.answers, talk.bodies.length]).toEqual(['open', [], before]);
    expect(talk.state.messages.filter((m) => m.state === 'waiting')).toEqual([]);
  });
});
