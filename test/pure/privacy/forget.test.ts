import { describe, expect, test } from 'vitest';
import { findDueAlerts } from '../../../src/conversation/lanes.ts';
import { wantsMachine } from '../../../src/conversation/machine/readiness.ts';
import { FORGET_ANSWER_MS, FORGET_NOTICE_MS, FORGET_WORD_MS } from '../../../src/conversation/policy/privacy.ts';
import { wantsExport } from '../../../src/conversation/privacy/export.ts';
import { wantsForget } from '../../../src/conversation/privacy/forget.ts';
import { accessOf } from '../../../src/conversation/state/access.ts';
import type { ForgetOutcome, ForgetStep } from '../../../src/conversation/state/forgetting.ts';
import { texts } from '../../../src/texts/index.ts';
import { Talk } from '../conversation.ts';

// /forget as decisions: what confirms it, which steps follow, and what happens with everything that comes meanwhile.

const said = texts.privacy;
const replies = (talk: Talk): string[] => talk.state.replies.filter((r) => r.state === 'ready').map((r) => r.body);
const step = (talk: Talk): ForgetStep | undefined => talk.state.conversation.forgetting?.step;
const took = (talk: Talk, outcome: ForgetOutcome): void => {
  const at = step(talk);
  if (at) talk.on({ type: 'forget-step', step: at, outcome });
};
const leaves = (talk: Talk): void => {
  for (const reply of talk.state.replies.filter((r) => r.state === 'ready')) {
    talk.on({ type: 'send-begin' });
    const { id, attempt } = talk.state.replies.find((r) => r.id === reply.id) ?? reply;
    talk.on({ type: 'send-accepted', reply: id, attempt, sid: `SM${id}` });
    talk.now += 60_000;
  }
};

function asked(words = '/forget everything'): Talk {
  const talk = new Talk();
  talk.text(words);
  leaves(talk);
  return talk;
}

function begun(words?: string): Talk {
  const talk = asked(words);
  talk.text('DELETE');
  return talk;
}

test.each([
  ['an owner by role', 'owner' as const, false, true],
  ['the owner of the configuration', 'owner' as const, true, false],
  ['an admin', 'admin' as const, false, false],
])('%s is asked with a word about who stays owner, or without', (_, role, isConfigured, isAsked) => {
  const talk = new Talk();
  talk.isOwner = isConfigured;
  const { conversation } = talk.state;
  talk.state = { ...talk.state, conversation: { ...conversation, access: { ...accessOf(talk.state), role } } };
  talk.text('/forget');
  expect(replies(talk).some((body) => body.includes('You’re an owner here.'))).toBe(isAsked);
});

describe('the word', () => {
  test('begins it, and the person hears that it does', () => {
    const talk = begun();
    expect(step(talk)).toBe('notice');
    expect(replies(talk)).toEqual([said.forgetBegun(false)]);
  });

  test('the word counts for ten minutes, and as the next text alone', () => {
    const late = asked();
    late.now += FORGET_WORD_MS;
    late.text('DELETE');
    const passed = asked();
    passed.text('wait');
    passed.text('DELETE');
    const small = asked();
    small.text('delete');
    const more = asked();
    more.text('DELETE it');
    const found = asked();
    found.text('DELETE', 0, { late: true });
    for (const talk of [late, passed, small, more, found]) expect(step(talk)).toBeUndefined();
  });

  test.for(['/forget all', '/forget me', '/forget everything please'])('%s deletes nothing, and says so', (words) => {
    const talk = new Talk();
    talk.text(words);
    expect(replies(talk)).toEqual([said.forgetUse]);
    expect(talk.state.conversation.asking).toBeNull();
  });
});

test('its steps follow one another; Twilio’s copies only where asked', () => {
  const stepsOf = (talk: Talk): (ForgetStep | undefined)[] => {
    const seen: (ForgetStep | undefined)[] = [];
    for (let n = 0; n < 10 && step(talk) !== 'rows'; n++) {
      leaves(talk);
      seen.push(step(talk));
      took(talk, { kind: 'done' });
    }
    return seen;
  };
  expect(stepsOf(begun())).toEqual(['machine', 'copies', 'directory', 'rows']);
  expect(stepsOf(begun('/forget everything and at twilio'))).toEqual([
    'machine',
    'copies',
    'carrier',
    'directory',
    'rows',
  ]);
});

test('work under way ends, and nothing that waited happens', () => {
  const talk = new Talk();
  talk.text('a long piece of work');
  const turn = talk.state.turns[0];
  talk.text('/forget everything');
  leaves(talk);
  talk.text('DELETE');
  expect(talk.effects).toEqual([{ do: 'interrupt', attempt: { turn: turn?.id, n: 1 } }]);
  expect(talk.state.turns.every((t) => t.state !== 'open')).toBe(true);
  expect(talk.state.timers.map(({ kind }) => kind)).toEqual(['forget']);
  const before = talk.state;
  talk.on({ type: 'heartbeat' });
  talk.on({ type: 'unreachable', attempt: { turn: turn?.id ?? '', n: 1 }, reason: 'gone' });
  talk.on({ type: 'notify', id: 'alert', kind: 'alert', text: 'an alert' });
  expect(talk.state).toEqual(before);
});

