import type { Event, Failure } from '../conversation/state/events.ts';
import type { Message, Reply, ReplyState } from '../conversation/state/rows.ts';
import type { Unread } from '../texts/inbound.ts';
import type { NewFile } from './stores/attachment-store.ts';
import type { NewMessage } from './stores/message-store.ts';

// The calls that a conversation receives. Fields that callers of the previous release don't send are optional.

export type Arrival = NewMessage & {
  files?: NewFile[];
  /** The webhook was lost; the message was found in the carrier's list. */
  late?: boolean;
  /** The carrier's id of the person's previous message, if the list shows it. */
  predecessor?: string | null;
  /** Found too late to start work without asking. */
  missed?: boolean;
  optOut?: 'stop' | 'start' | 'help' | null;
  /** The id of the button or list item that was tapped. */
  choice?: string | null;
  /** The carrier's id of the quoted message. */
  quoted?: string | null;
  /** Set when the message cannot start a turn: what the person is told. */
  unread?: Unread | null;
};

export const arrivalEventOf = (
  message: Message,
  { late, predecessor, missed, optOut, choice, quoted, unread }: Arrival,
): Event => ({
  type: 'message',
  message,
  ...(late ? { late } : {}),
  ...(predecessor ? { predecessor } : {}),
  ...(missed ? { missed } : {}),
  ...(optOut ? { optOut } : {}),
  ...(choice ? { choice } : {}),
  ...(quoted ? { quoted } : {}),
  ...(unread ? { unread } : {}),
});

/** `reply`, `attempt`: null when the report comes from the carrier's list. */
export type DeliveryReport = {
  reply: string | null;
  attempt: number | null;
  sid: string;
  status: ReplyState;
  errorCode: number | null;
  failure?: Failure | null;
};
type StatusEvent = Extract<Event, { type: 'status' }>;

/**
 * A report from the list applies to the reply with that sid, unless a callback has already told its outcome. Null when
 * it applies to no reply.
 */
export function statusEventOf(
  { reply, attempt, failure = null, ...said }: DeliveryReport,
  boundTo: (sid: string) => Bound | null,
): StatusEvent | null {
  if (reply !== null && attempt !== null) return { type: 'status', ...said, reply, attempt, failure };
  const bound = boundTo(said.sid);
  const isUnheard = bound?.state === 'accepted' || bound?.state === 'sent';
  return isUnheard ? { type: 'status', ...said, reply: bound.id, attempt: bound.attempt, failure } : null;
}

/** The reply that a carrier id belongs to. */
export type Bound = Pick<Reply, 'id' | 'attempt' | 'state'>;
export type Notice = { address: string; sender: string; id: string; text: string };
