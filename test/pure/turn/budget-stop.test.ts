import { describe, expect, test } from 'vitest';
import type { Policy } from '../../../src/conversation/policy/policy.ts';
import { ATTEMPTS_MAX } from '../../../src/conversation/policy/turn.ts';
import { texts } from '../../../src/texts/index.ts';
import { DAY } from '../../../src/units.ts';
import { Talk, talkOn } from '../conversation.ts';
import { MONDAY, once, Scheduled } from '../schedules/scheduled.ts';

// A budget that is used up, and what goes on when there is money again. Amounts are micro-dollars.

const limits = (change: object) => ({ limits: { turn: null, day: null, month: null, ...change } });
let count = 0;

/** An answer of the model in the running turn. */
function spend(talk: Talk, micros: number): void {
  const turn = talk.state.turns.find((each) => each.state === 'open');
  if (!turn) throw new Error('no turn');
  const id = `request ${count++}`;
  const request = { id, turn: turn.id, project: turn.project, model: 'm', reserve: 5, at: talk.now };
  talk.on({ type: 'model-asked', request });
  talk.on({ type: 'model-answered', report: { id, micros, output: 1 } });
}

/** The gateway refuses, and the machine gives the turn up. */
function stop(talk: Talk, why: 'turn' | 'any-turn' | 'day'): void {
  const { turn } = talk.attempt;
  talk.on({ type: 'model-stopped', turn, why });
  talk.machine({ type: 'ended', outcome: 'failed', reason: 'used up', cause: 'model' });
}

/** An admin allows more for a day. */
function raise(talk: Talk): void {
  talk.on({ type: 'access', change: { to: 'budget', micros: 1_000_000, per: 'day' } });
}

function working(choices: Partial<Policy>, words = 'work'): Talk {
  const talk = new Talk(0, choices);
  talk.now = MONDAY;
  talk.text(words);
  talk.taken();
  return talk;
}

