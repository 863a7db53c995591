import { describe, expect, test } from 'vitest';
import { findNextAlarm } from '../../../src/conversation/alarm.ts';
import { wantsHold } from '../../../src/conversation/lanes.ts';
import type { Policy } from '../../../src/conversation/policy/policy.ts';
import {
  CALM_HEARTBEAT_MS,
  DEEP_IDLE_MS,
  DEEP_TURN_MS,
  TURN_MARGIN_MS,
  TURN_MS,
} from '../../../src/conversation/policy/turn.ts';
import { beginDeep } from '../../../src/conversation/questions/begin-deep.ts';
import { activeProjectOf, findOpenTurn, newProject } from '../../../src/conversation/state/state.ts';
import { timeLimitOf } from '../../../src/conversation/turn/watchdog.ts';
import { readText } from '../../../src/input/command.ts';
import { texts } from '../../../src/texts/index.ts';
import { emptyState, Talk } from '../conversation.ts';

// Deep work: its beginning and end, its effect on texts and turns, and side questions.

const { deep } = texts;
const BEGUN = deep.begun('main', false);
const timers = (talk: Talk): string[] => talk.state.timers.map((t) => t.kind);
const states = (talk: Talk): string[] => talk.state.messages.map(({ text, state }) => `${text}: ${state}`);
const done = { type: 'ended', outcome: 'done', reason: 'every message answered' } as const;
const waitingOnes = (talk: Talk): unknown[] =>
  talk.state.messages.filter((m) => m.state === 'waiting').map(({ text, action }) => [text, action]);

/** Deep work with one text that is being worked on. */
function atWork(): Talk {
  const talk = new Talk();
  talk.text('/deep');
  talk.text('build a bridge');
  talk.taken();
  return talk;
}

describe('/deep', () => {
  test('begins it in the active project; words after it are the first text, and again it says since when', () => {
    const talk = new Talk();
    talk.text('/deep build a bridge');
    expect(talk.bodies).toEqual([BEGUN]);
    expect(talk.state.conversation.deep).toEqual({ project: 'main', since: talk.now, textAt: talk.now });
    expect(states(talk)).toEqual(['build a bridge: active']);
    expect(findOpenTurn(talk.state)?.deep).toBe(true);
    talk.now += 14 * 60_000;
    talk.text('/deep');
    expect(talk.bodies.at(-1)).toBe(deep.since('main', 14 * 60_000));
    expect(deep.since('main', 14 * 60_000)).toContain('14 minutes');
    expect(talk.state.conversation.deep?.since).toBe(talk.now - 14 * 60_000);
  });

  test('its turns have the long bound, others their own; the attempt is watched by it', () => {
    const config = { turnMs: TURN_MS } as Policy;
    expect([timeLimitOf({ deep: true }, config), timeLimitOf({ deep: false }, config)]).toEqual([
      DEEP_TURN_MS,
      TURN_MS,
    ]);
    const talk = atWork();
    talk.now += TURN_MS + TURN_MARGIN_MS;
    talk.on({ type: 'heartbeat' });
    expect(findOpenTurn(talk.state)).not.toBeNull();
    talk.now += DEEP_TURN_MS;
    talk.on({ type: 'heartbeat' });
    expect(findOpenTurn(talk.state)).toBeNull();
    expect(talk.bodies.at(-1)).toBe(texts.givenUp('overdue', []));
  });

  test('a text reaches the running turn, whatever /queue says', () => {
    const talk = atWork();
    const { uuid } = talk.text('paint it red');
    expect(talk.effects).toContainEqual({ do: 'steer', attempt: talk.ref, uuid, text: 'paint it red' });
  });

  test('while a turn runs makes that turn part of it, and what waits reaches it', () => {
    const talk = new Talk();
    talk.text('build a bridge');
    talk.taken();
    const { uuid } = talk.text('paint it red');
    expect(talk.effects.filter((e) => e.do === 'steer')).toEqual([]);
    talk.text('/deep');
    expect(findOpenTurn(talk.state)?.deep).toBe(true);
    expect(talk.effects).toEqual([{ do: 'steer', attempt: talk.ref, uuid, text: 'paint it red' }]);
    expect(states(talk).slice(0, 2)).toEqual(['build a bridge: active', 'paint it red: active']);
  });

  test('of another project than the active one does not begin, and says so', () => {
    const state = emptyState();
    const two = { ...state, projects: [...state.projects, newProject('other', 'Other', 0)] };
    const after = beginDeep(two, 'other', new Talk().context());
    expect(after.conversation.deep).toBeNull();
    expect(after.replies.map((r) => r.body)).toEqual([deep.elsewhere('Other')]);
  });
});

