import { expect, test } from 'vitest';
import { findNextAlarm } from '../../../src/conversation/alarm.ts';
import { wantsAttach } from '../../../src/conversation/lanes.ts';
import { wantsMachine } from '../../../src/conversation/machine/readiness.ts';
import { DOUBT_AFTER_MS, SLEEP_LOOKS_MAX } from '../../../src/conversation/policy/machine.ts';
import { createStaticProvider } from '../../../src/machines/static-provider.ts';
import { runMachineLane } from '../../../src/objects/lanes/machine-lane.ts';
import { Talk } from '../conversation.ts';

// The cost of an own machine when nothing goes well: how often its provider is asked. The rest is in lifecycle.test.ts.

function ready(): Talk {
  const talk = new Talk(0, { makesMachines: true });
  talk.text('hello');
  talk.on({ type: 'machine-begin' });
  const next = { step: 'ready', volume: 'vol_1', machine: 'm1', image: 'i', settings: 's' } as const;
  talk.on({ type: 'machine-step', step: 'claim', outcome: { kind: 'done', next } });
  talk.taken();
  return talk;
}

test('a machine that should sleep and cannot be inspected is inspected less and less often, then not at all', () => {
  const talk = ready();
  talk.answer('hi', talk.state.messages[0]!);
  talk.fire('sleep');
  for (let look = 1; look < SLEEP_LOOKS_MAX; look++) {
    // A failed request to stop it does not help either.
    const seen = look % 2 === 0 ? null : ({ state: 'started', reason: 'it runs', stoppedAt: null } as const);
    talk.on({ type: 'machine-seen', seen, stopped: false });
    const dueAt = talk.now + DOUBT_AFTER_MS * 2 ** look;
    expect(talk.state.timers).toMatchObject([{ kind: 'sleep', dueAt }]);
    talk.fire('sleep');
  }
  talk.on({ type: 'machine-seen', seen: null, stopped: false });
  expect(talk.log).toEqual([{ level: 'warn', event: 'machine-not-asleep', looks: SLEEP_LOOKS_MAX }]);
  expect(findNextAlarm({ ...talk.state, replies: [] }, talk.now)).toBeNull();
});

test('a machine that does not answer for a moment is only waking: its provider is not asked', () => {
  const talk = ready();
  for (const after of [0, DOUBT_AFTER_MS - 1]) {
    talk.now += after;
    talk.on({ type: 'unreachable', attempt: talk.ref, reason: 'no answer' });
    expect(wantsMachine(talk.state, talk.now)).toBe(false);
  }
  talk.now += 1;
  talk.on({ type: 'unreachable', attempt: talk.ref, reason: 'no answer' });
  expect(wantsMachine(talk.state, talk.now)).toBe(true);
});

test('where all share one again, nobody waits for one of their own', () => {
  const talk = new Talk(0, { makesMachines: true });
  talk.text('hello');
  expect(talk.state.machine).not.toBeNull();
  Object.assign(talk.policy, { makesMachines: false });
  talk.on({ type: 'heartbeat' });
  expect(talk.state.machine).toBeNull();
  expect(wantsAttach(talk.state, talk.now)).toBe(true);
});

test('before every call it is noted that the call is made: it may be cut', async () => {
  const talk = new Talk(0, { makesMachines: true });
  talk.text('hello');
  const doubts: (number | null)[] = [];
  const provider = createStaticProvider('', '');
  const ensure: typeof provider.ensure = (row, now) => {
    doubts.push(talk.state.machine?.inDoubtSince ?? null);
    return provider.ensure(row, now);
  };
  const deps = { now: () => talk.now, load: () => talk.state, apply: talk.on.bind(talk) };
  await runMachineLane({ ...deps, provider: { ...provider, ensure } });
  expect(doubts).toEqual([talk.now]);
  expect(talk.state.machine).toMatchObject({ step: 'ready', inDoubtSince: null });
});
