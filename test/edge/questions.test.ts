import { beforeEach, describe, expect, test } from 'vitest';
import { RECONCILE_MS } from '../../src/conversation/policy/outbox.ts';
import { QUESTION_MS } from '../../src/conversation/policy/questions.ts';
import { HEARTBEAT_MS } from '../../src/conversation/policy/turn.ts';
import { choiceIdOf } from '../../src/conversation/state/choices.ts';
import type { EventBody, Request } from '../../src/protocol/index.ts';
import { texts } from '../../src/texts/index.ts';
import { useClock } from './clock.ts';
import { answerTo, Person, quiet } from './person.ts';
import { useOutside, vars } from './relay.ts';

// Questions through the real object: its rows, its lanes, the machine's answers endpoint and the carrier's buttons. The
// object is killed at every point on the way.

quiet();
const clock = useClock();
const world = useOutside();
Object.assign(vars, { SMS: 'on' });
const words = texts.questions;

beforeEach(() => clock.freeze());

const COLOURS: Request = { kind: 'ask', question: 'Which colour?', options: ['Red', 'Blue'] };
const CONSENT: Request = { kind: 'approve', tool: 'Bash', summary: 'rm notes.md', rule: 'Bash(rm:*)', always: true };
const asks = (request_id: string, request: Request): EventBody => ({ type: 'request', request_id, request });
const RED = { kind: 'text', text: 'Red' };

type Asked = { id: string; state: string; text: string };

class Asking extends Person {
  questions(): Promise<Asked[]> {
    return this.rows('SELECT id, state, text FROM questions ORDER BY id');
  }

  async questionStates(): Promise<string> {
    return (await this.questions()).map((q) => q.state).join(' ');
  }

  /** A running turn that has asked; the question is on the phone. */
  async isAsked(...requests: Request[]): Promise<{ attempt: string; uuids: string[] }> {
    await this.says('please');
    const { attempt, uuids } = await this.started();
    this.tells(attempt, ...requests.map((request, n) => asks(`r${n}`, request)));
    await this.outside.until(async () => (await this.questions()).length === requests.length);
    return { attempt, uuids };
  }

  async taps(nth: number, option: number, title = 'x'): Promise<void> {
    const question = (await this.questions())[nth];
    await this.says(title, {
      MessageType: 'interactive',
      ButtonText: title,
      ButtonPayload: choiceIdOf(question?.id ?? '', option),
    });
  }

  answersGiven(count: number): Promise<unknown[]> {
    return this.outside.until(() => {
      const { answers } = this.outside;
      return answers.length >= count && answers.map(({ attempt, request, answer }) => [attempt, request, answer]);
    });
  }

  /** The object is gone, and the platform wakes it. */
  async restarts(): Promise<void> {
    await this.evicted();
    clock.move(HEARTBEAT_MS);
    await this.ring();
  }
}

