import { describe, expect, test } from 'vitest';
import { findNextAlarm } from '../../../src/conversation/alarm.ts';
import { wantsAttach, wantsHold } from '../../../src/conversation/lanes.ts';
import { wantsMachine } from '../../../src/conversation/machine/readiness.ts';
import { upgradeOf } from '../../../src/conversation/machine/upgrade.ts';
import { ARCHIVE_AFTER_MS } from '../../../src/conversation/policy/backups.ts';
import {
  DOUBT_AFTER_MS,
  MACHINE_BACKOFF_MS,
  REACH_BACKOFF_MS,
  REACH_GIVE_UP_MS,
  SILENT_MS,
  SLEEP_LOOKS_MAX,
  SLEEPS_AFTER_MS,
  START_MAX_MS,
  STREAM_SILENCE_MS,
  SURELY_WARM_MS,
  TELL_WAKING_MS,
  UPGRADE_CLEAR_MS,
} from '../../../src/conversation/policy/machine.ts';
import type { Policy } from '../../../src/conversation/policy/policy.ts';
import { TURN_MARGIN_MS, TURN_MS } from '../../../src/conversation/policy/turn.ts';
import type { MachineRow, MachineSeen, StepOutcome } from '../../../src/conversation/state/machine.ts';
import { findOpenTurn, withTimer } from '../../../src/conversation/state/state.ts';
import { newName } from '../../../src/machines/fly/names.ts';
import { texts } from '../../../src/texts/index.ts';
import { Talk } from '../conversation.ts';

// A conversation's own machine: when it is asked for, woken, suspected and put to sleep. Its provider's part is in
// test/pure/fly.

const MADE: Partial<MachineRow> = {
  step: 'ready',
  region: 'fra',
  volume: 'vol_1',
  machine: 'm1',
  image: 'registry.example/roost:1',
  settings: 'aaaa',
};

class Own extends Talk {
  constructor(gatherMs = 0, choices: Partial<Policy> = {}) {
    super(gatherMs, { makesMachines: true, ...choices });
  }

  get own(): MachineRow {
    const { machine } = this.state;
    if (!machine) throw new Error('no machine yet');
    return machine;
  }

  step(outcome: StepOutcome | { kind: 'unknown'; reason: string }): void {
    this.on({ type: 'machine-begin' });
    this.on({ type: 'machine-step', step: this.own.step, outcome });
  }

  made(): this {
    this.step({ kind: 'done', next: { ...MADE, step: 'ready' } });
    return this;
  }

  seen(state: MachineSeen['state'], stopped = false, stoppedAt: number | null = null): void {
    this.on({ type: 'machine-seen', seen: { state, reason: 'looked', stoppedAt }, stopped });
  }

  timer(kind: string) {
    return this.state.timers.find((t) => t.kind === kind);
  }

  notices(): string[] {
    return this.state.replies.filter((r) => r.kind === 'notice' || r.kind === 'progress').map((r) => r.body);
  }
}

