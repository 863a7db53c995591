import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { REACH_GIVE_UP_MS, TELL_UNREACHABLE_MS } from '../../../src/conversation/policy/machine.ts';
import {
  ATTEMPT_RETRY_MAX_MS,
  ATTEMPTS_MAX,
  BUSY_GIVE_UP_MS,
  CRASHES_APART_MS,
  CRASHES_MAX,
  GIVEN_UP_TELL_MS,
  HEARTBEAT_MS,
  PROGRESS_MAX_CHARS,
  RESTARTS_MAX,
  TELL_LATE_MS,
  TURN_MS,
} from '../../../src/conversation/policy/turn.ts';
import type { Message } from '../../../src/conversation/state/rows.ts';
import { alertTextOf } from '../../../src/objects/lanes/alert-lane.ts';
import type { MachineEvent } from '../../../src/protocol/index.ts';
import { texts } from '../../../src/texts/index.ts';
import { Talk } from '../conversation.ts';

// When a turn is given up, whether the words about it are true, and what happens to its texts.

const RESTARTED = { type: 'ended', outcome: 'interrupted', reason: 'restarted', cause: 'restarted' } as const;
const CRASHED = { type: 'ended', outcome: 'interrupted', reason: 'the agent process ended' } as const;
const STEP = { type: 'tool_ended', tool_use_id: 't', is_error: false } as const;
const TRIES = texts.givenUp('tries', []);

/** An attempt is taken, sends these events and ends this way; then the wait before the next one passes. */
function attempt(
  talk: Talk,
  ended: Extract<MachineEvent['event'], { type: 'ended' }>,
  work: () => void = () => {},
): void {
  talk.taken();
  work();
  talk.machine(ended);
  if (talk.state.timers.some((t) => t.kind === 'attempt')) talk.fire('attempt');
}
const isOpen = (talk: Talk): boolean => talk.state.turns.some((t) => t.state === 'open');
const stateOf = (talk: Talk, { seq }: Message): string | undefined =>
  talk.state.messages.find((m) => m.seq === seq)?.state;
const crashes = (talk: Talk, of = CRASHES_MAX): void => {
  for (let n = 0; n < of; n++) attempt(talk, CRASHED);
};