describe('a question', () => {
  test('reaches the phone with buttons, a tap reaches the machine, and the turn goes on', async () => {
    const person = new Asking(world);
    const { attempt, uuids } = await person.isAsked(COLOURS);
    const sent = await person.gets(0);
    const content = person.outside.contents.get(sent.template ?? '');
    const [question] = await person.questions();
    expect(content).toEqual({
      body: 'Which colour?',
      actions: ['Red', 'Blue'].map((title, n) => ({
        type: 'QUICK_REPLY',
        title,
        id: choiceIdOf(question?.id ?? '', n),
      })),
    });
    await person.callback(sent, 'sent');
    await person.outside.until(() => person.outside.deleted.includes(sent.template ?? ''));
    await person.taps(0, 0, 'Red');
    expect(await person.answersGiven(1)).toEqual([[attempt, 'r0', RED]]);
    await person.outside.until(async () => (await person.questionStates()) === 'closed');
    person.tells(attempt, ...answerTo(uuids, 'Red it is.'));
    await person.runs(clock, () => person.bodies().includes('Red it is.'));
    expect(person.bodies()).toEqual(['Which colour?', 'Red it is.']);
  });

  test('takes a reaction on its own message, and a tap on what was asked about a doubtful text', async () => {
    const person = new Asking(world);
    const { attempt } = await person.isAsked(CONSENT, { ...CONSENT, summary: 'rm other.md' });
    await person.callback(await person.gets(0), 'delivered');
    const second = await person.gets(1);
    await person.callback(second, 'delivered');
    const allow = { kind: 'decision', decision: 'allow', reason: '' };
    await person.says('👍', { MessageType: 'reaction', OriginalRepliedMessageSid: second.sid });
    expect(await person.answersGiven(1)).toEqual([[attempt, 'r1', allow]]);
    await person.says('hmm');
    const asked = await person.gets(2);
    const { actions } = person.outside.contents.get(asked.template ?? '') ?? {};
    expect(actions?.map(({ title }) => title)).toEqual(['Approve', 'Deny', words.newMessage]);
    await person.says('Approve', { MessageType: 'interactive', ButtonPayload: actions?.[0]?.id ?? '' });
    expect((await person.answersGiven(2))[1]).toEqual([attempt, 'r0', allow]);
    expect(await person.rows("SELECT seq FROM messages WHERE state = 'waiting'")).toEqual([]);
  });

  test('with more choices is a list, and a tap says which item', async () => {
    const person = new Asking(world);
    await person.isAsked({ kind: 'ask', question: 'Which?', options: ['a', 'b', 'c', 'd'] });
    const content = person.outside.contents.get((await person.gets(0)).template ?? '');
    expect(content?.items?.map(({ item }) => item)).toEqual(['a', 'b', 'c', 'd']);
    await person.says('c', { MessageType: 'interactive', ListId: content?.items?.[2]?.id ?? '', ListTitle: 'c' });
    expect((await person.answersGiven(1))[0]).toMatchObject([expect.anything(), 'r0', { kind: 'text', text: 'c' }]);
  });

  test.each([
    ['is refused', () => Response.json({ code: 20001 }, { status: 400 })],
    ['is answered with nonsense', () => new Response('<html>', { status: 201 })],
    ['breaks', () => Promise.reject(new Error('network'))],
  ])('leaves as numbered text when making the buttons %s', async (_, answer) => {
    const person = new Asking(world);
    person.outside.onContent = answer;
    await person.isAsked(COLOURS);
    const sent = await person.gets(0);
    expect(sent).toMatchObject({ template: null, body: expect.stringContaining('1. Red\n2. Blue') });
    await person.says('2');
    expect((await person.answersGiven(1))[0]).toMatchObject([expect.anything(), 'r0', { kind: 'text', text: 'Blue' }]);
  });

  test('on SMS is numbered text', async () => {
    const person = new Asking(world, 'sms');
    await person.isAsked(COLOURS);
    expect((await person.gets(0)).body).toContain('1. Red\n2. Blue');
    expect(person.outside.contents.size).toBe(0);
    await person.says('2');
    expect((await person.answersGiven(1))[0]).toMatchObject([expect.anything(), 'r0', { kind: 'text', text: 'Blue' }]);
  });

  test('of unknown outcome is found in the list with its buttons, and not sent again', async () => {
    const person = new Asking(world);
    person.outside.held.send = 'after';
    await person.isAsked(COLOURS);
    await person.gets(0);
    await person.evicted();
    person.outside.release();
    clock.move(RECONCILE_MS[0]);
    await person.ring();
    await person.outside.until(async () => (await person.replyStates()) === 'accepted');
    expect(person.got()).toHaveLength(1);
    expect(person.outside.contents.size).toBe(1);
  });

  test('that WhatsApp refuses with buttons leaves once more as text', async () => {
    const person = new Asking(world);
    await person.isAsked(COLOURS);
    await person.callback(await person.gets(0), 'failed', 63021);
    await person.runs(clock, () => person.got().length === 2);
    expect((await person.gets(1)).template).toBeNull();
    expect((await person.replies()).map((r) => r.state)[0]).toBe('replaced');
  });
});

