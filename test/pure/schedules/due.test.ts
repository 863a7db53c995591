import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wantsHold } from '../../../src/conversation/lanes.ts';
import { TELL_UNREACHABLE_MS } from '../../../src/conversation/policy/machine.ts';
import { RUN_GRACE_MS, RUN_WAITS_MS, WAKE_FOR_MS } from '../../../src/conversation/policy/schedules.ts';
import { DEEP_IDLE_MS } from '../../../src/conversation/policy/turn.ts';
import { newAddress } from '../../../src/conversation/state/person.ts';
import type { Reply } from '../../../src/conversation/state/rows.ts';
import { newProject } from '../../../src/conversation/state/state.ts';
import { texts } from '../../../src/texts/index.ts';
import { cron, DAY, every, HOUR, MINUTE, MONDAY, once, Scheduled } from './scheduled.ts';

// The effect of a due schedule on a conversation. runs.test.ts has the results of its runs.

const NINE = MONDAY + 9 * HOUR;
const own = (talk: Scheduled): Reply[] => talk.state.replies.filter((r) => r.kind !== 'progress');
const waits = (talk: Scheduled): (string | null)[] =>
  talk.state.messages.filter((m) => m.state === 'waiting').map((m) => m.run ?? m.text);

describe('a schedule that is due', () => {
  test('is advanced with its run in one decision; the agent begins at once', () => {
    const talk = new Scheduled();
    talk.add();
    talk.due();
    expect(talk.schedule().nextAt).toBe(NINE + DAY);
    expect(talk.timer('schedule')?.dueAt).toBe(NINE + DAY);
    expect(talk.runs).toMatchObject([{ dueAt: NINE, state: 'running', startedAt: NINE, note: null }]);
    expect(talk.attempt.state).toBe('requested');
    expect(talk.task).toMatchObject({ run: talk.run().id, project: 'main' });
    expect(talk.task.text).toContain('standup from the commits');
    // Nobody has written, so no typing is shown.
    expect(talk.effects).toEqual([]);
    talk.reports('3 commits');
    expect(own(talk).map((r) => [r.body, r.run, r.schedule])).toEqual([['3 commits', talk.run().id, 1]]);
    expect(talk.outcomes).toEqual(['sending']);
    talk.deliver();
    expect(talk.outcomes).toEqual(['delivered']);
    expect(talk.schedule().deliveredAt).toBe(NINE);
  });

  test('a standup of a project with a repository looks at commits, pull requests and reviews since the last one', () => {
    const talk = new Scheduled();
    talk.add({ standup: true });
    const repository = {
      host: 'github.com',
      path: 'mara/shop',
      id: '1',
      defaultBranch: 'main',
      isPrivate: true,
      sizeKb: 1,
    };
    talk.state = { ...talk.state, projects: talk.state.projects.map((p) => ({ ...p, repository })) };
    talk.due();
    expect(talk.task.text).toContain(`git log --all --since="${new Date(NINE - DAY).toISOString()}"`);
    expect(talk.task.text).toContain('gh pr list --state all');
    const other = new Scheduled();
    other.add({ standup: true });
    other.due();
    expect(other.task.text).not.toContain('git log');
  });

  test('a text leaves as it is, without agent, machine or turn, and can be tapped', () => {
    const talk = new Scheduled();
    talk.add({ kind: 'text', prompt: 'take the bread out' });
    talk.due();
    expect(talk.state.turns).toEqual([]);
    expect(talk.state.messages).toEqual([]);
    expect(own(talk)).toMatchObject([{ kind: 'reminder', body: 'take the bread out', run: talk.run().id }]);
    expect(own(talk)[0]?.choices?.items[0]?.id).toBe(`r:${talk.run().id}:snooze`);
    expect(talk.outcomes).toEqual(['sending']);
    talk.deliver();
    expect(talk.outcomes).toEqual(['delivered']);
    expect(talk.state.conversation.reminded).toBe(talk.run().id);
  });

  test('a timer that comes again, or early, does nothing but ring at the right time', () => {
    const talk = new Scheduled();
    talk.add();
    const early = talk.timer('schedule');
    if (!early) throw new Error('no timer');
    talk.on({ type: 'timer', timer: early });
    expect(talk.runs).toEqual([]);
    expect(talk.timer('schedule')).toEqual(early);
    talk.due();
    const { state } = talk;
    talk.on({ type: 'timer', timer: early });
    expect(talk.state).toEqual({ ...state, timers: expect.anything(), schedules: state.schedules });
    expect(talk.timer('schedule')?.dueAt).toBe(NINE + DAY);
    expect(talk.runs).toHaveLength(1);
  });

  test('a single time is over afterwards', () => {
    const talk = new Scheduled();
    talk.add({ rule: once(NINE) });
    talk.due();
    expect(talk.schedule()).toMatchObject({ state: 'over', nextAt: null });
    expect(talk.state.timers.filter((t) => t.kind === 'schedule' || t.kind === 'wake')).toEqual([]);
    talk.reports('done');
    talk.deliver();
    expect(talk.outcomes).toEqual(['delivered']);
  });

  test('a schedule that is over or deleted leaves no timer behind', () => {
    const talk = new Scheduled();
    for (const ref of ['1', '7']) {
      if (ref === '1') talk.add({ state: 'over' });
      const timer = { kind: 'schedule', ref, dueAt: talk.now, attempts: 0 } as const;
      const wake = { ...timer, kind: 'wake' } as const;
      talk.state = { ...talk.state, timers: [timer, wake] };
      talk.on({ type: 'timer', timer });
      expect(talk.state.timers).toEqual([]);
    }
    expect(talk.runs).toEqual([]);
  });
});

