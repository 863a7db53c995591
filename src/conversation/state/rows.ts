import type { Budgets } from '../../money/budget.ts';
import type { Spending } from '../../money/spending.ts';
import type { Action, Answer, Request, Step } from '../../protocol/index.ts';
import type { QuietHours } from '../../recurrence/quiet-hours.ts';
import type { Assistant, QueueMode } from '../policy/policy.ts';
import type { Access } from './access-row.ts';
import type { Asking } from './asking.ts';
import type { Connecting, Repository } from './connections.ts';
import type { Exporting } from './exporting.ts';
import type { Figures } from './figures.ts';
import type { Forgetting } from './forgetting.ts';
import type { Happening } from './happening.ts';
import type { Merging } from './merging.ts';
import type { Offer } from './offer.ts';
import type { Outage } from './outage.ts';
import type { Watches } from './pull-request-rows.ts';
import type { Threads } from './thread-rows.ts';

// The rows of one conversation. They are immutable: a changed row is a new object, and the store writes exactly the rows
// whose object changed. All times are milliseconds since 1970 on the relay's clock.

export type ConversationRow = {
  /** The address under which the conversation began: `whatsapp:+E164`. */
  address: string;
  /** The address that replies go to; null: the one above. */
  answerTo: string | null;
  /** Our address that the person last texted; replies leave from it. */
  sender: string;
  /** The channel (scheme) that the person chose for schedules, reminders, news and alerts; null: where they last wrote. */
  reach: string | null;
  project: string;
  threads: Threads;
  nextReplySeq: number;
  /** The carrier's id of the newest inbound message: typing indicators name it. */
  lastInboundId: string | null;
  /** No reply leaves before this: the carrier may swap messages that are handed over too close together. */
  paceUntil: number;
  /** The reply whose `sent` ends the pause early. */
  pacedReply: string | null;
  typingAt: number;
  /** The person's choice with /queue; null: the configured mode. */
  queueMode: QueueMode | null;
  /** True if every text between tool calls is sent. */
  verbose: boolean;
  /** When the person opted out (SMS), or null. */
  optedOutAt: number | null;
  /** The journal of the machine last seen. A machine with another one has lost its memory. */
  journal: string | null;
  /** Null outside deep work. */
  deep: DeepWork | null;
  /** As the person chose it. A null part is as configured. */
  assistant: Assistant;
  spending: Spending;
  /** What the person may spend, where that isn't as configured. */
  budgets: Budgets;
  /** Answers say what they cost. */
  showsCost: boolean;
  /** Free bytes on the machine, by its last report. */
  diskFree: number | null;
  memoryFree: number | null;
  /** When the person was last told that voice notes aren't transcribed. */
  voiceToldAt: number | null;
  /** The person's chosen zone (IANA). Null: the zone of their number, or the configured one. */
  zone: string | null;
  /** The person's quiet hours, or null. */
  quiet: QuietHours | null;
  /** The open prompt of Roost itself (questions/own-prompts.ts), or null. */
  asking: Asking | null;
  /** The run of the newest reminder. */
  reminded: string | null;
  nextSchedule: number;
  /** True if the person got the welcome, or wrote before there was one. */
  welcomed: boolean;
  /** The carrier's outage (outbox/carrier-outage.ts), or null. */
  outage: Outage | null;
  /** The deletion of everything under way (privacy/forget.ts), or null. */
  forgetting: Forgetting | null;
  /** The job that makes one home of two (access/merge.ts), or null. */
  merging: Merging | null;
  /** The copy of everything that is being made or kept (privacy/export.ts), or null. */
  exporting: Exporting | null;
  /** Null: only the configuration's lists say who the person is. */
  access: Access | null;
  /** The account at a git host that is being connected, or null. */
  connecting: Connecting | null;
  /** For the overview of the operator's page. */
  figures: Figures;
};

/** `textAt`: the person's last text to the agent in it; null until there is one. */
export type DeepWork = { project: string; since: number; textAt: number | null };

