import { setTimeout } from 'node:timers/promises';
import type { EventBody } from '../../../src/protocol/index.ts';
import type { AgentProcess } from '../agent/agent.ts';
import type { AgentPool } from '../agent/pool.ts';
import { readFreeDisk, readFreeMemory } from '../process/resources.ts';

// The ways an attempt ends, and what happens to its agent then: it stays warm or is closed.

export type End = Omit<Extract<EventBody, { type: 'ended' }>, 'type'> & { keep: boolean };
/** What is said of a cut besides its reason. */
export type Cut = Pick<End, 'cause'>;
export const RESTARTED = { cause: 'restarted' } as const satisfies Cut;
export const OUT_OF_TIME = { cause: 'time' } as const satisfies Cut;
export const STOPPED: End = { outcome: 'stopped', reason: 'stopped on request', keep: false };
export const ANSWERED: End = { outcome: 'done', reason: 'every message answered', keep: true };
export const STILL_RUNS: End = { ...ANSWERED, reason: `${ANSWERED.reason}; some commands are still running` };
export const NOT_WOKEN: End = { outcome: 'done', reason: 'the check did not wake the agent', keep: false };

/** Keeps the agent warm after its attempt, or closes it. Returns what a kept agent has used. */
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
  // At once: an agent that was interrupted begins with what is still queued there.
  const closing = process && !keep ? pool.discard(process) : undefined;
  const usage = await usageOf(keep ? process : undefined, dataDir);
  if (process && keep && !isClosed) pool.keep(process);
  else if (process) await (closing ?? pool.discard(process));
  return usage;
}

/** Interrupts the agent. Null when it does not answer within `ms`; else the messages that were still queued. */
export const interruptAgent = (process: AgentProcess, ms: number): Promise<string[] | null> =>
  Promise.race([process.interrupt().catch(() => null), setTimeout(ms, null, { ref: false })]);

/** How full things are at the end of an attempt. Of an agent that is about to be ended nothing is asked. */
export async function usageOf(process: AgentProcess | undefined, dataDir: string): Promise<EventBody> {
  const context = (await process?.contextPercent()) ?? null;
  return { type: 'usage', context_percent: context, memory_free: readFreeMemory(), disk_free: readFreeDisk(dataDir) };
}