describe('any time that the relay slept through', () => {
  const zones = ['Etc/UTC', 'Asia/Tokyo', 'Asia/Kolkata', 'America/Chicago', 'Europe/Berlin', 'Pacific/Auckland'];
  const hourIn = (zone: string, at: number): number =>
    Number(new Intl.DateTimeFormat('en', { timeZone: zone, hour: 'numeric', hourCycle: 'h23' }).format(at));
  const sleeps = fc.array(fc.integer({ min: 0, max: 3 * DAY }), { minLength: 1, maxLength: 8 });

  test('each run is due at the hour that was asked for where its person is, once, and each reminder comes or is said to be too late', () => {
    // No clock changes at these hours.
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 4, max: 22 }), sleeps, (zone, hour, late) => {
        const talk = new Scheduled();
        talk.add({ kind: 'text', rule: cron(`0 ${hour} * * *`), zone });
        for (const ms of late) {
          const before = own(talk).length;
          talk.due(1, ms);
          const [said, ...more] = own(talk).slice(before);
          const isTooLate = talk.now - (talk.runs.at(-1)?.dueAt ?? 0) > RUN_GRACE_MS;
          expect([said?.kind, more]).toEqual([isTooLate ? 'notice' : 'reminder', []]);
        }
        const dues = talk.runs.map(({ dueAt }) => dueAt);
        expect(new Set(dues).size).toBe(dues.length);
        expect(dues.map((at) => hourIn(zone, at)).filter((at) => at !== hour)).toEqual([]);
      }),
    );
  });
});

