import { describe, expect, test } from 'vitest';
import {
  ASK_TRIES_MAX,
  PROMPT_MAX_BYTES,
  REMINDER_MAX_CHARS,
  SCHEDULES_MAX,
  SKIPS_MAX,
} from '../../../src/conversation/policy/schedules.ts';
import type { Context, Effect } from '../../../src/conversation/state/events.ts';
import type { Schedule } from '../../../src/conversation/state/schedule-rows.ts';
import { newRun } from '../../../src/conversation/state/schedules.ts';
import { newProject } from '../../../src/conversation/state/state.ts';
import { texts } from '../../../src/texts/index.ts';
import { ADDRESS, Talk } from '../conversation.ts';

// A person's texts about schedules, and the answers. The meaning of a rule's words is in phrases.test.ts.

const said = texts.scheduleAnswers;
const BERLIN = 'Europe/Berlin';
/** A Saturday, half past ten in Berlin. */
const NOW = Date.UTC(2026, 10, 21, 9, 30);
const DAILY = '/schedule every day at 9am: what is new';

class Scheduling extends Talk {
  allowed: Partial<Context> = {};

  constructor(defaultZone: string | null = BERLIN) {
    super(0, { defaultZone });
    this.now = NOW;
  }

  override context(): Context {
    return { ...super.context(), ...this.allowed };
  }

  /** The answer to a text. */
  says(text: string): string {
    const before = this.state.replies.length;
    this.text(text);
    return this.bodies.slice(before).join('\n\n');
  }

  /** The question to the homes of a schedule's other recipients. */
  get asked(): Extract<Effect, { do: 'ask-recipients' }> {
    const effect = this.effects.find((e) => e.do === 'ask-recipients');
    if (!effect) throw new Error('nobody is asked');
    return effect;
  }

  /** The answer to a text, after the homes of the other recipients have answered. */
  saysForOthers(text: string, mayAll = true): string {
    expect(this.says(text)).toBe('');
    const before = this.state.replies.length;
    this.on({ type: 'recipients-answered', ref: this.asked.ref, mayAll });
    return this.bodies.slice(before).join('\n\n');
  }

  row(id: number): Schedule {
    const row = this.state.schedules.find((s) => s.id === id);
    if (!row) throw new Error(`no schedule ${id}`);
    return row;
  }

  /** The timers of a schedule. */
  timers(id: number): string[] {
    return this.state.timers.filter((t) => t.ref === `${id}`).map((t) => t.kind);
  }
}

const withDaily = (): Scheduling => {
  const talk = new Scheduling();
  talk.says(DAILY);
  return talk;
};

