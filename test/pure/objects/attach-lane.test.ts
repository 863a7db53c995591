import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ATTACH_MAX_MS, STREAM_SILENCE_MS } from '../../../src/conversation/policy/machine.ts';
import { EVENTS_WAIT_MS, TURN_MARGIN_MS, TURN_MS } from '../../../src/conversation/policy/turn.ts';
import { runAttachLane } from '../../../src/objects/lanes/attach-lane.ts';
import type { EventBody } from '../../../src/protocol/index.ts';
import { Talk } from '../conversation.ts';

// The lane that follows an attempt, over misbehaving streams, with a test clock.

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

type Stream = { cancelled: boolean; write: (text: string) => void; lastEventId: string | null };

/** A lane over a conversation with a running attempt; `journal`: the machine's name for its journal. */
function follow(journal = 'J1') {
  const talk = new Talk();
  const hello = talk.text('hello');
  talk.taken();
  const streams: Stream[] = [];
  const events: string[] = [];
  const commits: string[] = [];
  const acknowledged: string[] = [];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    if (init.method === 'DELETE') {
      acknowledged.push(url);
      return new Response(null, { status: 204 });
    }
    if (streams.length === 4) throw new Error('down');
    const stream: Stream = {
      cancelled: false,
      write: () => undefined,
      lastEventId: new Headers(init.headers).get('last-event-id'),
    };
    streams.push(stream);
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        stream.write = (text) => controller.enqueue(new TextEncoder().encode(text));
        stream.write(': hello\n\n');
      },
      cancel: () => {
        stream.cancelled = true;
      },
    });
    return new Response(body, { headers: { 'roost-journal': journal } });
  });
  const lane = runAttachLane({
    now: () => {
      talk.now = Date.now();
      return talk.now;
    },
    load: () => talk.state,
    apply: (...several) => {
      talk.now = Date.now();
      commits.push(several.map((e) => (e.type === 'machine' ? e.event.type : e.type)).join(' '));
      for (const event of several) {
        events.push(event.type);
        talk.on(event);
      }
      return talk.state;
    },
    access: async () => ({ url: 'http://machine.example.com', token: 't' }),
    tokens: async () => ({ model: { token: 't', expires_at: 0 }, connect: null }),
    restore: () => {
      throw new Error('nothing is lost');
    },
    startBody: () => {
      throw new Error('the attempt runs already');
    },
    background: (work) => void work,
  });
  const send = (event: EventBody | { type: string }, seq: number): void => {
    const data = { attempt: `${talk.ref.turn}.${talk.ref.n}`, journal: 'J1', seq, at: 0, event };
    const lines = `id: ${seq}\ndata: ${JSON.stringify(data)}\n\n`;
    // In pieces, as a network delivers it.
    for (let at = 0; at < lines.length; at += 65_536) streams.at(-1)?.write(lines.slice(at, at + 65_536));
  };
  return { talk, hello, streams, events, commits, acknowledged, lane, send };
}

test('a stream that goes silent is let go of, and the lane ends', async () => {
  const { streams, events, lane } = follow();
  await vi.advanceTimersByTimeAsync(STREAM_SILENCE_MS + 1);
  await lane;
  expect(events).toEqual(['attached', 'unreachable']);
  expect(streams[0]?.cancelled).toBe(true);
});

test('the longest text of an event passes, however JSON has to write it', async () => {
  const { streams, events, talk, send } = follow();
  await vi.advanceTimersByTimeAsync(10);
  send({ type: 'progress', text: '\u0001'.repeat(1_000_000) }, 1);
  await vi.advanceTimersByTimeAsync(10);
  expect(events).toEqual(['attached', 'machine']);
  expect([talk.attempt.lastSeq, streams.length]).toEqual([1, 1]);
  streams[0]?.write(': bye\n\n');
});

test('a stream whose attempt was given up meanwhile is let go of at the next sign of life', async () => {
  const { talk, streams, lane } = follow();
  await vi.advanceTimersByTimeAsync(10);
  talk.now += TURN_MS + TURN_MARGIN_MS;
  talk.on({ type: 'heartbeat' });
  expect(talk.state.attempts.every((a) => a.state === 'ended')).toBe(true);
  streams[0]?.write(': still here\n\n');
  await vi.advanceTimersByTimeAsync(10);
  await lane;
  expect(streams[0]?.cancelled).toBe(true);
});

