import { describe, expect, test } from 'vitest';
import { PROMPT_MAX_BYTES, REMINDER_MAX_CHARS, SCHEDULES_MAX } from '../../../src/conversation/policy/schedules.ts';
import type { Schedule } from '../../../src/conversation/state/schedule-rows.ts';
import { newProject } from '../../../src/conversation/state/state.ts';
import type { ScheduleRequest } from '../../../src/protocol/index.ts';
import { texts } from '../../../src/texts/index.ts';
import { Talk } from '../conversation.ts';

// Schedules created and changed by the agent’s tools, and every change around the moment a run is due.

const said = texts.scheduleAnswers;
const BERLIN = 'Europe/Berlin';
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A Saturday, half past ten in Berlin. */
const NOW = Date.UTC(2026, 10, 21, 9, 30);

class Wishing extends Talk {
  #requests = 0;

  constructor(zone: string | null = BERLIN) {
    super(0, { defaultZone: zone });
    this.now = NOW;
  }

  /** A running turn. */
  runs(text = 'text me a standup every morning'): this {
    this.text(text);
    this.taken();
    return this;
  }

  /** The tool's answer to the agent. */
  wishes(wish: ScheduleRequest): { ok: boolean; text: string } {
    this.machine({ type: 'request', request_id: `r${this.#requests++}`, request: { kind: 'schedule', wish } });
    const given = this.effects.flatMap((effect) => (effect.do === 'answer' ? [effect] : [])).at(-1);
    if (given?.answer.kind !== 'done') throw new Error(`answered with ${JSON.stringify(given)}`);
    const { ok, text } = given.answer;
    this.on({ type: 'answer-taken', question: given.question, request: given.request });
    return { ok, text };
  }

  row(id: number): Schedule {
    const row = this.state.schedules.find((s) => s.id === id);
    if (!row) throw new Error(`no schedule ${id}`);
    return row;
  }

  dueAt(id: number): number | undefined {
    return this.state.timers.find((t) => t.kind === 'schedule' && t.ref === `${id}`)?.dueAt;
  }

  /** The object wakes: fires due timers until there are none. */
  wakes(): void {
    for (let n = 0; n < 20; n++) {
      const timer = this.state.timers.find((t) => t.kind === 'schedule' && t.dueAt <= this.now);
      if (!timer) return;
      this.on({ type: 'timer', timer });
    }
    throw new Error('a timer that is due again and again');
  }

  /** The due times of a schedule's runs that were not left out. */
  ran(id: number): number[] {
    return this.state.runs.filter((r) => r.schedule === id && r.state !== 'skipped').map((r) => r.dueAt);
  }
}

const STANDUP: ScheduleRequest = { op: 'create', does: 'agent', when: 'every weekday at 9am', text: 'standup' };
const BREAD: ScheduleRequest = { op: 'create', does: 'remind', when: 'in 20 minutes', text: 'take the bread out' };