describe('missed', () => {
  test.each([RUN_GRACE_MS, 0])('up to an hour late it runs once, and its run says when it was due', (late) => {
    const talk = new Scheduled();
    talk.add();
    talk.due(1, late);
    expect(talk.runs).toMatchObject([{ dueAt: NINE, startedAt: NINE + late, state: 'running' }]);
  });

  test('later it is left out and logged; nobody hears of a recurring task', () => {
    const talk = new Scheduled();
    talk.add();
    talk.due(1, RUN_GRACE_MS + 1);
    expect(talk.runs).toMatchObject([{ dueAt: NINE, state: 'skipped', note: 'missed', endedAt: talk.now }]);
    expect(talk.schedule()).toMatchObject({ state: 'active', nextAt: NINE + DAY });
    expect(own(talk)).toEqual([]);
    expect(talk.state.messages).toEqual([]);
  });

  test('of a reminder it is said, once for all of a gap, and /run brings it', () => {
    const talk = new Scheduled();
    talk.add({ kind: 'text' });
    talk.due(1, 3 * DAY + 2 * HOUR);
    expect(talk.outcomes).toEqual(['skipped missed', 'skipped missed']);
    expect(own(talk)).toMatchObject([{ kind: 'notice', body: expect.stringContaining('text /run 1.') }]);
    expect(talk.schedule().state).toBe('active');
    talk.text('/run 1');
    expect(own(talk).at(-1)).toMatchObject({ kind: 'reminder' });
  });

  test.each(['agent', 'text'] as const)('of a single time (%s) it is said that it is too late', (kind) => {
    const talk = new Scheduled();
    talk.add({ kind, rule: once(NINE) });
    talk.due(1, 2 * HOUR);
    expect(talk.outcomes).toEqual(['skipped missed']);
    expect(own(talk)).toMatchObject([{ kind: 'notice', body: expect.stringContaining('too late') }]);
    expect(talk.schedule().state).toBe('over');
    talk.text('/run 1');
    expect(talk.runs.at(-1)).toMatchObject({ state: kind === 'text' ? 'sending' : 'running' });
  });

  test.each([
    ['every five minutes', every(5), MONDAY + 30 * DAY + 8 * HOUR],
    ['every day at nine', cron('0 9 * * *'), MONDAY + 29 * DAY + 9 * HOUR],
    ['every minute of a text', every(1), MONDAY + 30 * DAY + 8 * HOUR],
  ])('a month of sleep: %s is decided once, and goes on in step', (name, rule, newest) => {
    const talk = new Scheduled();
    const kind = name.endsWith('text') ? 'text' : 'agent';
    talk.add({ rule, kind });
    const began = performance.now();
    const timer = talk.timer('schedule');
    talk.now = MONDAY + 30 * DAY + 8 * HOUR + 7_000;
    if (timer) talk.on({ type: 'timer', timer });
    expect(performance.now() - began).toBeLessThan(1000);
    // One line for all missed runs, and at most one run.
    expect(talk.runs).toHaveLength(2);
    expect(talk.runs[0]).toMatchObject({ state: 'skipped', note: 'missed', dueAt: timer?.dueAt });
    const isLate = talk.now - newest > RUN_GRACE_MS;
    expect(talk.runs[1]?.dueAt).toBe(newest);
    expect(talk.runs[1]?.state).toBe(isLate ? 'skipped' : kind === 'text' ? 'sending' : 'running');
    const { nextAt } = talk.schedule();
    expect(nextAt).toBeGreaterThan(talk.now);
    const period = name.includes('day') ? DAY : name.includes('five') ? 5 * MINUTE : MINUTE;
    expect(((nextAt ?? 0) - newest) % period).toBe(0);
    expect(talk.state.timers.filter((t) => t.kind === 'schedule')).toHaveLength(1);
  });

  test('a pause that ended while nothing ran: what was due after it counts', () => {
    const talk = new Scheduled();
    talk.add();
    talk.change(1, { state: 'paused', pausedBy: 'person', resumeAt: NINE + DAY - HOUR });
    talk.due(1, HOUR + 10 * MINUTE);
    expect(talk.schedule()).toMatchObject({ state: 'active', pausedBy: null, resumeAt: null });
    talk.due();
    expect(talk.runs).toMatchObject([{ dueAt: NINE + DAY, state: 'running' }]);
    expect(talk.now).toBe(NINE + DAY + 10 * MINUTE);
  });

  test('a pause until the moment it is due ends with that run', () => {
    const talk = new Scheduled();
    talk.add();
    talk.change(1, { state: 'paused', pausedBy: 'person', resumeAt: NINE + DAY });
    talk.due();
    talk.due();
    expect(talk.runs).toMatchObject([{ dueAt: NINE + DAY }]);
  });
});

describe('while the last run is still at work', () => {
  test('the next is left out', () => {
    const talk = new Scheduled();
    talk.add({ rule: every(5) });
    talk.due();
    talk.due();
    talk.due();
    expect(talk.outcomes).toEqual(['running', 'skipped overlap', 'skipped overlap']);
    expect(waits(talk)).toEqual([]);
    talk.reports('done');
    talk.due();
    expect(talk.outcomes.slice(2)).toEqual(['skipped overlap', 'running']);
  });

  test('or waits for it, one and no more', () => {
    const talk = new Scheduled();
    talk.add({ rule: every(5), overlap: 'queue' });
    talk.due();
    talk.due();
    talk.due();
    expect(talk.outcomes).toEqual(['running', 'waiting', 'skipped overlap']);
    talk.reports('done');
    expect(talk.outcomes).toEqual(['sending', 'running', 'skipped overlap']);
  });

  test('a run that only waits for delivery does not hold up the next', () => {
    const talk = new Scheduled();
    talk.add({ rule: every(5) });
    talk.due();
    talk.reports('done');
    talk.due();
    expect(talk.outcomes).toEqual(['sending', 'running']);
  });
});

