import * as z from 'zod';

// What the relay asks of a machine. An attempt is one try at a turn, named `{turn ULID}.{n}`; n is its epoch.

export const AttemptId = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{26}\.[1-9]\d{0,3}$/, 'an attempt is {ULID}.{number}');
export const Uuid = z.uuid();
export const ProjectId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'a project id is lower-case letters, digits and -');

/** One text of the person. `uuid` is fixed for ever: the agent uses it to tell a repeat from a new message. */
export const AgentMessage = z.object({
  uuid: Uuid,
  text: z.string().min(1).max(65_536),
});
export type AgentMessage = z.infer<typeof AgentMessage>;

/** A short-lived token for `/model/*`. `expires_at` is in milliseconds since 1970. */
export const ModelToken = z.object({ token: z.string().min(1).max(4096), expires_at: z.number().int() });
export type ModelToken = z.infer<typeof ModelToken>;

/** Body of `PUT /attempts/{t.n}`. Repeating it is harmless; a body that differs from the journalled one is ignored. */
export const StartAttempt = z.object({
  project: ProjectId,
  /** Claude session to resume, or null for a fresh one. */
  session_id: Uuid.nullable(),
  /** True when an earlier attempt of this turn broke: the unconsumed messages are pushed again with their old uuids. */
  continues: z.boolean(),
  messages: z.array(AgentMessage).min(1).max(100),
  model: z.string().max(200).optional(),
  model_token: ModelToken,
  limits: z.object({
    /** Wall clock of the attempt, in milliseconds. */
    turn_ms: z.number().int().positive(),
    /** Longest time without any sign of life from the agent, in milliseconds. */
    silence_ms: z.number().int().positive(),
    /** Longest time until the agent is up; the machine's own bound (90 s) when it is left out. */
    start_ms: z.number().int().positive().optional(),
  }),
});
export type StartAttempt = z.infer<typeof StartAttempt>;

/** Answer of `PUT` and of `POST …/messages/{uuid}`. `last_seq` is the number of the newest event in the journal. */
export const AttemptView = z.object({
  attempt: AttemptId,
  journal: z.string().min(1).max(64),
  state: z.enum(['accepted', 'running', 'ending', 'ended']),
  last_seq: z.number().int().min(0),
});
export type AttemptView = z.infer<typeof AttemptView>;

/** Body of `POST …/messages/{uuid}` (steer); the uuid is in the path. */
export const SteerMessage = AgentMessage.omit({ uuid: true });
export type SteerMessage = z.infer<typeof SteerMessage>;

/** Answer of `POST …/interrupt`: uuids that were still queued in the agent and will not run. */
export const InterruptReceipt = z.object({ dropped: z.array(Uuid) });
export type InterruptReceipt = z.infer<typeof InterruptReceipt>;

/** `GET /healthz` of the machine: liveness and version only. */
export const MachineHealth = z.object({ ok: z.literal(true), protocol: z.number().int(), version: z.string() });
export type MachineHealth = z.infer<typeof MachineHealth>;