describe('schedules created by the agent', () => {
  test('is answered with the rule in words, the next three times, the zone and the number', () => {
    const talk = new Wishing().runs();
    const { ok, text } = talk.wishes(STANDUP);
    expect(ok).toBe(true);
    expect(text.split('\n').slice(0, 3)).toEqual([
      'Schedule 1 is set: every weekday at 9 am. Task: “standup”.',
      'Next: Mon 23 Nov, 9 am · Tue 24 Nov, 9 am · Wed 25 Nov, 9 am',
      'Times are in Berlin time (Europe/Berlin).',
    ]);
    expect(talk.row(1)).toMatchObject({ kind: 'agent', prompt: 'standup', recipients: [], standup: true });
    expect(talk.dueAt(1)).toBe(Date.UTC(2026, 10, 23, 8));
    // The agent tells the person.
    expect(talk.bodies).toEqual([]);
  });

  test('is for the project of its turn, whatever is active by then', () => {
    const talk = new Wishing().runs();
    talk.text('/project new Shop');
    talk.wishes({ ...STANDUP, isolated: true, queue: true, check: 'npm outdated', except_holidays: 'de-be' });
    expect(talk.row(1)).toMatchObject({
      project: 'main',
      isolated: true,
      overlap: 'queue',
      checkCommand: 'npm outdated',
      holidays: 'DE-BE',
    });
  });

  test.each<[string, Partial<typeof STANDUP>, string]>([
    ['too often', { when: 'every minute' }, 'the minimum is 5 minutes'],
    ['in the past', { when: '2020-01-01 9:00' }, 'already passed'],
    ['no time', { when: 'soon' }, 'I can’t tell when that is'],
    ['an unknown region', { except_holidays: 'XX' }, '“XX”'],
    ['an unknown zone', { zone: 'Middle-earth/Shire' }, '“Middle-earth/Shire” is not a known time zone'],
    ['an ambiguous zone', { zone: 'EST' }, '“EST” is not a known time zone'],
    ['a long text', { text: 'ü'.repeat(PROMPT_MAX_BYTES / 2 + 1) }, '64 KB'],
    ['a long reminder', { does: 'remind', text: 'x'.repeat(REMINDER_MAX_CHARS + 1) }, '1500 characters'],
    ['a reminder that checks', { does: 'remind', check: 'ls' }, said.agentOnly],
  ])('%s is refused with a sentence', (_, change, why) => {
    const talk = new Wishing().runs();
    const { ok, text } = talk.wishes({ ...STANDUP, ...change } as ScheduleRequest);
    expect(ok).toBe(false);
    expect(text).toContain(why);
    expect(talk.state.schedules).toEqual([]);
    expect(talk.state.conversation.zone).toBeNull();
  });

  test('50 at most', () => {
    const talk = new Wishing().runs();
    for (let n = 0; n < SCHEDULES_MAX; n++) expect(talk.wishes({ ...STANDUP, text: `${n}` }).ok).toBe(true);
    expect(talk.wishes(STANDUP)).toEqual({ ok: false, text: said.full(SCHEDULES_MAX) });
  });
});

describe('the person’s zone', () => {
  test('is asked for when it is needed and not known, and is theirs from then on', () => {
    const talk = new Wishing(null).runs();
    expect(talk.wishes(BREAD)).toMatchObject({ ok: true });
    expect(talk.wishes(STANDUP)).toEqual({ ok: false, text: said.toAgent.zoneNeeded });
    expect(talk.wishes({ ...STANDUP, zone: 'america/chicago' } as ScheduleRequest)).toMatchObject({ ok: true });
    expect(talk.row(2).zone).toBe('America/Chicago');
    expect(talk.state.conversation.zone).toBe('America/Chicago');
    expect(talk.wishes({ ...STANDUP, text: 'another' } as ScheduleRequest).ok).toBe(true);
    expect(talk.row(3).zone).toBe('America/Chicago');
  });

  test('that they chose is not changed by what the agent says', () => {
    const talk = new Wishing().runs();
    talk.state = { ...talk.state, conversation: { ...talk.state.conversation, zone: 'Asia/Kolkata' } };
    const { ok, text } = talk.wishes({ ...STANDUP, zone: 'UTC' } as ScheduleRequest);
    expect(ok).toBe(true);
    expect(text).toContain(said.toAgent.zoneKnown('Asia/Kolkata'));
    expect(talk.row(1).zone).toBe('Asia/Kolkata');
    expect(talk.state.conversation.zone).toBe('Asia/Kolkata');
  });

  test('is not set by a wish that is refused', () => {
    const talk = new Wishing(null).runs();
    expect(talk.wishes({ ...STANDUP, when: 'every minute', zone: BERLIN } as ScheduleRequest).ok).toBe(false);
    expect(talk.state.conversation.zone).toBeNull();
  });
});

