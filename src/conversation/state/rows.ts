import type { Action, Answer, Request } from '../../protocol/index.ts';
import type { QueueMode } from '../policy/policy.ts';
import type { Asking } from './asking.ts';
import type { Offer } from './offer.ts';
import type { Outage } from './outage.ts';

// The rows of one conversation. They are immutable: a changed row is a new object, and the store writes exactly the rows
// whose object changed. All times are milliseconds since 1970 on the relay's clock.

export type ConversationRow = {
  /** The person: `whatsapp:+E164`. */
  address: string;
  /** Our address the person wrote to last; replies leave from it. */
  sender: string;
  project: string;
  nextReplySeq: number;
  /** The carrier's id of the newest inbound message: typing indicators name it. */
  lastInboundId: string | null;
  /** No reply leaves before this: the carrier may swap messages that are handed over too close together. */
  paceUntil: number;
  /** The reply whose `sent` ends the pace early. */
  pacedReply: string | null;
  typingAt: number;
  /** What the person chose by /queue; null: as configured. */
  queueMode: QueueMode | null;
  /** Every text between tool calls is shown. */
  verbose: boolean;
  /** Since when the carrier lets us send nothing to the person (SMS), or null. */
  optedOutAt: number | null;
  /** Journal of the machine that was last seen; another one has lost its memory. */
  journal: string | null;
  /** Deep work: in which project, since when, and when the person last wrote; null when there is none. */
  deepProject: string | null;
  deepSince: number | null;
  deepTextAt: number | null;
  /** What the person calls the assistant and how it is to sound, or null. */
  assistantName: string | null;
  assistantTone: string | null;
  /** What was spent on the day (YYYY-MM-DD, UTC), in dollars. */
  costDay: string | null;
  costUsd: number;
  /** Bytes free on the machine, as it last said. */
  diskFree: number | null;
  memoryFree: number | null;
  /** When the person last heard that voice notes are not listened to. */
  voiceToldAt: number | null;
  /** The zone the person chose (IANA); null: told by the number, or as configured. */
  zone: string | null;
  /** Quiet hours, in minutes of the local day (from inclusive, to exclusive), or null. */
  quietFrom: number | null;
  quietTo: number | null;
  /** What the product itself has asked and waits for (questions/own-prompts.ts), or null. */
  asking: Asking | null;
  /** The run of the newest reminder. */
  reminded: string | null;
  nextSchedule: number;
  /** The person has got the welcome, or had written before there was one. */
  welcomed: boolean;
  /** Why the carrier takes nothing (outbox/carrier-outage.ts), or null. */
  outage: Outage | null;
};

export type Project = {
  /** The folder's name on the machine; never changes. */
  id: string;
  label: string;
  /** The session that goes on with the next text; null for a fresh one. */
  sessionId: string | null;
  /** The model the person chose, null for the default. */
  model: string | null;
  /** Counts up when the person starts afresh or goes back: what a turn of before says of its session is out of date. */
  generation: number;
  createdAt: number;
  usedAt: number;
  archivedAt: number | null;
  /** How full the session's context is, as the machine last said, in percent. */
  contextPercent: number | null;
  /** Messages of the person since the session began. */
  messagesSince: number;
  /** The person was told that the session is getting long. */
  hinted: boolean;
};

/** One of the agent's resumable contexts. `title`: the beginning of its first text. */
export type Session = { id: string; project: string; title: string; startedAt: number; usedAt: number };

/** wanted: not on the machine yet · kept: it is · failed: it cannot be had; `note` says why, for the agent. */
export type FileState = 'wanted' | 'kept' | 'failed';
/** Something that came with a message. `id`, and name, type and size as the machine found them, once it is kept. */
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
  /** How often the machine has lost it again. */
  forgotten: number;
  note: string | null;
  /** What is said in a voice note, once a machine has written it down. */
  transcript: string | null;
};

/**
 * open: waits for the person · answered: the machine has yet to take the answer · late: nobody waits any more, an answer
 * starts a new turn · closed: settled. What the relay does by itself is never open.
 */
export type QuestionState = 'open' | 'answered' | 'late' | 'closed';
export type Question = {
  id: string;
  turn: string;
  /** Attempt and request the answer belongs to; a question asked again moves to the newest. */
  n: number;
  request: string;
  project: string;
  /** The project's when the turn began. */
  generation: number;
  kind: Request['kind'];
  text: string;
  /** The answers that are offered. */
  options: readonly string[];
  /** approve: what "always" covers. */
  rule: string | null;
  state: QuestionState;
  answer: Answer | null;
  askedAt: number;
  answeredAt: number | null;
  /** The reply that shows it. */
  reply: string | null;
  /** The message that answered it: its words are not lost when the machine does not take them. */
  message: number | null;
};