test('a stream of another journal is let go of, and the attempt is lost', async () => {
  const { streams, events, lane } = follow('J2');
  await vi.advanceTimersByTimeAsync(STREAM_SILENCE_MS);
  await lane.catch(() => undefined);
  expect(streams[0]?.cancelled).toBe(true);
  expect(events[0]).toBe('attempt-lost');
});

test('a stream is replaced after ten minutes, from the last applied event, before the old one is dropped', async () => {
  const { streams, talk, send } = follow();
  await vi.advanceTimersByTimeAsync(10);
  send({ type: 'started' }, 1);
  for (let n = 0; n * 15_000 <= ATTACH_MAX_MS + 15_000; n++) {
    await vi.advanceTimersByTimeAsync(15_000);
    streams.at(-1)?.write(': alive\n\n');
  }
  await vi.advanceTimersByTimeAsync(10);
  expect(streams.map((s) => [s.lastEventId, s.cancelled])).toEqual([
    ['0', true],
    ['1', false],
  ]);
  expect(talk.attempt.state).toBe('running');
});

test('events that nobody waits for are committed with the next one, or after a second', async () => {
  const { commits, streams, hello, send } = follow();
  await vi.advanceTimersByTimeAsync(10);
  const body: (EventBody | { type: string })[] = [
    { type: 'started' },
    { type: 'session', session_id: '7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b10' },
    { type: 'progress', text: 'Looking.' },
    { type: 'tool_ended', tool_use_id: 't1', is_error: false },
  ];
  for (const [index, event] of body.entries()) send(event, index + 1);
  await vi.advanceTimersByTimeAsync(EVENTS_WAIT_MS - 20);
  expect(commits).toEqual(['attached', 'started session progress']);
  streams[0]?.write(': alive\n\n');
  await vi.advanceTimersByTimeAsync(30);
  expect(commits.slice(2)).toEqual(['tool_ended']);
  const result = { type: 'result', text: 'hi', is_error: false, user_message_uuids: [hello.uuid], cost_usd: 0 };
  send(result, 5);
  await vi.advanceTimersByTimeAsync(1);
  send({ type: 'ending' }, 6);
  await vi.advanceTimersByTimeAsync(7);
  send({ type: 'ended', outcome: 'done', reason: '' } as EventBody, 7);
  await vi.advanceTimersByTimeAsync(1);
  expect(commits.slice(3)).toEqual(['result', 'ending ended']);
});

test('a flood of such events is committed before it fills the memory', async () => {
  const { commits, send } = follow();
  await vi.advanceTimersByTimeAsync(10);
  for (let seq = 1; seq <= 150; seq++) {
    send({ type: 'tool_ended', tool_use_id: 't', is_error: true }, seq);
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(commits[1]?.split(' ')).toHaveLength(100);
});

test('the last event is applied, acknowledged, and ends the lane', async () => {
  const { talk, hello, send, lane, acknowledged, streams } = follow();
  await vi.advanceTimersByTimeAsync(10);
  send({ type: 'result', text: 'hi', is_error: false, user_message_uuids: [hello.uuid], cost_usd: 0 }, 1);
  send({ type: 'something_new' }, 2);
  send({ type: 'ended', outcome: 'done', reason: '' }, 3);
  await vi.advanceTimersByTimeAsync(10);
  await lane;
  expect(talk.state.turns.map((t) => t.state)).toEqual(['done']);
  expect(acknowledged).toHaveLength(1);
  expect(streams[0]?.cancelled).toBe(true);
});

test('an event outside the protocol breaks the stream, not the conversation, and its words are not repeated', async () => {
  const { talk, streams, events, lane } = follow();
  await vi.advanceTimersByTimeAsync(10);
  streams[0]?.write('data: my secret is not JSON\n\n');
  await vi.advanceTimersByTimeAsync(10);
  await lane;
  expect(events).toEqual(['attached', 'unreachable']);
  expect(talk.state.timers.map((t) => t.kind)).toEqual(['reach']);
});