describe('making one', () => {
  test('is answered with its number, the rule, the next three times and the zone', () => {
    const talk = new Scheduling();
    expect(talk.says('/schedule every weekday at 9am: standup from yesterday’s commits').split('\n')).toEqual([
      'Schedule 1: every weekday at 9 am',
      '“standup from yesterday’s commits”',
      'Next: Mon 23 Nov, 9 am · Tue 24 Nov, 9 am · Wed 25 Nov, 9 am',
      'Times are in Berlin time (Europe/Berlin).',
      'To change it: /pause 1, /skip 1, /cancel 1. Details: /schedules 1',
    ]);
    expect(talk.row(1)).toMatchObject({
      kind: 'agent',
      project: 'main',
      prompt: 'standup from yesterday’s commits',
      rule: { kind: 'cron', cron: '0 9 * * 1-5' },
      zone: BERLIN,
      recipients: [],
      standup: false,
      nextAt: Date.UTC(2026, 10, 23, 8),
    });
    expect(talk.timers(1)).toEqual(['schedule', 'wake']);
    expect(talk.state.turns).toEqual([]);
  });

  test('a reminder for one moment says when; it needs no agent and no machine', () => {
    const talk = new Scheduling();
    expect(talk.says('/remind in 20 minutes: take the bread out')).toMatch(
      /^I’ll remind you today at 10:50 am: “take the bread out”\n[\s\S]*Cancel with \/cancel 1\.$/,
    );
    expect(talk.row(1)).toMatchObject({ kind: 'text', prompt: 'take the bread out', nextAt: NOW + 20 * 60_000 });
    expect(talk.timers(1)).toEqual(['schedule']);
  });

  test('special properties are named: recipients, holidays, check, separate session, waiting', () => {
    const talk = new Scheduling();
    const answer = talk.saysForOthers(
      '/schedule every day at 8, check `npm outdated`, isolated, queued, except holidays DE-BE, for +15555550199, me: update',
    );
    for (const part of ['+15555550199 and you', 'DE-BE', '`npm outdated`', 'its own conversation', 'waits for it']) {
      expect(answer).toContain(part);
    }
    expect(talk.row(1)).toMatchObject({
      holidays: 'DE-BE',
      checkCommand: 'npm outdated',
      isolated: true,
      overlap: 'queue',
      recipients: ['+15555550199', 'me'],
    });
  });

  test('a standup is for weekdays, has a task of its own, and knows the last one', () => {
    const talk = new Scheduling();
    talk.says('/standup 9am');
    talk.says('/standup mon, wed 9:30: what is in the way?');
    expect(talk.row(1)).toMatchObject({ standup: true, prompt: said.standupPrompt, kind: 'agent' });
    expect(talk.row(1).rule).toEqual({ kind: 'cron', cron: '0 9 * * 1-5' });
    expect(talk.row(2)).toMatchObject({ standup: true, prompt: 'what is in the way?' });
    expect(talk.says('/schedules')).toContain('1 · my standup\n');
  });

  test('it works in the project that is active', () => {
    const talk = new Scheduling();
    talk.says('/project new Shop');
    talk.says(DAILY);
    expect(talk.row(1).project).toBe(talk.state.conversation.project);
    expect(talk.row(1).project).not.toBe('main');
  });

  test.each([
    ['/schedule', '/schedule every weekday at 9am'],
    ['/remind', '/remind in 20 minutes'],
    ['/schedule whenever it suits: x', 'I can’t tell when that is'],
    ['/schedule every minute: x', 'the minimum is 5 minutes'],
    ['/remind 2020-01-01 9:00: x', 'already passed'],
    ['/schedule 0 9 31 2 *: x', 'never comes up'],
    ['/schedule every day at 9:', 'After the colon'],
  ])('%s is refused, and says why', (text, why) => {
    const talk = new Scheduling();
    expect(talk.says(text)).toContain(why);
    expect(talk.state.schedules).toEqual([]);
    expect(talk.state.timers).toEqual([]);
    expect(talk.state.conversation.nextSchedule).toBe(1);
  });

  test('50 at most; one that is over makes room', () => {
    const talk = new Scheduling();
    for (let n = 0; n < SCHEDULES_MAX; n++) talk.says('/remind every friday 5pm: timesheet');
    expect(talk.says(DAILY)).toBe(said.full(SCHEDULES_MAX));
    talk.says('/cancel 3');
    expect(talk.says(DAILY)).toContain(`Schedule ${SCHEDULES_MAX + 1}:`);
  });

  test('a task of more than 64 KB and a long reminder are refused', () => {
    const talk = new Scheduling();
    expect(talk.says(`/remind every day at 9: ${'😀'.repeat(REMINDER_MAX_CHARS + 1)}`)).toContain('1500 characters');
    expect(talk.says(`/schedule every day at 9: ${'ü'.repeat(PROMPT_MAX_BYTES / 2 + 1)}`)).toContain('64 KB');
    expect(talk.state.schedules).toEqual([]);
    talk.says(`/remind every day at 9: ${'😀'.repeat(REMINDER_MAX_CHARS)}`);
    expect(talk.state.schedules).toHaveLength(1);
  });

  test('a reminder has no session and no queue', () => {
    const talk = new Scheduling();
    for (const words of ['isolated', 'and queue']) {
      expect(talk.says(`/remind every day at 9 ${words}: tea`)).toBe(said.agentOnly);
    }
    expect(talk.state.schedules).toEqual([]);
  });

  describe('for others', () => {
    const TEXT = '/remind every friday 5pm for +15555550199, me, +15555550198: timesheet';
    const waiting = ({ state }: Scheduling): number => state.timers.filter((t) => t.kind === 'recipients').length;

    test('is for admins alone, and nobody is asked for anybody else', () => {
      const talk = new Scheduling();
      talk.allowed = { isAdmin: () => false };
      expect(talk.says(TEXT)).toBe(said.others);
      expect([talk.effects, waiting(talk)]).toEqual([[], 0]);
    });

    test('asks the homes of all of them, and is created once they have said yes', () => {
      const talk = new Scheduling();
      expect(talk.says(TEXT)).toBe('');
      expect(talk.state.schedules).toEqual([]);
      const { ref, addresses } = talk.asked;
      expect(addresses).toEqual(['whatsapp:+15555550199', 'whatsapp:+15555550198']);
      for (let times = 0; times < 2; times++) talk.on({ type: 'recipients-answered', ref, mayAll: true });
      expect(talk.bodies).toEqual([expect.stringContaining('For +15555550199, you and +15555550198.')]);
      expect(talk.state.schedules).toMatchObject([{ prompt: 'timesheet', state: 'active' }]);
      expect(waiting(talk)).toBe(0);
    });

    test('one no creates nothing, in the words that anybody else gets', () => {
      const talk = new Scheduling();
      expect(talk.saysForOthers(TEXT, false)).toBe(said.others);
      expect([talk.state.schedules, waiting(talk)]).toEqual([[], 0]);
    });

    test('a person who is no admin any more by the time of the answer creates nothing', () => {
      const talk = new Scheduling();
      talk.says(TEXT);
      const { ref } = talk.asked;
      talk.allowed = { isAdmin: () => false };
      talk.on({ type: 'recipients-answered', ref, mayAll: true });
      expect([talk.bodies, talk.state.schedules]).toEqual([[said.others], []]);
    });

    test('homes that don’t answer are asked again, and given up in words', () => {
      const talk = new Scheduling();
      talk.says(TEXT);
      const first = talk.asked;
      for (let tries = 1; tries < ASK_TRIES_MAX; tries++) {
        talk.fire('recipients');
        expect(talk.effects).toEqual([first]);
      }
      talk.fire('recipients');
      expect([talk.effects, talk.bodies, talk.state.schedules]).toEqual([[], [said.othersUnknown], []]);
      talk.on({ type: 'recipients-answered', ref: first.ref, mayAll: true });
      expect(talk.state.schedules).toEqual([]);
    });

    test('is asked after the zone, and not for a time that can’t be read', () => {
      const talk = new Scheduling(null);
      expect(talk.says('/remind whenever for +15555550199: tea')).toContain('I can’t tell when that is');
      expect(talk.says(TEXT)).toContain(texts.zones.which(true));
      talk.state = { ...talk.state, replies: talk.state.replies.map((r) => ({ ...r, state: 'sent' as const })) };
      talk.says('Berlin');
      expect(talk.asked.addresses).toHaveLength(2);
    });

    test('of an admin without a number names WhatsApp addresses too', () => {
      const talk = new Scheduling();
      talk.state = { ...talk.state, conversation: { ...talk.state.conversation, address: 'whatsapp:US.1349' } };
      talk.on({ type: 'access', change: { to: 'role', role: 'admin' } });
      talk.says(TEXT);
      expect(talk.asked.addresses[0]).toBe('whatsapp:+15555550199');
    });
  });

  test('for oneself, by number or as me, is for nobody else', () => {
    const talk = new Scheduling();
    talk.allowed = { isAdmin: () => false };
    talk.says('/remind every friday 5pm for me: timesheet');
    talk.says(`/remind every friday 5pm for ${ADDRESS.replace('whatsapp:', '')}: timesheet`);
    expect(talk.state.schedules.map((s) => s.recipients)).toEqual([[], []]);
  });
});

