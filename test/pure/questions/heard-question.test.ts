import { describe, expect, test } from 'vitest';
import { TOLD_LATE_MS } from '../../../src/conversation/policy/questions.ts';
import type { Reply } from '../../../src/conversation/state/rows.ts';
import { newProject } from '../../../src/conversation/state/state.ts';
import { texts } from '../../../src/texts/index.ts';
import { allow, COLOURS, CONSENT, DEEP, deny, OPEN, QuestionTalk, text } from './question-talk.ts';

// Which of the agent's open questions a message is about.

const words = texts.questions;

test('plain text answers the newest open one, a tap its own', () => {
  const { talk } = QuestionTalk.about(COLOURS, OPEN);
  talk.tap(0, 1);
  expect(talk.answers).toEqual([text('Blue')]);
  expect(talk.questionStates).toBe('answered open');
  talk.asks(CONSENT);
  talk.shown();
  talk.text('no');
  expect(talk.answers).toEqual([deny(words.toAgent.denied)]);
  talk.text('Fido');
  expect(talk.answers).toEqual([text('Fido')]);
});

test('words do not answer a question that the person has not seen yet', () => {
  const { talk } = QuestionTalk.about(CONSENT);
  talk.asks({ ...CONSENT, summary: 'rm everything' });
  talk.text('/approve');
  expect(talk.questionStates).toBe('answered open');
  for (const said of ['yes', '/approve', 'green']) {
    talk.text(said);
    expect(talk.questionStates).toBe('answered open');
  }
  expect(talk.state.messages.filter((m) => m.state === 'waiting').map((m) => m.text)).toEqual(['yes', 'green']);
  talk.shown();
  talk.text('yes');
  expect(talk.questionStates).toBe('answered answered');
});

test('a question that was held until the person writes is shown with its buttons before words answer it', () => {
  const { talk } = QuestionTalk.unsent(COLOURS);
  const { id } = talk.reply();
  talk.state = { ...talk.state, replies: talk.state.replies.map((r) => ({ ...r, state: 'held' as const })) };
  talk.text('are you there?');
  expect(talk.questionStates).toBe('open');
  const again = talk.state.replies.find((r) => r.kind === 'question' && r.state === 'ready');
  expect(again?.id).not.toBe(id);
  expect(again?.choices?.items).toHaveLength(2);
  talk.shown();
  talk.text('blue');
  expect(talk.answers).toEqual([text('Blue')]);
});

test('with two requests open a plain yes is for neither: the person is asked which one', () => {
  const { talk } = QuestionTalk.about(CONSENT, { ...CONSENT, summary: 'rm other.md' });
  talk.text('yes');
  expect(talk.questionStates).toBe('open open');
  expect(talk.last).toContain('/approve');
  talk.text('/approve 2');
  expect(talk.questionStates).toBe('open answered');
});

test('a yes that replies to another message, came late, or was written before it was asked is asked about or is no answer', () => {
  const { talk } = QuestionTalk.about(CONSENT);
  talk.text('yes', 0, { quoted: 'SMother' });
  expect([talk.questionStates, talk.answers]).toEqual(['open', []]);
  const { talk: late } = QuestionTalk.about(CONSENT);
  late.now += 10_000;
  late.text('yes', 0, { receivedAt: late.now - 10_001 });
  expect([late.questionStates, late.answers]).toEqual(['open', []]);
  expect(late.last).toContain(words.isItYes('yes'));
  const { talk: found } = QuestionTalk.about(CONSENT);
  found.now += 3 * TOLD_LATE_MS;
  found.text('yes', 0, { receivedAt: found.now - 2 * TOLD_LATE_MS });
  expect([found.questionStates, found.answers]).toEqual(['open', []]);
});