describe('a machine of their own', () => {
  test('is asked for with the first text, and the turn waits for it without calling anything', () => {
    const talk = new Own();
    talk.text('hello');
    expect(talk.own).toMatchObject({ step: 'claim', name: 'roost-aaaaaaaaaaaaaaaaaaaa', refusal: null });
    expect(wantsMachine(talk.state, talk.now)).toBe(true);
    expect(wantsAttach(talk.state, talk.now)).toBe(false);
    talk.made();
    expect(wantsMachine(talk.state, talk.now)).toBe(false);
    expect(wantsAttach(talk.state, talk.now)).toBe(true);
  });

  test('is asked for ahead of a schedule’s run, and held awake once it is there', () => {
    const talk = new Own();
    talk.text('/help');
    const wake = { kind: 'wake', ref: '1', dueAt: talk.now + 40_000, attempts: 0 } as const;
    talk.state = { ...talk.state, timers: [...talk.state.timers, wake] };
    talk.on({ type: 'heartbeat' });
    expect(talk.state.machine).toBeNull();
    talk.now = wake.dueAt;
    talk.on({ type: 'timer', timer: wake });
    expect(wantsMachine(talk.state, talk.now)).toBe(true);
    expect(wantsHold(talk.state, talk.now)).toBe(false);
    talk.made();
    expect(wantsHold(talk.state, talk.now)).toBe(true);
  });

  test('is not asked for by a command, nor where all share one', () => {
    const talk = new Own();
    talk.text('/help');
    expect(talk.state.machine).toBeNull();
    const shared = new Talk();
    shared.text('hello');
    expect(shared.state.machine).toBeNull();
  });

  test('a step whose outcome is not known stays in doubt until a later one is known', () => {
    const talk = new Own();
    talk.text('hello');
    talk.on({ type: 'machine-begin' });
    // Cut after a long wait: the request may still be on its way.
    talk.now += 45_000;
    talk.on({ type: 'machine-step', step: 'claim', outcome: { kind: 'unknown', reason: 'cut' } });
    const since = talk.own.inDoubtSince;
    expect(since).toBe(talk.now);
    expect(wantsMachine(talk.state, talk.now)).toBe(false);
    talk.fire('machine');
    expect(wantsMachine(talk.state, talk.now)).toBe(true);
    talk.on({ type: 'machine-begin' });
    // This call may be cut as well.
    expect(talk.own.inDoubtSince).toBeGreaterThan(since ?? 0);
    talk.on({ type: 'machine-step', step: 'claim', outcome: { kind: 'done', next: { step: 'app' } } });
    expect(talk.own).toMatchObject({ step: 'app', inDoubtSince: null, stepSince: null });
    expect(talk.timer('machine')).toBeUndefined();
  });

  test('/stop ends at once what waits for a machine that is still being made', () => {
    const talk = new Own();
    const text = talk.text('hello');
    talk.text('/stop');
    expect(findOpenTurn(talk.state)).toBeNull();
    expect(talk.effects.map((e) => e.do)).not.toContain('interrupt');
    expect(talk.state.messages.find((m) => m.uuid === text.uuid)?.state).toBe('failed');
    expect(wantsMachine(talk.state, talk.now)).toBe(false);
    expect(talk.notices()).toEqual([expect.stringContaining('Stopped')]);
  });

  test('the result of another step changes nothing', () => {
    const talk = new Own();
    talk.text('hello');
    const before = talk.state;
    talk.on({ type: 'machine-step', step: 'volume', outcome: { kind: 'done', next: { step: 'machine' } } });
    expect(talk.state).toEqual(before);
  });

  test('waits longer each time, as the provider says, or in another region, and is given up after an hour', () => {
    const talk = new Own();
    const text = talk.text('hello');
    for (const wait of MACHINE_BACKOFF_MS) {
      talk.step({ kind: 'retryable', reason: 'busy' });
      const waits = (talk.timer('machine')?.dueAt ?? 0) - talk.now;
      expect(waits).toBeGreaterThanOrEqual(wait / 2);
      expect(waits).toBeLessThanOrEqual(wait * 1.5);
      talk.fire('machine');
    }
    talk.step({ kind: 'retryable', reason: 'no room', waitMs: 7, next: { region: 'ams' } });
    expect(talk.own.region).toBe('ams');
    expect(talk.timer('machine')?.dueAt).toBe(talk.now + 7);
    talk.now += REACH_GIVE_UP_MS;
    talk.step({ kind: 'retryable', reason: 'busy' });
    expect(findOpenTurn(talk.state)).toBeNull();
    expect(talk.notices().at(-1)).toBe(texts.givenUp('no-machine', []));
    expect(talk.timer('alert')?.ref).toBe('machine-unreachable');
    expect(talk.state.messages.find((m) => m.uuid === text.uuid)?.state).toBe('failed');
    // Nobody waits for the machine any more: the remaining timer wakes nobody twice.
    talk.fire('machine');
    expect(talk.timer('machine')).toBeUndefined();
    expect(wantsMachine(talk.state, talk.now)).toBe(false);
  });

  test('conversations that were told to wait at the same moment do not come back together', () => {
    const returns = Array.from({ length: 200 }, () => {
      const talk = new Own();
      talk.text('hello');
      talk.state = { ...talk.state, machine: { ...talk.own, name: newName('roost') } };
      return [0, 1, 2].map(() => {
        talk.step({ kind: 'retryable', reason: 'busy' });
        return ((talk.timer('machine')?.dueAt ?? 0) - talk.now) / MACHINE_BACKOFF_MS[0];
      });
    });
    // In each round, no tenth of the time gets much more than a tenth of the requests.
    for (const [round, times] of [1, 2, 4].entries()) {
      const tenths = returns.map((waits) => Math.floor(((waits[round] ?? 0) / times - 0.5) * 10));
      for (let tenth = 0; tenth < 10; tenth++) expect(tenths.filter((t) => t === tenth).length).toBeLessThan(45);
    }
  });

  test('however long it took to be made, the attempt has all of its time from when it was taken', () => {
    const talk = new Own();
    talk.text('hello');
    const until = talk.now + TURN_MS + TURN_MARGIN_MS;
    while (talk.now < until) {
      talk.step({ kind: 'retryable', reason: 'no room', waitMs: 60_000 });
      talk.fire('machine');
    }
    talk.made();
    talk.taken();
    talk.on({ type: 'heartbeat' });
    expect(findOpenTurn(talk.state)).not.toBeNull();
    talk.answer('hi', talk.state.messages[0]!);
    expect(talk.bodies.at(-1)).toBe('hi');
  });

  test('is not created for a file that nobody waits for: the file was on the lost machine', () => {
    const talk = new Own();
    talk.text('hello');
    talk.made();
    talk.taken();
    const file = { id: 'a'.repeat(64), name: 'plan.pdf', type: 'application/pdf', size: 3 };
    talk.machine({ type: 'request', request_id: 'R1', request: { kind: 'send_file', file, caption: '' } });
    expect(talk.state.outgoing.map((f) => f.state)).toEqual(['wanted']);
    talk.now += DOUBT_AFTER_MS;
    talk.seen('gone');
    talk.now += REACH_GIVE_UP_MS;
    talk.step({ kind: 'retryable', reason: 'no room' });
    talk.now += REACH_GIVE_UP_MS;
    talk.step({ kind: 'retryable', reason: 'no room' });
    expect(findOpenTurn(talk.state)).toBeNull();
    talk.fire('machine');
    expect(wantsMachine(talk.state, talk.now)).toBe(false);
    expect(findNextAlarm({ ...talk.state, replies: [], timers: [] }, talk.now)).toBeNull();
  });

  test('refused for good: the person and the operator are told, and the next text tries again', () => {
    const talk = new Own();
    talk.text('hello');
    talk.step({ kind: 'permanent', refusal: 'limit', reason: 'ten machines' });
    expect(talk.notices()).toEqual([expect.stringContaining('no free machine')]);
    expect(talk.timer('alert')?.ref).toBe('machine-refused/limit');
    expect(findOpenTurn(talk.state)).toBeNull();
    expect(wantsMachine(talk.state, talk.now)).toBe(false);
    talk.text('again');
    expect(talk.own.refusal).toBeNull();
    expect(wantsMachine(talk.state, talk.now)).toBe(true);
  });

  test('refused for good: what waits behind it is a turn of its own, for which it is tried again', () => {
    const talk = new Own();
    talk.text('hello');
    talk.text('and this');
    const first = findOpenTurn(talk.state)?.id;
    talk.step({ kind: 'permanent', refusal: 'quota', reason: 'no more' });
    expect(findOpenTurn(talk.state)?.id).not.toBe(first);
    expect(findOpenTurn(talk.state)).not.toBeNull();
    expect(wantsMachine(talk.state, talk.now)).toBe(true);
    talk.step({ kind: 'permanent', refusal: 'quota', reason: 'no more' });
    expect(findOpenTurn(talk.state)).toBeNull();
    expect(talk.state.messages.map((m) => m.state)).toEqual(['failed', 'failed']);
    expect(wantsMachine(talk.state, talk.now)).toBe(false);
  });
});