describe('once', () => {
  test.each([STANDUP, BREAD])('a request that an attempt made before it was cut creates no second schedule', (wish) => {
    const talk = new Wishing().runs();
    const first = talk.wishes(wish);
    talk.machine({ type: 'ended', outcome: 'interrupted', reason: 'cut' });
    talk.now += 10 * MINUTE;
    if (talk.state.timers.some((t) => t.kind === 'attempt')) talk.fire('attempt');
    talk.taken();
    expect(talk.attempt.n).toBe(2);
    expect(talk.wishes(wish)).toEqual(first);
    expect(talk.state.schedules).toHaveLength(1);
    expect(talk.state.conversation.nextSchedule).toBe(2);
  });

  test('a run is not started again either, but a list is looked up anew', () => {
    const talk = new Wishing().runs();
    talk.wishes(STANDUP);
    talk.wishes({ op: 'run_now', id: 1 });
    const listed = talk.wishes({ op: 'list' });
    talk.wishes({ op: 'cancel', id: 1 });
    talk.machine({ type: 'ended', outcome: 'interrupted', reason: 'cut' });
    if (talk.state.timers.some((t) => t.kind === 'attempt')) talk.fire('attempt');
    talk.taken();
    expect(talk.wishes({ op: 'run_now', id: 1 })).toEqual({ ok: true, text: said.running(1, true) });
    expect(talk.state.runs).toHaveLength(1);
    expect(talk.wishes({ op: 'list' })).not.toEqual(listed);
  });

  test('the same twice within a minute is one', () => {
    const talk = new Wishing().runs();
    const first = talk.wishes(BREAD);
    talk.now += 30 * SECOND;
    const again = talk.wishes(BREAD);
    expect(again.ok).toBe(true);
    expect(again.text).toContain(said.twice);
    expect(again.text).toContain(first.text.split('\n')[1]);
    expect(talk.state.schedules).toHaveLength(1);
    talk.now += 31 * SECOND;
    talk.wishes(BREAD);
    expect(talk.state.schedules).toHaveLength(2);
  });

  test.each<Partial<typeof STANDUP>>([{ text: 'other' }, { when: 'every weekday at 10' }, { isolated: true }])(
    'a schedule that differs in %j is another schedule',
    (change) => {
      const talk = new Wishing().runs();
      talk.wishes(STANDUP);
      talk.wishes({ ...STANDUP, ...change } as ScheduleRequest);
      expect(talk.state.schedules).toHaveLength(2);
    },
  );
});

describe('inside a run', () => {
  const inRun = (): Wishing => {
    const talk = new Wishing();
    talk.text('/schedule every day at 9am: look around');
    talk.text('/remind every friday 5pm: timesheet');
    talk.text('/run 1');
    talk.taken();
    return talk;
  };

  test.each<ScheduleRequest>([STANDUP, BREAD, { op: 'run_now', id: 2 }])('nothing that sets off more: %j', (wish) => {
    const talk = inRun();
    const { runs, schedules } = talk.state;
    expect(talk.wishes(wish)).toEqual({ ok: false, text: said.toAgent.inRun });
    expect(talk.state.schedules).toEqual(schedules);
    expect(talk.state.runs).toEqual(runs);
  });

  test('it may list and end them', () => {
    const talk = inRun();
    expect(talk.wishes({ op: 'list' }).text).toContain('2 (remind): every Friday at 5 pm');
    expect(talk.wishes({ op: 'cancel', id: 2 }).ok).toBe(true);
    expect(talk.row(2).state).toBe('over');
  });
});