describe('a budget that is used up', () => {
  test('stops the turn with what it has and a sentence, and begins no attempt on that day', () => {
    const talk = working(limits({ day: 100 }));
    spend(talk, 100);
    talk.machine({ type: 'progress', text: 'Half is done.' });
    stop(talk, 'day');
    expect(talk.bodies).toEqual([expect.stringContaining('Half is done.'), texts.givenUp('budget/day', [])]);
    talk.text('and this?');
    expect(talk.bodies.at(-1)).toBe(texts.givenUp('budget/day', []));
    expect(talk.state.attempts.filter((a) => a.state !== 'ended')).toEqual([]);
    expect(talk.state.messages.map((m) => m.state)).toEqual(['failed', 'failed']);
  });

  test('lets the turn go on with the next day, by its first text’s own id', () => {
    const talk = working(limits({ day: 100 }));
    const [first] = talk.state.messages;
    spend(talk, 100);
    stop(talk, 'day');
    expect(talk.state.timers.find((t) => t.kind === 'budget')?.dueAt).toBeLessThanOrEqual(MONDAY + DAY);
    talk.fire('budget');
    expect(talk.bodies.at(-1)).toBe(texts.spending.again(1));
    expect(talk.state.messages[0]).toMatchObject({ state: 'active', uuid: first?.uuid });
    expect(talk.state.conversation.spending.stopped).toEqual([]);
    expect(talk.state.timers.some((t) => t.kind === 'budget')).toBe(false);
  });

  test('waits for the unlock of a locked conversation', () => {
    const talk = working(limits({ day: 100 }));
    spend(talk, 100);
    stop(talk, 'day');
    talk.on({ type: 'access', change: { to: 'lock' } });
    talk.fire('budget');
    expect(talk.bodies).not.toContain(texts.spending.again(1));
    expect(talk.state.messages[0]?.state).toBe('failed');
    talk.on({ type: 'access', change: { to: 'unlock' } });
    talk.fire('budget');
    expect(talk.bodies.at(-1)).toBe(texts.spending.again(1));
    expect(talk.state.messages[0]?.state).toBe('active');
  });

  test.each(['block', 'lock'] as const)('raised during a %s begins nothing before its end', (to) => {
    const talk = working(limits({ day: 100 }));
    spend(talk, 100);
    stop(talk, 'day');
    talk.on({ type: 'access', change: { to } });
    raise(talk);
    expect(talk.bodies).not.toContain(texts.spending.again(1));
    expect(talk.state.messages[0]?.state).toBe('failed');
    talk.on({ type: 'access', change: { to: `un${to}` } });
    talk.fire('budget');
    expect(talk.bodies.at(-1)).toBe(texts.spending.again(1));
    expect(talk.state.messages[0]?.state).toBe('active');
  });

  test('says nothing to somebody who is off the list, looks again each day, and goes on when they are back', () => {
    const talk = working(limits({ day: 100 }));
    spend(talk, 100);
    stop(talk, 'day');
    talk.isAllowed = false;
    talk.fire('budget');
    talk.fire('budget');
    expect(talk.bodies).toEqual([texts.givenUp('budget/day', [])]);
    expect(talk.now).toBeGreaterThanOrEqual(MONDAY + DAY);
    talk.isAllowed = true;
    talk.fire('budget');
    expect(talk.bodies.at(-1)).toBe(texts.spending.again(1));
  });

  test('and raised before the attempt ends, lets it go on at once', () => {
    const talk = working(limits({ day: 100 }));
    spend(talk, 100);
    talk.on({ type: 'model-stopped', turn: talk.attempt.turn, why: 'day' });
    raise(talk);
    const told = talk.bodies;
    talk.machine({ type: 'ended', outcome: 'failed', reason: 'used up', cause: 'model' });
    expect(talk.attempt).toMatchObject({ n: 2, state: 'requested' });
    expect(talk.bodies).toEqual(told);
    expect(talk.state.conversation.spending.stopped).toEqual([]);
  });

  test('for a day and raised, but not for the month, waits for the month', () => {
    const talk = working(limits({ day: 100, month: 100 }));
    spend(talk, 100);
    talk.on({ type: 'model-stopped', turn: talk.attempt.turn, why: 'day' });
    raise(talk);
    talk.machine({ type: 'ended', outcome: 'failed', reason: 'used up', cause: 'model' });
    expect(talk.bodies.at(-1)).toBe(texts.givenUp('budget/month', []));
    expect(talk.state.conversation.spending.stopped).toMatchObject([{ why: 'month' }]);
  });

  test('and raised, is no reason for what the same turn fails of later', () => {
    const talk = working(limits({ day: 100 }));
    spend(talk, 100);
    talk.on({ type: 'model-stopped', turn: talk.attempt.turn, why: 'day' });
    raise(talk);
    spend(talk, 10);
    talk.machine({ type: 'ended', outcome: 'failed', reason: 'too many requests', cause: 'model' });
    expect(talk.bodies.at(-1)).toBe(texts.givenUp('model', []));
  });

  test('again and again, lets it go on only as often as any turn is tried', () => {
    const talk = working(limits({ day: 100 }));
    for (let n = 1; n <= ATTEMPTS_MAX; n++) {
      expect(talk.attempt.n).toBe(n);
      if (n > 1) talk.taken();
      talk.on({ type: 'model-stopped', turn: talk.attempt.turn, why: 'day' });
      talk.machine({ type: 'ended', outcome: 'failed', reason: 'used up', cause: 'model' });
    }
    expect(talk.bodies.at(-1)).toBe(texts.givenUp('tries', []));
  });

  test('of a month waits for the next month', () => {
    const talk = working(limits({ month: 100 }));
    spend(talk, 100);
    talk.machine({ type: 'ended', outcome: 'failed', reason: 'x' });
    talk.text('more');
    expect(talk.bodies.at(-1)).toBe(texts.givenUp('budget/month', []));
    const due = new Date(talk.state.timers.find((t) => t.kind === 'budget')?.dueAt ?? 0);
    expect([due.toISOString().slice(8, 10), due.getTime() > talk.now]).toEqual(['01', true]);
  });

  test('of one turn waits for /retry, and then has as much again', () => {
    const talk = working(limits({ turn: 100 }));
    spend(talk, 100);
    stop(talk, 'turn');
    expect(talk.bodies).toEqual([texts.givenUp('budget/turn', [])]);
    expect(talk.state.timers.some((t) => t.kind === 'budget')).toBe(false);
    talk.text('/retry');
    expect(talk.attempt.state).toBe('requested');
  });

  test.each([
    ['a lower budget of a day', '/budget 5 a day'],
    ['a larger budget of a day', '/budget 500 a day'],
    ['a lower budget of a turn', '/budget 0.50 a turn'],
    ['a turn’s budget of another project', '/budget 5 a turn in shop'],
  ])('of one turn waits on after %s', (_, words) => {
    const talk = working(limits({ turn: 1_000_000 }));
    spend(talk, 1_000_000);
    stop(talk, 'turn');
    talk.text('/project new shop');
    talk.text(words);
    expect(talk.bodies.at(-1)).toMatch(/budget for/);
    expect(talk.bodies).not.toContain(texts.spending.again(1));
    expect(talk.state.messages[0]?.state).toBe('failed');
  });

  test('of one turn goes on when that budget is raised', () => {
    const talk = working(limits({ turn: 100 }));
    spend(talk, 100);
    stop(talk, 'turn');
    talk.text('/budget 1 a turn');
    expect(talk.bodies.at(-1)).toBe(texts.spending.again(1));
    expect(talk.attempt.state).toBe('requested');
  });

  test('of one turn waits on while another turn goes on with the next day', () => {
    const talk = working({ ...limits({ turn: 100, day: 150 }), queueMode: 'queue' }, 'one');
    spend(talk, 100);
    stop(talk, 'turn');
    talk.text('two');
    talk.taken();
    spend(talk, 60);
    stop(talk, 'day');
    talk.fire('budget');
    expect(talk.bodies.at(-1)).toBe(texts.spending.again(1));
    expect(talk.state.messages.map(({ text, state }) => [text, state])).toEqual([
      ['one', 'failed'],
      ['two', 'active'],
    ]);
  });

  test('of a turn of anybody says who can change it, and waits for /retry', () => {
    const talk = working(limits({ turn: 500, anyTurn: 100 }));
    spend(talk, 100);
    stop(talk, 'any-turn');
    expect(talk.bodies).toEqual([texts.givenUp('budget/any-turn', [])]);
    expect(talk.bodies[0]).toContain('Only the person who runs this number can change that limit.');
    talk.text('/retry');
    expect(talk.attempt.state).toBe('requested');
  });

  test('keeps words that the person stopped meanwhile', () => {
    const talk = working(limits({ day: 100 }));
    spend(talk, 100);
    stop(talk, 'day');
    talk.state = { ...talk.state, messages: talk.state.messages.map((m) => ({ ...m, stoppedAt: talk.now })) };
    talk.fire('budget');
    expect(talk.state.messages[0]?.state).toBe('failed');
  });

  test('the newest twenty go on by themselves, and the others with /retry', () => {
    const talk = working({ ...limits({ day: 100 }), queueMode: 'queue' });
    spend(talk, 100);
    stop(talk, 'day');
    for (let n = 0; n < 22; n++) talk.text(`text ${n}`);
    talk.fire('budget');
    expect(talk.state.messages.filter((m) => m.state === 'failed')).toHaveLength(3);
  });
});