describe('the machine is kept awake', () => {
  test('between the turns of deep work, with a heartbeat, and not afterwards', () => {
    const talk = new Talk();
    expect(wantsHold(talk.state, talk.now)).toBe(false);
    talk.text('/deep');
    talk.state = { ...talk.state, replies: [] };
    expect(wantsHold(talk.state, talk.now)).toBe(true);
    expect(findNextAlarm(talk.state, talk.now)).toBe(talk.now + CALM_HEARTBEAT_MS);
    const bridge = talk.text('build a bridge');
    expect(wantsHold(talk.state, talk.now)).toBe(false);
    talk.taken();
    talk.answer('built', bridge);
    expect(wantsHold(talk.state, talk.now)).toBe(true);
    talk.text('/end');
    const wrapUp = talk.state.messages.find((m) => m.action === 'wrap_up');
    talk.taken();
    if (wrapUp) talk.answer('all in all', wrapUp);
    talk.state = { ...talk.state, replies: [] };
    expect([wantsHold(talk.state, talk.now), findNextAlarm(talk.state, talk.now)]).toEqual([false, null]);
  });
});

describe('it ends', () => {
  test('by /end: the agent wraps it up in a turn of its own, and the summary is the answer', () => {
    const talk = new Talk();
    talk.text('/deep');
    const bridge = talk.text('build a bridge');
    talk.taken();
    talk.answer('built', bridge);
    talk.text('/end');
    expect(talk.bodies).toEqual([BEGUN, 'built', deep.ended(true)]);
    expect(talk.state.conversation.deep).toBeNull();
    const wrapUp = talk.state.messages.find((m) => m.state === 'active');
    expect(wrapUp).toMatchObject({ text: deep.wrapUp, action: 'wrap_up', project: 'main', tried: false });
    expect(findOpenTurn(talk.state)).toMatchObject({ project: 'main', deep: false });
    talk.taken();
    if (wrapUp) talk.answer('built a bridge; the paint is open', wrapUp);
    expect(talk.bodies.at(-1)).toBe('built a bridge; the paint is open');
    expect([findOpenTurn(talk.state), timers(talk)]).toEqual([null, []]);
  });

  test('while a turn runs: that goes on, then it is wrapped up; later texts wait behind it', () => {
    const talk = atWork();
    talk.text('done.');
    expect(talk.bodies.at(-1)).toBe(deep.ended(true));
    talk.text('and another thing');
    expect(waitingOnes(talk)).toEqual([
      [deep.wrapUp, 'wrap_up'],
      ['and another thing', null],
    ]);
    talk.machine({
      type: 'result',
      text: 'x',
      is_error: false,
      user_message_uuids: talk.state.messages.map((m) => m.uuid).slice(0, 2),
      cost_usd: 0,
    });
    talk.machine(done);
    expect(talk.state.messages.filter((m) => m.state === 'active').map((m) => m.action)).toEqual(['wrap_up']);
    expect(waitingOnes(talk)).toEqual([['and another thing', null]]);
  });

  test('a text does not get into the wrap-up, also where texts are steered', () => {
    const talk = new Talk(0, { queueMode: 'steer' });
    talk.text('/deep');
    const bridge = talk.text('build a bridge');
    talk.taken();
    talk.answer('built', bridge);
    talk.text('/end');
    talk.taken();
    talk.text('and another thing');
    expect(waitingOnes(talk)).toEqual([['and another thing', null]]);
  });

  test('without a word said in it there is nothing to wrap up', () => {
    const talk = new Talk();
    talk.text('/deep');
    talk.text('/end');
    expect(talk.bodies).toEqual([BEGUN, deep.ended(false)]);
    expect([findOpenTurn(talk.state), waitingOnes(talk), timers(talk)]).toEqual([null, [], []]);
    talk.text('/end');
    expect(talk.bodies.at(-1)).toBe(deep.notDeep);
  });

  test('after 30 minutes without a text, counted from the last one', () => {
    const talk = new Talk();
    talk.text('/deep');
    expect(talk.state.timers).toEqual([{ kind: 'deep', ref: '', dueAt: talk.now + DEEP_IDLE_MS, attempts: 0 }]);
    talk.now += 20 * 60_000;
    talk.text('/status');
    expect(talk.state.timers).toMatchObject([{ kind: 'deep', dueAt: talk.now + DEEP_IDLE_MS }]);
    talk.fire('deep');
    expect(talk.bodies.at(-1)).toBe(deep.idle(DEEP_IDLE_MS, false));
    expect(talk.state.conversation.deep).toBeNull();
    expect(timers(talk)).toEqual([]);
  });

  test('of a locked conversation ends without a wrap-up, because nothing begins there', () => {
    const talk = atWork();
    talk.on({ type: 'access', change: { to: 'lock' } });
    talk.machine({ ...done, outcome: 'stopped' });
    talk.fire('deep');
    expect(talk.bodies.at(-1)).toBe(deep.idle(DEEP_IDLE_MS, false));
    expect([findOpenTurn(talk.state), waitingOnes(talk)]).toEqual([null, []]);
  });

  test('a turn that runs is no silence: it is counted from its end', () => {
    const talk = new Talk();
    talk.text('/deep');
    const bridge = talk.text('build a bridge');
    talk.taken();
    expect(timers(talk)).toEqual([]);
    // A timer that was due at the same moment changes nothing.
    talk.on({ type: 'timer', timer: { kind: 'deep', ref: '', dueAt: talk.now, attempts: 0 } });
    expect(talk.state.conversation.deep?.project).toBe('main');
    talk.now += 3 * 3_600_000;
    talk.answer('built', bridge);
    expect(talk.state.timers).toMatchObject([{ kind: 'deep', dueAt: talk.now + DEEP_IDLE_MS }]);
    talk.fire('deep');
    expect(talk.bodies.at(-1)).toBe(deep.idle(DEEP_IDLE_MS, true));
    expect(findOpenTurn(talk.state)).not.toBeNull();
  });

  test('when the person goes to another project; the wrap-up belongs to the one they left', () => {
    const talk = new Talk();
    talk.text('/deep');
    const bridge = talk.text('build a bridge');
    talk.taken();
    talk.answer('built', bridge);
    const projects = [...talk.state.projects, newProject('other', 'Other', 0)];
    talk.state = { ...talk.state, projects, conversation: { ...talk.state.conversation, project: 'other' } };
    talk.on({ type: 'heartbeat' });
    expect(activeProjectOf(talk.state).id).toBe('other');
    expect(talk.bodies.at(-1)).toBe(deep.switched('main', true));
    expect(findOpenTurn(talk.state)?.project).toBe('main');
  });

  test('when its project is put away; there is nothing to wrap up in it', () => {
    const talk = new Talk();
    talk.text('/deep');
    const bridge = talk.text('build a bridge');
    talk.taken();
    talk.answer('built', bridge);
    for (const kept of [[{ ...activeProjectOf(talk.state), archivedAt: talk.now }], []]) {
      const projects = [...kept, newProject('other', 'Other', 0)];
      const conversation = { ...talk.state.conversation, project: 'other' };
      const before = talk.state;
      talk.state = { ...before, projects, conversation };
      talk.on({ type: 'heartbeat' });
      expect(talk.bodies.at(-1)).toBe(deep.switched('main', false));
      expect([findOpenTurn(talk.state), talk.state.conversation.deep]).toEqual([null, null]);
      talk.state = before;
    }
  });

  test('bare words only in deep work, and never on SMS', () => {
    const situation = { isRunning: false, isDeep: true, optOutWords: false, options: [] };
    const end = { kind: 'command', command: { name: 'end', rest: '' } };
    for (const word of ['end', 'Done', 'done.', 'END!']) expect(readText(word, situation)).toEqual(end);
    expect(readText('done with it', situation)).toEqual({ kind: 'text' });
    expect(readText('done', { ...situation, isDeep: false })).toEqual({ kind: 'text' });
    expect(readText('done', { ...situation, optOutWords: true })).toEqual({ kind: 'text' });
    expect(deep.begun('main', true)).not.toContain('done');
  });
});