describe('schedules the agent sees and changes', () => {
  test('the list has numbers, rules, next times, last outcomes and the tasks', () => {
    const talk = new Wishing().runs();
    expect(talk.wishes({ op: 'list' })).toEqual({ ok: true, text: 'The person has no schedules.' });
    talk.wishes(STANDUP);
    talk.wishes({ ...BREAD, when: 'every friday 5pm' } as ScheduleRequest);
    talk.wishes({ op: 'pause', id: 2, until: '7 Jan' });
    talk.wishes({ op: 'run_now', id: 1 });
    expect(talk.wishes({ op: 'list' }).text.split('\n')).toEqual([
      '1 (agent, in main): every weekday at 9 am; next Mon 23 Nov, 9 am; last run: waiting for its turn',
      '  “standup”',
      '2 (remind): every Friday at 5 pm; paused until Thu 7 Jan 2027; last run: none yet',
      '  “take the bread out”',
    ]);
  });

  test('a list that is longer than an answer may be ends with how many are left', () => {
    const talk = new Wishing().runs();
    for (let n = 0; n < SCHEDULES_MAX; n++) {
      const check = `test ${n} = ${'x'.repeat(980)}`;
      talk.wishes({ ...STANDUP, text: `${n} ${'y'.repeat(300)}`, check } as ScheduleRequest);
    }
    const { ok, text } = talk.wishes({ op: 'list' });
    expect([ok, text.length <= 65_536]).toEqual([true, true]);
    expect(text).toMatch(/\n\d+ more; the person sees all of them with \/schedules\.$/);
  });

  test('it never sees one by a number that is not the person’s', () => {
    const talk = new Wishing().runs();
    for (const wish of [
      { op: 'update', id: 7, text: 'x' },
      { op: 'pause', id: 7 },
      { op: 'resume', id: 7 },
      { op: 'cancel', id: 7 },
      { op: 'run_now', id: 7 },
    ] as const) {
      expect(talk.wishes(wish)).toEqual({ ok: false, text: said.toAgent.unknown(7) });
    }
  });

  test('it pauses, resumes, runs and cancels', () => {
    const talk = new Wishing().runs();
    talk.wishes(STANDUP);
    expect(talk.wishes({ op: 'pause', id: 1, until: 'whenever' })).toEqual({
      ok: false,
      text: said.toAgent.pauseUntil,
    });
    expect(talk.wishes({ op: 'pause', id: 1 })).toEqual({ ok: true, text: said.paused(1, null, null) });
    expect(talk.dueAt(1)).toBeUndefined();
    expect(talk.wishes({ op: 'resume', id: 1 })).toEqual({ ok: true, text: said.resumed(1, 'Mon 23 Nov, 9 am') });
    expect(talk.wishes({ op: 'run_now', id: 1 })).toEqual({ ok: true, text: said.running(1, true) });
    expect(talk.wishes({ op: 'run_now', id: 1 })).toEqual({ ok: false, text: said.atWork(1) });
    expect(talk.wishes({ op: 'cancel', id: 1 })).toEqual({ ok: true, text: said.cancelled(1, false) });
    expect(talk.state.runs).toMatchObject([{ state: 'skipped', note: 'stopped' }]);
    expect(talk.wishes({ op: 'update', id: 1, text: 'x' })).toEqual({ ok: false, text: said.isOver(1) });
  });

  test('another text leaves the next time; another time looks for it anew; the rest stays', () => {
    const talk = new Wishing().runs();
    talk.wishes({ ...STANDUP, isolated: true, except_holidays: 'DE-BE' } as ScheduleRequest);
    const before = talk.row(1);
    expect(talk.wishes({ op: 'update', id: 1 })).toEqual({ ok: false, text: said.toAgent.nothingToChange });
    expect(talk.wishes({ op: 'update', id: 1, text: 'short standup' }).ok).toBe(true);
    expect(talk.row(1)).toEqual({ ...before, prompt: 'short standup' });
    const { text } = talk.wishes({ op: 'update', id: 1, when: 'every day at 18:00' });
    expect(text).toContain('Changed schedule 1: every day at 6 pm');
    expect(talk.row(1)).toMatchObject({ isolated: true, holidays: 'DE-BE', nextAt: Date.UTC(2026, 10, 21, 17) });
    expect(talk.dueAt(1)).toBe(Date.UTC(2026, 10, 21, 17));
    talk.wishes({ op: 'update', id: 1, except_holidays: 'none', isolated: false, queue: true });
    expect(talk.row(1)).toMatchObject({ isolated: false, holidays: null, overlap: 'queue' });
  });

  test('another text brings back no run that was left out, and hides no failures', () => {
    const talk = new Wishing().runs();
    talk.wishes({ ...BREAD, when: 'every 2 hours from 22 Nov 2026 at 8:00' } as ScheduleRequest);
    talk.text('/skip 1');
    talk.state = { ...talk.state, schedules: [{ ...talk.row(1), failures: 3 }] };
    const before = talk.row(1);
    talk.wishes({ op: 'update', id: 1, text: 'drink' });
    expect(talk.row(1)).toEqual({ ...before, prompt: 'drink' });
    expect(talk.dueAt(1)).toBe(Date.UTC(2026, 10, 22, 9));
  });

  test('a change that is refused changes nothing', () => {
    const talk = new Wishing().runs();
    talk.wishes(BREAD);
    const before = talk.row(1);
    for (const wish of [
      { op: 'update', id: 1, when: 'yesterday 8pm' },
      { op: 'update', id: 1, when: 'now and then' },
      { op: 'update', id: 1, queue: true },
      { op: 'update', id: 1, except_holidays: 'XX' },
      { op: 'update', id: 1, text: 'x'.repeat(REMINDER_MAX_CHARS + 1) },
    ] as const) {
      expect(talk.wishes(wish).ok).toBe(false);
      expect(talk.row(1)).toBe(before);
    }
  });

  test('a schedule created before the zone was known is changed in the current zone', () => {
    const talk = new Wishing(null).runs();
    talk.wishes(BREAD);
    expect(talk.wishes({ op: 'update', id: 1, when: 'every day at 9' })).toEqual({
      ok: false,
      text: said.toAgent.zoneNeededLater,
    });
    talk.state = { ...talk.state, conversation: { ...talk.state.conversation, zone: 'Asia/Kolkata' } };
    expect(talk.wishes({ op: 'update', id: 1, when: 'every day at 9' }).ok).toBe(true);
    expect(talk.row(1)).toMatchObject({ zone: 'Asia/Kolkata', nextAt: Date.UTC(2026, 10, 22, 3, 30) });
  });

  test('a paused one stays paused when it is changed', () => {
    const talk = new Wishing().runs();
    talk.wishes(STANDUP);
    talk.wishes({ op: 'pause', id: 1 });
    talk.wishes({ op: 'update', id: 1, when: 'every day at 18:00' });
    expect(talk.row(1).state).toBe('paused');
    expect(talk.dueAt(1)).toBeUndefined();
    expect(talk.wishes({ op: 'resume', id: 1 }).text).toBe(said.resumed(1, 'today at 6 pm'));
  });
});