describe('order', () => {
  test('the person’s messages, texts at once, then runs by their time', () => {
    const talk = new Scheduled();
    talk.add();
    talk.add({ kind: 'text', prompt: 'bread' });
    talk.add({ prompt: 'other' });
    talk.now = NINE - MINUTE;
    const first = talk.text('look at it');
    talk.taken();
    talk.due(1);
    talk.due(3);
    talk.due(2);
    talk.text('and this');
    expect(own(talk).map((r) => r.body)).toEqual(['bread']);
    const one = talk.run(1).id;
    const three = talk.run(3).id;
    expect(waits(talk)).toEqual([one, three, 'and this']);
    talk.answer('yes', first);
    expect(waits(talk)).toEqual([one, three]);
    const second = talk.state.messages.find((m) => m.state === 'active');
    expect(second?.text).toBe('and this');
    talk.taken();
    talk.answer('that too', second as NonNullable<typeof second>);
    expect(waits(talk)).toEqual([three]);
    expect(talk.task.run).toBe(one);
    talk.reports('first');
    talk.reports('second');
    expect(talk.outcomes).toEqual(['sending', 'sending', 'sending']);
  });

  test('a run that has waited ten minutes goes next, whatever else waits', () => {
    const talk = new Scheduled();
    talk.add();
    talk.now = NINE - MINUTE;
    let at = talk.text('one');
    talk.due();
    for (let n = 0; n < 9; n++) {
      talk.taken();
      talk.now = NINE + (n + 1) * MINUTE;
      const next = talk.text(`more ${n}`);
      talk.answer('yes', at);
      expect(next.run).toBeNull();
      at = talk.state.messages.find((m) => m.state === 'active') ?? at;
      expect(at.text).toBe(`more ${n}`);
    }
    talk.taken();
    talk.now = NINE + RUN_WAITS_MS;
    talk.text('still more');
    talk.answer('yes', at);
    expect(talk.task.run).toBe(talk.run().id);
    expect(waits(talk)).toEqual(['still more']);
  });

  test('a burst that is being gathered goes first', () => {
    const talk = new Scheduled();
    talk.add();
    talk.state = {
      ...talk.state,
      timers: [...talk.state.timers, { kind: 'gather', ref: '', dueAt: NINE + 1000, attempts: 0 }],
    };
    talk.due();
    expect(talk.outcomes).toEqual(['waiting']);
    talk.fire('gather');
    expect(talk.outcomes).toEqual(['running']);
  });
});

