import type { OptOut } from '../channels/twilio/inbound.ts';
import type { MediaItem } from '../channels/twilio/message-content.ts';
import { isAllowed } from '../config/access.ts';
import { type Config, isSimulated } from '../config/config.ts';
import { findConversation, retryOnce } from '../objects/namespaces.ts';
import { readNumber } from '../phone-numbers.ts';
import { agentUuid } from '../protocol/agent-uuid.ts';
import type { Unread } from '../texts/inbound.ts';
import { reportRefusal } from './refusal-log.ts';

// The only way for an inbound message into its conversation, from the webhook and from the carrier's list. It checks
// who may write, so that no caller can forget to.

export type InboundMessage = {
  providerId: string;
  from: string;
  to: string;
  text: string;
  attachments: number;
  receivedAt: number;
  /** The webhook never came; the message was found in the carrier's list. */
  late: boolean;
  /** The carrier's id of the message that the person wrote just before, where its list shows it. */
  predecessor?: string | null;
  /** Too old to answer unasked: the writer is told. */
  missed?: boolean;
  files: MediaItem[];
  /** The carrier's id of the message it replies to. */
  quoted: string | null;
  /** Set when the message cannot start a turn: what the person is told. */
  unread: Unread | null;
  /** The carrier has already acted on it (SMS). */
  optOut: OptOut | null;
  /** The id of the tapped button or list item; the carrier's list does not have it. */
  choice?: string | null;
};

/** When this resolves the message is stored or refused. A known message changes nothing. */
export async function handOver(env: Env, config: Config, arrival: InboundMessage): Promise<'kept' | 'refused'> {
  const { from } = arrival;
  const number = readNumber(from);
  const isSms = !from.startsWith('whatsapp:');
  const allowed = number !== null && isAllowed(number, config.ALLOWED_SENDERS, isSimulated(config));
  if (!allowed || (isSms && config.SMS === 'off')) {
    reportRefusal({ level: 'warn', event: 'sender-refused', sms: isSms });
    return 'refused';
  }
  const message = { ...arrival, uuid: await agentUuid(arrival.providerId) };
  await retryOnce(async () => {
    const { address, object } = await findConversation(env, config, from);
    await object.accept(address, message);
  });
  return 'kept';
}
