import { describe, expect, test } from 'vitest';
import { packText } from '../../../src/conversation/outbox/replies.ts';
import { TELL_UNREACHABLE_MS } from '../../../src/conversation/policy/machine.ts';
import { chooseModel } from '../../../src/conversation/policy/models.ts';
import {
  HINT_CONTEXT_PERCENT,
  HINT_MESSAGES,
  PROGRESS_FIRST_MS,
  TURN_MARGIN_MS,
  TURN_MS,
} from '../../../src/conversation/policy/turn.ts';
import { activeProjectOf, type State } from '../../../src/conversation/state/state.ts';
import { texts } from '../../../src/texts/index.ts';
import { Talk } from '../conversation.ts';

// A machine's status events, the part of them that a person hears, and the settings that go to the machine.

const SESSION = '7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b10';
const DAY = 86_400_000;
const last = (talk: Talk): string => talk.bodies.at(-1) ?? '';
const conversation = (talk: Talk): State['conversation'] => talk.state.conversation;
const usage = (percent: number | null) =>
  ({ type: 'usage', context_percent: percent, memory_free: 100 * 2 ** 20, disk_free: 3 * 2 ** 30 }) as const;

function running(): Talk {
  const talk = new Talk();
  talk.text('one');
  talk.taken();
  talk.machine({ type: 'session', session_id: SESSION });
  return talk;
}

describe('a long session', () => {
  test('is said once at 80 % of the context, and again only in another session', () => {
    const talk = running();
    talk.machine(usage(HINT_CONTEXT_PERCENT - 0.1));
    expect(talk.bodies).toEqual([]);
    talk.machine(usage(83.4));
    expect(talk.bodies).toEqual([texts.status.longByContext(83.4)]);
    expect(last(talk)).toContain('83%');
    talk.machine(usage(99));
    expect(talk.bodies).toHaveLength(1);
    talk.answer('done', talk.state.messages[0]!);
    talk.text('/new');
    expect(activeProjectOf(talk.state)).toMatchObject({ contextPercent: null, hinted: false });
    talk.text('two');
    talk.taken();
    talk.machine({ type: 'session', session_id: SESSION.replace(/0$/, '1') });
    talk.machine(usage(90));
    expect(last(talk)).toBe(texts.status.longByContext(90));
  });

  test('is said at 500 messages, after the answer', () => {
    const talk = running();
    const project = { ...activeProjectOf(talk.state), messagesSince: HINT_MESSAGES - 1 };
    talk.state = { ...talk.state, projects: [project] };
    talk.machine(usage(null));
    expect(talk.bodies).toEqual([]);
    talk.answer('done', talk.state.messages[0]!);
    expect(talk.bodies).toEqual(['done', texts.status.longByMessages(HINT_MESSAGES)]);
  });
});

describe('the machine’s line', () => {
  test('is said once per turn; neither the time in it nor work that has not begun counts', () => {
    const talk = running();
    talk.machine({ type: 'waiting', place: 3 });
    expect(talk.bodies).toEqual([texts.status.place(3)]);
    talk.machine({ type: 'waiting', place: 2 });
    expect(talk.bodies).toHaveLength(1);
    talk.text('/status');
    expect(last(talk)).toContain('number 2 in line');
    talk.now += TURN_MS + TURN_MARGIN_MS;
    talk.on({ type: 'heartbeat' });
    expect(talk.bodies).toHaveLength(2);
    talk.machine({ type: 'started' });
    talk.now += PROGRESS_FIRST_MS;
    talk.on({ type: 'heartbeat' });
    expect(last(talk)).toBe(texts.progress(3, null));
    talk.text('/status');
    expect(last(talk)).toContain('for 3 minutes');
    talk.now += TURN_MS;
    talk.on({ type: 'heartbeat' });
    expect(talk.attempt.state).toBe('running');
    talk.now += TURN_MARGIN_MS;
    talk.on({ type: 'heartbeat' });
    expect(last(talk)).toBe(texts.givenUp('overdue', ['one']));
  });

  test('is no news to a person who has stopped', () => {
    const talk = running();
    talk.text('/stop');
    talk.machine({ type: 'waiting', place: 1 });
    expect(talk.bodies).toEqual([texts.stopped(['one'])]);
  });
});

