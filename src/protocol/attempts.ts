import * as z from 'zod/mini';
import { CHECK_MAX_CHARS, TEXT_MAX_CHARS } from './limits.ts';

// The requests that the relay sends to a machine. An attempt is one try at a turn, named `{turn ULID}.{n}`; n is its
// epoch.

export const AttemptId = z
  .string()
  .check(z.regex(/^[0-9A-HJKMNP-TV-Z]{26}\.[1-9]\d{0,3}$/, 'an attempt’s id must be {ULID}.{number}'));
export const Uuid = z.uuid();
export const ProjectId = z
  .string()
  .check(z.regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'a project’s id may contain only lowercase letters, digits and -'));

/**
 * An action that the machine performs instead of giving the text to the agent. The text is then: undo: the uuid of the
 * message before which to resume · files: a folder, or `.` · send_file: a path in the project · mcp: `.` · memory: `.`
 * to show, else the text to remember · command: a slash command of the agent · aside: a question answered beside the
 * session, which doesn't see it · wrap_up: the agent's instructions at the end of deep work · clone: the https address
 * of the repository, which is the one that the attempt's `git` names · diff: `.`
 */
export const Action = z.enum([
  ...['undo', 'files', 'send_file', 'mcp', 'memory', 'command', 'aside', 'wrap_up', 'clone', 'diff'],
] as const);
export type Action = z.infer<typeof Action>;

/** A file that the machine got earlier with `PUT /files/{id}`. The machine knows its name, type and size. */
export const FileId = z.string().check(z.regex(/^[0-9a-f]{64}$/, 'a file’s id must be 64 hex digits'));

const Digest = z.string().check(z.regex(/^[0-9a-f]{64}$/));

/** One text of the person. `uuid` never changes: the agent uses it to tell a repeat from a new message. */
export const AgentMessage = z.object({
  uuid: Uuid,
  /** Room for a schedule's task of 64 KiB and the words around it. */
  text: z.string().check(z.minLength(1), z.maxLength(70_000)),
  /** Omitted for a text for the agent. A message with an action is the only one of its attempt. */
  action: z.optional(Action),
  /**
   * A command that runs in the project before the agent is woken (event `checked`). Exit code 0 wakes the agent, and
   * the last line of the output goes with the text, unless that line is JSON with `"wake": false`. Exit code 1: nothing
   * to do. Any other code: a failure. Such a message is the only one of its attempt.
   */
  check: z.optional(z.string().check(z.minLength(1), z.maxLength(CHECK_MAX_CHARS))),
  files: z.optional(z.array(FileId).check(z.maxLength(10))),
});
export type AgentMessage = z.infer<typeof AgentMessage>;

/** A short-lived token for `/model/*`. `expires_at` is in milliseconds since 1970. */
export const ModelToken = z.object({ token: z.string().check(z.minLength(1), z.maxLength(4096)), expires_at: z.int() });
export type ModelToken = z.infer<typeof ModelToken>;

/** A git host as addresses name it: a lowercase name, and a port unless it is the usual one. */
const GitHost = z
  .string()
  .check(
    z.maxLength(259),
    z.regex(/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::\d{1,5})?$/, 'a git host is a lowercase name'),
  );
/** `owner/name`, or more folders, without `.git` at the end. No segment is `.` or `..`. */
const RepositoryPath = z
  .string()
  .check(
    z.maxLength(300),
    z.regex(/^(?!.*\.git$)(?:(?!\.{1,2}(?:\/|$))[\w.~-]+\/){0,9}(?!\.{1,2}$)[\w.~-]+$/i, 'a repository is owner/name'),
  );

/** The repository of a project, and the person's name and address for commits. */
export const ProjectRepository = z.object({
  host: GitHost,
  path: RepositoryPath,
  name: z.optional(z.string().check(z.maxLength(200))),
  email: z.optional(z.string().check(z.maxLength(320))),
});
export type ProjectRepository = z.infer<typeof ProjectRepository>;

/** `token` is for `/connect/*`, and as short-lived as the model token. */
export const GitAccess = z.extend(ProjectRepository, { token: ModelToken });
export type GitAccess = z.infer<typeof GitAccess>;

