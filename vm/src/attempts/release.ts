import { setTimeout } from 'node:timers/promises';
import type { EventBody } from '../../../src/protocol/index.ts';
import type { AgentProcess } from '../agent/agent.ts';
import type { AgentPool } from '../agent/pool.ts';
import { readFreeDisk, readFreeMemory } from '../process/resources.ts';

// How an attempt can end, and the release of its agent: the agent stays warm or is closed.

export type End = Omit<Extract<EventBody, { type: 'ended' }>, 'type'> & { keep: boolean };
/** The cause of a cut, besides its reason. */
export type Cut = Pick<End, 'cause'>;
export const RESTARTED = { cause: 'restarted' } as const satisfies Cut;
export const OUT_OF_TIME = { cause: 'time' } as const satisfies Cut;
export const STOPPED: End = { outcome: 'stopped', reason: 'stopped on request', keep: false };
export const ANSWERED: End = { outcome: 'done', reason: 'every message answered', keep: true };
export const STILL_RUNS: End = { ...ANSWERED, reason: `${ANSWERED.reason}; some commands are still running` };
export const NOT_WOKEN: End = { outcome: 'done', reason: 'the check did not wake the agent', keep: false };

/** Keeps the agent warm after its attempt, or closes it. Returns the usage event. */
export async function release(
  process: AgentProcess | undefined,
  keep: boolean,
  pool: AgentPool,
  dataDir: string,
): Promise<EventBody> {
  let isClosed = false;
  process?.listen((signal) => {
    isClosed ||= signal.type === 'closed';
  });
  // At once: an interrupted agent would start on its queued messages.
  const closing = process && !keep ? pool.discard(process) : undefined;
  const usage = await usageOf(keep ? process : undefined, dataDir);
  if (process && keep && !isClosed) pool.keep(process);
  else if (process) await (closing ?? pool.discard(process));
  return usage;
}

/** Interrupts the agent. Resolves with the messages it had still queued, or null if it doesn't answer within `ms`. */
export const interruptAgent = (process: AgentProcess, ms: number): Promise<string[] | null> =>
  Promise.race([process.interrupt().catch(() => null), setTimeout(ms, null, { ref: false })]);

/** Context, memory and disk at the end of an attempt. An agent that is about to close is not asked. */
export async function usageOf(process: AgentProcess | undefined, dataDir: string): Promise<EventBody> {
  const context = (await process?.contextPercent()) ?? null;
  return { type: 'usage', context_percent: context, memory_free: readFreeMemory(), disk_free: readFreeDisk(dataDir) };
}