describe('waking', () => {
  test('the person hears once after four seconds that it is being made, later that it does not answer', () => {
    const talk = new Own();
    talk.text('hello');
    const asked = talk.now;
    expect(findOpenTurn(talk.state)?.tellAt).toBe(asked + TELL_WAKING_MS);
    // The machine exists and has never answered.
    talk.step({ kind: 'done', next: { ...MADE, step: 'health' } });
    talk.now += TELL_WAKING_MS;
    talk.on({ type: 'heartbeat' });
    talk.on({ type: 'heartbeat' });
    expect(talk.notices()).toEqual([expect.stringContaining('setting up a machine')]);
    talk.now = asked + START_MAX_MS;
    talk.on({ type: 'heartbeat' });
    expect(talk.notices()).toHaveLength(2);
    expect(talk.notices()[1]).toContain('can’t reach');
  });

  test('a created machine that does not answer yet counts as starting, a machine with a new image as waking', () => {
    const told = (next: Partial<MachineRow>): string[] => {
      const talk = new Own();
      talk.text('hello');
      talk.step({ kind: 'done', next: { ...MADE, step: 'health', ...next } });
      talk.now += TELL_WAKING_MS;
      talk.on({ type: 'heartbeat' });
      return talk.notices();
    };
    expect(told({})).toEqual([texts.machines.making]);
    expect(told({ awakeMs: 1 })).toEqual([texts.machines.again]);
    expect(told({ awakeMs: 1, previous: { image: null, settings: null } })).toEqual([texts.machines.waking]);
    expect(told({ awakeMs: 1, step: 'record' })).toEqual([texts.machines.waking]);
  });

  test('one that was asleep is woken when the text comes, one that was just used is not, and the person hears only when it takes long', () => {
    const talk = new Own(1000);
    talk.text('hello');
    talk.made();
    talk.fire('gather');
    talk.taken();
    talk.answer('hi', talk.state.messages[0]!);
    expect(talk.own.awakeSince).not.toBeNull();
    talk.now += 1000;
    talk.text('soon after');
    expect(talk.effects.map((e) => e.do)).not.toContain('start-agent');
    talk.fire('gather');
    talk.taken();
    talk.answer('hi', talk.state.messages.find((m) => m.state === 'active')!);
    talk.now += SLEEPS_AFTER_MS;
    talk.text('much later');
    expect(talk.effects.map((e) => e.do)).toContain('start-agent');
    talk.text('and more');
    expect(talk.effects.map((e) => e.do)).not.toContain('start-agent');
    talk.fire('gather');
    talk.taken();
    talk.now += TELL_WAKING_MS;
    talk.on({ type: 'heartbeat' });
    expect(talk.notices()).toEqual([]);
  });
});