describe('the object is ended', () => {
  test.each(['before', 'after'] as const)('%s the buttons are made: one message, with buttons', async (when) => {
    const person = new Asking(world);
    person.outside.held.content = when;
    await person.isAsked(COLOURS);
    if (when === 'after') await person.outside.until(() => person.outside.contents.size === 1);
    await person.evicted();
    person.outside.release();
    await person.runs(clock, () => person.got().length > 0);
    expect(person.got()).toHaveLength(1);
    expect((await person.gets(0)).template).not.toBeNull();
  });

  test('while the question is open: the answer still reaches the machine, and nothing is asked twice', async () => {
    const person = new Asking(world);
    const { attempt } = await person.isAsked(COLOURS);
    await person.gets(0);
    await person.restarts();
    await person.says('red');
    expect(await person.answersGiven(1)).toEqual([[attempt, 'r0', RED]]);
    expect(person.got()).toHaveLength(1);
  });

  test.each(['before', 'after'] as const)(
    'while the answer is on its way (%s the machine had it): given again, until it is taken',
    async (when) => {
      const person = new Asking(world);
      const { attempt } = await person.isAsked(COLOURS);
      await person.gets(0);
      person.outside.held.answer = when;
      await person.says('red');
      if (when === 'after') await person.answersGiven(1);
      await person.restarts();
      person.outside.release();
      await person.runs(clock, async () => (await person.questionStates()) === 'closed');
      for (const given of await person.answersGiven(1)) expect(given).toEqual([attempt, 'r0', RED]);
      expect(await person.timers()).not.toContain('answer');
    },
  );

  test.each([
    ['has its answer', true],
    ['waits on', false],
  ])('and the machine too: asked again it %s, and the person is asked once', async (_, isAnswered) => {
    const person = new Asking(world);
    const { outside } = person;
    await person.isAsked(COLOURS);
    await person.gets(0);
    if (isAnswered) {
      await person.says('red');
      await outside.until(async () => (await person.questionStates()) === 'closed');
    }
    await person.evicted();
    outside.loseJournal('JOURNAL2');
    clock.move(HEARTBEAT_MS);
    await person.ring();
    const again = await person.started(1);
    person.tells(again.attempt, asks('r9', COLOURS));
    if (!isAnswered) {
      await outside.until(async () => (await person.rows(`SELECT 1 FROM questions WHERE request = 'r9'`))[0]);
      await person.says('red');
    }
    const given = await outside.until(() => outside.answers.find((a) => a.attempt === again.attempt));
    expect(given).toEqual({ attempt: again.attempt, request: 'r9', answer: RED });
    expect(person.bodies()).toEqual(['Which colour?']);
    expect(await person.questions()).toHaveLength(1);
  });
});