describe('tries', () => {
  test('a restart of the machine uses up none: two kills and three crashes go on, the fifth crash ends it', () => {
    const talk = new Talk();
    talk.text('hello');
    for (const ended of [RESTARTED, CRASHED, RESTARTED, CRASHED, CRASHED, RESTARTED, CRASHED]) attempt(talk, ended);
    expect(isOpen(talk)).toBe(true);
    attempt(talk, CRASHED);
    expect(isOpen(talk)).toBe(false);
    expect(talk.bodies).toEqual([TRIES]);
  });

  test('restarts with a step between them never end it, restarts without one do, and say so', () => {
    const talk = new Talk();
    talk.text('hello');
    for (let n = 0; n < 2 * RESTARTS_MAX; n++) attempt(talk, RESTARTED, () => talk.machine(STEP));
    expect(isOpen(talk)).toBe(true);
    // The last of them made progress: the count of attempts without progress starts again.
    for (let n = 1; n < RESTARTS_MAX; n++) attempt(talk, RESTARTED);
    expect(isOpen(talk)).toBe(false);
    expect(talk.bodies).toEqual([texts.givenUp('restarts', [])]);
  });

  test('whatever ends the attempts, five crashes end the turn, or twenty restarts without a step, and nothing else', () => {
    const end = fc.record({ isCrash: fc.constantFrom(true, false, false, false), isStep: fc.boolean() });
    const ends = fc.array(end, { maxLength: 60, size: 'max' });
    fc.assert(
      fc.property(ends, fc.boolean(), (all, gotOn) => {
        const talk = new Talk();
        talk.text('hello');
        let [crashed, restarted] = [0, 0];
        for (const { isCrash, isStep } of all) {
          const stepped = isStep && gotOn;
          attempt(talk, isCrash ? CRASHED : RESTARTED, () => stepped && talk.machine(STEP));
          restarted = (stepped ? 0 : restarted) + (isCrash ? 0 : 1);
          crashed += isCrash ? 1 : 0;
          const isOver = crashed >= CRASHES_MAX || restarted >= RESTARTS_MAX;
          expect(isOpen(talk)).toBe(!isOver);
          if (isOver) return;
        }
      }),
    );
  });

  test('a machine that lost its memory, and one of a release that does not tell restarts', () => {
    const talk = new Talk();
    talk.text('hello');
    for (let n = 0; n < CRASHES_MAX; n++) {
      talk.taken();
      talk.on({ type: 'attempt-lost', attempt: talk.ref, reason: 'gone' });
      if (talk.state.timers.some((t) => t.kind === 'attempt')) talk.fire('attempt');
    }
    expect(isOpen(talk)).toBe(true);
    crashes(talk);
    expect(talk.bodies).toEqual([TRIES]);
  });

  test('crashes far apart are no crashes at the same point; a few steps between them are', () => {
    const talk = new Talk();
    talk.text('hello');
    const work = (ms: number) => () => {
      talk.now += ms;
      talk.machine(STEP);
    };
    for (let n = 0; n < 2 * CRASHES_MAX; n++) attempt(talk, CRASHED, work(CRASHES_APART_MS));
    expect(isOpen(talk)).toBe(true);
    for (let n = 1; n < CRASHES_MAX; n++) attempt(talk, CRASHED, work(1000));
    expect(talk.bodies).toEqual([TRIES]);
  });

  test('whatever happens in between, there is an end, and the waits grow up to a minute', () => {
    const talk = new Talk();
    talk.text('hello');
    const begun = talk.now;
    for (let n = 0; n < ATTEMPTS_MAX; n++) attempt(talk, RESTARTED, () => talk.machine(STEP));
    expect(isOpen(talk)).toBe(false);
    expect(talk.now - begun).toBeLessThan(ATTEMPTS_MAX * ATTEMPT_RETRY_MAX_MS);
    expect(talk.now - begun).toBeGreaterThan(ATTEMPTS_MAX * ATTEMPT_RETRY_MAX_MS * 0.9);
  });

  test('an answer to one of its texts gives all tries back', () => {
    const talk = new Talk(1000);
    const [one] = [talk.text('one'), talk.text('two')];
    talk.fire('gather');
    crashes(talk, CRASHES_MAX - 1);
    const answer = { text: 'one done', is_error: false, user_message_uuids: [one?.uuid ?? ''], cost_usd: 0 };
    attempt(talk, CRASHED, () => talk.machine({ type: 'result', ...answer }));
    crashes(talk, CRASHES_MAX - 2);
    expect(isOpen(talk)).toBe(true);
    crashes(talk, 1);
    expect(isOpen(talk)).toBe(false);
  });
});

