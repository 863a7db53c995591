import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { PAGE_MAX_CHARS } from '../../src/conversation/policy/outbox.ts';
import { EventBody } from '../../src/protocol/index.ts';
import type { AgentAnswer, Signal } from '../../vm/src/agent/agent.ts';
import {
  type AttemptVerdict,
  isWaitingForShells,
  newRunningState,
  type RunningState,
  stalledMessagesOf,
  step,
  unsaidTextOf,
  withPushed,
} from '../../vm/src/attempts/reducer.ts';
import { MessageReader } from '../../vm/src/claude/sdk-messages.ts';

// When a turn is over and what it costs, decided from signals alone: cases that the real agent shows only by chance.

const [first, second] = [randomUUID(), randomUUID()];
const answer = (fields: Partial<AgentAnswer>): Signal => ({
  type: 'answer',
  answer: { text: 'Done', isError: false, uuids: [first], totalCostUsd: 0, aborted: false, outage: 'none', ...fields },
});
const idle: Signal = { type: 'state', idle: true };
const busy: Signal = { type: 'state', idle: false };
const moved = (uuid: string, state: 'queued' | 'completed' | 'cancelled'): Signal => ({ type: 'message', uuid, state });

function play(
  turn: RunningState,
  ...signals: Signal[]
): { turn: RunningState; events: EventBody[]; verdict: AttemptVerdict | null } {
  const events: EventBody[] = [];
  let verdict: AttemptVerdict | null = null;
  for (const signal of signals) {
    const next = step(turn, signal);
    turn = next.state;
    events.push(...next.events);
    verdict = next.verdict;
  }
  return { turn, events, verdict };
}
const asked = (...uuids: string[]): RunningState =>
  uuids.reduce((turn, uuid) => withPushed(turn, { uuid, text: 'x', context: false }), newRunningState(null));

describe('a turn is over', () => {
  test('when every message is answered and the agent rests, and not before', () => {
    expect(play(asked(first), answer({})).verdict).toBeNull();
    expect(play(asked(first), answer({}), idle).verdict).toMatchObject({ outcome: 'done' });
    expect(play(asked(first, second), answer({}), idle).verdict).toBeNull();
    expect(play(asked(first, second), answer({}), idle, busy, answer({ uuids: [second] })).verdict).toBeNull();
    expect(play(asked(first, second), answer({}), moved(second, 'cancelled'), idle).verdict).toMatchObject({
      outcome: 'done',
    });
  });

  test('not while its own tasks run, nor before the agent has spoken of their end', () => {
    const task = { id: 't1', isShell: true };
    const started: Signal = { type: 'background', tasks: [task] };
    const ended: Signal = { type: 'background', tasks: [] };
    const resting = play(asked(first), started, answer({}), idle);
    expect([resting.verdict, isWaitingForShells(resting.turn)]).toEqual([null, true]);
    const waking = play(resting.turn, ended, idle);
    expect([waking.verdict, isWaitingForShells(waking.turn)]).toEqual([null, true]);
    expect(play(waking.turn, busy, answer({ uuids: [] }), idle).verdict).toMatchObject({ outcome: 'done' });
    const agent = play(asked(first), { type: 'background', tasks: [{ id: 't2', isShell: false }] }, answer({}), idle);
    expect([agent.verdict, isWaitingForShells(agent.turn)]).toEqual([null, false]);
    const earlier = { ...asked(first), inherited: [task] };
    expect(play(earlier, started, answer({}), idle).verdict).toMatchObject({ outcome: 'done' });
  });

  test('an ignored message is noticed only when the agent is idle', () => {
    expect(stalledMessagesOf(play(asked(first), moved(first, 'completed')).turn)).toEqual([]);
    expect(stalledMessagesOf(play(asked(first), moved(first, 'completed'), idle).turn)).toEqual([first]);
  });
});

test('cost is the difference to what the process had spent, and never negative', () => {
  const resumed = { ...asked(first, second), totalCostUsd: 0.5 };
  const { events } = play(resumed, answer({ totalCostUsd: 0.75 }), answer({ uuids: [second], totalCostUsd: 0.25 }));
  expect(events.map((event) => event.type === 'result' && event.cost_usd)).toEqual([0.25, 0]);
});

test('an empty answer is the last text the agent wrote', () => {
  const { events } = play(asked(first), { type: 'text', text: 'Almost there' }, answer({ text: '' }));
  expect(events).toMatchObject([{ type: 'result', text: 'Almost there' }]);
});