/** Body of `PUT /attempts/{t.n}`. Repeating it is harmless; a body that differs from the journalled one is ignored. */
export const StartAttempt = z.object({
  project: ProjectId,
  /** Claude session to resume, or null for a fresh one. */
  session_id: z.nullable(Uuid),
  /** True when an earlier attempt of this turn broke: the unconsumed messages are pushed again with their old uuids. */
  continues: z.boolean(),
  messages: z.array(AgentMessage).check(z.minLength(1), z.maxLength(100)),
  model: z.optional(z.string().check(z.maxLength(200))),
  /** The assistant's name and tone, as the person chose them. */
  assistant: z.optional(
    z.object({
      name: z.optional(z.string().check(z.maxLength(50))),
      tone: z.optional(z.string().check(z.maxLength(500))),
    }),
  ),
  /**
   * The person's answers about the programs of this project (`approve` with `Programs(sha256:…)`), by digest. The
   * machine forgets digests that aren't listed. The previous release of the relay omits the field, and then the
   * machine's own memory counts.
   */
  programs: z.optional(
    z.object({ allowed: z.array(Digest).check(z.maxLength(100)), denied: z.array(Digest).check(z.maxLength(100)) }),
  ),
  /** Deep work: the agent is told that the person takes part. */
  deep: z.optional(z.boolean()),
  /** Names the text that the turn began with, in the machine's log. */
  trace: z.optional(z.string().check(z.maxLength(40))),
  model_token: ModelToken,
  /** Omitted for a project without a repository. */
  git: z.optional(GitAccess),
  limits: z.object({
    /** Wall clock of the attempt, in milliseconds. */
    turn_ms: z.int().check(z.positive()),
    /** Longest silence of the agent, in milliseconds. */
    silence_ms: z.int().check(z.positive()),
    /** Longest start of the agent; if omitted, the machine's own limit (90 s). */
    start_ms: z.optional(z.int().check(z.positive())),
  }),
});
export type StartAttempt = z.infer<typeof StartAttempt>;

/** Body of `POST /agent`: the agent that the conversation's next attempt will ask for. */
export const StartAgent = z.extend(
  z.pick(StartAttempt, { project: true, session_id: true, model: true, assistant: true, programs: true, deep: true }),
  { git: z.optional(ProjectRepository) },
);
export type StartAgent = z.infer<typeof StartAgent>;

/** Answer of `PUT` and of `POST …/messages/{uuid}`. `last_seq` is the number of the newest event in the journal. */
export const AttemptView = z.object({
  attempt: AttemptId,
  journal: z.string().check(z.minLength(1), z.maxLength(64)),
  state: z.enum(['accepted', 'running', 'ending', 'ended']),
  last_seq: z.int().check(z.minimum(0)),
});
export type AttemptView = z.infer<typeof AttemptView>;

/** Body of `POST …/messages/{uuid}` (steer); the uuid is in the path. */
export const SteerMessage = z.omit(AgentMessage, { uuid: true });
export type SteerMessage = z.infer<typeof SteerMessage>;

/** A short text: an option, a rule or a summary. */
const line = z.string().check(z.minLength(1), z.maxLength(1000));

/**
 * A file on the machine: the answer of `PUT /files/{id}`, and the offer for `GET /files/{id}` until the attempt is
 * forgotten. `name` is safe, `type` is read from the content, `size` is in bytes.
 */
export const MachineFile = z.object({
  id: FileId,
  name: z.string().check(z.minLength(1), z.maxLength(255)),
  type: z.string().check(z.minLength(3), z.maxLength(255)),
  size: z.int().check(z.minimum(0)),
});
export type MachineFile = z.infer<typeof MachineFile>;

/** The number that people see for a schedule. */
const scheduleId = z.int().check(z.minimum(1), z.maximum(1_000_000));
/** The time, in words that a person would text, or as five cron fields. */
const when = z.string().check(z.minLength(1), z.maxLength(300));
const scheduleOptions = {
  /** Each run begins a new session. */
  isolated: z.optional(z.boolean()),
  /** True: a run that is due while the last one works waits for it. False: it is skipped. */
  queue: z.optional(z.boolean()),
  /** A command of the project; see AgentMessage. */
  check: z.optional(z.string().check(z.minLength(1), z.maxLength(CHECK_MAX_CHARS))),
  /** Region whose public holidays are skipped: `DE-BE`. */
  except_holidays: z.optional(z.string().check(z.minLength(1), z.maxLength(20))),
};