test('the person hears of a summary, and where the conversation was written down', () => {
  const talk = running();
  talk.machine(usage(70));
  talk.machine({ type: 'compacted', archived: 'conversations/2026-11-21-shop.md' });
  expect(last(talk)).toBe(texts.status.compacted('conversations/2026-11-21-shop.md'));
  expect(activeProjectOf(talk.state).contextPercent).toBeNull();
  talk.machine({ type: 'compacted' });
  expect(last(talk)).toBe(texts.status.compacted(null));
});

test('an aside consumes its message and is an answer; the session does not learn of it', () => {
  const talk = running();
  const aside = talk.text('/btw what is the time?');
  talk.machine({ type: 'aside', uuid: aside.uuid, text: 'noon', cost_usd: 0 });
  expect(talk.bodies.slice(-2).join('\n\n')).toBe(texts.deep.aside('what is the time?', 'noon'));
  expect(talk.state.replies.at(-1)).toMatchObject({ kind: 'answer' });
  expect(talk.state.messages[1]).toMatchObject({ state: 'consumed', session: null });
  expect(activeProjectOf(talk.state).messagesSince).toBe(0);
  expect(talk.state.messages[0]?.state).toBe('active');
});

describe('settings in the request to the machine', () => {
  const waiting = (talk: Talk) =>
    talk.state.messages.filter((m) => m.state === 'waiting').map((m) => [m.action, m.text]);

  test('waits for a separate turn, and the person is told', () => {
    const talk = running();
    const [one] = talk.state.messages;
    for (const text of ['two', '/compact keep the names', 'three', 'four', '/memory I drink tea']) talk.text(text);
    talk.fire('waiting');
    expect(last(talk)).toBe(texts.waiting(5));
    expect(waiting(talk)).toEqual([
      [null, 'two'],
      ['command', '/compact keep the names'],
      [null, 'three'],
      [null, 'four'],
      ['memory', 'I drink tea'],
    ]);
    talk.answer('one', one!);
    const turns: string[][] = [];
    while (talk.state.turns.at(-1)?.state === 'open') {
      const active = talk.state.messages.filter((m) => m.state === 'active');
      turns.push(active.map((m) => m.text));
      talk.taken();
      talk.answer('done', ...active);
    }
    expect(turns).toEqual([['two'], ['/compact keep the names'], ['three', 'four'], ['I drink tea']]);
  });

  test('does not wait for a burst to be complete, is never steered, and takes no words in', () => {
    const talk = new Talk(1000, { queueMode: 'steer' });
    talk.text('/mcp');
    expect(talk.state.messages[0]).toMatchObject({ state: 'active', action: 'mcp', text: '.' });
    talk.taken();
    talk.text('one');
    talk.text('/context');
    expect(talk.effects.filter((e) => e.do === 'steer')).toEqual([]);
    expect(waiting(talk)).toEqual([
      [null, 'one'],
      ['command', '/context'],
    ]);
  });

  test('is named as it was texted when /stop drops it', () => {
    const talk = running();
    talk.text('/mcp');
    talk.text('/memory tea');
    talk.text('/stop /deploy now');
    expect(last(talk)).toBe(texts.stopped(['one', '/mcp', '/memory tea']));
    expect(waiting(talk)).toEqual([['command', '/deploy now']]);
  });
});

