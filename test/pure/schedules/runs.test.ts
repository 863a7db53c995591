import { describe, expect, test } from 'vitest';
import { REACH_GIVE_UP_MS } from '../../../src/conversation/policy/machine.ts';
import { RUN_FAILURES_MAX } from '../../../src/conversation/policy/schedules.ts';
import { CRASHES_MAX } from '../../../src/conversation/policy/turn.ts';
import type { Reply } from '../../../src/conversation/state/rows.ts';
import { DAY, every, HOUR, MINUTE, MONDAY, once, Scheduled } from './scheduled.ts';

// The results of a schedule's runs, and their effect on the schedule.

const NINE = MONDAY + 9 * HOUR;
const own = (talk: Scheduled): Reply[] => talk.state.replies.filter((r) => r.kind !== 'progress');

describe('nothing to report', () => {
  test.each([
    'Nothing to report.',
    'nothing to report',
    '*Nothing to report.*',
    '“Nothing to report”',
    ' `Nothing to report!`\n',
  ])('%j is not sent', (words) => {
    const talk = new Scheduled();
    talk.add();
    talk.change(1, { failures: 3 });
    talk.due();
    talk.reports(words);
    expect(own(talk)).toEqual([]);
    expect(talk.runs).toMatchObject([{ state: 'silent', note: 'nothing', endedAt: talk.now }]);
    // It worked.
    expect(talk.schedule().failures).toBe(0);
  });

  test.each([
    'Nothing to report today, but the build is red.',
    'There is nothing to report.',
    'Nothing to report?',
    '',
  ])('%j is', (words) => {
    const talk = new Scheduled();
    talk.add();
    talk.due();
    talk.reports(words);
    expect(own(talk)).toHaveLength(1);
    expect(talk.outcomes).toEqual(['sending']);
  });

  test('of a person’s own turn it is', () => {
    const talk = new Scheduled();
    const said = talk.text('anything?');
    talk.taken();
    talk.answer('Nothing to report.', said);
    expect(talk.bodies).toEqual(['Nothing to report.']);
  });
});

describe('a check before the agent', () => {
  function checked(outcome: 'wake' | 'nothing' | 'failed', late = false): Scheduled {
    const talk = new Scheduled();
    talk.add({ checkCommand: './check.sh' });
    talk.due();
    expect(talk.task.checkCommand).toBe('./check.sh');
    talk.taken();
    talk.machine({ type: 'checked', uuid: talk.task.uuid, outcome, line: 'x', code: late ? null : 0, late });
    return talk;
  }

  test('wakes it', () => {
    const talk = checked('wake');
    expect(talk.outcomes).toEqual(['running']);
    talk.answer('the build is red', talk.task);
    expect(talk.outcomes).toEqual(['sending']);
  });

  test('or leaves it asleep, without a message', () => {
    const talk = checked('nothing');
    talk.machine({ type: 'ended', outcome: 'done', reason: '' });
    expect(talk.outcomes).toEqual(['silent check']);
    expect(own(talk)).toEqual([]);
    expect(talk.state.turns.filter((t) => t.state === 'open')).toEqual([]);
  });

  test('or fails, which is told', () => {
    const talk = checked('failed');
    talk.machine({ type: 'ended', outcome: 'done', reason: '' });
    expect(talk.outcomes).toEqual(['failed check-failed']);
    expect(own(talk).map((r) => r.body)).toEqual([expect.stringContaining('its check failed')]);
  });

  test('or takes too long, which is told as that', () => {
    const talk = checked('failed', true);
    talk.machine({ type: 'ended', outcome: 'done', reason: '' });
    expect(talk.outcomes).toEqual(['failed check-late']);
    expect(own(talk).map((r) => r.body)).toEqual([expect.stringContaining('its check took too long')]);
  });
});

