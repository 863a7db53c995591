import type { HostEvent } from '../../git/host-event.ts';
import type { GitPermission } from '../../git/permissions.ts';
import type { AccessChange } from '../../input/access-command.ts';
import type { Role } from '../../input/roles.ts';
import type { Log } from '../../log.ts';
import type { BudgetStop, ModelTrouble, OpenRequest, Report } from '../../money/spending.ts';
import type { AgentMessage, Answer, MachineEvent, MachineFile } from '../../protocol/index.ts';
import type { FileTrouble, Unread } from '../../texts/inbound.ts';
import type { ChannelOf } from '../policy/channel.ts';
import type { Policy } from '../policy/policy.ts';
import type { AddressEffect, BoundHow, KeptText, Led, LinkEvent } from './address.ts';
import type { Archive } from './backup.ts';
import type { ConnectionEvent, GitHostEffect } from './connection-events.ts';
import type { ExportOutcome } from './exporting.ts';
import type { Failure } from './failure.ts';
import type { ForgetOutcome, ForgetStep } from './forgetting.ts';
import type { HostTold } from './host-asks.ts';
import type { MachineSeen, MachineStep, StepOutcome } from './machine.ts';
import type { MergeEvent } from './merge-events.ts';
import type { OperatorAct } from './operating.ts';
import type { OutageNews } from './outage.ts';
import type { Change, InboundFile, Message, ReplyKind, ReplyState } from './rows.ts';
import type { Became, DeliveryState, GivenRun, RunReport } from './schedule-rows.ts';
import type { State } from './state.ts';
import type { WrittenIn } from './thread-rows.ts';
import type { Timer } from './timers.ts';
import type { Said } from './wishes.ts';

// The events of a conversation, and the effects that the object performs. Both are plain data.

export type AttemptRef = { turn: string; n: number };
/** The n-th file that came with a message. */
export type FileRef = { message: number; n: number };

/** A message in the carrier's list. `status` null: nothing to note yet. */
export type Found = { sid: string; status: ReplyState | null; errorCode: number | null; failure: Failure | null };