describe('where no zone is known', () => {
  test('a schedule that needs no zone is created; the answer says how far away it is', () => {
    const talk = new Scheduling(null);
    expect(talk.says('/remind in 20 minutes: take the bread out')).toContain('I’ll remind you in 20 min:');
    expect(talk.row(1).nextAt).toBe(NOW + 20 * 60_000);
  });

  test.each([DAILY, '/remind every 2 hours except holidays DE: stretch', '/remind tomorrow 8pm: call'])(
    'for “%s” it is asked first',
    (text) => {
      const talk = new Scheduling(null);
      expect(talk.says(text)).toContain(texts.zones.which(true));
      expect(talk.state.schedules).toEqual([]);
      talk.state = { ...talk.state, replies: talk.state.replies.map((r) => ({ ...r, state: 'sent' as const })) };
      expect(talk.says('Chicago')).toContain('Chicago time (America/Chicago)');
      expect(talk.state.schedules).toMatchObject([{ id: 1, zone: 'America/Chicago', state: 'active' }]);
    },
  );
});

test('a schedule created in UTC is described in UTC, wherever the person is by then', () => {
  const talk = new Scheduling('UTC');
  talk.says(DAILY);
  talk.state = { ...talk.state, conversation: { ...talk.state.conversation, zone: BERLIN } };
  expect(talk.says('/schedules')).toContain('every day at 9 am · next tomorrow at 9 am · UTC');
});