describe('/btw', () => {
  test('while a turn runs goes to the machine at once, in any mode, past what waits; its answer names it', () => {
    const talk = new Talk();
    const bridge = talk.text('build a bridge');
    talk.taken();
    talk.text('then a tower');
    const { uuid } = talk.text('/btw how long is it?');
    const steer = { do: 'steer', attempt: talk.ref, uuid, text: 'how long is it?', action: 'aside' };
    expect(talk.effects).toContainEqual(steer);
    talk.fire('steer');
    expect(talk.effects).toEqual([steer]);
    talk.on({ type: 'steered', attempt: talk.ref, uuid });
    talk.machine({ type: 'aside', uuid, text: '100 m', cost_usd: 0 });
    expect(talk.bodies).toEqual(['Re “how long is it?”:', '100 m']);
    expect(states(talk)).toEqual(['build a bridge: active', 'then a tower: waiting', 'how long is it?: consumed']);
    // A machine that repeats the event causes no second message.
    talk.machine({ type: 'aside', uuid, text: '100 m', cost_usd: 0 });
    expect(talk.bodies).toHaveLength(2);
    talk.answer('built', bridge);
    expect(states(talk)).toEqual(['build a bridge: consumed', 'then a tower: active', 'how long is it?: consumed']);
  });

  test('right behind a text it is asked beside the turn that text begins, and holds up none', () => {
    const talk = new Talk(1000);
    talk.text('/deep');
    talk.text('one');
    const aside = talk.text('/btw two?');
    talk.text('three');
    // A command ends the debounce at once.
    expect(states(talk)).toEqual(['/deep: consumed', 'one: active', 'two?: active', 'three: active']);
    talk.taken();
    expect(talk.effects).toMatchObject([{ do: 'steer', uuid: aside.uuid, action: 'aside' }]);
  });

  test('while none runs is a turn of its own', () => {
    const talk = new Talk();
    const aside = talk.text('/btw two?');
    talk.taken();
    talk.machine({ type: 'aside', uuid: aside.uuid, text: '2', cost_usd: 0 });
    talk.machine(done);
    expect(talk.bodies).toEqual(['2']);
    expect(states(talk)).toEqual(['two?: consumed']);
  });

  test('an unanswered action is repeated alone, and never in one body with texts', () => {
    for (const outcome of ['done', 'interrupted'] as const) {
      const talk = new Talk();
      const bridge = talk.text('build a bridge');
      talk.taken();
      const aside = talk.text('/btw how long?');
      talk.on({ type: 'steered', attempt: talk.ref, uuid: aside.uuid });
      if (outcome === 'done')
        talk.machine({
          type: 'result',
          text: 'built',
          is_error: false,
          user_message_uuids: [bridge.uuid],
          cost_usd: 0,
        });
      talk.machine({ type: 'ended', outcome, reason: '' });
      const active = talk.state.messages.filter((m) => m.state === 'active').map((m) => m.text);
      expect(active).toEqual([outcome === 'done' ? 'how long?' : 'build a bridge']);
      expect(waitingOnes(talk)).toEqual(outcome === 'done' ? [] : [['how long?', 'aside']]);
      expect(timers(talk)).toEqual([]);
    }
  });

  test('too late for that turn it waits for its own; between attempts too; without words it says how', () => {
    const talk = new Talk();
    talk.text('build a bridge');
    talk.taken();
    const { uuid } = talk.text('/btw how long?');
    talk.on({ type: 'steer-refused', attempt: talk.ref, uuid });
    expect(waitingOnes(talk)).toEqual([['how long?', 'aside']]);
    talk.machine({ type: 'ended', outcome: 'interrupted', reason: '' });
    talk.taken();
    talk.machine({ type: 'ended', outcome: 'interrupted', reason: '' });
    expect(timers(talk)).toEqual(['attempt']);
    talk.text('/btw how high?');
    expect(waitingOnes(talk)).toEqual([
      ['how long?', 'aside'],
      ['how high?', 'aside'],
    ]);
    talk.text('/btw');
    expect(talk.bodies).toEqual([deep.asideUse]);
  });

  test('a text is not folded into the turn of a side question', () => {
    const talk = new Talk(0, { queueMode: 'steer' });
    talk.text('/btw how long?');
    talk.taken();
    talk.text('and now build');
    expect(waitingOnes(talk)).toEqual([['and now build', null]]);
  });
});

describe('texts that harmed the machine', () => {
  test.each(['memory', 'output', 'disk'])(
    '%s is said in words with what there was, and is not tried again by itself',
    (cause) => {
      const talk = new Talk();
      talk.text('build a bridge');
      talk.taken();
      talk.machine({ type: 'progress', text: 'half of it' });
      talk.machine({ type: 'ended', outcome: 'failed', reason: 'too much', cause });
      expect(talk.bodies).toEqual([`${texts.soFar}\nhalf of it`, texts.givenUp(cause, [])]);
      expect(states(talk)).toEqual(['build a bridge: failed']);
      expect(talk.state.timers.filter((t) => t.kind !== 'alert')).toEqual([]);
      talk.text('/retry');
      expect(states(talk)[0]).toBe('build a bridge: active');
    },
  );

  test('a cause this release does not know is a failure like any other', () => {
    const talk = new Talk();
    talk.text('build a bridge');
    talk.taken();
    talk.machine({ type: 'ended', outcome: 'failed', reason: 'x', cause: 'toString' });
    expect(talk.bodies).toEqual([texts.givenUp('agent', [])]);
  });
});