describe('the agent on the shared machine', () => {
  class Shared extends Own {
    constructor() {
      super(1000, { makesMachines: false });
    }

    starts(text: string): boolean {
      this.text(text);
      return this.effects.some((effect) => effect.do === 'start-agent');
    }
  }

  test('starts with the first text of a burst, and after a pause in which its process has ended', () => {
    const talk = new Shared();
    const finish = (): void => {
      talk.fire('gather');
      talk.taken();
      talk.answer('done', ...talk.state.messages.filter((m) => m.state === 'active'));
    };
    expect([talk.starts('look at'), talk.starts('the tests')]).toEqual([true, false]);
    finish();
    const [project] = talk.state.projects;
    talk.state = { ...talk.state, projects: [{ ...project!, sessionId: 'session' }] };
    talk.now += SURELY_WARM_MS - 1;
    expect(talk.starts('and')).toBe(false);
    finish();
    talk.now += SURELY_WARM_MS;
    expect(talk.starts('and')).toBe(true);
  });

  test('is not started ahead of a turn that begins at once', () => {
    expect(new Shared().starts('Please look at the tests.')).toBe(false);
  });
});

describe('rest', () => {
  const idle = (): Own => {
    const talk = new Own();
    talk.text('hello');
    talk.made();
    talk.taken();
    talk.now += 60_000;
    talk.answer('hi', talk.state.messages[0]!);
    return talk;
  };

  test('is looked at once after its last use, and then there is nothing to wake for', () => {
    const talk = idle();
    expect(talk.timer('sleep')?.dueAt).toBe(talk.now + SLEEPS_AFTER_MS);
    talk.fire('sleep');
    expect(wantsMachine(talk.state, talk.now)).toBe(true);
    talk.seen('asleep', false, talk.now - SLEEPS_AFTER_MS + 5 * 60_000);
    expect(talk.own).toMatchObject({ awakeSince: null, awakeMs: 6 * 60_000 });
    expect(wantsMachine(talk.state, talk.now)).toBe(false);
    const settled = { ...talk.state, replies: [] };
    expect(findNextAlarm(settled, talk.now)).toBeNull();
  });

  test('one that is still started was stopped by us; one that cannot be seen is looked at again, a few times', () => {
    const stopped = idle();
    stopped.fire('sleep');
    stopped.seen('started', true);
    expect(stopped.own.awakeSince).toBeNull();
    const unseen = idle();
    for (let n = 0; n < SLEEP_LOOKS_MAX; n++) {
      unseen.fire('sleep');
      unseen.on({ type: 'machine-seen', seen: null, stopped: false });
    }
    expect(unseen.timer('sleep')).toBeUndefined();
    expect(unseen.own.awakeSince).toBeNull();
  });

  test('a machine whose slot others need goes only when it is idle, and its volume stays', () => {
    const talk = idle();
    const { volume, region, awakeSince, awakeMs } = talk.own;
    talk.text('one more thing');
    talk.on({ type: 'machine-release' });
    expect(talk.own.step).toBe('ready');
    talk.taken();
    talk.answer('done', talk.state.messages.at(-1)!);
    talk.now += 1000;
    talk.on({ type: 'machine-release' });
    expect(talk.own).toMatchObject({ step: 'claim', machine: null, image: null, volume, region, awakeSince: null });
    expect(talk.own.awakeMs).toBe(awakeMs + talk.now - (awakeSince ?? 0));
    expect(talk.timer('sleep')).toBeUndefined();
    expect(wantsMachine(talk.state, talk.now)).toBe(false);
  });

  test('a machine that was started for a new image is inspected, too', () => {
    const talk = idle();
    talk.fire('sleep');
    talk.seen('asleep');
    talk.on({ type: 'machine-upgrade', settings: 'bbbb', first: true });
    talk.step({ kind: 'done', next: { step: 'health' } });
    talk.step({ kind: 'done', next: { step: 'record' } });
    talk.step({ kind: 'done', next: { step: 'ready' } });
    expect(talk.own.awakeSince).not.toBeNull();
    expect(talk.timer('sleep')?.dueAt).toBe(talk.now + SLEEPS_AFTER_MS);
  });

  test('/status says it is asleep only once that was seen; before, that it is or soon will be, and asks nobody', () => {
    const talk = idle();
    const machine = (): string | undefined => {
      talk.text('/status');
      expect(wantsMachine(talk.state, talk.now)).toBe(false);
      return talk.bodies
        .at(-1)
        ?.split('\n')
        .find((line) => line.startsWith('Machine'));
    };
    expect(machine()).toBe('Machine: asleep or about to be; your next message wakes it.');
    talk.now += SLEEPS_AFTER_MS - 1;
    expect(machine()).toBe('Machine: asleep or about to be; your next message wakes it.');
    talk.fire('sleep');
    talk.seen('asleep');
    expect(machine()).toBe('Machine: asleep; your next message wakes it.');
    talk.text('wait');
    expect(machine()).toBeUndefined();
  });

  test('a text before it is looked at keeps it awake', () => {
    const talk = idle();
    talk.now += 1000;
    talk.text('wait');
    expect(talk.timer('sleep')).toBeUndefined();
  });
});