/** The agent's requests about the person's schedules. The answer is `done` with words. */
export const ScheduleRequest = z.discriminatedUnion('op', [
  z.object({
    op: z.literal('create'),
    /** agent: `text` is a task for the agent · remind: `text` is sent word for word. */
    does: z.enum(['agent', 'remind']),
    when,
    text: z.string().check(z.minLength(1), z.maxLength(TEXT_MAX_CHARS)),
    /** The person's zone (IANA), if the agent had to ask for it. */
    zone: z.optional(z.string().check(z.minLength(1), z.maxLength(100))),
    ...scheduleOptions,
  }),
  z.object({ op: z.literal('list') }),
  z.object({
    op: z.literal('update'),
    id: scheduleId,
    when: z.optional(when),
    text: z.optional(z.string().check(z.minLength(1), z.maxLength(TEXT_MAX_CHARS))),
    ...scheduleOptions,
  }),
  z.object({
    op: z.literal('pause'),
    id: scheduleId,
    until: z.optional(z.string().check(z.minLength(1), z.maxLength(100))),
  }),
  z.object({ op: z.literal('resume'), id: scheduleId }),
  z.object({ op: z.literal('cancel'), id: scheduleId }),
  z.object({ op: z.literal('run_now'), id: scheduleId }),
]);
export type ScheduleRequest = z.infer<typeof ScheduleRequest>;
/** The request as one text, to recognise a repeat by an agent that was cut. */
export const textOfScheduleRequest = (wish: ScheduleRequest): string => JSON.stringify(wish);

/** The agent's requests to the relay or the person. The answer comes by `POST …/answers/{request_id}`. */
export const Request = z.discriminatedUnion('kind', [
  /** A question to the person. `options` are suggestions; any text answers. */
  z.object({
    kind: z.literal('ask'),
    question: z.string().check(z.minLength(1), z.maxLength(4000)),
    options: z.array(line).check(z.maxLength(10)),
  }),
  /**
   * Consent to a tool. `shown` is everything that would be done, line by line; `does` is its kind (`run`, `change`, …).
   * `always`: it may be allowed for good, and `rule` says what that covers. The previous release of the machine sends
   * the `summary` alone.
   */
  z.object({
    kind: z.literal('approve'),
    tool: line,
    summary: z.string().check(z.maxLength(4000)),
    rule: line,
    does: z.optional(z.string().check(z.maxLength(50))),
    shown: z.optional(z.string().check(z.maxLength(TEXT_MAX_CHARS))),
    always: z.optional(z.boolean()),
  }),
  /** The agent proposes deep work; the person decides. */
  z.object({ kind: z.literal('propose_deep'), reason: z.string().check(z.maxLength(1000)) }),
  /** Words that the person gets at once. */
  z.object({ kind: z.literal('send_message'), text: z.string().check(z.minLength(1), z.maxLength(TEXT_MAX_CHARS)) }),
  z.object({ kind: z.literal('send_file'), file: MachineFile, caption: z.string().check(z.maxLength(1000)) }),
  z.object({ kind: z.literal('schedule'), wish: ScheduleRequest }),
  /** The session is lost: asks for the newest messages of the conversation as a start. */
  z.object({ kind: z.literal('seed') }),
]);
export type Request = z.infer<typeof Request>;

/** Body of `POST …/answers/{request_id}`. Repeating it is harmless; the first one counts. */
export const Answer = z.discriminatedUnion('kind', [
  /** The person's words, or the option chosen. */
  z.object({ kind: z.literal('text'), text: z.string().check(z.maxLength(TEXT_MAX_CHARS)) }),
  z.object({
    kind: z.literal('decision'),
    decision: z.enum(['allow', 'deny']),
    reason: z.string().check(z.maxLength(1000)),
  }),
  /** Nobody answered in time. `text` tells the agent so. */
  z.object({ kind: z.literal('none'), text: z.string().check(z.maxLength(1000)) }),
  /** The request was carried out, or `text` says why not. */
  z.object({ kind: z.literal('done'), ok: z.boolean(), text: z.string().check(z.maxLength(TEXT_MAX_CHARS)) }),
]);
export type Answer = z.infer<typeof Answer>;

/** Answer of `POST …/interrupt`: uuids that were still queued in the agent and won't run. */
export const InterruptReceipt = z.object({ dropped: z.array(Uuid) });
export type InterruptReceipt = z.infer<typeof InterruptReceipt>;

/** `GET /healthz` of the machine: liveness, and its version. An older machine names no image. */
export const MachineHealth = z.object({
  ok: z.literal(true),
  protocol: z.int(),
  version: z.string(),
  image: z.nullish(z.string()),
});
export type MachineHealth = z.infer<typeof MachineHealth>;