describe('failures', () => {
  test('the first is told, the next ones wait longer, the eighth pauses and says how to go on', () => {
    const talk = new Scheduled();
    talk.add({ rule: every(5) });
    const gaps: number[] = [];
    for (let n = 1; n <= RUN_FAILURES_MAX; n++) {
      talk.due();
      const at = talk.now;
      talk.breaks();
      gaps.push(((talk.schedule().nextAt ?? 0) - at) / MINUTE);
    }
    expect(gaps.slice(0, -1)).toEqual([5, 10, 20, 40, 80, 160, 360]);
    expect(talk.schedule()).toMatchObject({ state: 'paused', pausedBy: 'failures', failures: 8 });
    expect(talk.timer('schedule')).toBeUndefined();
    const said = own(talk).map((r) => r.body);
    expect(said).toHaveLength(2);
    expect(said[0]).toContain('didn’t work: the agent ran into a problem');
    expect(said[1]).toContain('failed 8 times in a row');
    expect(said[1]).toContain('/resume 1');
  });

  test('a daily schedule is never put off', () => {
    const talk = new Scheduled();
    talk.add();
    for (let n = 0; n < 7; n++) {
      talk.due();
      expect(talk.run().dueAt).toBe(NINE + n * DAY);
      talk.breaks();
    }
  });

  test('the last of a single time stays, even when a run of it by hand fails again', () => {
    const talk = new Scheduled();
    talk.add({ rule: once(NINE) });
    talk.change(1, { failures: 4 });
    talk.now = NINE - MINUTE;
    talk.runNow();
    talk.breaks();
    expect(talk.schedule()).toMatchObject({ state: 'active', nextAt: NINE, failures: 5 });
    expect(talk.timer('schedule')?.dueAt).toBe(NINE);
  });

  test('a run that worked ends the row of failures', () => {
    const talk = new Scheduled();
    talk.add();
    for (const words of [null, null, 'done', null]) {
      talk.due();
      if (words === null) talk.breaks();
      else talk.reports(words);
      talk.deliver();
    }
    expect(talk.schedule().failures).toBe(1);
    expect(own(talk).filter((r) => r.body.includes('didn’t work'))).toHaveLength(2);
  });

  test('words that cannot be delivered count, also when the carrier had taken them first', () => {
    const talk = new Scheduled();
    talk.add({ kind: 'text', prompt: 'bread' });
    for (let n = 1; n <= RUN_FAILURES_MAX; n++) {
      talk.due();
      const [reply] = talk.leave().filter((r) => r.kind === 'reminder');
      if (!reply) throw new Error('nothing left');
      talk.status(reply, 'sent');
      expect(talk.run().state).toBe('sent');
      talk.status(reply, 'failed', 63024, 'recipient');
      expect(talk.run()).toMatchObject({ state: 'failed', note: 'undelivered', code: 63024 });
      expect(talk.schedule().failures).toBe(n);
    }
    expect(talk.schedule()).toMatchObject({ state: 'paused', pausedBy: 'failures' });
  });

  test('an error that leaves the task undone is not the end: the next attempt may do it', () => {
    const talk = new Scheduled();
    talk.add();
    talk.due();
    talk.taken();
    talk.machine({ type: 'result', text: 'API Error: 500', is_error: true, user_message_uuids: [], cost_usd: 0 });
    expect(talk.run().state).toBe('running');
    talk.machine({ type: 'ended', outcome: 'interrupted', reason: '' });
    talk.reports('standup');
    expect(talk.bodies).toEqual(['standup']);
    expect(talk.run().state).toBe('sending');
    expect(talk.schedule().failures).toBe(0);
  });

  test('an error after “nothing to report” says nothing about the run', () => {
    const talk = new Scheduled();
    talk.add();
    talk.due();
    talk.taken();
    const user_message_uuids = talk.state.messages.map(({ uuid }) => uuid);
    talk.machine({ type: 'result', text: 'nothing to report', is_error: false, user_message_uuids, cost_usd: 0 });
    talk.machine({ type: 'result', text: 'API Error: 500', is_error: true, user_message_uuids: [], cost_usd: 0 });
    expect(talk.run().state).toBe('silent');
    expect(talk.schedule().failures).toBe(0);
  });

  test.each([
    [false, 0.25],
    [true, 0],
  ])('its cost is kept, unless the model is free (%s)', (isFree, cost) => {
    const talk = new Scheduled({ isFree });
    talk.add();
    talk.due();
    talk.taken();
    const uuids = [talk.task.uuid];
    talk.machine({ type: 'result', text: 'standup', is_error: false, user_message_uuids: uuids, cost_usd: 0.25 });
    expect(talk.run().costUsd).toBe(cost);
  });

  test('a run whose message the carrier accepted without a later report worked', () => {
    const talk = new Scheduled();
    talk.add({ kind: 'text', prompt: 'bread' });
    talk.change(1, { failures: 5 });
    talk.due();
    const [reply] = talk.leave();
    if (reply) talk.status(reply, 'sent');
    const { startedAt } = talk.run();
    expect(talk.schedule().deliveredAt).toBeNull();
    talk.due();
    expect(talk.schedule()).toMatchObject({ failures: 0, deliveredAt: startedAt });
  });

  test.each([
    ['the machine gives up', 'failed turn'],
    ['it is refused', 'failed turn'],
    ['the machine is away for an hour', 'failed turn'],
    ['five attempts are cut', 'failed turn'],
  ])('%s: nothing waits for /retry', (how, outcome) => {
    const talk = new Scheduled();
    talk.add();
    talk.due();
    if (how === 'it is refused') talk.on({ type: 'attempt-refused', attempt: talk.ref, reason: '' });
    else if (how === 'the machine is away for an hour') {
      talk.on({ type: 'unreachable', attempt: talk.ref, reason: '' });
      talk.now += REACH_GIVE_UP_MS;
      talk.on({ type: 'unreachable', attempt: talk.ref, reason: '' });
    } else if (how === 'the machine gives up') {
      talk.taken();
      talk.machine({ type: 'ended', outcome: 'failed', reason: '' });
    } else {
      for (let n = 1; n <= CRASHES_MAX; n++) {
        talk.taken();
        talk.machine({ type: 'ended', outcome: 'interrupted', reason: '' });
        if (n > 1 && n < CRASHES_MAX) talk.fire('attempt');
      }
    }
    expect(talk.outcomes).toEqual([outcome]);
    expect(talk.schedule().failures).toBe(1);
    expect(own(talk).map((r) => r.body)).toEqual([expect.stringContaining('couldn’t be finished')]);
    expect(talk.state.messages.map((m) => m.state)).toEqual(['consumed']);
    expect(talk.state.turns.filter((t) => t.state === 'open')).toEqual([]);
  });

  test('a run that said something and then failed has failed', () => {
    const talk = new Scheduled();
    talk.add();
    talk.due();
    talk.taken();
    talk.machine({ type: 'request', request_id: 'r1', request: { kind: 'send_message', text: 'half of it' } });
    talk.machine({ type: 'ended', outcome: 'failed', reason: '' });
    expect(talk.outcomes).toEqual(['failed turn']);
    talk.deliver();
    expect(talk.outcomes).toEqual(['failed turn']);
    expect(talk.schedule().failures).toBe(1);
  });

  test('the failure is reported in the morning', () => {
    const talk = new Scheduled();
    talk.add();
    const quiet = { zone: 'Etc/UTC', quiet: { from: 8 * 60, to: 11 * 60 } };
    talk.state = { ...talk.state, conversation: { ...talk.state.conversation, ...quiet } };
    talk.due();
    talk.breaks();
    expect(talk.leave()).toEqual([]);
    talk.fire('quiet');
    expect(talk.deliver()).toHaveLength(1);
  });
});

