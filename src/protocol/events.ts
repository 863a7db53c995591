import * as z from 'zod';
import { AttemptId, Request, Uuid } from './attempts.ts';

// The events that a machine reports about an attempt: numbered from 1 without gaps, and journalled before they are
// sent. On the wire they are Server-Sent Events: `id` = seq, `data` = one AttemptEvent as JSON.

const text = z.string().max(1_000_000);

/**
 * Why an attempt ended that was not the agent's own doing; a newer machine may know more. memory, disk, output: it failed
 * because it harmed the machine · disk-full: nothing can begin there, not even what makes room · model: it has used up its model requests · restarted: it was interrupted because the
 * agent server ended, not the agent · time: it was interrupted because it had reached its time limit.
 */
export const EndCause = z.enum(['memory', 'disk', 'disk-full', 'output', 'model', 'restarted', 'time']);
export type EndCause = z.infer<typeof EndCause>;

export const EventBody = z.discriminatedUnion('type', [
  /** The machine has as much to do as it may: the attempt is the `place`th of those that wait for others to end. */
  z.object({ type: z.literal('waiting'), place: z.number().int().min(1) }),
  /** The agent process has the messages. */
  z.object({ type: z.literal('started') }),
  /** The agent's session, as soon as it is known and whenever it changes. The relay stores the latest. */
  z.object({ type: z.literal('session'), session_id: Uuid }),
  /**
   * The session that was asked for does not exist any more; the agent starts afresh in the same attempt. `seeded`: with the
   * newest messages of the conversation; a machine of the release before leaves it out.
   */
  z.object({ type: z.literal('session_lost'), session_id: Uuid, seeded: z.boolean().optional() }),
  /** Text the agent wrote between tool calls; not the answer. */
  z.object({ type: z.literal('progress'), text }),
  z.object({ type: z.literal('tool_started'), tool_use_id: z.string().max(200), name: z.string().max(200) }),
  z.object({ type: z.literal('tool_ended'), tool_use_id: z.string().max(200), is_error: z.boolean() }),
  /** The conversation was compacted by the agent. `archived`: where in the project it was written down before. */
  z.object({ type: z.literal('compacted'), archived: z.string().max(500).optional() }),
  /** The agent wants something and waits for the answer. */
  z.object({ type: z.literal('request'), request_id: z.string().regex(/^[\w-]{1,200}$/), request: Request }),
  /** The agent does not wait for the answer any more. */
  z.object({ type: z.literal('request_over'), request_id: z.string().regex(/^[\w-]{1,200}$/) }),
  /** The answer to a message with the action `aside`, which it consumes. */
  z.object({ type: z.literal('aside'), uuid: Uuid, text, cost_usd: z.number().min(0) }),
  /** What the command said that is run before the agent is woken: `nothing` and `failed` consume the message. */
  z.object({
    type: z.literal('checked'),
    uuid: Uuid,
    outcome: z.enum(['wake', 'nothing', 'failed']),
    /** The last line it wrote. */
    line: z.string().max(1000),
    /** Null when it was ended by a signal or its time. */
    code: z.number().int().nullable(),
    /** It was ended because its time was over; a machine of the release before leaves it out. */
    late: z.boolean().optional(),
  }),
  /** How full things are, at the end of an attempt. Context in percent, the rest in bytes; null: not known. */
  z.object({
    type: z.literal('usage'),
    context_percent: z.number().min(0).nullable(),
    memory_free: z.number().min(0).nullable(),
    disk_free: z.number().min(0).nullable(),
  }),
  /**
   * One answer. The uuids it lists are consumed. `cost_usd` is this answer's own cost (0 when unknown). `summary`: a few
   * words that say enough in a chat; `text` is then the long form.
   */
  z.object({
    type: z.literal('result'),
    text,
    summary: z.string().min(1).max(1000).optional(),
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
    /** Why, where it was not the agent's own doing (EndCause). */
    cause: z.string().max(50).optional(),
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

/** Null when the protocol has no such event. */
export function readMachineEvent(json: unknown): MachineEvent | null {
  const known = AttemptEvent.safeParse(json);
  if (known.success) return known.data;
  const envelope = Envelope.safeParse(json);
  if (!envelope.success || KNOWN.has(envelope.data.event.type)) return null;
  return { ...envelope.data, event: { type: 'unknown' } };
}
