import { expect, test, vi } from 'vitest';
import { DEEP_TURN_MS } from '../../../src/conversation/policy/turn.ts';
import { attemptId } from '../../../src/conversation/state/state.ts';
import { NO_LIMITS, type Usual } from '../../../src/money/budget.ts';
import { ModelRequests, WAIT_FOR_ANSWER_MS } from '../../../src/objects/model-requests.ts';
import { Talk } from '../conversation.ts';

// The gate of a conversation's model requests: by access, count and money.

const MODEL = 'claude-opus-5';
const usageOf = (output: number) => ({ input: 0, write5m: 0, write1h: 0, read: 0, output, searches: 0 });

/** A person with a running turn whose requests go through the gate. */
function gated(limits: Usual = NO_LIMITS) {
  const talk = new Talk(0, { limits });
  talk.text('work');
  talk.taken();
  const attempt = attemptId(talk.attempt);
  const gate = new ModelRequests(
    {
      load: () => talk.state,
      apply: (event) => talk.on(event as never),
      services: () => ({ policy: talk.policy }) as never,
      now: () => talk.now,
    },
    () => (talk.isAllowed ? 'served' : 'known'),
  );
  const begin = (id: string, bytes: number | null = 400, counts = true) =>
    gate.begin({ id, attempt, model: MODEL, bytes, counts });
  /** A token of output costs 25 micro-dollars. */
  const end = (id: string, output: number | null, bytes = 0) =>
    gate.end({ id, attempt, model: MODEL, usage: output === null ? null : usageOf(output), isFree: false, bytes });
  return { talk, gate, attempt, begin, end };
}

test('a request is served while its attempt is open and its person is', async () => {
  const { talk, gate, attempt, begin } = gated();
  expect(await begin('a')).toBe('open');
  talk.isAllowed = false;
  expect(await begin('b')).toBe('removed');
  talk.isAllowed = true;
  expect(await gate.begin({ id: 'c', attempt: `${attempt}1`, model: MODEL, bytes: 1, counts: true })).toBe('ended');
  talk.answer('done', talk.state.messages[0]!);
  expect(await begin('d')).toBe('ended');
  expect(talk.state.conversation.spending.open).toEqual([]);
});

test('as many helpers as Claude Code runs at once, at full pace, stay within the bounds for all of the longest turn', async () => {
  const { talk, begin, end } = gated();
  // 20 at once, each with a request every 2 seconds: a tool and a short answer of the model. 40 KB at first, half a MB
  // on average. Counting tokens is cheaper to play, and counts as much.
  const began = talk.now;
  for (let at = 0; at < DEEP_TURN_MS; at += 60_000) {
    talk.now = began + at;
    for (let n = 0; n < 20 * 30; n++) if ((await begin('x', null, false)) !== 'open') throw new Error(`${at} ${n}`);
    end('x', 0, 20 * 30 * 512 * 1024);
  }
  talk.now += 60_000;
  expect(await begin('y')).toBe('open');
});

test('an attempt has its bounds in a minute and in all', async () => {
  const { talk, begin, end } = gated();
  for (let n = 0; n < 1000; n++) expect(await begin('x', 1, false)).toBe('open');
  expect(await begin('x', 1, false)).toBe('too-many');
  talk.now += 60_000;
  expect(await begin('x', 1, false)).toBe('open');
  end('x', 0, 2 ** 30);
  expect(await begin('x', 1, false)).toBe('too-many');
  talk.now += 60_000;
  end('x', 0, 96 * 2 ** 30);
  expect(await begin('x', 1, false)).toBe('used-up');
});

test('four answers of a turn are under way; the fifth request waits for one, or is asked again', async () => {
  vi.useFakeTimers();
  try {
    const { talk, begin, end } = gated();
    for (const id of ['a', 'b', 'c', 'd']) expect(await begin(id)).toBe('open');
    const fifth = begin('e');
    const sixth = begin('f');
    await Promise.resolve();
    expect(talk.state.conversation.spending.open).toHaveLength(4);
    end('b', 10);
    expect(await fifth).toBe('open');
    talk.now += WAIT_FOR_ANSWER_MS;
    await vi.advanceTimersByTimeAsync(WAIT_FOR_ANSWER_MS);
    expect(await sixth).toBe('too-many');
  } finally {
    vi.useRealTimers();
  }
});

test('the last of a budget goes to one request; the next one waits for its answer, and the turn stops at the budget', async () => {
  const { talk, begin, end } = gated({ turn: null, day: 60_000, month: null });
  expect(await begin('a')).toBe('open');
  end('a', 2000);
  expect(talk.state.conversation.spending.today.model).toBe(50_000);
  expect(await begin('b')).toBe('open');
  const third = begin('c');
  end('b', 500);
  expect(await third).toBe('budget');
  // A request that was refused costs nothing, and the bound is what was under way.
  expect(talk.state.conversation.spending).toMatchObject({ total: 62_500, open: [], stopped: [{ why: 'day' }] });
});

test('a turn of anybody ends at its limit, whatever its person may spend', async () => {
  const { talk, begin, end } = gated({ turn: 500_000, day: null, month: null, anyTurn: 50_000 });
  expect(await begin('a')).toBe('open');
  end('a', 2000);
  expect(await begin('b')).toBe('budget');
  expect(talk.state.conversation.spending).toMatchObject({ total: 50_000, stopped: [{ why: 'any-turn' }] });
});

test('an answer that was cut costs its reserve, or what was seen of it if that is more', async () => {
  const { talk, gate, attempt, begin } = gated();
  const cut = (id: string, output: number) =>
    gate.end({ id, attempt, model: MODEL, usage: usageOf(output), isCut: true, isFree: false, bytes: 0 });
  await begin('a', 4000);
  cut('a', 1);
  expect(talk.state.conversation.spending).toMatchObject({ total: 55_000, estimates: 1, means: {} });
  expect(talk.log).toEqual([
    { level: 'info', event: 'model-answer-cut', turn: talk.attempt.turn, trace: 'SM1', micros: 55_000 },
  ]);
  const once = talk.state.conversation.spending;
  cut('a', 1);
  expect(talk.state.conversation.spending).toBe(once);
  await begin('b', 4000);
  cut('b', 4000);
  expect(talk.state.conversation.spending).toMatchObject({ total: 55_000 + 100_000, estimates: 2 });
});

test('an answer that nobody saw costs its reserve; one that the model refused costs nothing', async () => {
  const { talk, gate, attempt, begin, end } = gated();
  await begin('a', 4000);
  end('a', null);
  expect(talk.state.conversation.spending).toMatchObject({ total: 1000 * 5 + 2000 * 25, estimates: 1 });
  await begin('b', 4000);
  gate.end({ id: 'b', attempt, model: MODEL, usage: null, isFree: true, bytes: 4000 });
  expect(talk.state.conversation.spending).toMatchObject({ total: 55_000, open: [] });
});