test('a day that is left out is the person’s, also where the times need no zone', () => {
  const talk = new Scheduling(null);
  talk.says('/remind every 30 minutes: drink');
  talk.state = { ...talk.state, conversation: { ...talk.state.conversation, zone: 'Pacific/Auckland' } };
  // Half past ten in the evening in that zone.
  expect(talk.says('/skip 1 today')).toBe(said.skipped(1, 'today', 'tomorrow at 12 am'));
});

describe('/schedules', () => {
  test('says how to make one when there is none', () => {
    expect(new Scheduling().says('/schedules')).toBe(said.none);
  });

  test('lists number, words, rule, next time and what became of the last run', () => {
    const talk = withDaily();
    talk.says('/remind every friday 5pm: timesheet');
    talk.says('/remind in 20 minutes: take the bread out');
    talk.says('/pause 2 until 7 Jan');
    talk.state = { ...talk.state, runs: [{ ...newRun('01R', 1, NOW), state: 'silent', note: 'nothing' }] };
    const [, ...entries] = talk.says('/schedules').split('\n\n');
    expect(entries.slice(0, 3)).toEqual([
      '1 · what is new\nevery day at 9 am · next tomorrow at 9 am · last: nothing to report',
      '2 · timesheet (reminder)\nevery Friday at 5 pm · paused until Thu 7 Jan 2027',
      '3 · take the bread out (reminder)\nnext today at 10:50 am',
    ]);
  });

  test('a schedule in another zone than the person’s names that zone', () => {
    const talk = withDaily();
    talk.state = { ...talk.state, conversation: { ...talk.state.conversation, zone: 'Asia/Kolkata' } };
    expect(talk.says('/schedules')).toContain('next tomorrow at 9 am · Berlin time (Europe/Berlin)');
  });

  test('with a number: rule, next times, and the last runs with what became of them', () => {
    const talk = withDaily();
    const at = Date.UTC(2026, 10, 21, 8);
    const first = {
      ...newRun('01A', 1, at - 86_400_000),
      startedAt: at - 86_400_000,
      endedAt: at - 86_400_000 + 125_000,
    };
    const second = { ...newRun('01B', 1, at), startedAt: at + 4000, endedAt: at + 9000, code: 63016 };
    const row = { run: '01A', part: 0, note: null, text: null, code: null, changedAt: at } as const;
    const to = (n: number): string => `whatsapp:+155555501${n}`;
    talk.state = {
      ...talk.state,
      runs: [
        { ...first, state: 'delivered', costUsd: 0.123 },
        { ...second, state: 'failed', note: 'undelivered' },
      ],
      deliveries: [
        { ...row, address: to(99), state: 'delivered' },
        { ...row, address: to(99), part: 1, state: 'held' },
        { ...row, address: to(98), state: 'skipped', note: 'newer' },
        { ...row, address: to(97), state: 'skipped', note: 'access' },
        { ...row, address: to(96), state: 'failed', note: 'undelivered', code: 63024 },
      ],
    };
    const answer = talk.says('/schedules 1').split('\n');
    expect(answer).toContain('Schedule 1: every day at 9 am');
    expect(answer).toContain('Next: tomorrow at 9 am · Mon 23 Nov, 9 am · Tue 24 Nov, 9 am');
    expect(answer).toContain('Project: main.');
    expect(answer.slice(-7)).toEqual([
      'Latest runs:',
      'today at 9 am: couldn’t be delivered (63016), 4 s late, took 5 s',
      'yesterday at 9 am: delivered, on time, took 2 min, $0.12',
      '  +15555550196: couldn’t be delivered (63024)',
      '  +15555550197: skipped: they, or you, no longer have access',
      '  +15555550198: skipped for a newer one',
      '  +15555550199: kept until it can be delivered',
    ]);
  });
});