test('context is consumed with the answer to what it came before', () => {
  const turn = withPushed(withPushed(newRunningState(null), { uuid: first, text: 'x', context: true }), {
    uuid: second,
    text: 'y',
    context: false,
  });
  const { events } = play(turn, answer({ text: '', uuids: [first] }), answer({ uuids: [second] }));
  expect(events).toMatchObject([{ type: 'result', user_message_uuids: [first, second] }]);
});

describe('a resumed turn', () => {
  const resumed: RunningState = { ...newRunningState(null), held: [first, second], context: [first, second] };

  test('is answered by the first answer, though it lists no message', () => {
    const { events, verdict } = play(resumed, answer({ uuids: [] }), idle);
    expect(events).toMatchObject([{ type: 'result', text: 'Done', user_message_uuids: [first, second] }]);
    expect(verdict).toMatchObject({ outcome: 'done' });
  });

  test('is not over before, and an outage in it is its own', () => {
    expect(play(resumed, idle).verdict).toBeNull();
    expect(stalledMessagesOf(play(resumed, idle).turn)).toEqual([first, second]);
    const outage = answer({ uuids: [], isError: true, outage: 'transient' });
    expect(play(resumed, outage).verdict).toMatchObject({ outcome: 'interrupted' });
    const empty = play(resumed, answer({ uuids: [], text: '' }), idle);
    expect([empty.events, empty.verdict]).toEqual([[], null]);
  });

  test('that is stopped has nothing left', () => {
    expect(play(resumed, answer({ uuids: [], text: '', aborted: true }), idle).verdict).not.toBeNull();
  });
});

test('what a cut turn has to show: texts since the last tool and the words of an unfinished one, each once', () => {
  const words = (text: string, fresh = false): Signal => ({ type: 'words', text, fresh });
  const tool: Signal = { type: 'tool_started', id: 't', name: 'Bash', declaredMs: 0 };
  const shown = (...signals: Signal[]): unknown => unsaidTextOf(play(asked(first), ...signals).turn);
  expect(shown(words('', true), words('Half of'), words(' it'))).toEqual([{ type: 'progress', text: 'Half of it' }]);
  expect(shown(words('All', true), { type: 'text', text: 'All of it' }, words('And', true))).toEqual([
    { type: 'progress', text: 'All of it\n\nAnd' },
  ]);
  expect(shown(words('One try', true), words('', true))).toEqual([]);
  expect(shown({ type: 'text', text: 'Before' }, tool)).toEqual([]);
  expect(shown({ type: 'text', text: 'Said' }, answer({}))).toEqual([]);
});

test('an outage of a turn the agent began by itself costs no message', () => {
  const woken = play(asked(first), answer({ uuids: [], isError: true, outage: 'transient' }));
  expect([woken.events, woken.verdict, woken.turn.waiting]).toEqual([[], null, [first]]);
  expect(play(asked(first), answer({ isError: true, outage: 'transient' })).verdict).toMatchObject({
    outcome: 'interrupted',
  });
  expect(play(asked(first), answer({ isError: true, outage: 'fatal' })).verdict).toMatchObject({ outcome: 'failed' });
});

test('a lost session starts afresh once; a fresh one that is lost ends the attempt', () => {
  const lost = play({ ...asked(first), session: first }, { type: 'session_lost' });
  expect(lost).toMatchObject({
    events: [],
    verdict: { type: 'start_afresh', lost: first },
  });
  expect(play(lost.turn, { type: 'session_lost' }).verdict).toMatchObject({ outcome: 'interrupted' });
});

test('an answer larger than an event may be is told in its beginning, which is more than the relay keeps', () => {
  const told = play(asked(first), answer({ text: 'x'.repeat(1_500_000) }), idle);
  expect(told.events).toMatchObject([{ type: 'result', user_message_uuids: [first] }]);
  const [result] = told.events;
  expect(result?.type === 'result' && EventBody.safeParse(result).success).toBe(true);
  expect(result?.type === 'result' && result.text.length).toBe(1_000_000);
  expect(PAGE_MAX_CHARS).toBeLessThan(1_000_000);
  expect(told.verdict).toMatchObject({ outcome: 'done' });
});

test.each([
  ['none', 400],
  ['none', 413],
  ['fatal', 401],
  ['transient', 500],
  ['transient', 529],
])('another try of the same is of use or not (%s: the model says %i)', (outage, api_error_status) => {
  const raw = { type: 'result', is_error: true, result: 'API Error', api_error_status };
  expect(new MessageReader().read(raw)).toMatchObject([{ type: 'answer', answer: { outage } }]);
});