describe('doubt', () => {
  const away = (): Own => {
    const talk = new Own();
    talk.text('hello');
    talk.made();
    talk.taken();
    for (let waited = 0; waited <= DOUBT_AFTER_MS; waited += 10_000) {
      talk.on({ type: 'unreachable', attempt: talk.ref, reason: 'no answer' });
      talk.now += 10_000;
    }
    talk.on({ type: 'unreachable', attempt: talk.ref, reason: 'no answer' });
    return talk;
  };

  test('a machine that does not answer is asked after, not at every failure', () => {
    const talk = away();
    expect(talk.own.doubtedSince).not.toBeNull();
    expect(wantsMachine(talk.state, talk.now)).toBe(true);
    const since = talk.own.doubtedSince;
    talk.seen('starting');
    expect(wantsMachine(talk.state, talk.now)).toBe(false);
    talk.on({ type: 'unreachable', attempt: talk.ref, reason: 'no answer' });
    expect(wantsMachine(talk.state, talk.now)).toBe(false);
    talk.fire('machine');
    expect(wantsMachine(talk.state, talk.now)).toBe(true);
    expect(talk.own.doubtedSince).toBe(since);
    talk.now += 10_000;
    talk.seen('started');
    // If its host is lost from now on, its absence starts now, not earlier.
    expect(talk.own.doubtedSince).toBe(talk.now);
    talk.taken();
    expect(talk.own.doubtedSince).toBeNull();
    expect(talk.timer('machine')).toBeUndefined();
  });

  test('one that takes requests and answers none is asked after within a minute, and not sooner: it may be slow to start', () => {
    const silent = new Own();
    silent.text('hello');
    silent.made();
    const asked = silent.attempt.openedAt;
    silent.now = asked + SILENT_MS - 1;
    silent.on({ type: 'heartbeat' });
    expect(silent.own.doubtedSince).toBeNull();
    silent.now = asked + SILENT_MS;
    silent.on({ type: 'heartbeat' });
    expect(silent.own.doubtedSince).toBe(silent.now);
    expect(SILENT_MS).toBeLessThanOrEqual(60_000);
    silent.taken();
    expect(silent.own.doubtedSince).toBeNull();
    // At work, its absence starts when its stream was found dead; requests made meanwhile hang.
    silent.now += STREAM_SILENCE_MS;
    silent.on({ type: 'heartbeat' });
    expect(silent.own.doubtedSince).toBeNull();
    silent.on({ type: 'unreachable', attempt: silent.ref, reason: 'nothing came' });
    silent.now += DOUBT_AFTER_MS;
    silent.on({ type: 'heartbeat' });
    expect(silent.own.doubtedSince).toBe(silent.now);
  });

  test('nobody waits any more: it is not asked after, and wakes nobody', () => {
    const talk = away();
    talk.seen('starting');
    talk.now += REACH_GIVE_UP_MS;
    talk.on({ type: 'unreachable', attempt: talk.ref, reason: 'no answer' });
    expect(findOpenTurn(talk.state)).toBeNull();
    expect(talk.own.doubtedSince).toBeNull();
    expect(talk.state.timers.map((t) => t.kind).filter((kind) => kind !== 'alert')).toEqual(['sleep']);
  });

  test('a lost machine is created again under its name, and nothing calls it meanwhile', () => {
    const talk = away();
    talk.seen('gone');
    expect(talk.own).toMatchObject({ step: 'volume', name: 'roost-aaaaaaaaaaaaaaaaaaaa', volume: null, image: null });
    expect(talk.timer('alert')?.ref).toBe('machine-gone');
    expect(wantsAttach(talk.state, talk.now)).toBe(false);
    expect(wantsMachine(talk.state, talk.now)).toBe(true);
    expect(talk.timer('reach')?.dueAt).toBeGreaterThan(talk.now);
    talk.made();
    expect(wantsAttach(talk.state, talk.now)).toBe(true);
  });
});

