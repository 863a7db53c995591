import { describe, expect, test } from 'vitest';
import { templateOf } from '../../../src/channels/twilio/buttons.ts';
import { MERGED_CHARS } from '../../../src/conversation/policy/outbox.ts';
import {
  ANSWER_GIVE_UP_MS,
  BURST_MS,
  GRANTS_MAX,
  LATE_MAX,
  QUESTIONS_MAX,
  TOLD_LATE_MS,
} from '../../../src/conversation/policy/questions.ts';
import {
  PROGRESS_FIRST_MS,
  TURN_MARGIN_MS,
  TURN_MS,
  TYPING_REFRESH_MS,
} from '../../../src/conversation/policy/turn.ts';
import { choiceId } from '../../../src/conversation/state/choices.ts';
import type { Message, Question, Reply } from '../../../src/conversation/state/rows.ts';
import { newProject } from '../../../src/conversation/state/state.ts';
import type { Answer, Request } from '../../../src/protocol/index.ts';
import { texts } from '../../../src/texts/index.ts';
import { Talk } from '../conversation.ts';

// What the agent asks and what people answer: asked once, answered by the right words, never waited for without end.

const words = texts.questions;
const COLOURS: Request = { kind: 'ask', question: 'Which colour?', options: ['Red', 'Blue'] };
const OPEN: Request = { kind: 'ask', question: 'What is it called?', options: [] };
const CONSENT: Request = { kind: 'approve', tool: 'Bash', summary: 'rm notes.md', rule: 'Bash(rm:*)', always: true };
const DEEP: Request = { kind: 'propose_deep', reason: 'Three modules to move.' };

class Asking extends Talk {
  #requests = 0;

  /** A turn that runs and has asked. */
  static about(...requests: Request[]): { talk: Asking; first: Message } {
    const asked = Asking.unsent(...requests);
    asked.talk.shown();
    return asked;
  }

  /** The same, and the person has seen nothing of it yet. */
  static unsent(...requests: Request[]): { talk: Asking; first: Message } {
    const talk = new Asking();
    const first = talk.text('please');
    talk.taken();
    for (const request of requests) talk.asks(request);
    return { talk, first };
  }

  /** All that was said has left. */
  shown(): void {
    const left = (r: Reply): Reply => (r.state === 'ready' ? { ...r, state: 'sent' } : r);
    this.state = { ...this.state, replies: this.state.replies.map(left) };
  }

  asks(request: Request, journal = 'J1'): string {
    const request_id = `toolu_${++this.#requests}`;
    this.machine({ type: 'request', request_id, request }, journal);
    return request_id;
  }

  cut(journal = 'J1'): void {
    this.machine({ type: 'ended', outcome: 'interrupted', reason: 'killed' }, journal);
    this.taken(journal);
  }

  /** What the machine is being told by the last event. */
  get answers(): Answer[] {
    return this.effects.flatMap((effect) => (effect.do === 'answer' ? [effect.answer] : []));
  }

  question(nth = 0): Question {
    const question = this.state.questions[nth];
    if (!question) throw new Error(`no question ${nth}`);
    return question;
  }

  tap(nth: number, option: number, title = 'x'): void {
    this.text(title, 0, { choice: choiceId(this.question(nth).id, option) });
  }

  took(nth = 0): void {
    const { id, request } = this.question(nth);
    this.on({ type: 'answer-taken', question: id, request });
  }

  refused(nth = 0): void {
    const { id, request } = this.question(nth);
    this.on({ type: 'answer-refused', question: id, request });
  }

  get questionStates(): string {
    return this.state.questions.map((q) => q.state).join(' ');
  }

  get last(): string {
    return this.bodies.at(-1) ?? '';
  }

  ends(outcome: 'done' | 'failed' = 'done'): void {
    this.machine({ type: 'ended', outcome, reason: 'over' });
  }
}

const text = (of: string): Answer => ({ kind: 'text', text: of });
const allow: Answer = { kind: 'decision', decision: 'allow', reason: '' };
const deny = (reason: string): Answer => ({ kind: 'decision', decision: 'deny', reason });

