import type { OptOut } from '../channels/twilio/inbound.ts';
import type { MediaItem } from '../channels/twilio/message-content.ts';
import type { Config } from '../config/config.ts';
import { findConversation, retryOnce } from '../objects/namespaces.ts';
import { agentUuidOf } from '../protocol/agent-uuid.ts';
import type { Unread } from '../texts/inbound.ts';
import { refuseStranger } from './strangers.ts';

// The only way for an inbound message into its conversation, from the webhook and from the carrier's list. Strangers
// are turned away here, so that no caller can forget to.

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
  if (refuseStranger(config, from)) return 'refused';
  const message = { ...arrival, uuid: await agentUuidOf(arrival.providerId) };
  await retryOnce(async () => {
    const { address, object } = await findConversation(env, config, from);
    await object.accept(address, message);
  });
  return 'kept';
}