describe('copies', () => {
  test('of a machine that is not there any more are given up: nobody is woken for them for ever', () => {
    const talk = new Own(0, { archiveAfterMs: ARCHIVE_AFTER_MS });
    talk.text('hello');
    talk.made();
    talk.taken();
    talk.now += DOUBT_AFTER_MS;
    talk.on({ type: 'unreachable', attempt: talk.ref, reason: 'no answer' });
    talk.now += DOUBT_AFTER_MS;
    talk.on({ type: 'unreachable', attempt: talk.ref, reason: 'no answer' });
    talk.seen('gone');
    talk.step({ kind: 'permanent', refusal: 'quota', reason: 'no more' });
    expect(findOpenTurn(talk.state)).toBeNull();
    expect(talk.timer('archive')).toBeDefined();
    for (let alarms = 0; ; alarms++) {
      const at = findNextAlarm({ ...talk.state, replies: [] }, talk.now);
      if (at === null) break;
      expect(alarms).toBeLessThan(100);
      talk.now = Math.max(at, talk.now);
      for (const timer of talk.state.timers.filter((t) => t.dueAt <= talk.now)) {
        if (timer.kind === 'alert') talk.on({ type: 'alert-raised', cause: timer.ref });
        else talk.on({ type: 'timer', timer });
      }
      talk.on({ type: 'heartbeat' });
    }
    expect(talk.timer('archive')).toBeUndefined();
  });
});