export type Event =
  /**
   * `late`: its webhook was lost, and it was found in the carrier's list, which has only its words. `missed`: found too
   * late to run by itself. `optOut`: a word on which the SMS carrier acts.
   */
  | {
      type: 'message';
      /** Waiting, with the next number. The decision adds it to the rows. */
      message: Message;
      files?: readonly InboundFile[];
      late?: boolean;
      /** The carrier's id of the person's previous message, if the carrier's list shows it. */
      predecessor?: string;
      missed?: boolean;
      optOut?: 'stop' | 'start' | 'help';
      /** The carrier's id of the quoted message. */
      quoted?: string;
      /** The words of it that the person marked. */
      quotedPart?: string;
      /** The carrier's id of the message whose words these replace. */
      edits?: string;
      /** When they did; several changes of one text come in any order. */
      change?: Change;
      /** The id of the button or list item that was tapped. */
      choice?: string;
      /** The channel's id of the draft that the person stopped; the text is `/stop`. */
      stops?: string;
      /** Why the message can't start a turn. The person is told. */
      unread?: Unread;
      /** The sender's name, as WhatsApp shows it. */
      name?: string;
      /** The words after /pin or /unlock, which are in no row. */
      secret?: string;
      /** WhatsApp's id of the sender, as an address. */
      externalId?: string;
      /** The vendors of the keys that were removed from the words. */
      keys?: readonly string[];
      /** The topic in which it was written: for texts that wait, because the topic is heard of before the text is. */
      thread?: WrittenIn;
      /** The person made or renamed a topic, and said nothing. */
      isTopic?: boolean;
    }
  /** The person is about to be heard in this topic, or outside topics. `isEarlier`: it is about an earlier message. */
  | ({ type: 'thread'; from: string; to: string; isEarlier?: boolean } & WrittenIn)
  /** A text from a locked address, or from one that has to be locked. `text` null: it is not kept here. */
  | {
      type: 'locked';
      from: string;
      to: string;
      externalId: string | null;
      text: Omit<KeptText, 'keptAt'> | null;
      /** The words after /unlock, which are in no row. */
      secret: string | null;
    }
  /** An address is this person's, says somebody who may; or no longer. */
  | { type: 'bind'; address: string; how: BoundHow }
  | { type: 'unbind'; address: string }
  | LinkEvent
  /** The object of a further address was asked to lead here. */
  | { type: 'led'; address: string; became: Led }
  /** Old texts were emptied. `oldestAt`: of those left, or null. `isCut`: more old ones are left. */
  | { type: 'emptied'; oldestAt: number | null; isCut: boolean }
  /** A text of Roost's own for this person, sent once per id. */
  | { type: 'notify'; id: string; kind: ReplyKind; text: string; buttons?: Said['buttons'] }
  /** An admin changes this person's access, and may. */
  | { type: 'access'; change: AccessChange; op?: string | null }
  /** An admin or an invitation lets the person in. `budget`: of a day, in millionths of a dollar. */
  | { type: 'admitted'; role: Role; name: string | null; budget: number | null }
  /** The directory's answer to an admin's wish. */
  | { type: 'wish-answered'; ref: string; said: Said }
  /** The homes of a schedule's other recipients have answered. `mayAll`: each of them may text Roost. */
  | { type: 'recipients-answered'; ref: string; mayAll: boolean }
  /** The git host says this of a repository, in a webhook. */
  | { type: 'host-said'; said: HostEvent; digest: string }
  /** The agent has opened a pull request. */
  | { type: 'pull-request-opened'; project: string; number: number }
  /** The git host's answer to what was asked (`ref`: a timer's). */
  | { type: 'host-told'; ref: string; told: HostTold }
  /** The directory knows that the projects have these repositories. */
  | { type: 'repositories-told'; repositories: readonly string[] }
  /** An operator does this from their page. */
  | { type: 'operated'; act: OperatorAct }
  /** The operator wants a parked, held or failed reply sent now. */
  | { type: 'resend'; reply: string }
  /** The person shut our sender out, or let it in again. */
  | { type: 'shut'; address: string; sender: string; isShut: boolean; at: number }
  /** A timer has failed for a day, or is of a kind this release does not know. */
  | { type: 'timer-failing'; kind: string }
  | { type: 'alert-raised'; cause: string }
  | { type: 'alert-failed'; cause: string }
  /** Words of another person's schedule for this person, and reports from that person's conversation. */
  | ({ type: 'run-given' } & GivenRun)
  | ({ type: 'run-taken'; run: string; address: string; part: number } & Became)
  /** The result of a run for somebody else; the owner has been told it. */
  | ({ type: 'run-reported' } & RunReport)
  | { type: 'report-taken'; run: string; owner: string; state: DeliveryState }
  /** The machine took a steered message, or it came too late for this turn. */
  | { type: 'steered'; attempt: AttemptRef; uuid: string }
  | { type: 'steer-refused'; attempt: AttemptRef; uuid: string }
  /** The machine took the answer to the request, or no longer wants it. */
  | { type: 'answer-taken'; question: string; request: string }
  | { type: 'answer-refused'; question: string; request: string }
  /** The machine that got the request has another journal than the one before it. */
  | { type: 'other-journal'; attempt: AttemptRef; journal: string }
  /** The machine got back what the attempt needs, as far as possible. */
  | { type: 'restored'; attempt: AttemptRef; restored: Restored }
  /** The result of a backup. */
  | { type: 'archive'; kind: Archive['kind']; id: string; outcome: ArchiveOutcome }
  /** The provider of the machine is about to be called. */
  | { type: 'machine-begin' }
  /** The result of a step towards a machine; `unknown`: the call was cut off. */
  | { type: 'machine-step'; step: MachineStep; outcome: StepOutcome | { kind: 'unknown'; reason: string } }
  /** The state that the provider reports, or null if it gave none. `stopped`: the machine was stopped as well. */
  | { type: 'machine-seen'; seen: MachineSeen | null; stopped: boolean }
  /**
   * The machine should get these settings, unless it is at work. `first`: no other machine has started with them yet.
   */
  | { type: 'machine-upgrade'; settings: string; first: boolean }
  /** A request to the model goes on, and money is set aside for it. */
  | { type: 'model-asked'; request: OpenRequest }
  /** Its answer is complete or cut. */
  | { type: 'model-answered'; report: Report; trouble?: ModelTrouble | null }
  /** The directory lent this conversation a part of everybody's budget; null: it was given back. */
  | { type: 'model-leased'; until: number | null }
  /** A budget is used up: the turn gets no further answers. */
  | { type: 'model-stopped'; turn: string; why: BudgetStop; again?: number }
  /** The person was removed and others need the machine's slot: the machine goes, unless it is at work. */
  | { type: 'machine-release' }
  /** The result of a call for /export; and the person takes the copy with this link. */
  | { type: 'export-step'; export: string; outcome: ExportOutcome }
  | { type: 'export-taken'; link: string }
  /** The result of a step of /forget. */
  | { type: 'forget-step'; step: ForgetStep; outcome: ForgetOutcome }
  | MergeEvent
  | ConnectionEvent
  /** A request to the git host of the turn's project was refused, and the person may allow it. `of`: what it is about. */
  | { type: 'git-permission-asked'; turn: string; permission: GitPermission; of: string }
  | { type: 'timer'; timer: Timer }
  /** The object is awake because something is in flight. */
  | { type: 'heartbeat' }
  /** The machine answered the `PUT`. */
  | { type: 'attempt-taken'; attempt: AttemptRef; journal: string }
  /** The event stream is open. `steady`: for a while already. */
  | { type: 'attached'; attempt: AttemptRef; steady: boolean }
  /**
   * The machine didn't answer, answered 5xx, or the stream broke, so the attempt's state is unknown. `isBusy`: the
   * machine still works on an earlier attempt that was given up.
   */
  | { type: 'unreachable'; attempt: AttemptRef; reason: string; isBusy?: boolean }
  /** The machine has another journal than the stored one, or doesn't know the attempt. */
  | { type: 'attempt-lost'; attempt: AttemptRef; reason: string }
  /** The machine lacks a file that a message names. */
  | { type: 'files-forgotten'; attempt: AttemptRef; reason: string }
  /** The machine has the file; `kept` is its description. `transcribes`: voice notes are transcribed here. */
  | { type: 'file-kept'; file: FileRef; kept: MachineFile; transcript: string | null; transcribes: boolean }
  | { type: 'file-failed'; file: FileRef; why: FileTrouble }
  /** The file has to wait. `why`: what to say if no try works. */
  | { type: 'file-later'; file: FileRef; reason: string; why?: FileTrouble }
  /** The carrier has deleted its copies of the message's files. */
  | { type: 'media-deleted'; message: number }
  /**
   * The machine refused for good. `isOutdated`: it has other keys, or another version of the protocol. `isFull`: its
   * disk has no room for the attempt.
   */
  | { type: 'attempt-refused'; attempt: AttemptRef; reason: string; isOutdated?: boolean; isFull?: boolean }
  | { type: 'machine'; attempt: AttemptRef; journal: string; seq: number; event: MachineEvent['event'] }
  /** The file is stored. `goes`: with the words as its caption, alone after them, or as a link in them. */
  | { type: 'outgoing-stored'; id: string; link: string; goes: 'captioned' | 'alone' | 'link'; expiresAt: number }
  /** The file can't be fetched at all, or (`no-place`) no bucket is configured. */
  | { type: 'outgoing-failed'; id: string; why: 'lost' | 'refused' | 'changed' | 'no-place'; reason: string }
  /** This try to fetch or remove the file failed. */
  | { type: 'outgoing-delayed'; id: string; reason: string }
  | { type: 'outgoing-removed'; id: string }
  /** The send lane starts on the head of the outbox. `shown`: the carrier's content that shows its choices. */
  | { type: 'send-begin'; shown?: { reply: string; content: string } | null }
  /** The send lane starts and finds a reply in `sending` that nobody is sending. */
  | { type: 'send-abandoned' }
  | { type: 'send-accepted'; reply: string; attempt: number; sid: string }
  | { type: 'send-unknown'; reply: string; attempt: number; retryAfterMs?: number | null }
  | {
      type: 'send-refused';
      reply: string;
      attempt: number;
      code: number;
      failure: Failure;
      retryAfterMs: number | null;
    }
  /** The carrier's list was read. `found`: our message, or null if it isn't there. */
  | { type: 'reconciled'; reply: string; found: Found | null }
  | { type: 'reconcile-failed'; reply: string; reason: string; retryAfterMs?: number | null }
  /** The directory has heard of the outage, or has not. */
  | { type: 'outage-told'; news: OutageNews }
  | { type: 'outage-not-told' }
  /** The directory's answer about an outage of one of our addresses. */
  | { type: 'carrier-word'; word: 'try' | 'back'; sender: string }
  | {
      type: 'status';
      reply: string;
      attempt: number;
      sid: string;
      status: ReplyState;
      errorCode: number | null;
      failure: Failure | null;
    };