test('a message that waits only for others does not wait for its owner', () => {
  const talk = new Scheduling();
  talk.saysForOthers('/remind every day at 9am for +15555550199: stand up');
  talk.state = { ...talk.state, runs: [{ ...newRun('01R', 1, NOW), state: 'held' }] };
  expect(talk.says('/schedules')).toContain('last: kept for its recipients');
});

describe('/pause and /resume', () => {
  test('paused, it has no timer; resumed, it goes on from now', () => {
    const talk = withDaily();
    expect(talk.says('/pause 1')).toBe(said.paused(1, null, null));
    expect(talk.row(1)).toMatchObject({ state: 'paused', pausedBy: 'person', resumeAt: null });
    expect(talk.timers(1)).toEqual([]);
    talk.now += 3 * 86_400_000;
    expect(talk.says('/resume 1')).toBe(said.resumed(1, 'tomorrow at 9 am'));
    expect(talk.row(1)).toMatchObject({ state: 'active', pausedBy: null, nextAt: Date.UTC(2026, 10, 25, 8) });
    expect(talk.timers(1)).toEqual(['schedule', 'wake']);
    expect(talk.state.runs).toEqual([]);
  });

  test('until a day: it says when it goes on, and does', () => {
    const talk = withDaily();
    expect(talk.says('/pause 1 until 7 Jan')).toBe(said.paused(1, 'Thu 7 Jan 2027', 'Thu 7 Jan 2027, 9 am'));
    talk.fire('schedule');
    expect(talk.now).toBe(Date.UTC(2027, 0, 6, 23));
    expect(talk.row(1)).toMatchObject({ state: 'active', nextAt: Date.UTC(2027, 0, 7, 8) });
  });

  test('clears failures in a row, and the wait because of them', () => {
    const talk = withDaily();
    const failing = { ...talk.row(1), failures: 8, state: 'paused', pausedBy: 'failures' } as const;
    talk.state = { ...talk.state, schedules: [failing] };
    expect(talk.says('/schedules')).toContain('paused, because it kept failing: /resume 1');
    talk.says('/resume 1');
    expect(talk.row(1)).toMatchObject({ state: 'active', failures: 0 });
    talk.state = { ...talk.state, schedules: [{ ...talk.row(1), failures: 3, nextAt: NOW + 5 * 86_400_000 }] };
    expect(talk.says('/resume 1')).toBe(said.notPaused(1, 'tomorrow at 9 am'));
    expect(talk.row(1)).toMatchObject({ failures: 0, nextAt: Date.UTC(2026, 10, 22, 8) });
  });

  test('a single time that passed during the pause is over', () => {
    const talk = new Scheduling();
    talk.says('/remind in 20 minutes: take the bread out');
    talk.says('/pause 1');
    talk.now += 3_600_000;
    expect(talk.says('/resume 1')).toBe(said.resumed(1, null));
    expect(talk.row(1).state).toBe('over');
  });

  test('not while its project is put away', () => {
    const talk = withDaily();
    const project = { ...newProject('shop', 'Shop', 0), archivedAt: 1 };
    const paused = { ...talk.row(1), project: 'shop', state: 'paused', pausedBy: 'project' } as const;
    talk.state = { ...talk.state, schedules: [paused], projects: [...talk.state.projects, project] };
    expect(talk.says('/resume 1')).toBe(said.projectAway(1));
    expect(talk.row(1).state).toBe('paused');
    expect(talk.says('/run 1')).toBe(said.projectAway(1));
    expect(talk.state.runs).toEqual([]);
  });
});