describe('asked', () => {
  test('in words with numbers, and beside them what a channel may show as buttons', () => {
    const { talk } = Asking.about(COLOURS);
    expect(talk.bodies).toEqual(['Which colour?\n\n1. Red\n2. Blue\nAnswer with a number or in your own words.']);
    const [reply] = talk.state.replies;
    const question = talk.question();
    expect(reply?.choices).toEqual({
      question: question.id,
      text: 'Which colour?',
      items: [
        { id: choiceId(question.id, 0), title: 'Red' },
        { id: choiceId(question.id, 1), title: 'Blue' },
      ],
      content: null,
    });
    expect(reply?.kind).toBe('question');
    expect(question.reply).toBe(reply?.id);
  });

  test('consent names what would be done and what “always” would cover, hidden signs written out', () => {
    const { talk } = Asking.about({ ...CONSENT, summary: 'rm \u202Ecod.exe' });
    expect(talk.bodies.join('\n\n')).toContain('Bash: rm <U+202E>cod.exe');
    expect(talk.bodies.join('\n\n')).toContain(words.alwaysThis('main'));
    expect(talk.last).toContain('1. Approve\n2. Deny\n3. Always');
  });

  test('options once each, on one line; none that is empty', () => {
    const { talk } = Asking.about({ kind: 'ask', question: 'Which?', options: ['a\n b', ' A B ', '  ', 'c'] });
    expect(talk.question().options).toEqual(['a b', 'c']);
  });

  test('long ones in several messages, the options whole in the last', () => {
    const options = Array.from({ length: 10 }, (_, n) => `${n} ${'x'.repeat(900)}`);
    const { talk } = Asking.about({ kind: 'ask', question: 'y'.repeat(1400), options });
    expect(talk.bodies).toHaveLength(2);
    expect(talk.last.length).toBeLessThanOrEqual(MERGED_CHARS);
    expect(talk.last).toMatch(/^1\. 0 x+…\n2\. /);
    talk.text('3');
    expect(talk.answers).toEqual([text(options[2] as string)]);
  });

  test('no more than a few at a time, and not without words', () => {
    const { talk } = Asking.about();
    for (let n = 0; n < QUESTIONS_MAX; n++) talk.asks({ ...OPEN, question: `Number ${n}?` });
    talk.asks(COLOURS);
    expect(talk.answers).toEqual([{ kind: 'none', text: words.toAgent.tooMany }]);
    expect(talk.bodies).toHaveLength(QUESTIONS_MAX);
    const { talk: other } = Asking.about({ ...OPEN, question: '\n\n' });
    expect(other.answers).toEqual([{ kind: 'none', text: words.toAgent.noWords }]);
  });

  test('while it is open nothing says that the work goes on, and typing is not shown', () => {
    const { talk } = Asking.about(OPEN);
    talk.now += PROGRESS_FIRST_MS + TYPING_REFRESH_MS;
    talk.on({ type: 'heartbeat' });
    expect(talk.effects).toEqual([]);
    expect(talk.bodies).toHaveLength(1);
    talk.text('Fido');
    talk.on({ type: 'heartbeat' });
    expect(talk.bodies).toHaveLength(1);
  });
});

