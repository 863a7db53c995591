import { type Carrier, UNKEPT_ATTEMPT } from '../channels/channel.ts';
import { SEND_TIMEOUT_MS } from '../conversation/policy/outbox.ts';
import { report } from '../log.ts';

/** Sends a text to somebody who has no conversation, or no longer one. Best effort: they can text again. */
export async function sendToStranger(
  carrier: Pick<Carrier, 'send'>,
  { to, from, text, id }: { to: string; from: string; text: string; id: string },
): Promise<void> {
  const bare = { template: null, content: null, shown: null, items: [], createdAt: Date.now() };
  const reply = { ...bare, id, attempt: UNKEPT_ATTEMPT, to, from, body: text };
  const outcome = await carrier.send(reply, SEND_TIMEOUT_MS);
  if (outcome.kind !== 'accepted') report({ level: 'warn', event: 'stranger-not-told', outcome: outcome.kind });
}
