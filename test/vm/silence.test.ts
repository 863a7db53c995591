import { describe, expect, test } from 'vitest';
import type { Signal } from '../../vm/src/agent/agent.ts';
import { STARTING, silenceLimitOf, updateOccupation } from '../../vm/src/attempts/silence.ts';
import { MessageReader } from '../../vm/src/claude/sdk-messages.ts';

// How long an agent may be silent, by its occupation.

const limits = { turn_ms: 30 * 60_000, silence_ms: 10 * 60_000 };
const allowedAfter = (...signals: Signal[]): number =>
  silenceLimitOf(signals.reduce(updateOccupation, STARTING), limits).ms;
const session: Signal = { type: 'session', session: 's' };
const tool = (declaredMs: number, id = 't1'): Signal => ({ type: 'tool_started', id, name: 'Bash', declaredMs });
const toolEnded: Signal = { type: 'tool_ended', id: 't1', isError: false };

describe('silence', () => {
  test('a start has its own bound until the agent is up', () => {
    expect(allowedAfter()).toBe(90_000);
    expect(allowedAfter({ type: 'state', idle: false }, { type: 'message', uuid: 'm', state: 'queued' })).toBe(90_000);
    expect(allowedAfter(session)).toBe(limits.silence_ms);
    expect(allowedAfter({ type: 'message', uuid: 'm', state: 'completed' })).toBe(limits.silence_ms);
    const short = { turn_ms: 1000, silence_ms: 100, start_ms: 700 };
    expect(silenceLimitOf(STARTING, short)).toEqual({ ms: 700, reason: 'the agent did not start within 700 ms' });
    expect(silenceLimitOf(updateOccupation(STARTING, session), short)).toMatchObject({ ms: 100 });
  });

  test('a tool extends it by the time it declared, of several the longest, and only while it runs', () => {
    expect(allowedAfter(session, tool(0))).toBe(limits.silence_ms);
    expect(allowedAfter(session, tool(20 * 60_000), tool(1000, 't2'))).toBe(20 * 60_000 + 30_000);
    expect(allowedAfter(session, tool(20 * 60_000), toolEnded)).toBe(limits.silence_ms);
    const answer = { text: '', isError: true, uuids: [], totalCostUsd: 0, aborted: true, outage: 'none' as const };
    expect(allowedAfter(session, tool(20 * 60_000), { type: 'answer', answer })).toBe(limits.silence_ms);
  });

  test('a declared time is the model’s word: it never makes a timer that fires at once', () => {
    expect(allowedAfter(session, tool(1e15))).toBe(limits.turn_ms + 30_000);
    expect(allowedAfter(session, tool(-5))).toBe(limits.silence_ms);
    const endless = { turn_ms: 2 ** 40, silence_ms: 2 ** 40 };
    expect(silenceLimitOf(updateOccupation(STARTING, session), endless).ms).toBeLessThan(2 ** 31);
  });

  test('making room in the context has ten minutes, whatever the silence', () => {
    const short = { turn_ms: 60_000, silence_ms: 1000 };
    const limit = (...signals: Signal[]): number =>
      silenceLimitOf(signals.reduce(updateOccupation, STARTING), short).ms;
    expect(limit(session, { type: 'compacting' }, { type: 'alive' })).toBe(600_000);
    expect(limit(session, { type: 'compacting' }, { type: 'compacted' })).toBe(1000);
    expect(limit(session, { type: 'compacting' }, { type: 'words', text: '', fresh: true })).toBe(1000);
  });
});

describe('the agent’s signals', () => {
  const read = (message: unknown): Signal[] => new MessageReader().read(message);
  const streamed = (event: unknown, parent_tool_use_id: string | null = null): unknown => ({
    type: 'stream_event',
    parent_tool_use_id,
    event,
  });
  const delta = (value: unknown): unknown => streamed({ type: 'content_block_delta', index: 0, delta: value });

  test('compaction is announced and ended', () => {
    expect(read({ type: 'system', subtype: 'status', status: 'compacting' })).toEqual([{ type: 'compacting' }]);
    expect(read({ type: 'system', subtype: 'status', status: 'requesting' })).toEqual([{ type: 'alive' }]);
    expect(read({ type: 'system', subtype: 'compact_boundary' })).toEqual([{ type: 'compacted' }]);
  });

  test('words are of its own text only; thinking, tools and sub-agents are signs of life', () => {
    expect(read(delta({ type: 'text_delta', text: 'Half' }))).toEqual([{ type: 'words', text: 'Half', fresh: false }]);
    expect(read(delta({ type: 'thinking_delta', thinking: 'x' }))).toEqual([{ type: 'alive' }]);
    expect(read(delta({ type: 'input_json_delta', partial_json: '{' }))).toEqual([{ type: 'alive' }]);
    expect(
      read(streamed({ type: 'content_block_delta', delta: { type: 'text_delta', text: 'aside' } }, 'toolu_1')),
    ).toEqual([{ type: 'alive' }]);
    expect(read(streamed({ type: 'message_start', message: {} }))).toEqual([{ type: 'words', text: '', fresh: true }]);
  });

  test('a tool with a time that is none has begun all the same', () => {
    for (const input of [{ timeout: 'long' }, 'nonsense', undefined]) {
      const content = [{ type: 'tool_use', id: 't1', name: 'Bash', input }];
      expect(read({ type: 'assistant', parent_tool_use_id: null, message: { content } })).toEqual([tool(0)]);
    }
  });
});