describe('a new image', () => {
  const ready = (): Own => {
    const talk = new Own();
    talk.text('hello');
    talk.made();
    return talk;
  };

  test('waits while there is work, and goes to an idle machine', () => {
    const talk = ready();
    talk.on({ type: 'machine-upgrade', settings: 'bbbb', first: true });
    expect(talk.own.step).toBe('ready');
    talk.taken();
    talk.answer('hi', talk.state.messages[0]!);
    talk.on({ type: 'machine-upgrade', settings: 'aaaa', first: true });
    expect(talk.own.step).toBe('ready');
    talk.on({ type: 'machine-upgrade', settings: 'bbbb', first: true });
    expect(talk.own).toMatchObject({ step: 'update' });
    expect(talk.own.previous).toEqual({ image: 'registry.example/roost:1', settings: 'aaaa' });
    expect(wantsMachine(talk.state, talk.now)).toBe(true);
  });

  test('does not wait for a run that is far away, but for one that is near', () => {
    const talk = ready();
    talk.taken();
    talk.answer('hi', talk.state.messages[0]!);
    const wake = (dueAt: number) => ({ kind: 'wake', ref: '1', dueAt, attempts: 0 }) as const;
    talk.state = withTimer(talk.state, wake(talk.now + UPGRADE_CLEAR_MS));
    talk.on({ type: 'machine-upgrade', settings: 'bbbb', first: false });
    expect(upgradeOf(talk.own, 'bbbb')).toBe('busy');
    talk.state = withTimer(talk.state, wake(talk.now + 24 * 3_600_000));
    talk.on({ type: 'machine-upgrade', settings: 'bbbb', first: false });
    expect(talk.own).toMatchObject({ step: 'update', previous: null });
    expect(upgradeOf(talk.own, 'bbbb')).toBe('begun');
  });

  test('that is refused leaves the machine as it was: whoever writes then is answered by it', () => {
    const talk = ready();
    talk.taken();
    talk.answer('hi', talk.state.messages[0]!);
    talk.on({ type: 'machine-upgrade', settings: 'bbbb', first: true });
    talk.text('are you there?');
    talk.step({ kind: 'permanent', refusal: 'token', reason: 'not allowed' });
    expect(talk.own).toMatchObject({ step: 'ready', settings: 'aaaa', previous: null, refusal: null });
    expect(talk.timer('alert')?.ref).toBe('machine-refused/token');
    expect(findOpenTurn(talk.state)).not.toBeNull();
    expect(wantsAttach(talk.state, talk.now)).toBe(true);
  });

  test('that cannot be given now to a machine that refuses us is tried again ever more rarely', () => {
    const talk = ready();
    const waits = [0, 1, 2, 3].map(() => {
      talk.on({ type: 'attempt-refused', attempt: talk.ref, reason: 'unauthorized', isOutdated: true });
      expect(talk.own.step).toBe('update');
      talk.step({ kind: 'retryable', reason: 'no room', next: { step: 'ready', previous: null } });
      const wait = (talk.timer('reach')?.dueAt ?? 0) - talk.now;
      expect(wantsAttach(talk.state, talk.now)).toBe(false);
      talk.now += wait;
      expect(wantsAttach(talk.state, talk.now)).toBe(true);
      return wait;
    });
    expect(waits).toEqual(REACH_BACKOFF_MS.slice(0, 4));
  });

  test('the row tells the result of the request', () => {
    const talk = ready();
    expect(upgradeOf(null, 'aaaa')).toBe('none');
    expect(upgradeOf({ ...talk.own, step: 'volume', image: null }, 'aaaa')).toBe('none');
    expect(upgradeOf(talk.own, 'aaaa')).toBe('same');
    expect(upgradeOf({ ...talk.own, step: 'health' }, 'bbbb')).toBe('busy');
    expect(upgradeOf({ ...talk.own, step: 'health', previous: { image: null, settings: null } }, 'bbbb')).toBe('begun');
  });

  test('that is refused on its way is taken up again by the next pass: whoever was told may have mended it', () => {
    const talk = ready();
    talk.taken();
    talk.answer('hi', talk.state.messages[0]!);
    const pass = () => talk.on({ type: 'machine-upgrade', settings: 'bbbb', first: true });
    pass();
    talk.step({ kind: 'done', next: { step: 'revert' } });
    talk.step({ kind: 'permanent', refusal: 'token', reason: 'not allowed' });
    expect(wantsMachine(talk.state, talk.now)).toBe(false);
    pass();
    expect(talk.own).toMatchObject({ step: 'revert', refusal: null });
    expect(wantsMachine(talk.state, talk.now)).toBe(true);
    expect(upgradeOf(talk.own, 'bbbb')).toBe('begun');
  });

  /** The first machine was tried, out of its sleep, and did not come up. */
  function goingBack() {
    const talk = ready();
    talk.taken();
    talk.answer('hi', talk.state.messages[0]!);
    talk.fire('sleep');
    talk.seen('asleep');
    talk.on({ type: 'machine-upgrade', settings: 'bbbb', first: true });
    talk.step({ kind: 'done', next: { step: 'revert' } });
    return talk;
  }

  test('that goes back is told to the operator', () => {
    const talk = goingBack();
    talk.step({ kind: 'done', next: { step: 'ready', previous: null, settings: 'aaaa' } });
    expect(talk.timer('alert')?.ref).toBe('machine-reverted');
    // The machine was started for this, and nobody else checks whether it sleeps again.
    expect(talk.timer('sleep')?.dueAt).toBe(talk.now + SLEEPS_AFTER_MS);
  });

  test('that would go back and is found lost is made again: nothing went back, and nothing is awake', () => {
    const talk = goingBack();
    talk.step({ kind: 'done', next: { step: 'volume', volume: null, machine: null, previous: null } });
    expect(talk.own).toMatchObject({ step: 'volume', awakeSince: null });
    expect(talk.timer('alert')).toBeUndefined();
  });
});
