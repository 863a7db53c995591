import type { EventBody } from '../../../src/protocol/index.ts';
import type { AgentProcess } from '../agent/agent.ts';
import { freeDisk, freeMemory } from '../process/resources.ts';

/** How full things are at the end of an attempt. Of an agent that is about to be ended nothing is asked. */
export async function usageOf(process: AgentProcess | undefined, dataDir: string): Promise<EventBody> {
  const context = (await process?.contextPercent()) ?? null;
  return { type: 'usage', context_percent: context, memory_free: freeMemory(), disk_free: freeDisk(dataDir) };
}
