import { setTimeout } from 'node:timers/promises';
import type { EventBody } from '../../src/protocol/index.ts';
import type { AgentProcess } from './agent/agent.ts';
import type { AgentPool } from './agent/pool.ts';
import { usageOf } from './usage.ts';

// How an attempt parts with its agent.

/** Keeps the agent of an attempt that is over warm, or ends it. What it used is told of one that was kept. */
export async function letGo(
  process: AgentProcess | undefined,
  keep: boolean,
  pool: AgentPool,
  dataDir: string,
): Promise<EventBody> {
  let isClosed = false;
  process?.listen((signal) => {
    isClosed ||= signal.type === 'closed';
  });
  const usage = await usageOf(keep ? process : undefined, dataDir);
  if (process && keep && !isClosed) pool.keep(process);
  else if (process) await pool.discard(process);
  return usage;
}

/** Interrupts the agent. Null when it does not answer within `ms`; else the messages that were still queued. */
export const interrupted = (process: AgentProcess, ms: number): Promise<string[] | null> =>
  Promise.race([process.interrupt().catch(() => null), setTimeout(ms, null, { ref: false })]);
