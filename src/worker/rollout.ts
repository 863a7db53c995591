import type { Config } from '../config/config.ts';
import { reasonOf, report } from '../log.ts';
import { wantedOf } from '../machines/fly/provider.ts';
import type { Wanted } from '../machines/rollout.ts';
import { flySettingsOf } from '../objects/machine-provider.ts';
import { conversationsOf, directoryOf } from '../objects/namespaces.ts';

// Asks idle machines that run an old image or old settings to change. The cron runs this where the relay creates
// machines. The directory says which machines; with nothing to change, no conversation is called.

/** The number of machines that change in one pass. */
const AT_ONCE = 10;

/** The next pass makes up for a failed one. */
export async function rollOut(env: Env, config: Config): Promise<void> {
  if (config.MACHINE_PROVIDER !== 'fly') return;
  try {
    await pass(env, config, await wantedOf(flySettingsOf(config)));
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
    // Noted before the call: if the pass ends here, no second machine is tried beside it.
    if (first && !(await directory().tryFirst(wanted.settings, conversation))) return;
    begun += Number(await begins(env, config, conversation, wanted.settings, first));
    if (begun >= most) break;
  }
  if (first && begun === 0 && ask.length > 0) await directory().tryFirst(wanted.settings, null);
  if (begun > 0) report({ level: 'info', event: 'rollout', settings: wanted.settings, first, begun });
}

/** True when the answer is lost, because the change may have begun. */
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
