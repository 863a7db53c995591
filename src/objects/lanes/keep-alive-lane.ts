import { wantsHold } from '../../conversation/lanes.ts';
import {
  ATTACH_MAX_MS,
  MACHINE_ANSWER_MS,
  REACH_BACKOFF_MS,
  STREAM_SILENCE_MS,
} from '../../conversation/policy/machine.ts';
import type { State } from '../../conversation/state/state.ts';
import type { Log } from '../../log.ts';
import { reasonOf } from '../../log.ts';
import { type Access, holdMachine } from '../../machines/client.ts';
import { backoffOf } from '../../units.ts';
import { waitForNext } from './attach-lane.ts';

// The lane that keeps the machine awake between turns while its person is still working with it: one stream, held open
// and renewed. The stream carries no information, so nothing is lost when it breaks.

export type KeepAliveDeps = {
  now: () => number;
  load: () => State;
  access: () => Promise<Access>;
  wait: (ms: number) => Promise<unknown>;
  report: (line: Log) => void;
};

/** Runs until nobody needs the machine awake, or an attempt keeps it awake. */
export async function runKeepAliveLane(deps: KeepAliveDeps): Promise<void> {
  for (let failures = 0; wantsHold(deps.load(), deps.now()); ) {
    const end = await hold(deps).catch((error) => ({ wasOpen: false, reason: reasonOf(error) }));
    if (end.wasOpen) failures = 0;
    if (end.reason === null) continue;
    if (failures === 0) deps.report({ level: 'warn', event: 'hold-failed', reason: end.reason });
    await deps.wait(backoffOf(REACH_BACKOFF_MS, failures++));
  }
}

/** Holds one stream for its time. `reason`: why it ended early, or null. */
async function hold({ now, load, access }: KeepAliveDeps): Promise<{ wasOpen: boolean; reason: string | null }> {
  const answer = await holdMachine(await access(), MACHINE_ANSWER_MS);
  if (answer.kind !== 'open') return { wasOpen: false, reason: answer.reason };
  const openedAt = now();
  try {
    while (wantsHold(load(), now()) && now() - openedAt < ATTACH_MAX_MS) {
      const batch = await waitForNext(answer.stream.items, STREAM_SILENCE_MS);
      if (batch === null) return { wasOpen: true, reason: 'the stream ended' };
    }
    return { wasOpen: true, reason: null };
  } catch (error) {
    return { wasOpen: true, reason: reasonOf(error) };
  } finally {
    await answer.stream.close();
  }
}