describe('/skip', () => {
  test('leaves the next run out, and stays so whatever is looked for anew', () => {
    const talk = withDaily();
    expect(talk.says('/skip 1')).toBe(said.skipped(1, 'tomorrow at 9 am', 'Mon 23 Nov, 9 am'));
    expect(talk.row(1)).toMatchObject({ nextAt: Date.UTC(2026, 10, 23, 8), skips: ['2026-11-22'] });
    talk.says('/pause 1');
    expect(talk.says('/resume 1')).toBe(said.resumed(1, 'Mon 23 Nov, 9 am'));
    expect(talk.says('/skip 1')).toBe(said.skipped(1, 'Mon 23 Nov, 9 am', 'Tue 24 Nov, 9 am'));
    expect(talk.row(1).skips).toEqual(['2026-11-22', '2026-11-23']);
  });

  test('of several on one day only the next; a day with all of them', () => {
    const talk = new Scheduling();
    talk.says('/remind every 2 hours from 22 Nov 2026 at 8:00: drink');
    expect(talk.says('/skip 1')).toBe(said.skipped(1, 'tomorrow at 8 am', 'tomorrow at 10 am'));
    expect(talk.says('/skip 1 tomorrow')).toBe(said.skipped(1, 'tomorrow', 'Mon 23 Nov, 12 am'));
  });

  test('a day that comes later leaves the next time alone', () => {
    const talk = withDaily();
    expect(talk.says('/skip 1 friday')).toBe(said.skipped(1, 'Fri 27 Nov', 'tomorrow at 9 am'));
    expect(talk.says('/schedules 1')).toContain('Skips Fri 27 Nov.');
    expect(talk.says('/skip 1 friday')).toBe(said.notThatDay(1));
    expect(talk.says('/skip 1 yesterday')).toBe(said.notThatDay(1));
  });

  test('the only time of one is its end', () => {
    const talk = new Scheduling();
    talk.says('/remind in 20 minutes: take the bread out');
    expect(talk.says('/skip 1')).toBe(said.skipped(1, 'today at 10:50 am', null));
    expect(talk.row(1).state).toBe('over');
    expect(talk.timers(1)).toEqual([]);
  });

  test(`${SKIPS_MAX} days at most`, () => {
    const talk = withDaily();
    for (let n = 0; n < SKIPS_MAX; n++) talk.says('/skip 1');
    const before = talk.row(1);
    expect(talk.says('/skip 1')).toBe(said.skipsFull(SKIPS_MAX));
    expect(talk.row(1)).toBe(before);
  });

  test('of a paused one a day can be left out, but nothing is next', () => {
    const talk = withDaily();
    talk.says('/pause 1');
    expect(talk.says('/skip 1')).toBe(said.skipPaused(1));
    expect(talk.says('/skip 1 monday')).toBe(said.skippedPaused(1, 'Mon 23 Nov'));
    expect(talk.timers(1)).toEqual([]);
    talk.says('/skip 1 tomorrow');
    expect(talk.says('/resume 1')).toBe(said.resumed(1, 'Tue 24 Nov, 9 am'));
  });
});

describe('/run and /cancel', () => {
  test('runs now, also a paused or an ended one, and leaves the next time', () => {
    const talk = withDaily();
    const { nextAt } = talk.row(1);
    expect(talk.says('/run 1')).toBe(said.running(1, false));
    expect(talk.row(1).nextAt).toBe(nextAt);
    expect(talk.state.runs).toMatchObject([{ schedule: 1, dueAt: NOW, state: 'running' }]);
    expect(talk.says('/run 1')).toBe(said.atWork(1));
    talk.says('/remind every friday 5pm: timesheet');
    talk.says('/pause 2');
    expect(talk.says('/run 2')).toBe('timesheet');
    talk.says('/cancel 2');
    expect(talk.says('/run 2')).toBe('timesheet');
    expect(talk.row(2).state).toBe('over');
    expect(talk.timers(2)).toEqual([]);
  });

  test('while something else runs it waits, and the person is told; cancelled, it no longer runs', () => {
    const talk = withDaily();
    const first = talk.text('hello');
    talk.taken();
    expect(talk.says('/run 1')).toBe(said.running(1, true));
    expect(talk.says('/run 1')).toBe(said.atWork(1));
    expect(talk.says('/cancel 1')).toBe(said.cancelled(1, false));
    expect(talk.state.runs).toMatchObject([{ state: 'skipped', note: 'stopped' }]);
    talk.answer('hi', first);
    expect(talk.state.turns.filter((t) => t.state === 'open')).toEqual([]);
    expect(talk.says('/retry')).toBe(texts.nothingToRetry);
  });

  test('a run that is at work when it is cancelled goes on', () => {
    const talk = withDaily();
    talk.says('/run 1');
    expect(talk.says('/cancel 1')).toBe(said.cancelled(1, true));
    expect(talk.row(1)).toMatchObject({ state: 'over', nextAt: null });
    expect(talk.timers(1)).toEqual([]);
    expect(talk.state.runs).toMatchObject([{ state: 'running' }]);
    expect(talk.says('/cancel 1')).toBe(said.alreadyOver(1));
    expect(talk.says('/schedules')).toBe(said.none);
  });

  test('the word alone, while something runs, is still /stop', () => {
    const talk = withDaily();
    talk.text('hello');
    expect(talk.says('cancel')).toContain('Stopped.');
    expect(talk.row(1).state).toBe('active');
  });
});

