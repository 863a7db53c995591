import type { Config } from '../config/config.ts';
import { reasonOf, report } from '../log.ts';
import { wantedOf } from '../machines/fly/provider.ts';
import type { Wanted } from '../machines/rollout.ts';
import { flySettings } from '../objects/machine-provider.ts';
import { conversationsOf, directoryOf } from '../objects/namespaces.ts';

// The cron's work where machines are made for people: those that run something else than what is configured now are
// asked to change, while they are idle. The directory says which; with nothing to change, no conversation is called.

/** As many machines change in one pass. */
const AT_ONCE = 10;

/** One that breaks is made up for by the next. */
export async function rollOut(env: Env, config: Config): Promise<void> {
  if (config.MACHINE_PROVIDER !== 'fly') return;
  try {
    await pass(env, config, await wantedOf(flySettings(config)));
  } catch (error) {
    report({ level: 'error', event: 'rollout-broke', reason: reasonOf(error) });
  }
}

async function pass(env: Env, config: Config, wanted: Wanted): Promise<void> {
  const directory = () => directoryOf(env, config);
  const { ask, first } = await directory().nextToRoll(wanted);
  const most = first ? 1 : AT_ONCE;
  let begun = 0;
  for (const conversation of ask) {
    // Noted before it is asked: should this end here, no other is tried beside it.
    if (first && !(await directory().tryFirst(wanted.settings, conversation))) return;
    begun += Number(await begins(env, config, conversation, wanted.settings, first));
    if (begun >= most) break;
  }
  if (first && begun === 0 && ask.length > 0) await directory().tryFirst(wanted.settings, null);
  if (begun > 0) report({ level: 'info', event: 'rollout', settings: wanted.settings, first, begun });
}

/** One whose answer is lost may have begun. */
async function begins(env: Env, config: Config, id: string, settings: string, first: boolean): Promise<boolean> {
  const conversations = conversationsOf(env, config);
  try {
    const conversation = conversations.get(conversations.idFromString(id));
    const upgrade = await conversation.upgradeMachine(settings, first);
    if (upgrade === 'none') await directoryOf(env, config).hasNoMachine(id, settings);
    return upgrade === 'begun';
  } catch (error) {
    report({ level: 'warn', event: 'rollout-unanswered', reason: reasonOf(error) }, id);
    return true;
  }
}
