import { numberOf, type OptOut } from '../channels/twilio/inbound.ts';
import type { MediaItem } from '../channels/twilio/message-content.ts';
import { isAllowed } from '../config/access.ts';
import { type Config, isSimulated } from '../config/config.ts';
import { locationHint } from '../config/placement.ts';
import { conversationsOf } from '../objects/namespaces.ts';
import { spellingsOf } from '../phone-numbers.ts';
import { agentUuid } from '../protocol/agent-uuid.ts';
import type { Unread } from '../texts/inbound.ts';
import { reportRefusal } from './refusals.ts';

// The only way for an inbound message into its conversation, from the webhook and from the carrier's list alike. Checks
// who may write, so that no caller can forget it.

export type Arrival = {
  providerId: string;
  from: string;
  to: string;
  text: string;
  attachments: number;
  receivedAt: number;
  /** Its webhook never came, and it was found in the carrier's list. */
  late: boolean;
  /** Too late to be done by itself: its writer is told. */
  missed?: boolean;
  files: MediaItem[];
  /** The carrier's id of the message it replies to. */
  quoted: string | null;
  /** Nothing to start a turn with: what the person is told. */
  unread: Unread | null;
  /** The carrier has acted on it already (SMS). */
  optOut: OptOut | null;
  /** The id of the button or list item that was tapped; the list does not tell. */
  choice?: string | null;
};

/** When this resolves the message is kept, or refused. A known message changes nothing. */
export async function handOver(env: Env, config: Config, arrival: Arrival): Promise<'kept' | 'refused'> {
  const { from } = arrival;
  const number = numberOf(from);
  const isSms = !from.startsWith('whatsapp:');
  const allowed = number !== null && isAllowed(number, config.ALLOWED_SENDERS, isSimulated(config));
  if (!allowed || (isSms && config.SMS === 'off')) {
    reportRefusal({ level: 'warn', event: 'sender-refused', sms: isSms });
    return 'refused';
  }
  const message = { ...arrival, uuid: await agentUuid(arrival.providerId) };
  const hint = locationHint(number);
  const address = await knownAddress(env, config, from);
  await repeatable(() =>
    conversationsOf(env, config)
      .getByName(address, hint ? { locationHint: hint } : {})
      .accept(address, message),
  );
  return 'kept';
}

/**
 * The address under which this person's conversation is kept: where a number has two spellings, the one that has written
 * before, so that nobody has two conversations and none is lost. Numbers with one spelling cost no call.
 */
export async function knownAddress(env: Env, config: Config, from: string): Promise<string> {
  const addresses = addressesOf(from, numberOf(from) ?? from);
  if (addresses.length === 1) return from;
  for (const address of addresses) {
    const standing = await repeatable(() => conversationsOf(env, config).getByName(address).standing());
    if (standing !== 'nobody') return address;
  }
  return from;
}

/** All spellings of an address, as it came first. */
export const addressesOf = (address: string, number: string): string[] =>
  spellingsOf(number).map((each) => address.replace(number, each));

/** Once more, with a fresh stub, when the object was just being replaced. Only for calls that may be repeated. */
export async function repeatable<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof Error && 'retryable' in error && error.retryable === true)) throw error;
    return call();
  }
}
