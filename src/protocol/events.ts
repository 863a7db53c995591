import * as z from 'zod/mini';
import { AttemptId, Request, Uuid } from './attempts.ts';
import { DIFF_MAX_BYTES, STEPS_MAX } from './limits.ts';
import { Step } from './steps.ts';

// The events that a machine reports about an attempt: numbered from 1 without gaps, and journalled before they are
// sent. On the wire they are Server-Sent Events: `id` = seq, `data` = one AttemptEvent as JSON.

const text = z.string().check(z.maxLength(1_000_000));

/**
 * Why an attempt ended, if the agent isn't the cause. A newer machine may have further causes. memory, disk, output: it
 * failed because it harmed the machine · disk-full: nothing can start there, not even work that frees space · model:
 * its model requests are used up · restarted: it was interrupted because the agent server ended, not the agent · time:
 * it was interrupted at its time limit.
 */
export const EndCause = z.enum(['memory', 'disk', 'disk-full', 'output', 'model', 'restarted', 'time']);
export type EndCause = z.infer<typeof EndCause>;

/**
 * What the action `diff` found: `patch` as git writes it. `is_cut`: the changes go on. `against`: the branch that the
 * files are compared with; null for the last commit.
 */
export const WorkDiff = z.object({
  patch: z.string().check(z.minLength(1), z.maxLength(DIFF_MAX_BYTES)),
  is_cut: z.boolean(),
  against: z.nullable(z.string().check(z.maxLength(300))),
});
export type WorkDiff = z.infer<typeof WorkDiff>;

export const EventBody = z.discriminatedUnion('type', [
  /** All slots of the machine are taken. The attempt is the `place`th of those that wait. */
  z.object({ type: z.literal('waiting'), place: z.int().check(z.minimum(1)) }),
  /** The agent process has the messages. */
  z.object({ type: z.literal('started') }),
  /** The agent's session, as soon as it is known and whenever it changes. The relay stores the latest. */
  z.object({ type: z.literal('session'), session_id: Uuid }),
  /**
   * The requested session no longer exists, and the agent starts a new one in the same attempt. `seeded`: with the
   * newest messages of the conversation; the previous release of the machine omits it.
   */
  z.object({ type: z.literal('session_lost'), session_id: Uuid, seeded: z.optional(z.boolean()) }),
  /** Text between tool calls; not the answer. */
  z.object({ type: z.literal('progress'), text }),
  z.object({
    type: z.literal('tool_started'),
    tool_use_id: z.string().check(z.maxLength(200)),
    name: z.string().check(z.maxLength(200)),
  }),
  z.object({ type: z.literal('tool_ended'), tool_use_id: z.string().check(z.maxLength(200)), is_error: z.boolean() }),
  /** The agent compacted its session. `archived`: where in the project the full text was saved before. */
  z.object({ type: z.literal('compacted'), archived: z.optional(z.string().check(z.maxLength(500))) }),
  /** The agent makes a request and waits for the answer. */
  z.object({ type: z.literal('request'), request_id: z.string().check(z.regex(/^[\w-]{1,200}$/)), request: Request }),
  /** The agent no longer waits for the answer. */
  z.object({ type: z.literal('request_over'), request_id: z.string().check(z.regex(/^[\w-]{1,200}$/)) }),
  /** The answer to a message with the action `aside`, which it consumes. */
  z.object({ type: z.literal('aside'), uuid: Uuid, text, cost_usd: z.number().check(z.minimum(0)) }),
  /** The result of the command that runs before the agent is woken. `nothing` and `failed` consume the message. */
  z.object({
    type: z.literal('checked'),
    uuid: Uuid,
    outcome: z.enum(['wake', 'nothing', 'failed']),
    /** The last line it wrote. */
    line: z.string().check(z.maxLength(1000)),
    /** Null if a signal or the time limit ended it. */
    code: z.nullable(z.int()),
    /** The time limit ended it. The previous release of the machine omits this. */
    late: z.optional(z.boolean()),
  }),
  /** Resources at the end of an attempt: context in percent, the rest in bytes; null: unknown. */
  z.object({
    type: z.literal('usage'),
    context_percent: z.nullable(z.number().check(z.minimum(0))),
    memory_free: z.nullable(z.number().check(z.minimum(0))),
    disk_free: z.nullable(z.number().check(z.minimum(0))),
  }),
  /**
   * One answer. It consumes the listed uuids. `cost_usd` is this answer's own cost (0 if unknown). `summary`: a short
   * version for the chat; `text` is then the long form. `diff`: only as the answer to the action `diff`.
   */
  z.object({
    type: z.literal('result'),
    text,
    summary: z.optional(z.string().check(z.minLength(1), z.maxLength(1000))),
    diff: z.optional(WorkDiff),
    is_error: z.boolean(),
    user_message_uuids: z.array(Uuid),
    cost_usd: z.number().check(z.minimum(0)),
  }),
  /** From here on `POST …/messages` answers 409. */
  z.object({ type: z.literal('ending') }),
  /** All tool calls of the attempt, oldest first, if there were any. `left_out`: how many older ones are missing. */
  z.object({
    type: z.literal('steps'),
    steps: z.array(Step).check(z.maxLength(STEPS_MAX)),
    left_out: z.int().check(z.minimum(0)),
  }),
  /** The last event of an attempt. `reason` is for the operator, in words. */
  z.object({
    type: z.literal('ended'),
    /**
     * done: every message consumed · stopped: on request · interrupted: cut; the next attempt continues · failed: the
     * agent couldn't do it, and an automatic retry wouldn't help
     */
    outcome: z.enum(['done', 'stopped', 'interrupted', 'failed']),
    reason: z.string().check(z.maxLength(500)),
    /** Why, if the agent isn't the cause (EndCause). */
    cause: z.optional(z.string().check(z.maxLength(50))),
  }),
]);
export type EventBody = z.infer<typeof EventBody>;

export const AttemptEvent = z.object({
  attempt: AttemptId,
  journal: z.string().check(z.minLength(1), z.maxLength(64)),
  seq: z.int().check(z.minimum(1)),
  /** Machine clock, milliseconds since 1970; for the operator, never for order. */
  at: z.int(),
  event: EventBody,
});
export type AttemptEvent = z.infer<typeof AttemptEvent>;

/**
 * An event as the relay reads it: a known kind, or a kind that only a newer machine knows, which is counted and
 * ignored.
 */
export type MachineEvent = Omit<AttemptEvent, 'event'> & { event: EventBody | { type: 'unknown' } };

const Envelope = z.extend(AttemptEvent, { event: z.looseObject({ type: z.string().check(z.maxLength(100)) }) });
const KNOWN: ReadonlySet<string> = new Set(EventBody.def.options.flatMap(({ shape }) => shape.type.def.values));

/** Null when the protocol has no such event. */
export function readMachineEvent(json: unknown): MachineEvent | null {
  const known = AttemptEvent.safeParse(json);
  if (known.success) return known.data;
  const envelope = Envelope.safeParse(json);
  if (!envelope.success || KNOWN.has(envelope.data.event.type)) return null;
  return { ...envelope.data, event: { type: 'unknown' } };
}