describe('a schedule', () => {
  test('skips its runs while the budget is used up, says so once a day, and runs again after it', () => {
    const talk = new Scheduled(limits({ day: 100 }));
    talk.add();
    talk.add();
    talk.text('work');
    talk.taken();
    spend(talk, 100);
    talk.answer('done', talk.state.messages[0]!);
    talk.due();
    talk.due(2);
    expect(talk.outcomes).toEqual(['skipped budget', 'skipped budget']);
    expect(talk.bodies.filter((body) => body.startsWith('Schedule '))).toEqual([
      texts.spending.runSkipped(1, 'budget', false),
    ]);
    expect(talk.schedule()).toMatchObject({ state: 'active', failures: 0 });
    talk.due();
    expect(talk.outcomes.at(-1)).toBe('running');
  });

  test('a run that a budget stops is skipped, and is no failure', () => {
    const talk = new Scheduled(limits({ day: 100 }));
    talk.add();
    talk.due();
    talk.taken();
    spend(talk, 100);
    stop(talk, 'day');
    expect(talk.outcomes).toEqual(['skipped budget']);
    expect([talk.bodies, talk.schedule().failures]).toEqual([[texts.spending.runSkipped(1, 'budget', false)], 0]);
  });
});

describe('below an answer', () => {
  test('stands a warning when four fifths are spent, once', () => {
    const talk = working(limits({ day: 1_000_000 }));
    spend(talk, 850_000);
    talk.answer('done', talk.state.messages[0]!);
    expect(talk.bodies).toEqual(['done\n\n$0.85 of $1.00 is spent: your budget for today. /budget shows it.']);
    talk.text('more');
    talk.taken();
    spend(talk, 50_000);
    talk.answer('done', talk.state.messages[1]!);
    expect(talk.bodies.at(-1)).toBe('done');
  });

  test('stands the warning of the project it was about, once, and of no other', () => {
    const talk = new Talk(0);
    talk.text('/project new shop');
    talk.text('/budget 1 a day in shop');
    talk.text('/project main');
    const say = (words: string, micros: number): string | undefined => {
      const message = talk.text(words);
      talk.taken();
      spend(talk, micros);
      talk.answer('done', message);
      return talk.bodies.at(-1);
    };
    expect(say('work', 850_000)).toBe('done');
    talk.text('/project shop');
    expect(say('work', 790_000)).toBe('done');
    expect(say('more', 10_000)).toBe('done\n\n$0.80 of $1.00 is spent: shop’s budget for today. /budget shows it.');
    expect(say('more', 10_000)).toBe('done');
  });

  test('stands what it cost, if the person wants that', () => {
    const talk = working({});
    talk.state = { ...talk.state, conversation: { ...talk.state.conversation, showsCost: true } };
    spend(talk, 120_000);
    talk.answer('done', talk.state.messages[0]!);
    expect(talk.bodies).toEqual(['done\n\n$0.12 · $0.12 today']);
    expect(talk.state.turns.at(-1)?.spent).toBe(120_000);
  });
});