describe('the message about it', () => {
  const failedBehind = (): { talk: Talk; old: Message; next: Message } => {
    const talk = new Talk();
    const [old, next] = [talk.text('book the flight'), talk.text('and a hotel')];
    crashes(talk);
    expect(stateOf(talk, old)).toBe('failed');
    expect(talk.bodies).toEqual([]);
    return { talk, old, next };
  };

  test('nothing, when the turn behind it answers both', () => {
    const { talk, old, next } = failedBehind();
    talk.taken();
    talk.answer('flight and hotel are booked', old, next);
    expect(talk.bodies).toEqual(['flight and hotel are booked']);
    expect([old, next].map((m) => stateOf(talk, m))).toEqual(['consumed', 'consumed']);
    expect(talk.state.timers.some((t) => t.kind === 'given-up')).toBe(false);
    talk.text('/retry');
    expect(talk.bodies.at(-1)).toBe(texts.nothingToRetry);
  });

  test('behind the answer to the next one, by its words; or after a while, when that takes long', () => {
    const named = texts.givenUp('tries', ['book the flight']);
    expect(named).toContain('“book the flight”');
    expect(named).toContain('Text /retry');
    const { talk, next } = failedBehind();
    talk.taken();
    talk.answer('the hotel is booked', next);
    expect(talk.bodies).toEqual(['the hotel is booked', named]);
    const { talk: slow } = failedBehind();
    const failedAt = slow.now;
    slow.fire('given-up');
    expect(slow.now - failedAt).toBe(GIVEN_UP_TELL_MS);
    expect(slow.bodies).toEqual([named]);
    slow.taken();
    slow.on({ type: 'heartbeat' });
    expect(slow.bodies).toEqual([named]);
  });

  test('nothing, when the person has brought it back meanwhile', () => {
    const { talk, old } = failedBehind();
    talk.text('/retry');
    talk.fire('given-up');
    expect(talk.bodies).toEqual([texts.retrying(1)]);
    expect(stateOf(talk, old)).toBe('waiting');
  });

  test('that it was stopped, when the person stops: one /retry brings back all that is named there', () => {
    const { talk, old, next } = failedBehind();
    talk.taken();
    talk.text('/stop');
    expect(talk.bodies).toEqual([texts.stopped(['book the flight', 'and a hotel'])]);
    talk.machine({ type: 'ended', outcome: 'stopped', reason: 'stopped on request' });
    expect(talk.state.timers.some((t) => t.kind === 'given-up')).toBe(false);
    talk.text('/retry');
    expect(talk.bodies.at(-1)).toBe(texts.retrying(2));
    expect([old, next].map((m) => stateOf(talk, m))).toEqual(['active', 'active']);
  });

  test('each of two that are given up in a row, in their order', () => {
    const { talk } = failedBehind();
    crashes(talk);
    expect(talk.bodies).toEqual([texts.givenUp('tries', ['book the flight']), TRIES]);
  });

  test('every reason is told whole, with what to do; one of another release is told as the usual one', () => {
    expect(texts.givenUp('something newer', [])).toBe(TRIES);
    expect(texts.givenUp('toString', ['a', 'b'])).toBe(`Re “a” and “b”: ${TRIES}`);
    expect(texts.givenUp('disk', ['a', 'b', 'c'])).toMatch(/^Re “a” and 2 more: Your machine’s disk is full.*\/retry/);
    expect(texts.givenUp('machine/quota', [])).toContain('/retry');
  });
});

test('a text that an answer lists in passing is not asked again, however long ago it was given up or stopped', () => {
  const talk = new Talk();
  const old = talk.text('old');
  crashes(talk);
  expect(talk.bodies).toEqual([TRIES]);
  const next = talk.text('new');
  talk.taken();
  talk.answer('about both', old, next);
  expect([old, next].map((m) => stateOf(talk, m))).toEqual(['consumed', 'consumed']);
});

test('a disk without room for the attempt is reported at once', () => {
  const talk = new Talk();
  talk.text('hello');
  talk.on({ type: 'attempt-refused', attempt: talk.ref, reason: 'no_space', isFull: true });
  expect(talk.bodies).toEqual([texts.givenUp('disk-full', [])]);
  expect(alerts(talk)).toEqual(['disk-full']);
});

const alerts = (talk: Talk): string[] => talk.state.timers.filter((t) => t.kind === 'alert').map((t) => t.ref);