describe('/model', () => {
  const models = { allowed: ['opus-5', 'sonnet-5'], fallback: 'haiku-5' };

  test('shows, sets by name or number, and takes back, for the project', () => {
    const talk = new Talk(0, { models });
    const say = (text: string): string => {
      talk.text(text);
      return last(talk);
    };
    const all = ['haiku-5', 'opus-5', 'sonnet-5'];
    expect(say('/model')).toBe(texts.choices.model('main', 'haiku-5', false, all));
    expect(say('/model OPUS-5')).toBe(texts.choices.modelSet('main', 'opus-5'));
    expect(say('/model')).toBe(texts.choices.model('main', 'opus-5', true, all));
    expect(say('/model 3')).toBe(texts.choices.modelSet('main', 'sonnet-5'));
    expect(say('/model gpt')).toBe(texts.choices.modelUnknown(all, null));
    talk.text('/project new shop');
    expect(activeProjectOf(talk.state).model).toBeNull();
    talk.text('/project main');
    expect(activeProjectOf(talk.state).model).toBe('sonnet-5');
    expect(say('/model default')).toBe(texts.choices.modelDefault('main', 'haiku-5'));
    expect(activeProjectOf(talk.state).model).toBeNull();
  });

  test('says so when there is nothing to choose from', () => {
    const talk = new Talk();
    talk.text('/model');
    expect(last(talk)).toBe('main uses the default model.\nOther models aren’t enabled here.');
    talk.text('/model opus-5');
    expect(last(talk)).toBe(texts.choices.modelUnknown([], null));
  });

  test('a model that is no longer allowed is not used', () => {
    expect(chooseModel('opus-5', models)).toBe('opus-5');
    expect(chooseModel('opus-4', models)).toBe('haiku-5');
    expect(chooseModel('opus-4', { allowed: [], fallback: null })).toBeNull();
    expect(chooseModel(null, models)).toBe('haiku-5');
  });
});

describe('/assistant', () => {
  test('shows, names, tunes and takes back; what the person said counts first', () => {
    const talk = new Talk(0, { assistant: { name: 'Roo', tone: null } });
    const say = (text: string): string => {
      talk.text(text);
      return last(talk);
    };
    expect(say('/assistant')).toBe(texts.choices.assistant('Roo', null));
    expect(say('/assistant name  Robin\n ')).toBe(texts.choices.assistantName('Robin'));
    expect(say('/assistant tone dry\nand\u0007 brief')).toBe(texts.choices.assistantTone('dry and brief'));
    expect(say('/assistant')).toBe(texts.choices.assistant('Robin', 'dry and brief'));
    expect(say(`/assistant name ${'x'.repeat(51)}`)).toBe(texts.choices.assistantLong('name', 50));
    expect(say(`/assistant tone ${'x'.repeat(501)}`)).toBe(texts.choices.assistantLong('tone', 500));
    for (const wrong of ['name', 'tone \u0000', 'colour red', 'reset all']) {
      expect(say(`/assistant ${wrong}`)).toBe(texts.choices.assistantUse);
    }
    expect(conversation(talk).assistant).toEqual({ name: 'Robin', tone: 'dry and brief' });
    expect(say('/assistant reset')).toBe(texts.choices.assistantReset);
    expect(say('/assistant')).toBe(texts.choices.assistant('Roo', null));
  });
});

describe('/status', () => {
  test('says where one is and how full things are', () => {
    const talk = running();
    talk.machine(usage(34.4));
    talk.answer('done', talk.state.messages[0]!);
    talk.now += 2 * DAY;
    talk.text('/status');
    expect(last(talk)).toBe(
      [
        'I’m not working on anything.',
        'Project: main (conversation started 2 days ago, 1 message, context 34% full)',
        'Memory is short: 100 MB free.',
        'Disk: 3.0 GB free.',
        'Cost today: $0.00',
      ].join('\n'),
    );
  });

  test('names the project in which something runs, and a machine that does not answer', () => {
    const talk = running();
    talk.text('/project new shop');
    talk.on({ type: 'unreachable', attempt: talk.ref, reason: 'cut' });
    talk.now += TELL_UNREACHABLE_MS;
    talk.on({ type: 'heartbeat' });
    talk.text('/status');
    expect(last(talk).split('\n')).toEqual([
      'I’ve been working on your last message for less than a minute, in main.',
      'Project: shop (a new conversation)',
      'Machine: not answering right now; I’ll keep trying.',
      'Cost today: $0.00',
    ]);
  });
});

describe('a notice', () => {
  test('a long notice is parted between blocks, else between lines', () => {
    expect(packText('a\n\nb\nc\n\nd', 5)).toEqual(['a', 'b\nc', 'd']);
    expect(packText('a\n\nb\nc\n\nd', 6)).toEqual(['a\n\nb\nc', 'd']);
    expect(packText('aaa\nbbb\nccc', 7)).toEqual(['aaa\nbbb', 'ccc']);
  });
});