describe('it does not run', () => {
  test('in a project that was put away: paused, and said', () => {
    const talk = new Scheduled();
    talk.state = { ...talk.state, projects: [...talk.state.projects, newProject('shop', 'shop', 0)] };
    talk.add({ project: 'shop' });
    talk.state = {
      ...talk.state,
      projects: talk.state.projects.map((p) => (p.id === 'shop' ? { ...p, archivedAt: 1 } : p)),
    };
    talk.due();
    expect(talk.outcomes).toEqual(['skipped project']);
    expect(talk.schedule()).toMatchObject({ state: 'paused', pausedBy: 'project' });
    expect(own(talk).map((r) => r.body)).toEqual([texts.schedules.projectGone(1)]);
    expect(talk.state.timers).toEqual([]);
  });

  test('for a person who may no longer write: paused, without a message', () => {
    const talk = new Scheduled();
    talk.add();
    talk.add({ kind: 'text' });
    talk.isAllowed = false;
    talk.due(1);
    talk.due(2);
    expect(talk.outcomes).toEqual(['skipped access', 'skipped access']);
    expect([talk.schedule(1).pausedBy, talk.schedule(2).pausedBy]).toEqual(['access', 'access']);
    expect(own(talk)).toEqual([]);
    expect(talk.state.timers).toEqual([]);
  });

  test('for a locked number: a task is skipped and goes on afterwards, one that never comes again is told, a reminder is held', () => {
    const talk = new Scheduled();
    talk.add();
    talk.add({ kind: 'text', prompt: 'bread' });
    talk.add({ rule: once(NINE) });
    const { address } = talk.state.conversation;
    const lockedBy = 'whatsapp:US.77';
    talk.state = {
      ...talk.state,
      addresses: [{ ...newAddress(address, 'text', 0), externalId: 'whatsapp:US.1', lockedBy }],
    };
    for (const id of [1, 2, 3]) talk.due(id);
    expect(talk.outcomes.toSorted()).toEqual(['sending', 'skipped access', 'skipped access']);
    expect([1, 2, 3].map((id) => talk.schedule(id).state)).toEqual(['active', 'active', 'over']);
    expect(own(talk).map((r) => r.body)).toEqual(['bread', expect.stringContaining('/run 3')]);
    for (const _ of own(talk)) talk.on({ type: 'send-begin' });
    expect(own(talk).map((r) => r.state)).toEqual(['held', 'held']);
  });

  test('for a person who opted out: logged each time, and it continues when they are back', () => {
    const talk = new Scheduled();
    talk.add();
    talk.add({ kind: 'text' });
    talk.state = { ...talk.state, conversation: { ...talk.state.conversation, optedOutAt: talk.now } };
    talk.due(1);
    talk.due(2);
    expect(talk.outcomes).toEqual(['skipped opted-out', 'skipped opted-out']);
    expect(own(talk)).toEqual([]);
    talk.state = { ...talk.state, conversation: { ...talk.state.conversation, optedOutAt: null } };
    talk.due(1);
    expect(talk.run(1).state).toBe('running');
  });

  test('a project cannot be put away while a run waits there', () => {
    const talk = new Scheduled();
    talk.state = { ...talk.state, projects: [...talk.state.projects, newProject('shop', 'shop', 0)] };
    talk.add({ project: 'shop' });
    talk.now = NINE - MINUTE;
    const first = talk.text('look at it');
    talk.due();
    talk.text('/project archive shop');
    expect(talk.state.projects.find((p) => p.id === 'shop')?.archivedAt).toBeNull();
    talk.taken();
    talk.answer('yes', first);
    expect(talk.task.project).toBe('shop');
  });
});

describe('the machine is awake ahead of a run', () => {
  test('20 to 60 s, each schedule at its own moment, until the run begins; never for a text', () => {
    const talk = new Scheduled();
    const moments = Array.from({ length: 40 }, () => {
      const id = talk.add();
      return NINE - (talk.timer('wake', `${id}`)?.dueAt ?? 0);
    });
    expect(Math.min(...moments)).toBeGreaterThanOrEqual(20_000);
    expect(Math.max(...moments)).toBeLessThanOrEqual(60_000);
    expect(new Set(moments.map((ms) => Math.round(ms / 1000))).size).toBeGreaterThan(15);
    const id = talk.add({ kind: 'text' });
    expect(talk.timer('wake', `${id}`)).toBeUndefined();
  });

  test('held from then on, and let go with the attempt', () => {
    const talk = new Scheduled();
    talk.add();
    const at = talk.timer('wake')?.dueAt ?? 0;
    expect(wantsHold(talk.state, at - 1)).toBe(false);
    expect(wantsHold(talk.state, at)).toBe(true);
    talk.now = at;
    talk.fire('wake');
    expect(wantsHold(talk.state, NINE - 1)).toBe(true);
    talk.due();
    expect(wantsHold(talk.state, NINE)).toBe(false);
    talk.reports('done');
    expect(wantsHold(talk.state, talk.now)).toBe(false);
    expect(talk.timer('wake')?.dueAt).toBeGreaterThan(NINE + DAY - MINUTE - 1);
  });

  test('not for somebody who wants nothing: their runs are left out', () => {
    const talk = new Scheduled();
    talk.add();
    talk.now = NINE - 1000;
    expect(wantsHold(talk.state, talk.now)).toBe(true);
    talk.state = { ...talk.state, conversation: { ...talk.state.conversation, optedOutAt: MONDAY } };
    expect(wantsHold(talk.state, talk.now)).toBe(false);
  });

  test('no machine is held for one whose time is long over and whose timer cannot do its work', () => {
    const talk = new Scheduled();
    talk.add();
    talk.now = NINE;
    talk.fire('wake');
    expect(wantsHold(talk.state, talk.now)).toBe(true);
    talk.now = NINE + WAKE_FOR_MS;
    talk.fire('wake');
    expect(wantsHold(talk.state, talk.now)).toBe(false);
    expect(talk.timer('schedule')).toBeDefined();
  });

  test.each([
    ['paused', { state: 'paused', pausedBy: 'person', resumeAt: NINE + 3 * DAY }],
    ['over', { state: 'over', nextAt: null }],
    ['changed', { nextAt: NINE + DAY }],
  ] as const)('not for one that was %s in the meantime', (_, change) => {
    const talk = new Scheduled();
    talk.add();
    talk.now = NINE - 20_000;
    expect(wantsHold(talk.state, talk.now)).toBe(true);
    talk.change(1, change);
    expect(wantsHold(talk.state, NINE + MINUTE)).toBe(false);
  });
});