test('a machine in the making and a copy in the making are not made further', () => {
  const talk = new Talk(0, { exports: true, makesMachines: true });
  talk.text('hello');
  const { machine } = talk.state;
  if (machine) talk.state = { ...talk.state, machine: { ...machine, image: 'registry.example/roost:1' } };
  talk.text('/export');
  talk.text('/forget everything');
  leaves(talk);
  expect([wantsMachine(talk.state, talk.now), wantsExport(talk.state, talk.now)]).toEqual([true, true]);
  talk.text('DELETE');
  expect([wantsMachine(talk.state, talk.now), wantsExport(talk.state, talk.now)]).toEqual([false, false]);
});

test('an answer of the model that ends meanwhile costs what it used, because limits outlive the rows', () => {
  const talk = new Talk();
  talk.text('a long piece of work');
  const turn = talk.state.turns[0]?.id ?? '';
  talk.on({ type: 'model-asked', request: { id: 'r', turn, project: 'main', model: 'm', reserve: 5, at: talk.now } });
  talk.text('/forget everything');
  leaves(talk);
  talk.text('DELETE');
  const spent = (): number => talk.state.conversation.spending.today.model;
  expect(spent()).toBe(5);
  talk.on({ type: 'model-answered', report: { id: 'r', micros: 7000, output: 100, isEstimate: false } });
  expect(spent()).toBe(7000);
});

test('a result of another step changes nothing', () => {
  const talk = begun();
  leaves(talk);
  const before = talk.state;
  talk.on({ type: 'forget-step', step: 'rows', outcome: { kind: 'done' } });
  expect(talk.state).toEqual(before);
});

test('a step that fails is tried later and later; the person and the operator hear of it once', () => {
  const talk = begun();
  leaves(talk);
  const waits: number[] = [];
  for (let n = 0; n < 6; n++) {
    took(talk, { kind: 'later', reason: 'no answer' });
    const due = talk.state.timers.find(({ kind }) => kind === 'forget')?.dueAt ?? 0;
    waits.push((due - talk.now) / 1000);
    expect(wantsForget(talk.state, talk.now)).toBe(false);
    talk.now = due;
    expect(wantsForget(talk.state, talk.now)).toBe(true);
  }
  expect(waits).toEqual([5, 30, 300, 3600, 3600, 3600]);
  expect(replies(talk)).toEqual([said.forgetWaits('machine')]);
  expect(talk.state.timers.filter(({ ref }) => ref === 'forget-waits')).toHaveLength(1);
});

test('an alert that the directory does not take is told later, and nothing turns without end', () => {
  const talk = begun();
  leaves(talk);
  for (let n = 0; n < 4; n++) took(talk, { kind: 'later', reason: 'no answer' });
  expect(findDueAlerts(talk.state, talk.now)).toHaveLength(1);
  talk.on({ type: 'alert-failed', cause: 'forget-waits' });
  expect(findDueAlerts(talk.state, talk.now)).toEqual([]);
  talk.on({ type: 'alert-raised', cause: 'forget-waits' });
  expect(talk.state.timers.map(({ kind }) => kind)).toEqual(['forget']);
});

test('a text meanwhile is not kept, and answered once in ten minutes', () => {
  const talk = begun();
  leaves(talk);
  talk.text('hello?');
  talk.text('are you there?');
  expect(replies(talk)).toEqual([said.forgetGoesOn]);
  talk.now += FORGET_ANSWER_MS;
  talk.text('now?');
  expect(replies(talk)).toHaveLength(2);
  expect(talk.state.messages.slice(-3).map(({ text, state }) => `${text}${state}`)).toEqual([
    'consumed',
    'consumed',
    'consumed',
  ]);
  expect(talk.state.turns.some((t) => t.state === 'open')).toBe(false);
});

test('a notice that does not leave holds nothing up for long', () => {
  const talk = begun();
  const timer = { kind: 'forget', ref: '', dueAt: 0, attempts: 0 } as const;
  talk.on({ type: 'timer', timer });
  expect(step(talk)).toBe('notice');
  talk.now += FORGET_NOTICE_MS;
  talk.on({ type: 'timer', timer });
  expect(step(talk)).toBe('machine');
});

test('what the carrier kept is counted in the last message', () => {
  const talk = begun('/forget everything and at Twilio');
  leaves(talk);
  for (const outcome of [
    { kind: 'done' },
    { kind: 'done' },
    { kind: 'more', cursor: 'in3', left: 2 },
    { kind: 'done', left: 1 },
    { kind: 'done' },
  ] as const)
    took(talk, outcome);
  expect([step(talk), replies(talk)]).toEqual(['farewell', [said.forgetDone(3)]]);
});