export type Project = {
  /** The folder's name on the machine; never changes. */
  id: string;
  label: string;
  /** The session for the next text; null for a new one. */
  sessionId: string | null;
  /** The person's chosen model; null for the default. */
  model: string | null;
  /** Goes up when the person starts afresh or goes back. Reports of an earlier generation are out of date. */
  generation: number;
  createdAt: number;
  usedAt: number;
  archivedAt: number | null;
  /** How full the session's context is, in percent, by the machine's last report. */
  contextPercent: number | null;
  /** The person's messages since the session began. */
  messagesSince: number;
  /** True if the person was told that the session gets long. */
  hinted: boolean;
  /** The repository that the project is bound to, or null. */
  repository: Repository | null;
  /** What the person hears of the repository's pull requests; null: as usual. */
  watches: Watches | null;
};

/** A resumable context of the agent. `title`: the beginning of its first text. */
export type Session = { id: string; project: string; title: string; startedAt: number; usedAt: number };

/** wanted: not on the machine yet · kept: on the machine · failed: couldn't be fetched; `note` tells the agent why. */
export type FileState = 'wanted' | 'kept' | 'failed';
/** A file that came with a message. `id`, name, type and size are the machine's, once the file is there. */
export type InboundFile = {
  message: number;
  n: number;
  url: string;
  type: string;
  name: string | null;
  size: number | null;
  state: FileState;
  id: string | null;
  attempts: number;
  /** How often the machine has lost the file. */
  forgotten: number;
  note: string | null;
  /** The transcript of a voice note, once a machine has written it. */
  transcript: string | null;
};

/**
 * open: waits for the person · answered: the machine hasn't taken the answer yet · late: nobody waits any more, and an
 * answer starts a new turn · closed: settled. Requests that the relay answers by itself are never open.
 */
export type QuestionState = 'open' | 'answered' | 'late' | 'closed';
export type Question = {
  id: string;
  turn: string;
  /** The attempt and request that get the answer. A repeated question moves to the newest. */
  n: number;
  request: string;
  project: string;
  /** The project's generation when the turn began. */
  generation: number;
  kind: Request['kind'];
  text: string;
  /** The offered answers. */
  options: readonly string[];
  /** approve: the rule that Always covers. */
  rule: string | null;
  state: QuestionState;
  answer: Answer | null;
  askedAt: number;
  answeredAt: number | null;
  /** The reply that shows it. */
  reply: string | null;
  /** The message with the answer, so that its words aren't lost if the machine doesn't take them. */
  message: number | null;
};

/** A decision of the person for a project. `deny` is for the project's programs alone, and expires. */
export type Grant = { project: string; rule: string; decision: 'allow' | 'deny'; createdAt: number };

export type MessageState = 'waiting' | 'active' | 'consumed' | 'failed';
export type Message = {
  seq: number;
  providerId: string;
  /**
   * UUIDv5 of the provider's id; a new one after /stop and /retry. The agent uses it to tell a repeat from a new
   * message.
   */
  uuid: string;
  from: string;
  to: string;
  text: string;
  attachments: number;
  receivedAt: number;
  /** True if an earlier turn failed with this message, so the agent may have seen it. */
  tried: boolean;
  /** When /stop dropped the message; null if it failed or was never dropped. */
  stoppedAt: number | null;
  /** Given to a running turn, so the machine may not have it. */
  steered: boolean;
  /** A `failed` message waits for /retry. */
  state: MessageState;
  turn: string | null;
  /** The message's project, once it waits for a turn. */
  project: string | null;
  /** The action for the machine (protocol), or null for a text to the agent. */
  action: Action | null;
  /** The session that holds the message and its answer; null until it is answered, and after /undo. */
  session: string | null;
  /** The run whose task this message is. Such a message has a turn of its own. */
  run: string | null;
  /** The command that the machine runs before it wakes the agent (protocol), or null. */
  checkCommand: string | null;
  /** The newest change of its words by the person, or null. `words`: their hash; null once they are emptied. */
  changed: (Change & { words: number | null }) | null;
};

/** When a person changed a text (ms, by the channel's clock), and the channel's number, which orders changes of one time. */
export type Change = { at: number; number: number };