/** What the person said in a project that stands beyond the turn; `deny` of its programs alone, and for a time. */
export type Grant = { project: string; rule: string; decision: 'allow' | 'deny'; createdAt: number };

export type MessageState = 'waiting' | 'active' | 'consumed' | 'failed';
export type Message = {
  seq: number;
  providerId: string;
  /** UUIDv5 of the provider's id, a new one after /stop and /retry: the agent tells a repeat from a new message by it. */
  uuid: string;
  from: string;
  to: string;
  text: string;
  attachments: number;
  receivedAt: number;
  /** An earlier turn failed over it, so the agent may have seen it. */
  tried: boolean;
  /** When /stop dropped it; null when it failed or never did. */
  stoppedAt: number | null;
  /** Given to a turn that ran already, so the machine may not have it. */
  steered: boolean;
  /** `failed`: waits for /retry. */
  state: MessageState;
  turn: string | null;
  /** The project it is for, once it waits for a turn. */
  project: string | null;
  /** What is wanted of the machine instead of giving the text to the agent (protocol), or null. */
  action: Action | null;
  /** The session that holds it and its answer; null until it is answered, and when it was taken back. */
  session: string | null;
  /** The run of a schedule it is the task of; such a message has a turn of its own. */
  run: string | null;
  /** What the machine runs before it wakes the agent (protocol), or null. */
  checkCommand: string | null;
};

export type TurnState = 'open' | 'done' | 'failed';
export type Turn = {
  id: string;
  project: string;
  state: TurnState;
  openedAt: number;
  endedAt: number | null;
  /** Number of the newest attempt; attempts that began count, unanswered calls do not. */
  attempts: number;
  /** Crashes of the agent, and restarts of the machine, since the turn last got on (turn/retry.ts). */
  crashes: number;
  restarts: number;
  /** When the person is to hear that the machine does not answer; null while it does, and once it was said. */
  tellAt: number | null;
  toldUnreachable: boolean;
  /** Since when the machine has not answered, or null. */
  unreachableSince: number | null;
  /** When /stop was said, or null; what the machine has not answered by the end of the attempt is dropped. */
  stopping: number | null;
  /** The person knows that texts wait, and that no more are taken. */
  toldWaiting: boolean;
  toldFull: boolean;
  /** The newest text between tool calls, as far as it was not shown whole. */
  progress: string | null;
  /** When the person last heard that the work goes on, or null. */
  progressAt: number | null;
  /** The project's generation when it began. */
  generation: number;
  /** Part of deep work: texts reach it at once and it may take long. */
  deep: boolean;
  /** The session it goes on with, as the machine last said; the project's own may be another by now. */
  sessionId: string | null;
  /** Its place among those that wait for the machine to have time, or null; and whether the person heard of it. */
  place: number | null;
  toldPlace: boolean;
  /** The run of a schedule that it is. */
  run: string | null;
};

/** requested: the machine may or may not know it · running: it does · ended: closed for ever. */
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
  /** Time the agent waited for the person; it does not count as work. */
  waitedMs: number;
};

/** reminder: a schedule's own text. nudge: the approved template that asks the person to write, so that the carrier lets us answer. alert: for an operator. */
export type ReplyKind = 'answer' | 'notice' | 'progress' | 'question' | 'reminder' | 'nudge' | 'alert';
/**
 * held: waits for the person to write, or after a day for the carrier · parked: given up, an operator can send it again · failed: refused after it was taken ·
 * dropped: out of date before it left · replaced: its words are in a later row.
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
  /** Number of the newest try; callbacks name it. */
  attempt: number;
  intentAt: number | null;
  sid: string | null;
  errorCode: number | null;
  createdAt: number;
  /** The approved template that is sent in place of the body. */
  template: string | null;
  /** How many rows had these words before and were refused. */
  copies: number;
  /** A second message of the carrier with the same words: the person got it twice. */
  doubledSid: string | null;
  /** What the carrier offers as buttons or a list; the body names them too. */
  choices: Offer | null;
  /** Id of the outgoing file that goes with the words. */
  media: string | null;
  /** Since when the carrier has not taken these words, for reasons of its own; stays when it does. */
  troubledSince: number | null;
  /** When its list was last read without them, after a try whose fate stayed unknown. */
  unknownAt: number | null;
  /** The run and the schedule whose words these are; with `owner`, an address, those of somebody else. */
  run: string | null;
  schedule: number | null;
  owner: string | null;
};

/** Whether the carrier lets us write freely from `sender`: 24 hours from the person's last message, unless it refuses. */
export type Window = { sender: string; lastInboundAt: number; refusedAt: number | null; nudgedAt: number | null };

/** The long form of an answer, whole. `nextPart`: the first one that was not sent here. */
export type Page = { id: string; markdown: string; nextPart: number; createdAt: number };