test('the second yes of a burst does not answer a question asked meanwhile', () => {
  const { talk } = QuestionTalk.about(CONSENT);
  talk.text('yes');
  talk.took();
  talk.now += 1000;
  talk.asks({ ...CONSENT, summary: 'rm other.md' });
  talk.shown();
  talk.now += 1000;
  talk.text('go ahead');
  expect([talk.questionStates, talk.answers]).toEqual(['closed open', []]);
  expect(talk.last).toContain(words.isItYes('go ahead'));
  talk.now += 5000;
  talk.text('yes');
  expect(talk.answers).toEqual([allow]);
  // Questions are kept in the order of their creation.
  talk.took(1);
  for (const after of [9900, 200]) {
    talk.now += after;
    talk.asks({ ...CONSENT, summary: `rm ${after}` });
  }
  const [one = 0, two = 0] = talk.state.questions.slice(-2).map(({ askedAt }) => askedAt);
  expect(two).toBeGreaterThanOrEqual(one);
});

test('an unfinished word of a button does not press it', () => {
  for (const [request, said] of [
    [CONSENT, 'approve...'],
    [CONSENT, 'always..'],
    [DEEP, 'yes...'],
  ] as const) {
    const { talk } = QuestionTalk.about(request);
    talk.text(said);
    expect([said, talk.questionStates]).toEqual([said, 'open']);
  }
});

test('another message’s button is no yes to the question, whatever it says', () => {
  const { talk } = QuestionTalk.about(CONSENT);
  talk.text('Yes', 0, { choice: 'campaign-yes' });
  expect([talk.questionStates, talk.answers]).toEqual(['open', []]);
  expect(talk.last).toContain(words.isItYes('Yes'));
});

describe('a quote', () => {
  test('a quote of an answer in another project goes there, even with an open question here', () => {
    const { talk } = QuestionTalk.about(OPEN);
    const [turn] = talk.state.turns;
    if (!turn) throw new Error('no turn');
    const there: Reply = { ...talk.reply(), id: 'R2', kind: 'answer', turn: 'T0', sid: 'SM9', choices: null };
    talk.state = {
      ...talk.state,
      projects: [...talk.state.projects, newProject('shop', 'shop', 0)],
      turns: [{ ...turn, id: 'T0', project: 'shop', state: 'done' }, turn],
      replies: [there, ...talk.state.replies],
    };
    talk.text('make it blue', 0, { quoted: 'SM9' });
    expect(talk.questionStates).toBe('open');
    expect(talk.state.messages.at(-1)).toMatchObject({ state: 'waiting', project: 'shop' });
  });

  test('a quote of a settled question answers no other question', () => {
    const { talk } = QuestionTalk.about(CONSENT, { ...CONSENT, summary: 'rm everything' });
    const sid = 'SM77';
    talk.state = { ...talk.state, replies: talk.state.replies.map((r, n) => (n === 0 ? { ...r, sid } : r)) };
    talk.tap(0, 1);
    talk.took();
    expect(talk.questionStates).toBe('closed open');
    // As the store loads it from then on.
    talk.state = { ...talk.state, questions: talk.state.questions.slice(1) };
    talk.text('yes', 0, { quoted: sid });
    expect(talk.questionStates).toBe('open');
  });

  test('a quote answers the question it quotes, open or late', () => {
    const { talk, first } = QuestionTalk.about(COLOURS, OPEN);
    const sid = 'SM77';
    talk.state = { ...talk.state, replies: talk.state.replies.map((r, n) => (n === 0 ? { ...r, sid } : r)) };
    talk.text('green', 0, { quoted: sid });
    expect(talk.answers).toEqual([text('green')]);
    expect(talk.questionStates).toBe('answered open');
    const { talk: late } = QuestionTalk.about(COLOURS, OPEN);
    late.state = { ...late.state, replies: late.state.replies.map((r, n) => (n === 0 ? { ...r, sid } : r)) };
    late.answer('I go on.', first);
    expect(late.questionStates).toBe('late late');
    late.text('green', 0, { quoted: sid });
    expect(late.state.messages.at(-1)?.text).toBe(words.lateAnswer('Which colour?', 'green'));
    expect(late.questionStates).toBe('closed late');
  });
});