describe('words that are not understood change nothing', () => {
  test.each(['/pause', '/resume', '/skip', '/cancel', '/run'])('%s without a number lists', (command) => {
    const talk = withDaily();
    const before = talk.row(1);
    const answer = talk.says(command);
    expect(answer).toContain('1 · what is new');
    expect(answer).toContain(`${command} 2`);
    expect(talk.row(1)).toBe(before);
  });

  test.each([
    ['/pause 1 until the cows come home', said.use.pause],
    ['/pause 1 for a week', said.use.pause],
    ['/pause 1 until yesterday', said.pastUntil],
    ['/resume 1 tomorrow', said.use.resume],
    ['/skip 1 sometimes', said.use.skip],
    ['/cancel 1 2', said.use.cancel],
    ['/cancel all', said.use.cancel],
    ['/run 1 now', said.use.run],
    ['/run -1', said.use.run],
    ['/run 0', said.use.run],
    ['/run 99999999999999999999', said.use.run],
    ['/schedules 1 please', said.use.schedules],
    ['/cancel 7', said.didYouMean('7', { id: 1, prompt: 'what is new' })],
    ['/schedules 7', said.didYouMean('7', { id: 1, prompt: 'what is new' })],
  ])('%s', (text, answer) => {
    const talk = withDaily();
    const before = talk.row(1);
    const { timers } = talk.state;
    expect(talk.says(text)).toBe(answer);
    expect(talk.row(1)).toBe(before);
    expect(talk.state.timers).toEqual(timers);
    expect(talk.state.runs).toEqual([]);
  });

  test.each(['/pause 1', '/resume 1', '/skip 1', '/skip 1 monday'])('%s of one that is over', (text) => {
    const talk = withDaily();
    talk.says('/cancel 1');
    const before = talk.row(1);
    expect(talk.says(text)).toBe(said.isOver(1));
    expect(talk.row(1)).toBe(before);
  });
});

test('/status says when the next one runs, if that is within a day', () => {
  const talk = withDaily();
  expect(talk.says('/status')).toContain('\nNext schedule: tomorrow at 9 am\n');
  talk.says('/skip 1');
  expect(talk.says('/status')).not.toContain('Next schedule');
});

test('/status says it as it is where the person is; where that is not known, how far away', () => {
  const talk = withDaily();
  talk.state = { ...talk.state, conversation: { ...talk.state.conversation, zone: 'Asia/Tokyo' } };
  expect(talk.says('/status')).toContain('\nNext schedule: tomorrow at 5 pm\n');
  const nowhere = new Scheduling(null);
  nowhere.says('/remind in 20 minutes: bread');
  expect(nowhere.says('/status')).toContain('\nNext schedule: in 20 min\n');
});

test('/status says of a run that works that it is one', () => {
  const talk = withDaily();
  talk.says('/run 1');
  talk.taken();
  expect(talk.says('/status')).toContain('I’ve been working on schedule 1 for less than a minute.');
});

test('a text for others alone is no reminder for its owner', () => {
  const talk = new Scheduling();
  expect(talk.saysForOthers('/remind tomorrow 8pm for +15555550199: the bins')).toMatch(
    /^I’ll text them tomorrow at 8 pm: /,
  );
});
