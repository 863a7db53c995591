import type { Config } from '../config/config.ts';
import { reasonOf, report } from '../log.ts';
import { directoryOf, getConversation } from '../objects/namespaces.ts';

// Gives the slots of removed people's machines to others. The cron runs this; nobody is asked unless somebody was
// refused a machine for FLY_MAX_MACHINES lately.

/** The conversations asked in one pass. Each pass begins with another one. */
const ASKED_MAX = 50;

/** The next pass makes up for a failed one. */
export async function freeSlots(env: Env, config: Config, now: number): Promise<void> {
  if (config.MACHINE_PROVIDER !== 'fly') return;
  try {
    const directory = directoryOf(env, config);
    if (!(await directory.needsSlots(config.FLY_MAX_MACHINES))) return;
    const machines = await directory.machines();
    const shift = Math.floor(now / 60_000) % Math.max(1, machines.length);
    const inTurn = [...machines.slice(shift), ...machines.slice(0, shift)].slice(0, ASKED_MAX);
    const freed = await Promise.all(inTurn.map(({ conversation }) => free(env, config, conversation)));
    const count = freed.filter(Boolean).length;
    if (count > 0) report({ level: 'info', event: 'slots-freed', count });
  } catch (error) {
    report({ level: 'error', event: 'slots-broke', reason: reasonOf(error) });
  }
}

async function free(env: Env, config: Config, conversation: string): Promise<boolean> {
  try {
    return await getConversation(env, config, conversation).releaseMachine();
  } catch (error) {
    report({ level: 'warn', event: 'slot-kept', reason: reasonOf(error) }, conversation);
    return false;
  }
}
