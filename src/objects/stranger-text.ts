import { channelOf } from '../channels/registry.ts';
import type { Config } from '../config/config.ts';
import { SEND_TIMEOUT_MS } from '../conversation/policy/outbox.ts';
import { report } from '../log.ts';

/** Sends a text to somebody who has no conversation. Best effort: they can text again. */
export async function sendToStranger(
  config: Config,
  { to, from, text, id }: { to: string; from: string; text: string; id: string },
): Promise<void> {
  const bare = { template: null, content: null, shown: null, items: [], attempt: 1, createdAt: Date.now() };
  const reply = { ...bare, id, to, from, body: text };
  const outcome = await channelOf(to).connect(config).send(reply, SEND_TIMEOUT_MS);
  if (outcome.kind !== 'accepted') report({ level: 'warn', event: 'stranger-not-told', outcome: outcome.kind });
}