describe('the answer', () => {
  test('the machine does not take any more starts a turn that says what it answers', async () => {
    const person = new Asking(world);
    person.outside.onAnswer = () => Response.json({ error: { code: 'attempt_over', message: 'no' } }, { status: 409 });
    const { attempt, uuids } = await person.isAsked(COLOURS);
    await person.gets(0);
    await person.says('red');
    await person.outside.until(async () => !(await person.timers()).includes('answer'));
    expect(await person.questionStates()).toBe('answered');
    person.tells(attempt, ...answerTo(uuids, 'I could not wait.'));
    await person.runs(clock, () => new Set(person.outside.starts.map((s) => s.attempt)).size === 2);
    expect((await person.asked(1)).texts).toEqual([words.lateAnswer('Which colour?', 'Red')]);
    expect(await person.questionStates()).toBe('closed');
    expect(await person.messageStates()).toBe('consumed active');
  });

  test('nobody gives: the machine hears so, and a later tap starts a turn', async () => {
    const person = new Asking(world);
    const { attempt, uuids } = await person.isAsked(COLOURS, CONSENT);
    await person.runs(clock, () => person.got().length === 2);
    clock.move(QUESTION_MS);
    await person.ring();
    const given = (await person.answersGiven(2)) as [string, string, unknown][];
    expect(given.map(([, request, answer]) => [request, answer]).sort()).toEqual([
      ['r0', { kind: 'none', text: words.toAgent.noAnswer }],
      ['r1', { kind: 'decision', decision: 'deny', reason: words.toAgent.nobodyDecided }],
    ]);
    await person.outside.until(async () => (await person.questionStates()) === 'late closed');
    person.tells(attempt, ...answerTo(uuids, 'I went on.'));
    await person.runs(clock, () => person.bodies().includes('I went on.'));
    await person.taps(1, 0, 'Approve');
    await person.runs(clock, () => person.bodies().at(-1) === words.over);
    await person.taps(0, 1, 'Blue');
    expect((await person.asked(1)).texts).toEqual([words.lateAnswer('Which colour?', 'Blue')]);
  });

  test('“always” survives the object’s end, is listed, and can be revoked', async () => {
    const person = new Asking(world);
    const { attempt } = await person.isAsked(CONSENT);
    await person.gets(0);
    await person.taps(0, 2, 'Always');
    await person.answersGiven(1);
    await person.restarts();
    person.tells(attempt, asks('r5', { ...CONSENT, summary: 'rm more.md' }));
    const given = (await person.answersGiven(2)) as [string, string, unknown][];
    expect(given[1]).toMatchObject([attempt, 'r5', { kind: 'decision', decision: 'allow' }]);
    await person.says('/approvals revoke 1');
    await person.runs(clock, () => person.bodies().includes(words.revoked('Bash(rm:*)')));
    expect(await person.rows('SELECT * FROM grants')).toEqual([]);
    person.tells(attempt, asks('r6', { ...CONSENT, summary: 'rm last.md' }));
    await person.outside.until(async () => (await person.questionStates()).includes('open'));
  });
});

test('a yes to programs is told with each attempt until it is removed, also one that an earlier version heard', async () => {
  const digest = 'ab'.repeat(32);
  const rule = `Programs(sha256:${digest})`;
  const person = new Asking(world);
  const { attempt, uuids } = await person.isAsked({ ...CONSENT, tool: 'Programs', rule, does: 'start', always: false });
  const start = (text: string) => person.outside.starts.find(({ body }) => body.messages.some((m) => m.text === text));
  const told = async (text: string) => {
    await person.runs(clock, () => start(text) !== undefined);
    return start(text)?.body.programs;
  };
  expect(await told('please')).toEqual({ allowed: [], denied: [] });
  await person.gets(0);
  await person.taps(0, 0, 'Approve');
  await person.answersGiven(1);
  person.tells(attempt, ...answerTo(uuids, 'Done.'));
  await person.comesToRest(clock);
  await person.rewrites(
    `DELETE FROM grants; ALTER TABLE grants DROP COLUMN decision; DELETE FROM _migrations WHERE name = '0007_programs'`,
  );
  await person.says('more');
  expect(await told('more')).toEqual({ allowed: [digest], denied: [] });
  const more = start('more');
  person.tells(more?.attempt ?? '', ...answerTo(more?.body.messages.map((m) => m.uuid) ?? [], 'More.'));
  await person.says('/approvals revoke 1');
  await person.comesToRest(clock);
  expect(person.bodies()).toContain(words.programsRevoked({ project: 'main', isAllowed: true }));
  await person.says('and more');
  expect(await told('and more')).toEqual({ allowed: [], denied: [] });
});

test('the choices of a reply are kept with its row', async () => {
  const person = new Asking(world);
  await person.isAsked(COLOURS);
  const [row] = await person.rows<{ choices: string }>('SELECT choices FROM replies');
  expect(JSON.parse(row?.choices ?? '')).toMatchObject({ items: [{ title: 'Red' }, { title: 'Blue' }] });
});
