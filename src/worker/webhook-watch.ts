import { watchedChannels } from '../channels/registry.ts';
import type { Config } from '../config/config.ts';
import { reasonOf, report } from '../log.ts';
import { directoryOf, retryOnce } from '../objects/namespaces.ts';

// Asks the services that list no lost messages whether their webhooks arrive here. The cron runs this, and the directory
// alerts the operator when something stays wrong.

const LOOK_MS = 10_000;

export async function watchWebhooks(env: Env, config: Config, now: number): Promise<void> {
  // A local run fetches its texts itself.
  if (config.LOCAL_MODE === '1') return;
  for (const { watch, sendersOf } of watchedChannels(config)) {
    const [sender] = sendersOf(config);
    if (!watch || sender === undefined) continue;
    try {
      const found = await watch(config, now, LOOK_MS);
      if (found.kind === 'unknown') continue;
      await retryOnce(() => directoryOf(env, config).webhookLooked(sender, found));
    } catch (error) {
      report({ level: 'error', event: 'webhook-watch-broke', reason: reasonOf(error) });
    }
  }
}