describe('answered', () => {
  test.each([
    ['1', 'Red'],
    ['2.', 'Blue'],
    [' blue ', 'Blue'],
    ['RED!', 'Red'],
    ['neither, green', 'neither, green'],
    ['3', '3'],
    ['stop being silly', 'stop being silly'],
  ])('%j is %j', (said, answer) => {
    const { talk } = Asking.about(COLOURS);
    const message = talk.text(said);
    expect(talk.answers).toEqual([text(answer)]);
    expect(talk.effects[0]).toEqual({ do: 'typing', messageId: message.providerId });
    expect(talk.state.messages.at(-1)?.state).toBe('consumed');
    expect(talk.questionStates).toBe('answered');
    expect(talk.state.timers.map((t) => t.kind)).toEqual(['answer']);
    talk.took();
    expect(talk.questionStates).toBe('closed');
    expect(talk.state.timers).toEqual([]);
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
    const { talk } = Asking.about(CONSENT);
    const before = talk.bodies.length;
    talk.text(said);
    expect(talk.answers).toEqual([answer]);
    expect(talk.bodies).toHaveLength(before);
    expect(talk.state.grants).toEqual([]);
  });

  test('a yes under a condition is none: the agent gets the condition and asks again, which the person is told', () => {
    const { talk } = Asking.about(CONSENT);
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
    const { talk: other } = Asking.about(CONSENT);
    other.text('/approve if the tests pass');
    expect(other.answers).toEqual([deny(words.toAgent.condition('if the tests pass'))]);
    expect(other.last).toBe(words.withCondition);
  });

  test('a no with more words is a no, and the agent hears them', () => {
    const { talk } = Asking.about(CONSENT);
    talk.text('no, use staging instead');
    expect(talk.answers).toEqual([deny(words.toAgent.deniedBecause('no, use staging instead'))]);
    expect(talk.last).toBe(words.deniedWith);
  });

  test('“always” is remembered for that rule and project: the next is not asked', () => {
    const { talk } = Asking.about(CONSENT);
    talk.text('always');
    expect(talk.answers).toEqual([allow]);
    expect(talk.last).toBe(words.allowedForGood('Bash(rm:*)', 'main'));
    talk.took();
    const before = talk.bodies.length;
    talk.asks({ ...CONSENT, summary: 'rm other.md' });
    expect(talk.answers).toMatchObject([{ kind: 'decision', decision: 'allow' }]);
    talk.asks({ ...CONSENT, rule: 'Bash(mv:*)' });
    expect(talk.answers).toEqual([]);
    expect(talk.bodies.length).toBeGreaterThan(before);
    const elsewhere = { ...talk.state.grants[0], project: 'other' } as (typeof talk.state.grants)[number];
    const { talk: other } = Asking.about();
    other.state = { ...other.state, grants: [elsewhere] };
    other.asks(CONSENT);
    expect(other.answers).toEqual([]);
  });

  test('with very many allowed for good “always” is not offered', () => {
    const { talk } = Asking.about();
    const grants = Array.from({ length: GRANTS_MAX }, (_, n) => ({
      project: 'main',
      rule: `${n}`,
      decision: 'allow' as const,
      createdAt: n,
    }));
    talk.state = { ...talk.state, grants };
    talk.asks(CONSENT);
    talk.shown();
    expect(talk.bodies.join('\n')).not.toContain('Always');
    talk.text('always');
    expect(talk.questionStates).toBe('open');
    expect(talk.last).toContain(words.isItYes('always'));
    talk.text('/approvals');
    expect(talk.last).toContain(`That’s the maximum of ${GRANTS_MAX}. Remove one, and I’ll offer Always again.`);
  });

  test('deep work begins with a yes', () => {
    const { talk } = Asking.about(DEEP);
    talk.text('Yes');
    expect(talk.answers).toEqual([allow]);
    expect(talk.state.conversation.deepProject).toBe('main');
  });

  test('plain text answers the newest open one, a tap its own', () => {
    const { talk } = Asking.about(COLOURS, OPEN);
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

  test('what the person has not been shown yet is not what they mean', () => {
    const { talk } = Asking.about(CONSENT);
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

  test('held for the person to write, it is shown with its buttons before words answer it', () => {
    const { talk } = Asking.unsent(COLOURS);
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

  test('a quote of an answer in another project goes there, whatever is asked here', () => {
    const { talk } = Asking.about(OPEN);
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

  test('a quote of one that is settled answers no other one', () => {
    const { talk } = Asking.about(CONSENT, { ...CONSENT, summary: 'rm everything' });
    const sid = 'SM77';
    talk.state = { ...talk.state, replies: talk.state.replies.map((r, n) => (n === 0 ? { ...r, sid } : r)) };
    talk.tap(0, 1);
    talk.took();
    expect(talk.questionStates).toBe('closed open');
    // As it is loaded from then on.
    talk.state = { ...talk.state, questions: talk.state.questions.slice(1) };
    talk.text('yes', 0, { quoted: sid });
    expect(talk.questionStates).toBe('open');
  });

  test('a quote answers the question it quotes, open or late', () => {
    const { talk, first } = Asking.about(COLOURS, OPEN);
    const sid = 'SM77';
    talk.state = { ...talk.state, replies: talk.state.replies.map((r, n) => (n === 0 ? { ...r, sid } : r)) };
    talk.text('green', 0, { quoted: sid });
    expect(talk.answers).toEqual([text('green')]);
    expect(talk.questionStates).toBe('answered open');
    const { talk: late } = Asking.about(COLOURS, OPEN);
    late.state = { ...late.state, replies: late.state.replies.map((r, n) => (n === 0 ? { ...r, sid } : r)) };
    late.answer('I go on.', first);
    expect(late.questionStates).toBe('late late');
    late.text('green', 0, { quoted: sid });
    expect(late.state.messages.at(-1)?.text).toBe(words.lateAnswer('Which colour?', 'green'));
    expect(late.questionStates).toBe('closed late');
  });

  test('a tap of one that is settled, unknown or has no such option gets one sentence and starts nothing', () => {
    const { talk } = Asking.about(COLOURS);
    talk.tap(0, 0);
    talk.took();
    for (const [id, said] of [
      [talk.question().id, words.settled],
      ['01000000000000000000000000', words.over],
    ] as const) {
      talk.text('Red', 0, { choice: choiceId(id, 0) });
      expect(talk.last).toBe(said);
      expect(talk.answers).toEqual([]);
    }
    const { talk: other } = Asking.about(COLOURS);
    other.tap(0, 7);
    expect(other.last).toBe(words.noOption);
    expect(other.questionStates).toBe('open');
  });

  test('commands stay commands; a bare word that is an option is one', () => {
    const { talk } = Asking.about({ kind: 'ask', question: 'Go on?', options: ['Go on', 'Stop', '/status'] });
    talk.text('/status');
    expect(talk.answers).toEqual([]);
    talk.text('stop');
    expect(talk.answers).toEqual([text('Stop')]);
    const { talk: other } = Asking.about(OPEN);
    other.text('stop');
    expect(other.effects).toEqual([{ do: 'interrupt', attempt: other.ref }]);
  });

  test('what comes with a file is no answer', () => {
    const { talk } = Asking.about(OPEN);
    talk.text('look at this', 1);
    expect(talk.answers).toEqual([]);
    expect(talk.state.messages.at(-1)?.state).toBe('waiting');
  });

  test('a text for another project, or after starting afresh, is no answer; a tap is', () => {
    const { talk } = Asking.about(COLOURS);
    const projects = talk.state.projects.map((p) => ({ ...p, generation: 1 }));
    talk.state = { ...talk.state, projects };
    talk.text('green');
    expect(talk.answers).toEqual([]);
    expect(talk.state.messages.at(-1)?.state).toBe('waiting');
    // It waits for the person, who is not to think that something is being done.
    talk.fire('waiting');
    expect(talk.bodies.at(-1)).toBe(texts.waitingForYou(1));
    talk.tap(0, 0);
    expect(talk.answers).toEqual([text('Red')]);
  });
});

describe('words that are no plain answer to a question of consent', () => {
  const waiting = (talk: Asking): string[] =>
    talk.state.messages.filter((m) => m.state === 'waiting').map((m) => m.text);
  const offered = (talk: Asking) => {
    const reply = talk.state.replies.at(-1);
    return reply?.choices?.items ?? [];
  };
  const tapMeant = (talk: Asking, option: number): void => {
    const { id = '', title = '' } = offered(talk)[option] ?? {};
    talk.text(title, 0, { choice: id });
  };

  test('a doubtful one waits like any text, and the person is asked what they meant', () => {
    const { talk } = Asking.about(CONSENT);
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
  ])('tapped %i it is that answer, and the text waits no more', (option, answer, left) => {
    const { talk } = Asking.about(CONSENT);
    talk.text('hmm');
    talk.shown();
    tapMeant(talk, option);
    expect(talk.answers).toEqual([answer]);
    expect(waiting(talk)).toEqual(left);
  });

  test('said to be a new message it stays one, and the question stays open', () => {
    const { talk } = Asking.about(CONSENT);
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
    const { talk } = Asking.about(CONSENT);
    talk.text('hmm');
    talk.text('ok, yes');
    expect(talk.answers).toEqual([allow]);
    expect(waiting(talk)).toEqual([]);
    const { talk: other } = Asking.about(CONSENT);
    other.text('hmm');
    other.text('3');
    expect(other.questionStates).toBe('open');
    expect(other.state.grants).toEqual([]);
    expect(other.last).toBe(words.keptAsNew);
  });

  test('with two texts in doubt, the taps of the first say nothing of the second', () => {
    const { talk } = Asking.about(CONSENT);
    talk.text('hmm');
    const [, , neither] = offered(talk);
    talk.text('hello');
    talk.text('x', 0, { choice: neither?.id ?? '' });
    expect(talk.last).toBe(words.settled);
    expect(waiting(talk)).toEqual(['hmm', 'hello']);
    const { talk: other } = Asking.about(CONSENT);
    other.text('hmm');
    const [first] = offered(other);
    other.text('not sure');
    other.text('x', 0, { choice: first?.id ?? '' });
    expect(other.answers).toEqual([allow]);
    expect(waiting(other)).toEqual(['not sure']);
  });

  test('a doubtful text that says something of its own is not lost when the question is answered otherwise', () => {
    const answers: ((talk: Asking) => unknown)[] = [
      (talk) => talk.tap(0, 0),
      (talk) => talk.text('yes'),
      (talk) => talk.text('no'),
      (talk) => talk.text('/approve'),
    ];
    for (const answer of answers) {
      const { talk } = Asking.about(CONSENT);
      talk.text('fix readme');
      expect(talk.last).toContain(words.isItYes('fix readme'));
      answer(talk);
      expect([talk.questionStates, waiting(talk)]).toEqual(['answered', ['fix readme']]);
    }
  });

  test('the numbers below the question about it say that it was the answer', () => {
    for (const [number, answer] of [
      ['1', allow],
      ['2', deny(words.toAgent.deniedBecause('fix readme'))],
    ] as const) {
      const { talk } = Asking.about(CONSENT);
      talk.text('fix readme');
      talk.text(number);
      expect([talk.answers, waiting(talk)]).toEqual([[answer], []]);
    }
  });

  test('the word on a button that is left unfinished does not press it', () => {
    for (const [request, said] of [
      [CONSENT, 'approve...'],
      [CONSENT, 'always..'],
      [DEEP, 'yes...'],
    ] as const) {
      const { talk } = Asking.about(request);
      talk.text(said);
      expect([said, talk.questionStates]).toEqual([said, 'open']);
    }
  });

  test('a button that is none of the question’s is no yes to it, whatever it says', () => {
    const { talk } = Asking.about(CONSENT);
    talk.text('Yes', 0, { choice: 'campaign-yes' });
    expect([talk.questionStates, talk.answers]).toEqual(['open', []]);
    expect(talk.last).toContain(words.isItYes('Yes'));
  });

  test('a second yes of a burst is none to what is asked meanwhile', () => {
    const { talk } = Asking.about(CONSENT);
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
    // They are kept by when they were asked.
    talk.took(1);
    for (const after of [9900, 200]) {
      talk.now += after;
      talk.asks({ ...CONSENT, summary: `rm ${after}` });
    }
    const [one = 0, two = 0] = talk.state.questions.slice(-2).map(({ askedAt }) => askedAt);
    expect(two).toBeGreaterThanOrEqual(one);
  });

  test('when the question is over otherwise the text is a message like any, in its order', () => {
    const { talk, first } = Asking.about(CONSENT);
    talk.text('hmm');
    talk.text('then list the files of the project');
    talk.tap(0, 1);
    talk.answer('I left it.', first);
    expect(talk.state.messages.filter((m) => m.state === 'active').map((m) => m.text)).toEqual([
      'then list the files of the project',
    ]);
    const { talk: other, first: one } = Asking.about(CONSENT);
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
    const { talk } = Asking.about(CONSENT);
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
    const { talk, first } = Asking.about(CONSENT);
    talk.text('please list the files in src');
    expect(talk.questionStates).toBe('open');
    expect(talk.answers).toEqual([]);
    talk.fire('waiting');
    expect(talk.last).toBe(texts.waitingForYou(1));
    talk.text('no');
    talk.answer('Left it.', first);
    expect(talk.state.messages.find((m) => m.state === 'active')?.text).toBe('please list the files in src');
  });

  test('a yes that replies to another message, came late, or was written before it was asked is asked about or is no answer', () => {
    const { talk } = Asking.about(CONSENT);
    talk.text('yes', 0, { quoted: 'SMother' });
    expect([talk.questionStates, talk.answers]).toEqual(['open', []]);
    const { talk: late } = Asking.about(CONSENT);
    late.now += 10_000;
    late.text('yes', 0, { receivedAt: late.now - 10_001 });
    expect([late.questionStates, late.answers]).toEqual(['open', []]);
    expect(late.last).toContain(words.isItYes('yes'));
    const { talk: found } = Asking.about(CONSENT);
    found.now += 3 * TOLD_LATE_MS;
    found.text('yes', 0, { receivedAt: found.now - 2 * TOLD_LATE_MS });
    expect([found.questionStates, found.answers]).toEqual(['open', []]);
  });

  test('with two requests open a plain yes is for neither: which one is asked', () => {
    const { talk } = Asking.about(CONSENT, { ...CONSENT, summary: 'rm other.md' });
    talk.text('yes');
    expect(talk.questionStates).toBe('open open');
    expect(talk.last).toContain('/approve');
    talk.text('/approve 2');
    expect(talk.questionStates).toBe('open answered');
  });

  test('deep work: “sure” begins it, “hmm” is asked about, a condition goes to the agent', () => {
    const { talk } = Asking.about(DEEP);
    talk.text('hmm');
    expect(talk.last).toContain(words.isItDeep('hmm'));
    talk.text('sure');
    expect(talk.state.conversation.deepProject).toBe('main');
    const { talk: other } = Asking.about(DEEP);
    other.text('ok but not today');
    expect(other.answers).toEqual([deny(words.toAgent.condition('ok but not today'))]);
    expect(other.state.conversation.deepProject).toBeNull();
  });

  test('a question of the agent’s own with a yes and a no takes any plain yes for its yes', () => {
    const asks: Request = { kind: 'ask', question: 'Shall I?', options: ['Yes, do it', 'No'] };
    for (const [said, answer] of [
      ['sure, go ahead', 'Yes, do it'],
      ['nein danke', 'No'],
      ['yes but only half of it', 'yes but only half of it'],
    ] as const) {
      const { talk } = Asking.about(asks);
      talk.text(said);
      expect(talk.answers).toEqual([text(answer)]);
    }
  });
});

describe('a reaction', () => {
  const react = (talk: Asking, sign: string, quoted?: string): void => {
    talk.text(sign, 0, { unread: 'reaction', ...(quoted === undefined ? {} : { quoted }) });
  };
  const shownAs = (talk: Asking, sid: string): void => {
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
      const { talk } = Asking.about(CONSENT);
      shownAs(talk, 'SM5');
      react(talk, sign, 'SM5');
      expect(talk.answers).toEqual([answer]);
    }
  });

  test('that says neither yes nor no, or on no known message while something is asked, is said not to be understood', () => {
    for (const [sign, quoted] of [
      ['❤️', 'SM5'],
      ['👍', undefined],
    ] as const) {
      const { talk } = Asking.about(CONSENT);
      shownAs(talk, 'SM5');
      react(talk, sign, quoted);
      expect(talk.questionStates).toBe('open');
      expect(talk.last).toBe(texts.inbound.unread.reaction);
    }
  });

  test('on anything else, or taken away, is nothing: no answer, no turn', () => {
    const { talk } = Asking.about(CONSENT);
    shownAs(talk, 'SM5');
    const before = talk.bodies.length;
    react(talk, '👍', 'SM4');
    react(talk, '', 'SM5');
    expect([talk.questionStates, talk.answers, talk.bodies.length]).toEqual(['open', [], before]);
    expect(talk.state.messages.filter((m) => m.state === 'waiting')).toEqual([]);
  });
});

describe('asked once', () => {
  test('an open question asked again by the next attempt waits on, and the answer goes to the newest request', () => {
    const { talk } = Asking.about(COLOURS);
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

  test('one that was answered gets its answer at once: taken or not, and on a machine without memory', () => {
    for (const isTaken of [true, false]) {
      const { talk } = Asking.about(COLOURS);
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
    const { talk } = Asking.about(COLOURS);
    talk.machine({ type: 'ended', outcome: 'interrupted', reason: 'killed' });
    talk.text('red');
    talk.refused();
    expect(talk.questionStates).toBe('answered');
    talk.taken();
    talk.asks(COLOURS);
    expect(talk.answers).toEqual([text('Red')]);
    expect(talk.bodies).toHaveLength(1);
  });

  test('other options, other words, or the same twice by one attempt: asked anew', () => {
    const { talk } = Asking.about(COLOURS);
    talk.text('red');
    talk.took();
    talk.asks(COLOURS);
    expect(talk.questionStates).toBe('closed open');
    talk.cut();
    talk.asks({ ...COLOURS, options: ['Red'] });
    expect(talk.questionStates).toBe('closed open open');
    // The newest of the two that are the same: the older one's answer is in the transcript.
    talk.asks(COLOURS);
    expect(talk.questionStates).toBe('closed open open');
    expect(talk.answers).toEqual([]);
  });

  test('an event that is applied twice asks once', () => {
    const { talk } = Asking.about();
    const seq = talk.attempt.lastSeq + 1;
    const event = { type: 'request', request_id: 'r', request: COLOURS } as const;
    for (const _ of [1, 2]) talk.on({ type: 'machine', attempt: talk.ref, journal: 'J1', seq, event });
    expect(talk.bodies).toHaveLength(1);
  });

  test('what the agent says is said once', () => {
    const { talk } = Asking.about({ kind: 'send_message', text: 'Half done.' });
    expect(talk.bodies).toEqual(['Half done.']);
    expect(talk.answers).toEqual([{ kind: 'done', ok: true, text: words.toAgent.said }]);
    talk.cut();
    talk.asks({ kind: 'send_message', text: 'Half done.' });
    expect(talk.bodies).toEqual(['Half done.']);
    expect(talk.answers).toMatchObject([{ kind: 'done', ok: true }]);
  });

  test('what the agent says leaves also when the turn ends right after', () => {
    const { talk, first } = Asking.unsent({ kind: 'send_message', text: 'Here is the link.' });
    talk.answer('Done.', first);
    expect(talk.state.replies.map(({ body, state }) => [body, state])).toEqual([
      ['Here is the link.', 'ready'],
      ['Done.', 'ready'],
    ]);
  });
});

describe('nobody answers', () => {
  test('a question becomes late, and an answer starts a turn that says which', () => {
    const { talk, first } = Asking.about(COLOURS);
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

  test('a late answer by its number, or in words of one’s own, which may be about something else', () => {
    for (const [said, expected] of [
      ['2', words.lateAnswer('Which colour?', 'Blue')],
      ['green please', words.lateWords('Which colour?', 'green please')],
      ['/deploy now', '/deploy now'],
    ]) {
      const { talk, first } = Asking.about(COLOURS);
      talk.fire('question');
      talk.took();
      talk.answer('I go on.', first);
      talk.text(said as string);
      expect(talk.state.messages.at(-1)?.text).toBe(expected);
      expect(talk.questionStates).toBe(said === '/deploy now' ? 'late' : 'closed');
    }
  });

  test('consent is refused, and said', () => {
    const { talk } = Asking.about(CONSENT);
    talk.fire('question');
    expect(talk.answers).toEqual([deny(words.toAgent.nobodyDecided)]);
    expect(talk.last).toBe(words.decisionOver('Bash: rm notes.md'));
    talk.took();
    talk.tap(0, 0);
    expect(talk.last).toBe(words.over);
    expect(talk.answers).toEqual([]);
  });

  test('consent that never left is not asked any more, and that is what is said; a question in words still can be answered', () => {
    const { talk } = Asking.unsent(COLOURS, CONSENT);
    talk.machine({ type: 'request_over', request_id: 'toolu_2' });
    expect(talk.last).toBe(words.neverAsked('Bash: rm notes.md'));
    const states = (nth: number) =>
      talk.state.replies.filter((r) => r.choices?.question === talk.question(nth).id).map((r) => r.state);
    expect(states(1)).toEqual(['dropped']);
    talk.machine({ type: 'request_over', request_id: 'toolu_1' });
    expect(states(0)).toEqual(['ready']);
    expect(talk.last).toBe(words.askOver('Which colour?'));
  });

  test('the agent stops waiting by itself', () => {
    const { talk } = Asking.about(COLOURS, CONSENT);
    talk.machine({ type: 'request_over', request_id: 'toolu_1' });
    talk.machine({ type: 'request_over', request_id: 'toolu_2' });
    expect(talk.questionStates).toBe('late closed');
    expect(talk.state.timers).toEqual([]);
    expect(talk.bodies.slice(-2)).toEqual([words.askOver('Which colour?'), words.decisionOver('Bash: rm notes.md')]);
  });

  test('only so many late ones are kept', () => {
    const { talk } = Asking.about();
    for (let n = 0; n < LATE_MAX + 2; n++) {
      const request_id = talk.asks({ ...OPEN, question: `Number ${n}?` });
      talk.machine({ type: 'request_over', request_id });
    }
    expect(talk.state.questions.filter((q) => q.state === 'late').map((q) => q.text)).toEqual(
      Array.from({ length: LATE_MAX }, (_, n) => `Number ${n + 2}?`),
    );
    // Of those before nobody says that they were answered.
    talk.tap(0, 0, 'one');
    expect(talk.last).toBe(words.over);
  });

  test('the time it waited does not count as work', () => {
    const { talk } = Asking.about(COLOURS);
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
});

describe('the turn is over', () => {
  test('its open questions are late or closed', () => {
    const { talk, first } = Asking.about(COLOURS, CONSENT);
    talk.answer('Never mind.', first);
    expect(talk.questionStates).toBe('late closed');
    expect(talk.state.timers).toEqual([]);
  });

  test('/stop settles them at once: the next text is for the agent', () => {
    const { talk } = Asking.about(COLOURS, CONSENT);
    talk.text('/stop');
    expect(talk.questionStates).toBe('closed closed');
    talk.text('red');
    expect(talk.answers).toEqual([]);
    expect(talk.state.messages.at(-1)).toMatchObject({ text: 'red', state: 'waiting' });
    talk.tap(0, 0);
    expect(talk.last).toBe(words.over);
  });

  test('an answer the machine did not take any more begins a turn', () => {
    const { talk, first } = Asking.about(COLOURS);
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

  test('an answer whose taking was only not heard of is not given twice', () => {
    const { talk, first } = Asking.about(COLOURS);
    talk.text('red');
    talk.answer('Red it is.', first);
    talk.fire('answer');
    talk.took();
    expect(talk.questionStates).toBe('closed');
    expect(talk.state.messages.at(-1)?.state).toBe('consumed');
  });

  test('a machine that is away for long is not asked for ever', () => {
    const { talk } = Asking.about(CONSENT);
    talk.text('yes');
    talk.fire('answer');
    expect(talk.answers).toEqual([allow]);
    talk.now += ANSWER_GIVE_UP_MS;
    talk.fire('answer');
    expect(talk.answers).toEqual([]);
    expect(talk.questionStates).toBe('closed');
    expect(talk.state.timers).toEqual([]);
  });
});

describe('commands', () => {
  test('/approve and /deny, with the number where several wait', () => {
    const { talk } = Asking.about(CONSENT);
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

  test('/approvals lists, and revokes by number', () => {
    const { talk } = Asking.about(CONSENT);
    talk.text('/approvals');
    expect(talk.last).toBe(words.grants([]));
    talk.text('always');
    talk.text('/approvals');
    expect(talk.last).toBe(words.grants([{ rule: 'Bash(rm:*)', project: 'main', isAllowed: true }]));
    talk.text('/approvals revoke 2');
    expect(talk.last).toBe(words.noGrant);
    talk.text('/approvals revoke');
    expect(talk.last).toBe(words.approvalsUse);
    talk.text('/approvals revoke 1');
    expect(talk.last).toBe(words.revoked('Bash(rm:*)'));
    expect(talk.state.grants).toEqual([]);
  });
});

describe('buttons', () => {
  const QUESTION = '01000000000000000000000001';
  const offered = (...titles: string[]) => ({
    question: QUESTION,
    text: 'Which?',
    items: titles.map((title, n) => ({ id: choiceId(QUESTION, n), title })),
  });

  test('up to three short ones are buttons, up to ten a list', () => {
    expect(templateOf(offered('Red', 'x'.repeat(20)))).toMatchObject({
      types: { 'twilio/quick-reply': { body: 'Which?', actions: [{ title: 'Red', id: `q:${QUESTION}:0` }, {}] } },
    });
    const ten = Array.from({ length: 10 }, (_, n) => `Number ${n}`);
    for (const titles of [ten, ['a', 'x'.repeat(24)]]) {
      expect(templateOf(offered(...titles))).toMatchObject({
        types: { 'twilio/list-picker': { button: words.choose } },
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

  test('what was made for them is named at the intent, shown again, and given back once the message has left', () => {
    const { talk } = Asking.unsent(COLOURS);
    const { id } = talk.reply();
    talk.on({ type: 'send-begin', shown: { reply: id, content: 'HX1' } });
    expect(talk.reply().choices?.content).toBe('HX1');
    talk.on({ type: 'send-accepted', reply: id, attempt: 1, sid: 'SM9' });
    const status = { type: 'status', reply: id, attempt: 1, sid: 'SM9', errorCode: null, failure: null } as const;
    talk.on({ ...status, status: 'sent' });
    expect(talk.effects).toEqual([{ do: 'forget-content', content: 'HX1' }]);
    talk.on({ ...status, status: 'delivered' });
    expect(talk.effects).toEqual([]);
  });

  test('what the carrier does not take with buttons leaves without, at once or after it had been taken', () => {
    const { talk } = Asking.unsent(COLOURS);
    const { id } = talk.reply();
    const refusal = { reply: id, code: 63021, failure: 'content' } as const;
    talk.on({ type: 'send-begin', shown: { reply: id, content: 'HX1' } });
    talk.on({ type: 'send-refused', ...refusal, attempt: 1, retryAfterMs: null });
    expect(talk.reply().state).toBe('ready');
    expect(talk.reply().choices).toMatchObject({ items: [], content: null });

    const { talk: late } = Asking.unsent(COLOURS);
    const first = late.reply().id;
    late.on({ type: 'send-begin', shown: { reply: first, content: 'HX1' } });
    late.on({ type: 'send-accepted', reply: first, attempt: 1, sid: 'SM9' });
    const failed = { status: 'failed', errorCode: 63021, failure: 'content' } as const;
    late.on({ type: 'status', reply: first, attempt: 1, sid: 'SM9', ...failed });
    expect(late.state.replies.map((r) => r.state)).toEqual(['replaced', 'ready']);
    expect(late.reply(1).choices).toMatchObject({ items: [], content: null });
    expect(late.reply(1).body).toBe(late.reply(0).body);
  });
});