describe('a run’s state is that of its words', () => {
  function answered(...parts: string[]): { talk: Scheduled; taken: Reply[] } {
    const talk = new Scheduled();
    talk.add();
    talk.due();
    talk.reports(parts.join('\n\n'));
    return { talk, taken: talk.leave() };
  }

  test('sending until the carrier has all parts, delivered when the last has arrived', () => {
    const { talk, taken } = answered('one', 'two');
    expect(talk.run()).toMatchObject({ state: 'sent', note: null });
    const [one, two] = taken;
    if (one) talk.status(one, 'delivered');
    expect(talk.outcomes).toEqual(['sent']);
    if (two) talk.status(two, 'read');
    expect(talk.outcomes).toEqual(['delivered']);
    expect(talk.run().endedAt).not.toBeNull();
  });

  test('a part that is refused makes it a failed one, counted once', () => {
    const { talk, taken } = answered('one', 'two', 'three');
    for (const reply of taken.slice(0, 2)) talk.status(reply, 'failed', 63024, 'recipient');
    if (taken[2]) talk.status(taken[2], 'delivered');
    expect(talk.run()).toMatchObject({ state: 'failed', note: 'undelivered', code: 63024 });
    expect(talk.schedule().failures).toBe(1);
  });

  test('refused late because the window is closed: held, and delivered when the person writes', () => {
    const { talk, taken } = answered('one');
    if (taken[0]) talk.status(taken[0], 'failed', 63016, 'window');
    expect(talk.run()).toMatchObject({ state: 'held', wasHeld: true, endedAt: null });
    expect(talk.schedule()).toMatchObject({ heldRuns: 1, failures: 0 });
    talk.text('/help');
    expect(talk.outcomes).toEqual(['sending']);
    talk.deliver();
    expect(talk.outcomes).toEqual(['delivered']);
  });

  test('refused for its rate, it goes out in another row and stays one run', () => {
    const { talk, taken } = answered('one');
    if (taken[0]) talk.status(taken[0], 'failed', 63018, 'pair');
    expect(talk.outcomes).toEqual(['sending']);
    talk.deliver();
    expect(talk.outcomes).toEqual(['delivered']);
    expect(talk.schedule().failures).toBe(0);
  });

  test('given up, and sent again by an operator: it is delivered after all', () => {
    const { talk, taken } = answered('one');
    if (taken[0]) talk.status(taken[0], 'failed', 63024, 'recipient');
    expect(talk.outcomes).toEqual(['failed undelivered']);
    talk.on({ type: 'resend', reply: taken[0]?.id ?? '' });
    expect(talk.outcomes).toEqual(['sending']);
    talk.deliver();
    expect(talk.outcomes).toEqual(['delivered']);
    expect(talk.schedule().failures).toBe(0);
  });

  test('parked when nothing may be sent', () => {
    const { talk, taken } = answered('one');
    if (taken[0]) talk.status(taken[0], 'failed', 63033, 'opted-out');
    expect(talk.outcomes).toEqual(['failed undelivered']);
  });

  test('costs are the run’s', () => {
    const talk = new Scheduled();
    talk.add();
    talk.due();
    talk.taken();
    const uuids = [talk.task.uuid];
    talk.machine({ type: 'result', text: 'so far', is_error: false, user_message_uuids: [], cost_usd: 0.25 });
    talk.machine({ type: 'result', text: 'all', is_error: false, user_message_uuids: uuids, cost_usd: 0.5 });
    expect(talk.run().costUsd).toBe(0.75);
  });
});