describe('messages and the machine', () => {
  test('cost what the carrier takes, in and out, each once', () => {
    const talk = working({ simulated: [] });
    expect(talk.state.conversation.spending.today.carrier).toBe(5_000);
    talk.answer('done', talk.state.messages[0]!);
    talk.on({ type: 'send-begin' });
    talk.on({ type: 'send-accepted', reply: talk.reply().id, attempt: 1, sid: 'SM1' });
    expect(talk.state.conversation.spending.today.carrier).toBe(5_000 + 9_000);
    talk.on({
      type: 'status',
      reply: talk.reply().id,
      attempt: 1,
      sid: 'SM1',
      status: 'delivered',
      errorCode: null,
      failure: null,
    });
    expect(talk.state.conversation.spending.today.carrier).toBe(14_000);
  });

  test('an SMS costs what its words take without the marks that are left out', () => {
    const talk = talkOn('+15555550123', '+15555550100', { simulated: [] });
    const first = talk.text('work');
    talk.taken();
    const heard = talk.state.conversation.spending.today.carrier;
    talk.answer(`*${'a'.repeat(159)}*`, first);
    talk.on({ type: 'send-begin' });
    talk.on({ type: 'send-accepted', reply: talk.reply().id, attempt: 1, sid: 'SM1' });
    expect(talk.state.conversation.spending.today.carrier - heard).toBe(11_800);
  });
});

describe('the model’s API', () => {
  /** A request that the API refused. */
  function refused(talk: Talk, trouble: 'key' | 'billing' | 'rate' | 'overloaded'): void {
    const { turn } = talk.attempt;
    const id = `request ${count++}`;
    talk.on({ type: 'model-asked', request: { id, turn, project: 'main', model: 'm', reserve: 5, at: talk.now } });
    talk.on({ type: 'model-answered', report: { id, micros: 0, output: null }, trouble });
  }
  const interrupted = { type: 'ended', outcome: 'interrupted', reason: 'the model could not be reached' } as const;
  const alerts = (talk: Talk): string[] => talk.state.timers.flatMap((t) => (t.kind === 'alert' ? [t.ref] : []));

  test.each(['key', 'billing'] as const)(
    'that refuses the %s ends the turn at once, and the operator is told',
    (why) => {
      const talk = working({});
      refused(talk, why);
      talk.machine(why === 'key' ? { type: 'ended', outcome: 'failed', reason: 'HTTP 401' } : interrupted);
      expect(talk.bodies).toEqual([texts.givenUp(`model/${why}`, [])]);
      expect(alerts(talk)).toEqual(['model-refused']);
    },
  );

  test('that is overloaded is asked again after a minute, five times in all', () => {
    const talk = working({});
    for (let n = 1; n <= 5; n++) {
      refused(talk, 'overloaded');
      const before = talk.now;
      talk.machine(interrupted);
      if (n === 5) break;
      talk.fire('attempt');
      expect(talk.now - before).toBeGreaterThanOrEqual(60_000);
      talk.taken();
    }
    expect(talk.bodies.at(-1)).toBe(texts.givenUp('model/overloaded', []));
    expect(alerts(talk)).toEqual(['model-overloaded']);
  });

  test('that answers again is no trouble', () => {
    const talk = working({});
    refused(talk, 'key');
    spend(talk, 5);
    talk.machine({ type: 'ended', outcome: 'failed', reason: 'x' });
    expect(talk.bodies).toEqual([texts.givenUp('agent', [])]);
  });

  test.each(['rate', 'overloaded'] as const)(
    'that answers nothing (%s) lets a schedule wait for ten minutes, and a single time not at all',
    (why) => {
      const talk = new Scheduled();
      talk.add();
      talk.add({ rule: once(talk.now + 60_000) });
      talk.text('work');
      talk.taken();
      talk.change(1, { nextAt: talk.now + 60_000 });
      refused(talk, why);
      const since = talk.now;
      talk.due(1);
      talk.due(2);
      expect(talk.outcomes).toEqual(['waiting']);
      talk.due(1);
      expect([talk.outcomes, talk.now - since]).toEqual([['waiting', 'waiting'], 600_000]);
    },
  );

  test('that answers nothing for an hour has the run skipped, once', () => {
    const talk = new Scheduled();
    talk.add();
    talk.text('work');
    talk.taken();
    talk.change(1, { nextAt: talk.now + 60_000 });
    const due = talk.now + 60_000;
    for (let tries = 0; talk.outcomes.length === 0; tries++) {
      expect(tries).toBeLessThan(20);
      refused(talk, 'overloaded');
      talk.due(1);
    }
    expect(talk.outcomes).toEqual(['skipped missed', 'skipped model']);
    expect(talk.now - due).toBeLessThanOrEqual(3_600_000);
  });

  test('whose key is refused keeps schedules from running, for a while', () => {
    const talk = new Scheduled();
    talk.add();
    talk.due();
    talk.taken();
    refused(talk, 'key');
    talk.machine({ type: 'ended', outcome: 'failed', reason: 'HTTP 401' });
    expect([talk.outcomes, talk.schedule().failures]).toEqual([['skipped model'], 0]);
    talk.change(1, { nextAt: talk.now + 60_000 });
    talk.due();
    talk.change(1, { nextAt: talk.now + 600_000 });
    talk.due();
    expect(talk.outcomes).toEqual(['skipped model', 'skipped model', 'running']);
    expect(talk.bodies).toEqual([texts.spending.runSkipped(1, 'model', false)]);
  });
});