describe('sessions', () => {
  const ID = '7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b1';
  function talked(): Scheduled {
    const talk = new Scheduled();
    const first = talk.text('look at it');
    talk.taken();
    talk.machine({ type: 'session', session_id: `${ID}0` });
    talk.answer('yes', first);
    return talk;
  }

  test('a run goes on with the project’s', () => {
    const talk = talked();
    talk.add();
    talk.due();
    expect(talk.state.turns.at(-1)).toMatchObject({ sessionId: `${ID}0`, generation: 0 });
    talk.taken();
    talk.machine({ type: 'session', session_id: `${ID}0` });
    talk.answer('done', talk.task);
    expect(talk.state.projects[0]).toMatchObject({ sessionId: `${ID}0`, messagesSince: 1 });
  });

  test('a separate session leaves the project’s session, /sessions and /undo unchanged', () => {
    const talk = talked();
    talk.add({ isolated: true });
    const { projects, sessions } = talk.state;
    talk.due();
    expect(talk.state.turns.at(-1)?.sessionId).toBeNull();
    talk.taken();
    talk.machine({ type: 'session', session_id: `${ID}1` });
    expect(talk.state.turns.at(-1)?.sessionId).toBe(`${ID}1`);
    talk.machine({ type: 'usage', context_percent: 99, memory_free: 1e8, disk_free: 1e9 });
    talk.answer('done', talk.task);
    expect(talk.state.projects).toEqual(projects);
    expect(talk.state.sessions).toEqual(sessions);
    talk.text('/undo');
    expect(talk.state.messages.find((m) => m.action === 'undo')?.text).toBe(talk.state.messages[0]?.uuid);
  });

  test('a cut one goes on with its own', () => {
    const talk = talked();
    talk.add({ isolated: true });
    talk.due();
    talk.taken();
    talk.machine({ type: 'session', session_id: `${ID}1` });
    talk.machine({ type: 'ended', outcome: 'interrupted', reason: '' });
    expect(talk.attempt.n).toBe(2);
    expect(talk.state.turns.at(-1)?.sessionId).toBe(`${ID}1`);
  });
});

