import * as z from 'zod';
import { AttemptId, Uuid } from './attempts.ts';

// What a machine tells about an attempt. Numbered from 1 within the attempt, gapless, journalled before they are sent.
// On the wire: Server-Sent Events, `id` = seq, `data` = one AttemptEvent as JSON.

const text = z.string().max(1_000_000);

export const EventBody = z.discriminatedUnion('type', [
  /** The agent process has the messages. */
  z.object({ type: z.literal('started') }),
  /** The agent's session, as soon as it is known and whenever it changes. The relay stores the latest. */
  z.object({ type: z.literal('session'), session_id: Uuid }),
  /** The session that was asked for does not exist any more; the agent started afresh in the same attempt. */
  z.object({ type: z.literal('session_lost'), session_id: Uuid }),
  /** Text the agent wrote between tool calls; not the answer. */
  z.object({ type: z.literal('progress'), text }),
  z.object({ type: z.literal('tool_started'), tool_use_id: z.string().max(200), name: z.string().max(200) }),
  z.object({ type: z.literal('tool_ended'), tool_use_id: z.string().max(200), is_error: z.boolean() }),
  /** The conversation was compacted by the agent. */
  z.object({ type: z.literal('compacted') }),
  /** One answer. The uuids it lists are consumed. `cost_usd` is this answer's own cost (0 when unknown). */
  z.object({
    type: z.literal('result'),
    text,
    is_error: z.boolean(),
    user_message_uuids: z.array(Uuid),
    cost_usd: z.number().min(0),
  }),
  /** From here on `POST …/messages` answers 409. */
  z.object({ type: z.literal('ending') }),
  /** The last event of an attempt. `reason` is for the operator, in words. */
  z.object({
    type: z.literal('ended'),
    /** done: every message consumed · stopped: on request · interrupted: cut, the next attempt continues it · failed: the agent could not do it, and trying again by itself would not help */
    outcome: z.enum(['done', 'stopped', 'interrupted', 'failed']),
    reason: z.string().max(500),
  }),
]);
export type EventBody = z.infer<typeof EventBody>;

export const AttemptEvent = z.object({
  attempt: AttemptId,
  journal: z.string().min(1).max(64),
  seq: z.number().int().min(1),
  /** Machine clock, milliseconds since 1970; for the operator, never for order. */
  at: z.number().int(),
  event: EventBody,
});
export type AttemptEvent = z.infer<typeof AttemptEvent>;

/** An event as the relay takes it: of a kind it knows, or of one that only a newer machine knows, which is counted and ignored. */
export type MachineEvent = Omit<AttemptEvent, 'event'> & { event: EventBody | { type: 'unknown' } };

const Envelope = AttemptEvent.extend({ event: z.looseObject({ type: z.string().max(100) }) });
const KNOWN: ReadonlySet<string> = new Set(EventBody.options.map((option) => option.shape.type.value));

/** Null when it is not of the protocol. */
export function readMachineEvent(json: unknown): MachineEvent | null {
  const known = AttemptEvent.safeParse(json);
  if (known.success) return known.data;
  const envelope = Envelope.safeParse(json);
  if (!envelope.success || KNOWN.has(envelope.data.event.type)) return null;
  return { ...envelope.data, event: { type: 'unknown' } };
}