test.each([
  // The clock goes forward and back at night: these days have 23 and 25 hours.
  ['2026-03-28T22:30:00Z', 'Europe/Berlin', '2026-03-28T23:00:00Z'],
  ['2026-03-29T12:00:00Z', 'Europe/Berlin', '2026-03-29T22:00:00Z'],
  ['2026-10-25T12:00:00Z', 'Europe/Berlin', '2026-10-25T23:00:00Z'],
  // Midnight doesn't exist: the day begins at one.
  ['2026-09-05T12:00:00Z', 'America/Santiago', '2026-09-06T04:00:00Z'],
  ['2026-12-31T23:59:59Z', 'Pacific/Kiritimati', '2027-01-01T10:00:00Z'],
])('a day’s budget that ends at %s in %s begins anew at %s', (now, zone, again) => {
  const talk = new Talk(0, limits({ day: 100 }));
  talk.now = Date.parse(now);
  talk.state = { ...talk.state, conversation: { ...talk.state.conversation, zone } };
  talk.text('work');
  talk.taken();
  spend(talk, 100);
  stop(talk, 'day');
  const timer = talk.state.timers.find((t) => t.kind === 'budget');
  expect(new Date(timer?.dueAt ?? 0).toISOString()).toBe(again.replace('Z', '.000Z'));
  talk.fire('budget');
  expect(talk.bodies.at(-1)).toBe(texts.spending.again(1));
});

test('a person who moves to another zone gets no day twice', () => {
  const talk = new Talk(0, limits({ day: 100 }));
  talk.now = Date.parse('2026-11-23T12:00:00Z');
  const inZone = (zone: string): void => {
    talk.state = { ...talk.state, conversation: { ...talk.state.conversation, zone } };
  };
  inZone('Pacific/Kiritimati');
  talk.text('work');
  talk.taken();
  spend(talk, 100);
  stop(talk, 'day');
  inZone('Pacific/Pago_Pago');
  talk.text('/retry');
  expect(talk.bodies.at(-1)).toBe(texts.givenUp('budget/day', ['work']));
  // It is the 24th there at last, as it was where the money was spent; the 25th is a new day.
  talk.now = Date.parse('2026-11-24T12:00:00Z');
  talk.text('/retry');
  expect(talk.bodies.at(-1)).toBe(texts.givenUp('budget/day', ['work']));
  talk.now = Date.parse('2026-11-25T12:00:00Z');
  talk.text('/retry');
  expect(talk.attempt.state).toBe('requested');
});

test('a person who moves to a zone where the day is over sooner goes on then', () => {
  const talk = new Talk(0, limits({ day: 100 }));
  talk.now = Date.parse('2026-11-23T12:00:00Z');
  talk.text('/timezone Honolulu');
  talk.text('work');
  talk.taken();
  spend(talk, 100);
  stop(talk, 'day');
  talk.text('/timezone Berlin');
  talk.fire('budget');
  expect(new Date(talk.now).toISOString()).toBe('2026-11-23T23:00:00.000Z');
  expect(talk.bodies.at(-1)).toBe(texts.spending.again(1));
});