export type TurnState = 'open' | 'done' | 'failed';
export type Turn = {
  id: string;
  project: string;
  state: TurnState;
  openedAt: number;
  endedAt: number | null;
  /** Number of the newest attempt. Attempts that began count, unanswered calls don't. */
  attempts: number;
  /** Crashes of the agent and restarts of the machine since the turn last made progress (turn/retry.ts). */
  crashes: number;
  restarts: number;
  /** When to tell the person that the machine doesn't answer. Null while it answers, and after the person was told. */
  tellAt: number | null;
  toldUnreachable: boolean;
  /** Since when the machine has not answered, or null. */
  unreachableSince: number | null;
  /** When the person texted /stop, or null. Messages unanswered by the end of the attempt are dropped. */
  stopping: number | null;
  /** True if the person was told that texts wait, and that no more are taken. */
  toldWaiting: boolean;
  toldFull: boolean;
  /** The newest text between tool calls, if it wasn't sent whole. */
  progress: string | null;
  /** When the person last heard that the work continues, or null. */
  progressAt: number | null;
  /** The project's generation when the turn began. */
  generation: number;
  /** True in deep work: texts reach the turn at once, and it may run long. */
  deep: boolean;
  /** The turn's session, by the machine's last report. The project's own session may be another by now. */
  sessionId: string | null;
  /** The turn's place in line for a slot of the machine, or null; and whether the person was told. */
  place: number | null;
  toldPlace: boolean;
  /** The run that this turn carries out, or null. */
  run: string | null;
  /** The trace id of the text that it began with (trace.ts); null in a turn of an earlier release. */
  trace: string | null;
  /** What it cost, in micro-dollars; known when it has ended. */
  spent: number;
  /** Why it was given up (texts/given-up.ts), or null. */
  why: string | null;
  /** What happened in it beside its attempts, oldest first; null is nothing. */
  happened: readonly Happening[] | null;
};

/** requested: the machine may not know it yet · running: the machine has it · ended: closed for good. */
export type AttemptState = 'requested' | 'running' | 'ending' | 'ended';
export type Attempt = {
  turn: string;
  n: number;
  state: AttemptState;
  journal: string | null;
  lastSeq: number;
  openedAt: number;
  endedAt: number | null;
  outcome: string | null;
  /** Time that the agent waited for the person. It doesn't count as work. */
  waitedMs: number;
  /** Why it ended, in words for the operator; null before that. */
  reason: string | null;
};

/** The tool calls of an attempt, oldest first. `attempt`: as machines name it. `leftOut`: how many more there were. */
export type AttemptSteps = { attempt: string; at: number; steps: readonly Step[]; leftOut: number };

/**
 * reminder: a schedule's own text · nudge: the approved template that asks the person to write, so that the carrier
 * lets us answer · alert: for an operator.
 */
export type ReplyKind = 'answer' | 'notice' | 'progress' | 'question' | 'reminder' | 'nudge' | 'alert';
/**
 * held: waits for the person to write, or after a day for the carrier · parked: given up; an operator can send it again
 * · failed: accepted and then refused · dropped: out of date before it left · replaced: a later row has its words.
 */
export type ReplyState =
  | 'ready'
  | 'sending'
  | 'unknown'
  | 'accepted'
  | 'sent'
  | 'delivered'
  | 'read'
  | 'failed'
  | 'held'
  | 'parked'
  | 'dropped'
  | 'replaced';
export type Reply = {
  id: string;
  seq: number;
  turn: string | null;
  part: number;
  kind: ReplyKind;
  from: string;
  to: string;
  body: string;
  state: ReplyState;
  /** Number of the newest try. Callbacks name it. */
  attempt: number;
  intentAt: number | null;
  sid: string | null;
  errorCode: number | null;
  createdAt: number;
  /** The approved template that replaces the body, or null. */
  template: string | null;
  /** How many earlier rows had these words and were refused. */
  copies: number;
  /** The carrier's second message with the same words: the person got them twice. */
  doubledSid: string | null;
  /** The choices shown as buttons or a list. The body names them too. */
  choices: Offer | null;
  /** Id of the outgoing file that goes with the words, or null. */
  media: string | null;
  /** Since when the carrier hasn't taken these words because of its own trouble. Stays when it takes them. */
  troubledSince: number | null;
  /** When the carrier's list was last read without finding them, after a try of unknown outcome. */
  unknownAt: number | null;
  /** The run and schedule of these words. With `owner`, an address, the words are from another person's schedule. */
  run: string | null;
  schedule: number | null;
  owner: string | null;
  /** The topic of the chat that it leaves to; null: none. */
  thread: string | null;
};

/** The long form of an answer. `nextPart`: the first part that wasn't sent in the chat. */
export type Page = { id: string; markdown: string; nextPart: number; createdAt: number };