export type ArchiveOutcome =
  /** Lines of a session up to `position`. `more`: the machine has further ones. */
  | { type: 'lines'; position: number; bytes: number; more: boolean }
  /** The session is larger than backups may be. */
  | { type: 'full' }
  /** The machine has less of the session than the copy, so copying starts over. */
  | { type: 'rewound' }
  | { type: 'taken'; leftOut: readonly string[]; bytes: number }
  /** Nothing has changed, or the machine has no such session or folder. */
  | { type: 'unchanged' }
  | { type: 'refused'; reason: string }
  | { type: 'failed'; reason: string }
  /** The copy is long overdue. The machine may sleep, and isn't woken for it. */
  | { type: 'stale' };

/**
 * given: restored from the copy of `at` · kept: the folder wasn't empty · none: no copy · damaged: the machine took no
 * copy.
 */
export type FolderRestore =
  | { state: 'given'; at: number; leftOut: readonly string[] }
  | { state: 'kept' | 'none' | 'damaged' };
/**
 * `journal`: the machine that was restored. `position`: the end of the session there; null if it couldn't be restored.
 */
export type Restored = {
  journal: string;
  project: string;
  folder: FolderRestore | null;
  session: { id: string; position: number | null } | null;
  person: boolean;
};

/**
 * Short calls that an event causes. Timers repeat the important ones. Long work (the event stream, the outbox) is no
 * effect: it follows from the state (lanes.ts), so a restart picks it up.
 */