describe('the operator hears of', () => {
  test.each([
    [{ outcome: 'failed', cause: 'disk' }, 'disk', 'disk-full'],
    [{ outcome: 'failed', cause: 'disk-full' }, 'disk-full', 'disk-full'],
    [{ outcome: 'failed' }, 'agent', 'model-refused'],
  ] as const)('%j', (ended, why, cause) => {
    const talk = new Talk();
    talk.text('hello');
    talk.taken();
    talk.machine({ type: 'ended', reason: 'HTTP 401', ...ended });
    expect(talk.bodies).toEqual([texts.givenUp(why, [])]);
    expect(alerts(talk)).toEqual([cause]);
    expect(alertTextOf(cause)).not.toContain('undefined');
  });

  test('a machine that nobody could reach for an hour', () => {
    const talk = new Talk();
    talk.text('hello');
    talk.on({ type: 'unreachable', attempt: talk.ref, reason: 'refused' });
    expect(alerts(talk)).toEqual([]);
    talk.now += REACH_GIVE_UP_MS;
    talk.on({ type: 'unreachable', attempt: talk.ref, reason: 'refused' });
    expect(alerts(talk)).toEqual(['machine-unreachable']);
  });

  test('a machine that refuses the work for good', () => {
    const talk = new Talk();
    talk.text('hello');
    talk.on({ type: 'attempt-refused', attempt: talk.ref, reason: 'invalid_request' });
    expect(talk.bodies).toEqual([texts.givenUp('refused', [])]);
    expect(alerts(talk)).toEqual(['turn-refused']);
  });

  test('none of what a person can mend alone', () => {
    const talk = new Talk();
    talk.text('hello');
    talk.taken();
    talk.machine({ type: 'ended', outcome: 'failed', cause: 'output', reason: 'too much' });
    expect(alerts(talk)).toEqual([]);
  });
});

test('work that reaches its time limit ends with that word and what there was, however much it got done; /retry goes on', () => {
  const talk = new Talk();
  const long = talk.text('long');
  attempt(talk, { ...CRASHED, cause: 'time' }, () => {
    talk.machine({ type: 'progress', text: 'half of it' });
    talk.now += TURN_MS;
    talk.machine(STEP);
  });
  expect(isOpen(talk)).toBe(false);
  expect(talk.bodies).toEqual([`${texts.soFar}\nhalf of it`, texts.givenUp('overdue', [])]);
  talk.text('/retry');
  expect(isOpen(talk)).toBe(true);
  talk.taken();
  talk.answer('all of it', long);
  expect(talk.bodies.at(-1)).toBe('all of it');
});

test('of very many words there were, it sends the first ones and a sign that there was more; /retry brings the answer', () => {
  const talk = new Talk();
  const long = talk.text('long');
  attempt(talk, { ...CRASHED, cause: 'time' }, () => {
    talk.machine({ type: 'progress', text: 'x'.repeat(PROGRESS_MAX_CHARS + 1) });
  });
  expect(talk.bodies[0]).toBe(`${texts.soFar}\n${'x'.repeat(PROGRESS_MAX_CHARS - 1)}…`);
  talk.text('/retry');
  talk.taken();
  talk.answer('all of it', long);
  expect(talk.bodies.at(-1)).toBe('all of it');
});

describe('the message about a machine that takes no attempt', () => {
  const busy = (talk: Talk): void =>
    void talk.on({ type: 'unreachable', attempt: talk.ref, reason: 'conversation_busy', isBusy: true });

  test('it is busy, once, when it still works on what was given up; and it is asked again until it takes it', () => {
    const talk = new Talk();
    talk.text('hello');
    busy(talk);
    talk.fire('reach');
    expect(talk.bodies).toEqual([]);
    for (const until = talk.now + REACH_GIVE_UP_MS; talk.now < until; talk.now += HEARTBEAT_MS) {
      busy(talk);
      talk.on({ type: 'heartbeat' });
    }
    expect(talk.bodies).toEqual([texts.status.place(1)]);
    talk.taken();
    talk.machine({ type: 'started' });
    expect(talk.state.turns[0]).toMatchObject({ place: null, unreachableSince: null, state: 'open' });
  });

  test('it refuses, when it is busy for longer than any turn may take', () => {
    const talk = new Talk();
    talk.text('hello');
    talk.now += BUSY_GIVE_UP_MS;
    busy(talk);
    expect(talk.bodies).toEqual([texts.givenUp('refused', [])]);
  });

  test('nothing, when only the relay was away; that it does not answer, when it then does not', () => {
    const talk = new Talk();
    talk.text('hello');
    talk.now += TELL_UNREACHABLE_MS + TELL_LATE_MS;
    talk.on({ type: 'heartbeat' });
    expect(talk.bodies).toEqual([]);
    talk.now += HEARTBEAT_MS;
    talk.on({ type: 'heartbeat' });
    expect(talk.bodies).toEqual([texts.unreachable]);
  });
});