describe('around the due moment', () => {
  /** Every day at nine; the first is tomorrow. */
  const DUE = Date.UTC(2026, 10, 22, 8);
  const daily = (): Wishing => {
    const talk = new Wishing().runs('please');
    talk.wishes({ op: 'create', does: 'remind', when: 'every day at 9am', text: 'stretch' });
    return talk;
  };
  type Act = (talk: Wishing) => void;
  const acts = {
    'another text': (talk) => talk.wishes({ op: 'update', id: 1, text: 'walk' }),
    'the same time in other words': (talk) => talk.wishes({ op: 'update', id: 1, when: '0 9 * * *' }),
    'a rule with the same time': (talk) => talk.wishes({ op: 'update', id: 1, when: 'every weekend at 9' }),
    'a later time': (talk) => talk.wishes({ op: 'update', id: 1, when: 'every day at 10' }),
    'an earlier time': (talk) => talk.wishes({ op: 'update', id: 1, when: 'every day at 8' }),
    pause: (talk) => talk.text('/pause 1'),
    'pause and resume': (talk) => {
      talk.text('/pause 1');
      talk.text('/resume 1');
    },
    resume: (talk) => talk.text('/resume 1'),
    skip: (talk) => talk.text('/skip 1'),
    'skip today': (talk) => talk.text('/skip 1 today'),
    cancel: (talk) => talk.text('/cancel 1'),
    run: (talk) => talk.text('/run 1'),
  } satisfies Record<string, Act>;

  const H8 = DUE - HOUR + DAY;
  const H9 = DUE + DAY;
  const AGAIN = DUE + 2 * DAY;
  const H10 = DUE + HOUR;
  /**
   * 1 ms before, at the time before the timer fired, after it fired: the runs by then and a minute later, and the next
   * time.
   */
  type Seen = [runs: number[], next: number | null];
  const expected: Record<keyof typeof acts, [Seen, Seen, Seen]> = {
    'another text': [
      [[DUE], H9],
      [[DUE], H9],
      [[DUE], H9],
    ],
    'the same time in other words': [
      [[DUE], H9],
      [[DUE], H9],
      [[DUE], H9],
    ],
    'a rule with the same time': [
      [[DUE], DUE + 6 * DAY],
      [[DUE], DUE + 6 * DAY],
      [[DUE], DUE + 6 * DAY],
    ],
    'a later time': [
      [[], H10],
      [[], H10],
      [[DUE], H10],
    ],
    'an earlier time': [
      [[], H8],
      [[], H8],
      [[DUE], H8],
    ],
    pause: [
      [[], null],
      [[], null],
      [[DUE], null],
    ],
    'pause and resume': [
      [[DUE], H9],
      [[], H9],
      [[DUE], H9],
    ],
    resume: [
      [[DUE], H9],
      [[DUE], H9],
      [[DUE], H9],
    ],
    skip: [
      [[], H9],
      [[], H9],
      [[DUE], AGAIN],
    ],
    'skip today': [
      [[], H9],
      [[], H9],
      [[DUE], H9],
    ],
    cancel: [
      [[], null],
      [[], null],
      [[DUE], null],
    ],
    run: [
      [[DUE - 1, DUE], H9],
      [[DUE, DUE], H9],
      [[DUE, DUE], H9],
    ],
  };
  const moments = ['a millisecond before', 'due and not fired', 'fired'] as const;
  const cases = Object.entries(acts).flatMap(([name, act]) =>
    moments.map((moment, n) => [name, moment, act as Act, expected[name as keyof typeof acts][n] as Seen] as const),
  );

  test.each(cases)('%s, %s', (_, moment, act, [runs, next]) => {
    const talk = daily();
    expect(talk.dueAt(1)).toBe(DUE);
    talk.now = moment === 'a millisecond before' ? DUE - 1 : DUE;
    if (moment === 'fired') talk.wakes();
    const { prompt } = talk.row(1);
    act(talk);
    talk.now = DUE;
    talk.wakes();
    talk.now = DUE + MINUTE;
    talk.wakes();
    expect(talk.ran(1)).toEqual(runs);
    expect(talk.dueAt(1) ?? null).toBe(next);
    expect(talk.state.runs).toHaveLength(runs.length);
    expect(prompt).toBe('stretch');
  });

  test('a run that /run began a moment before is not begun again by the clock while it is at work', () => {
    const talk = new Wishing();
    talk.text('/schedule every day at 9am: what is new');
    talk.now = DUE - 1;
    talk.text('/run 1');
    talk.now = DUE;
    talk.wakes();
    expect(talk.state.runs.map((r) => [r.dueAt, r.state, r.note])).toEqual([
      [DUE - 1, 'running', null],
      [DUE, 'skipped', 'overlap'],
    ]);
    expect(talk.dueAt(1)).toBe(H9);
  });

  test('a pause that ends at the very moment of a run does not leave it out', () => {
    const talk = daily();
    talk.text('/pause 1 until tomorrow 9am');
    expect(talk.bodies.at(-1)).toBe(said.paused(1, 'tomorrow at 9 am', 'tomorrow at 9 am'));
    talk.now = DUE + 40;
    talk.wakes();
    expect(talk.ran(1)).toEqual([DUE]);
    expect(talk.dueAt(1)).toBe(H9);
  });

  test('a pause that ended while the object was away: what was due long ago is left out, the rest runs', () => {
    const talk = daily();
    talk.text('/pause 1 until 23 Nov');
    talk.now = Date.UTC(2026, 10, 25, 8, 1);
    talk.wakes();
    expect(talk.state.runs.map((r) => [r.dueAt, r.state, r.note])).toEqual([
      [Date.UTC(2026, 10, 23, 8), 'skipped', 'missed'],
      [Date.UTC(2026, 10, 25, 8), 'sending', null],
    ]);
    expect(talk.dueAt(1)).toBe(Date.UTC(2026, 10, 26, 8));
  });

  test('nothing is run in an archived project', () => {
    const talk = new Wishing().runs();
    talk.wishes(STANDUP);
    const shop = { ...newProject('shop', 'Shop', 0), archivedAt: 1 };
    const projects = [...talk.state.projects, shop];
    talk.state = { ...talk.state, projects, schedules: [{ ...talk.row(1), project: 'shop' }] };
    expect(talk.wishes({ op: 'run_now', id: 1 })).toEqual({ ok: false, text: said.projectAway(1) });
    expect(talk.state.runs).toEqual([]);
  });
});
