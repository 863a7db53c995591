import { randomUUID } from 'node:crypto';
import type { PushedMessage } from '../agent/agent.ts';
import type { AttemptHost } from './attempt-host.ts';

// The first message of a fresh session when the session to resume is lost: the newest texts of the conversation, from
// the relay.

/** The relay answers from its rows at once; without an answer the session begins empty. */
const SEED_MS = 10_000;

/** A message to precede the person's, or null when the relay knows nothing. */
export async function askForPrimer(host: Pick<AttemptHost, 'ask'>, boundMs = SEED_MS): Promise<PushedMessage | null> {
  const answer = await host.ask('seed', { kind: 'seed' }, AbortSignal.timeout(boundMs));
  if (answer.kind !== 'done' || !answer.ok || answer.text === '') return null;
  const lines = answer.text.split('\n').map((line) => `> ${line}`);
  const header = '[Background: the earlier session was lost. These are the latest messages of this conversation.]';
  return { uuid: randomUUID(), text: [header, ...lines].join('\n'), context: true };
}
