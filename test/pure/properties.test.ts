import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { Setting } from './world.ts';
import { type Action, conversation, play, show } from './world-actions.ts';
import { examples } from './world-examples.ts';
import { Rules } from './world-rules.ts';

// Conversations in a closed world, known ones and random ones: whatever is said, delayed, lost, refused, repeated or
// killed in whatever order, the rules hold at every step, and in the end every message is answered once or reported as
// failed. ROOST_LONG=1 plays many more, from a printed seed; ROOST_SEED=n repeats the run of a seed.

declare const process: { env: Record<string, string | undefined> };

const isLong = process.env.ROOST_LONG === '1';
const seed = Number(process.env.ROOST_SEED ?? (isLong ? Date.now() % 2 ** 31 : 20261124));
const numRuns = Number(process.env.ROOST_RUNS ?? (isLong ? 20_000 : 150));

describe('the rules hold at every step, and every message ends answered once or told to have failed', () => {
  test.each(examples)('%s', (_title, setting, actions) => play(setting, actions));

  test('random conversations', { timeout: isLong ? 3_600_000 : 240_000 }, () => {
    if (isLong) console.log(`ROOST_SEED=${seed}`);
    const outcome = fc.check(
      fc.property(conversation, ([setting, actions]) => play(setting, actions)),
      { seed, numRuns },
    );
    if (!outcome.failed) return;
    const [[setting, actions]] = outcome.counterexample as [[Setting, Action[]]];
    const { errorInstance } = outcome;
    const why = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
    throw new Error(`${why}\nafter this conversation (ROOST_SEED=${seed}):\n${show(setting, actions)}`);
  });

  test('everything that can occur has occurred', () => {
    expect(Rules.coverage.missing()).toEqual([]);
  });
});

afterAll(() => console.log(Rules.coverage.table()));
