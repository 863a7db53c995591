import fc from 'fast-check';
import { afterAll, test } from 'vitest';
import type { Setting } from './world.ts';
import { type Action, conversation, play, show } from './world-actions.ts';
import { Rules } from './world-rules.ts';

// Random conversations in a closed world: whatever is said, delayed, lost, refused, doubled or killed in whatever order,
// the rules hold at every step, and in the end every message is answered once or said to have failed.

declare const process: { env: Record<string, string | undefined> };

const isLong = process.env.ROOST_LONG === '1';
const seed = Number(process.env.ROOST_SEED ?? (isLong ? Date.now() % 2 ** 31 : 20261121));
const runs = Number(process.env.ROOST_RUNS ?? (isLong ? 20_000 : 600));

test('in every conversation the rules hold at every step, and every message ends answered once or told to have failed', {
  timeout: isLong ? 1_800_000 : 60_000,
}, () => {
  if (isLong) console.log(`ROOST_SEED=${seed}`);
  const outcome = fc.check(
    fc.property(conversation, ([chosen, actions]) => play(chosen, actions)),
    { seed, numRuns: runs, endOnFailure: false },
  );
  if (!outcome.failed) return;
  const [[chosen, actions]] = outcome.counterexample as [[Setting, Action[]]];
  const { errorInstance } = outcome;
  const why = errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : String(errorInstance);
  throw new Error(`${why}\nafter this conversation (seed ${seed}):\n${show(chosen, actions)}`);
});

afterAll(() => console.log(Rules.coverage.table()));