describe('while a run is at work', () => {
  test('a text is not folded into it, in whatever mode; it is said that it waits, and it is next', () => {
    const talk = new Scheduled({ queueMode: 'steer' });
    talk.add();
    talk.due();
    talk.taken();
    const said = talk.text('what about this?');
    expect(talk.effects.filter((e) => e.do === 'steer')).toEqual([]);
    talk.fire('waiting');
    expect(talk.bodies).toEqual([texts.waiting(1)]);
    talk.answer('done', talk.task);
    expect(talk.state.messages.find((m) => m.seq === said.seq)?.state).toBe('active');
  });

  test('/btw is asked beside it, and is no part of its answer', () => {
    const talk = new Scheduled();
    talk.add();
    talk.due();
    talk.taken();
    talk.text('/btw what now?');
    expect(talk.effects).toMatchObject([{ do: 'typing' }, { do: 'steer', text: 'what now?' }]);
    const aside = talk.state.messages.find((m) => m.action === 'aside');
    talk.machine({ type: 'aside', uuid: aside?.uuid ?? '', text: 'all is well', cost_usd: 0 });
    expect(talk.bodies.join(' ')).toContain('all is well');
    expect(own(talk).map((r) => [r.run, r.schedule])).toEqual(own(talk).map(() => [null, null]));
    talk.deliver();
    expect(talk.outcomes).toEqual(['running']);
    talk.answer('done', talk.task);
    talk.deliver();
    expect(talk.outcomes).toEqual(['delivered']);
  });

  test('/btw that its end leaves open is asked in a turn of its own', () => {
    const talk = new Scheduled();
    talk.add();
    talk.due();
    talk.taken();
    talk.text('/btw what now?');
    talk.machine({ type: 'ended', outcome: 'failed', reason: '' });
    expect(talk.outcomes).toEqual(['failed turn']);
    const aside = talk.state.messages.find((m) => m.action === 'aside');
    expect(aside?.state).toBe('active');
    expect(aside?.turn).toBe(talk.attempt.turn);
  });

  test('/stop drops it by the words of its schedule; /retry brings the same run back', () => {
    const talk = new Scheduled();
    talk.add();
    talk.due();
    talk.taken();
    talk.text('/stop');
    expect(talk.bodies.at(-1)).toContain('standup from the commits');
    expect(talk.bodies.at(-1)).not.toContain('scheduled run');
    talk.machine({ type: 'ended', outcome: 'stopped', reason: '' });
    expect(talk.outcomes).toEqual(['skipped stopped']);
    expect(talk.schedule().failures).toBe(0);
    talk.text('/retry');
    expect(talk.outcomes).toEqual(['running']);
    talk.reports('done');
    talk.deliver();
    expect(talk.outcomes).toEqual(['delivered']);
    expect(talk.runs).toHaveLength(1);
  });

  test('/stop also drops one that waits', () => {
    const talk = new Scheduled();
    talk.add();
    talk.now = NINE - MINUTE;
    talk.text('look at it');
    talk.taken();
    talk.due();
    talk.text('/stop');
    talk.machine({ type: 'ended', outcome: 'stopped', reason: '' });
    expect(talk.outcomes).toEqual(['skipped stopped']);
    expect(waits(talk)).toEqual([]);
    expect(talk.state.turns.filter((t) => t.state === 'open')).toEqual([]);
  });

  test('said before it was stopped, the words that arrive do not make it a run that was done', () => {
    const talk = new Scheduled();
    talk.add();
    talk.due();
    talk.taken();
    talk.machine({ type: 'request', request_id: 'r1', request: { kind: 'send_message', text: 'half of it' } });
    const [said] = talk.leave();
    talk.text('/stop');
    talk.machine({ type: 'ended', outcome: 'stopped', reason: '' });
    if (said) talk.status(said, 'delivered');
    expect(talk.outcomes).toEqual(['skipped stopped']);
  });

  test('there are no progress messages', () => {
    const talk = new Scheduled();
    talk.add();
    talk.due();
    talk.now += TELL_UNREACHABLE_MS + 1;
    talk.on({ type: 'unreachable', attempt: talk.ref, reason: '' });
    talk.on({ type: 'heartbeat' });
    talk.taken();
    talk.machine({ type: 'started' });
    talk.machine({ type: 'progress', text: 'looking' });
    talk.now += 20 * MINUTE;
    talk.on({ type: 'heartbeat' });
    expect(own(talk)).toEqual([]);
    expect(talk.state.replies).toEqual([]);
    expect(talk.effects).toEqual([]);
  });
});