export type Effect =
  | { do: 'typing'; to: string; messageId: string; thread?: string }
  /** `words`: what the agent said last, in chat markup; empty before that. */
  | { do: 'draft'; to: string; turn: string; words: string; thread?: string }
  /** Wakes the machine early because work is coming. Best effort. */
  | { do: 'start-agent' }
  | { do: 'interrupt'; attempt: AttemptRef }
  | ({ do: 'steer'; attempt: AttemptRef } & AgentMessage)
  | { do: 'answer'; attempt: AttemptRef; question: string; request: string; answer: Answer }
  /** Gives words of a run to the recipient's conversation. */
  | { do: 'deliver'; run: string; address: string }
  | AddressEffect
  /** Tells the home that stays that the job is given up; best effort, because that home's own time runs out. */
  | { do: 'call-off-merge'; with: string; op: string }
  /** Reports the outcome of a run to its owner's conversation. */
  | { do: 'report'; run: string; owner: string }
  /** Deletes the content that showed the buttons of a sent reply; best effort. */
  | { do: 'forget-content'; to: string; content: string }
  /** Gives the directory what is left of everybody's budget here; best effort. */
  | { do: 'return-lease'; total: number }
  /** Tells the directory's audit how ended turns used git hosts; the next end of a turn repeats it. */
  | { do: 'tell-git-uses' }
  | { do: 'delete-media'; message: number; urls: string[] }
  /** Asks the directory for what an admin wants (`ref`: a timer's). */
  | { do: 'wish'; ref: string }
  /** Asks the git host (`ref`: a timer's). */
  | { do: 'ask-host'; ref: string }
  /** Tells the directory which repositories the projects have. */
  | { do: 'tell-repositories' }
  /** Asks the homes of a schedule's other recipients whether they may text Roost (`ref`: a timer's). */
  | { do: 'ask-recipients'; ref: string; addresses: readonly string[] }
  | GitHostEffect
  /** Empties texts that were written before this time. */
  | { do: 'empty'; before: number };

export type Decision = { state: State; effects: Effect[]; log: Log[] };

/**
 * Everything a decision uses besides state and event. `policy`: the deployment's settings. `id` gives monotonic ULIDs,
 * `uuid` random ones; `messageSeq` is the number of the next message. `parts` renders Markdown for the channel in parts
 * of at most `limit` characters. `pageUrl` is the address of a long answer, valid until `expiresAt` (ms since 1970).
 * `isAllowed`: the number (E.164) may text Roost; `isAdmin`: it is an operator's; `isOwner`: it is the first one's.
 */
export type Context = {
  now: number;
  policy: Policy;
  id: () => string;
  uuid: () => string;
  messageSeq: () => number;
  channelOf: ChannelOf;
  parts: (markdown: string, limit?: number) => string[];
  /** Cuts a reply's words, in chat markup, into messages. */
  cut: (words: string, limit: number) => string[];
  /** A reply's words as a channel without markup gets them. */
  plain: (words: string) => string;
  pageUrl: (page: string, expiresAt: number) => string;
  /** The address where an account is connected, valid until `expiresAt`. */
  accountUrl: (link: string, expiresAt: number) => string;
  /** The address of a diff's page, in the same way. */
  diffUrl: (diff: string, expiresAt: number) => string;
  isAllowed: (number: string) => boolean;
  isAdmin: (number: string) => boolean;
  isOwner: (number: string) => boolean;
  /** Seals a PIN of this person with a key of the deployment. */
  sealPin: (pin: string) => string;
  /** A new name for a machine, never used before. */
  machineName: () => string;
  /** From 0 to below 1, to spread waits. */
  chance: () => number;
};
