import { describe, expect, test } from 'vitest';
import {
  ASKED_MAX,
  decideRollout,
  FIRST_MAX_MS,
  type FleetState,
  isStuck,
  mayBeginAnew,
  type Next,
  type Rollout,
  tryFirst,
} from '../../../src/machines/rollout.ts';
import { texts } from '../../../src/texts/index.ts';

// Which machines are asked to run the wanted version now, and when no other is.

const NOW = 1_800_000_000_000;
const wanted = { image: 'registry.example/roost:2', settings: 'new' };
const standing = (others: string[], more: Partial<FleetState> = {}): FleetState => ({
  others,
  hasComeUp: false,
  hasReverted: false,
  ...more,
});
const rollout = (state: Rollout['state'], first: string | null = null, beganAt = NOW): Rollout => ({
  ...wanted,
  state,
  first,
  beganAt,
});
const nobody = (next: Next): void => expect(next.ask).toEqual([]);

describe('the wanted version', () => {
  test('by all machines already is asked of nobody, and nothing is noted', () => {
    expect(decideRollout(null, wanted, standing([], { hasComeUp: true }), NOW)).toEqual({
      rollout: null,
      ask: [],
      first: false,
      isStuck: false,
    });
  });

  test('goes to one machine first, whichever is idle', () => {
    const next = decideRollout(null, wanted, standing(['a', 'b']), NOW);
    expect(next).toMatchObject({ ask: ['a', 'b'], first: true, rollout: rollout('first') });
  });

  test('goes on being asked of that one, until others run it', () => {
    const known = tryFirst(rollout('first'), 'b', NOW);
    expect(decideRollout(known, wanted, standing(['a', 'b']), NOW + FIRST_MAX_MS - 1)).toMatchObject({
      ask: ['b', 'a'],
      first: true,
      rollout: known,
    });
    const up = decideRollout(known, wanted, standing(['a'], { hasComeUp: true }), NOW);
    expect(up).toMatchObject({ ask: ['a'], first: false, rollout: { state: 'all' } });
  });

  test('has come up when a machine was made with it, and then needs no first', () => {
    const next = decideRollout(null, wanted, standing(['a'], { hasComeUp: true }), NOW);
    expect(next).toMatchObject({ ask: ['a'], first: false, rollout: { state: 'all' } });
  });

  test('continues after one success, even if that machine is gone', () => {
    expect(decideRollout(rollout('all'), wanted, standing(['a']), NOW)).toMatchObject({ ask: ['a'], first: false });
  });
});

describe('no other machine is touched', () => {
  test.each([
    ['first', false],
    ['all', true],
  ] as const)('when one went back, in %s', (state, hasComeUp) => {
    const next = decideRollout(
      rollout(state, 'a'),
      wanted,
      standing(['a', 'b'], { hasReverted: true, hasComeUp }),
      NOW,
    );
    nobody(next);
    expect(next).toMatchObject({ rollout: { state: 'failed' }, isStuck: false });
    nobody(decideRollout(next.rollout, wanted, standing(['a', 'b'], { hasComeUp: true }), NOW));
    expect(mayBeginAnew(next.rollout!, NOW)).toBe(true);
  });

  test('while the first neither comes nor goes back: it is asked on, and the operator hears of it', () => {
    const known = rollout('first', 'a');
    const ask = ['a', 'b'];
    const before = decideRollout(known, wanted, standing(['a', 'b']), NOW + FIRST_MAX_MS - 1);
    expect(before).toEqual({ rollout: known, ask, first: true, isStuck: false });
    expect(mayBeginAnew(known, NOW + FIRST_MAX_MS - 1)).toBe(false);
    for (const later of [FIRST_MAX_MS, 100 * FIRST_MAX_MS]) {
      const next = decideRollout(known, wanted, standing(['a', 'b']), NOW + later);
      expect(next).toEqual({ rollout: known, ask, first: true, isStuck: true });
      expect(mayBeginAnew(known, NOW + later)).toBe(true);
    }
    const up = decideRollout(known, wanted, standing(['b'], { hasComeUp: true }), NOW + FIRST_MAX_MS);
    expect(up).toMatchObject({ ask: ['b'], first: false, isStuck: false });
    expect(texts.machines.alertStuck).toContain(`${FIRST_MAX_MS / 60_000} minutes`);
  });

  test('none is stuck when none is left to be tried', () => {
    const { rollout: left } = decideRollout(rollout('first', 'a'), wanted, standing([], { hasComeUp: true }), NOW);
    expect(left).toMatchObject({ state: 'first', first: null });
    expect(isStuck(left!, NOW + FIRST_MAX_MS)).toBe(false);
    expect(decideRollout(left, wanted, standing([]), NOW + 1).rollout).toBe(left);
  });

  test('until the operator wants again what all of them run: then nothing has failed', () => {
    const before = { image: 'registry.example/roost:1', settings: 'old' };
    const { rollout: now } = decideRollout(rollout('failed', 'a'), before, standing([], { hasComeUp: true }), NOW);
    expect(now).toEqual({ ...before, state: 'first', first: null, beganAt: NOW });
    expect(decideRollout(now, before, standing([], { hasComeUp: true }), NOW + 1).rollout).toBe(now);
  });

  test('until something else is wanted', () => {
    const next = decideRollout(rollout('failed', 'a', 0), { ...wanted, settings: 'newer' }, standing(['a', 'b']), NOW);
    expect(next).toMatchObject({ ask: ['a', 'b'], first: true });
    expect(next.rollout).toEqual({ ...wanted, settings: 'newer', state: 'first', first: null, beganAt: NOW });
  });
});

test('one that was not idle is no first one: the time of the next begins with it', () => {
  const one = tryFirst(rollout('first'), 'a', NOW);
  expect(tryFirst(one, 'a', NOW + 5)).toBe(one);
  expect(tryFirst(one, 'b', NOW + 5)).toMatchObject({ first: 'b', beganAt: NOW + 5 });
  const none = tryFirst(one, null, NOW);
  expect(decideRollout(none, wanted, standing(['a', 'b']), NOW + 2 * FIRST_MAX_MS)).toMatchObject({ first: true });
});

test('so many are asked in one pass, and in the passes of some hours every one of them', () => {
  const all = Array.from({ length: 3 * ASKED_MAX }, (_, n) => `c${n}`);
  const asked = new Set<string>();
  for (let pass = 0; pass < 200; pass++) {
    const { ask } = decideRollout(rollout('all'), wanted, standing(all), NOW + pass * 5 * 60_000);
    expect(ask.length).toBe(ASKED_MAX);
    expect(new Set(ask).size).toBe(ASKED_MAX);
    for (const one of ask) asked.add(one);
  }
  expect(asked.size).toBe(all.length);
});