describe('deep work', () => {
  function deep(change: Parameters<Scheduled['add']>[0] = {}): Scheduled {
    const talk = new Scheduled();
    talk.add(change);
    talk.text('/deep');
    return talk;
  }

  test('a run in it is a turn like any other, and is not the person’s work', () => {
    const talk = deep();
    talk.due();
    expect(talk.state.turns.at(-1)).toMatchObject({ deep: false, run: talk.run().id });
    talk.taken();
    talk.text('go on');
    expect(talk.effects.filter((e) => e.do === 'steer')).toEqual([]);
    talk.answer('done', talk.task);
    expect(talk.state.turns.at(-1)).toMatchObject({ deep: true, run: null, state: 'open' });
  });

  test('/deep while a run is at work does not make the run part of it', () => {
    const talk = new Scheduled();
    talk.add();
    talk.due();
    talk.taken();
    talk.text('/deep');
    expect(talk.state.turns.at(-1)).toMatchObject({ run: talk.run().id, deep: false });
    expect(talk.state.conversation.deep?.textAt).toBeNull();
  });

  test('runs do not keep it going: half an hour without a text ends it', () => {
    const talk = deep({ rule: every(5) });
    const began = talk.now;
    talk.deliver();
    while (talk.state.conversation.deep !== null && talk.now < began + 2 * HOUR) {
      const next = Math.min(talk.timer('deep')?.dueAt ?? Number.POSITIVE_INFINITY, talk.schedule().nextAt ?? 0);
      if (talk.timer('deep')?.dueAt === next) talk.fire('deep');
      else {
        talk.due();
        talk.now += 2 * MINUTE;
        talk.reports('done');
        talk.deliver();
      }
    }
    expect(talk.now - began).toBeLessThanOrEqual(DEEP_IDLE_MS + 5 * MINUTE);
  });

  test('nor does it end while the person’s text waits behind one', () => {
    const talk = deep();
    talk.due();
    talk.taken();
    talk.text('go on');
    talk.now += DEEP_IDLE_MS;
    if (talk.timer('deep')) talk.fire('deep');
    expect(talk.state.conversation.deep?.project).toBe('main');
  });
});

describe('questions in a run', () => {
  const ask = { kind: 'ask', question: 'Which one?', options: ['Left', 'Right'] } as const;
  function asking(night: boolean): Scheduled {
    const talk = new Scheduled();
    talk.add();
    if (night) {
      const quiet = { zone: 'Etc/UTC', quiet: { from: 8 * 60, to: 11 * 60 } };
      talk.state = { ...talk.state, conversation: { ...talk.state.conversation, ...quiet } };
    }
    talk.due();
    talk.taken();
    talk.machine({ type: 'request', request_id: 'r1', request: { ...ask, options: [...ask.options] } });
    return talk;
  }

  test('are asked and answered; the answer to the task is the run’s', () => {
    const talk = asking(false);
    const [question] = talk.leave();
    expect(question).toMatchObject({ kind: 'question', run: null });
    if (question) talk.status(question, 'delivered');
    expect(talk.outcomes).toEqual(['running']);
    talk.text('left');
    expect(talk.effects.find((e) => e.do === 'answer')).toMatchObject({ answer: { kind: 'text', text: 'Left' } });
    talk.answer('done', talk.task);
    talk.deliver();
    expect(talk.outcomes).toEqual(['delivered']);
  });

  test('wait for the end of the night; the agent goes on without, and what is answered then is a turn', () => {
    const talk = asking(true);
    expect(talk.leave()).toEqual([]);
    expect(talk.state.replies).toMatchObject([{ kind: 'question', state: 'held' }]);
    talk.fire('question');
    talk.reports('done without');
    expect(talk.leave().map((r) => [r.kind, r.body])).toEqual([]);
    expect(talk.outcomes).toEqual(['held']);
    talk.fire('quiet');
    expect(talk.now).toBe(MONDAY + 11 * HOUR);
    const left = talk.deliver();
    expect(left.map((r) => r.body).join(' ')).toContain('done without');
    expect(talk.outcomes).toEqual(['delivered']);
  });
});

test('somebody with a PIN who has been silent for 90 days gets nothing of schedules; without a PIN they do', () => {
  for (const hasPin of [true, false]) {
    const talk = new Scheduled();
    if (hasPin) talk.text('/pin', 0, { secret: '4821' });
    else talk.text('/status');
    talk.add({ kind: 'text', prompt: 'the bins' });
    for (let days = 0; days < 92; days++) {
      talk.due();
      talk.deliver();
    }
    const said = talk.state.replies.filter(({ body }) => body.includes('the bins')).length;
    expect(said).toBe(hasPin ? 90 : 92);
    expect(talk.runs.at(-1)?.note ?? null).toBe(hasPin ? 'unheard' : null);
    expect(talk.schedule().state).toBe('active');
    talk.text('/schedules 1');
    if (!hasPin) continue;
    talk.text('/unlock', 0, { secret: '4821' });
    talk.text('/schedules 1');
    expect(talk.bodies.join('\n')).toContain('you hadn’t texted me for 90 days');
  }
});
