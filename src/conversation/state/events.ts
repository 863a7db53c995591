import type { Log } from '../../log.ts';
import type { AgentMessage, Answer, MachineEvent, MachineFile } from '../../protocol/index.ts';
import type { FileTrouble, Unread } from '../../texts/inbound.ts';
import type { Policy } from '../policy/policy.ts';
import type { Archive } from './backup.ts';
import type { MachineSeen, MachineStep, StepOutcome } from './machine.ts';
import type { OutageNews } from './outage.ts';
import type { Message, ReplyKind, ReplyState } from './rows.ts';
import type { Became, DeliveryState, GivenRun, RunReport } from './schedule-rows.ts';
import type { State } from './state.ts';
import type { Timer } from './timers.ts';

// The events of a conversation, and the effects that the object performs. Both are plain data.

export type AttemptRef = { turn: string; n: number };
/** The n-th thing that came with a message. */
export type FileRef = { message: number; n: number };

/**
 * The carrier's reason for a refusal or failure, sorted by what to do about it (its codes are in the channel's table).
 */
export type Failure =
  /** The 24-hour window is closed: wait for the person. */
  | 'window'
  /** Too fast, or the carrier's queue is full, whoever it is for: later. */
  | 'rate'
  /** Our account or address: nothing leaves until someone has put it right. */
  | 'account'
  /** Too fast for this one person: later. */
  | 'pair'
  /** Our account may not write to this person: later, when someone has put it right. */
  | 'barred'
  /** The person wants nothing from us. */
  | 'opted-out'
  /** This person cannot be reached. */
  | 'recipient'
  /** These words cannot be sent. */
  | 'content'
  /** Anything else: not again by itself. */
  | 'other';

/** One of the carrier's messages; `status` null: nothing to note yet. */
export type Found = { sid: string; status: ReplyState | null; errorCode: number | null; failure: Failure | null };

export type Event =
  /** `late`: its webhook was lost, and it was found in the carrier's list, which tells no more than its words. `missed`: too late to be done by itself. `optOut`: a word the SMS carrier acts on. */
  | {
      type: 'message';
      message: Message;
      late?: boolean;
      /** The carrier's id of the message that the person wrote just before, where its list shows it. */
      predecessor?: string;
      missed?: boolean;
      optOut?: 'stop' | 'start' | 'help';
      /** The carrier's id of the message it replies to. */
      quoted?: string;
      /** The id of the button or list item that was tapped. */
      choice?: string;
      /** It can't start a turn; the person is told this. */
      unread?: Unread;
    }
  /** A text of the product's own for this person, once by its id. */
  | { type: 'notify'; id: string; kind: ReplyKind; text: string }
  /** The operator wants a parked, held or failed reply sent now. */
  | { type: 'resend'; reply: string }
  /** A timer has failed for a day, or is of a kind this release does not know. */
  | { type: 'timer-failing'; kind: string }
  | { type: 'alert-raised'; cause: string }
  | { type: 'alert-failed'; cause: string }
  /** Words of somebody else's schedule for this person; what their conversation said to ours for somebody else. */
  | ({ type: 'run-given' } & GivenRun)
  | ({ type: 'run-taken'; run: string; address: string; part: number } & Became)
  /** The result of a run for somebody else; the owner has been told it. */
  | ({ type: 'run-reported' } & RunReport)
  | { type: 'report-taken'; run: string; owner: string; state: DeliveryState }
  /** The machine took a steered message, or it came too late for this turn. */
  | { type: 'steered'; attempt: AttemptRef; uuid: string }
  | { type: 'steer-refused'; attempt: AttemptRef; uuid: string }
  /** The machine has the answer to that request, or does not want it any more. */
  | { type: 'answer-taken'; question: string; request: string }
  | { type: 'answer-refused'; question: string; request: string }
  /** The machine that was asked for the attempt has another memory than the one that was there before. */
  | { type: 'other-journal'; attempt: AttemptRef; journal: string }
  /** The machine was given what the attempt needs, as far as possible. */
  | { type: 'restored'; attempt: AttemptRef; restored: Restored }
  /** The result of copying something away. */
  | { type: 'archive'; kind: Archive['kind']; id: string; outcome: ArchiveOutcome }
  /** The provider of the machine is about to be called. */
  | { type: 'machine-begin' }
  /** The result of a step towards a machine; `unknown`: the call was cut off. */
  | { type: 'machine-step'; step: MachineStep; outcome: StepOutcome | { kind: 'unknown'; reason: string } }
  /** The state that its provider reports, null if it gave none; it was `stopped` then. */
  | { type: 'machine-seen'; seen: MachineSeen | null; stopped: boolean }
  /** It is to run these settings, unless it is at work. `first`: no other machine has shown that they come up. */
  | { type: 'machine-upgrade'; settings: string; first: boolean }
  | { type: 'timer'; timer: Timer }
  /** The object is awake because something is in flight. */
  | { type: 'heartbeat' }
  /** The machine answered the `PUT`. */
  | { type: 'attempt-taken'; attempt: AttemptRef; journal: string }
  /** The event stream is open. `steady`: and has been for a while. */
  | { type: 'attached'; attempt: AttemptRef; steady: boolean }
  /**
   * The machine did not answer, answered 5xx, or the stream broke: nothing is known about the attempt. `isBusy`: it answered
   * that it still works on an earlier attempt, one that was given up.
   */
  | { type: 'unreachable'; attempt: AttemptRef; reason: string; isBusy?: boolean }
  /** The machine has another journal than the stored one, or does not know the attempt. */
  | { type: 'attempt-lost'; attempt: AttemptRef; reason: string }
  /** It does not have a file that a message names. */
  | { type: 'files-forgotten'; attempt: AttemptRef; reason: string }
  /** The machine has the file, as it found it. `transcribes`: voice notes are written down here. */
  | { type: 'file-kept'; file: FileRef; kept: MachineFile; transcript: string | null; transcribes: boolean }
  | { type: 'file-failed'; file: FileRef; why: FileTrouble }
  /** Not now. `why`: what it is when it never works. */
  | { type: 'file-later'; file: FileRef; reason: string; why?: FileTrouble }
  /** The carrier has no copy any more of what came with the message. */
  | { type: 'media-deleted'; message: number }
  /**
   * The machine refused for good. `isOutdated`: it knows other keys of ours, or another version of the protocol. `isFull`: its
   * disk has no room for the attempt.
   */
  | { type: 'attempt-refused'; attempt: AttemptRef; reason: string; isOutdated?: boolean; isFull?: boolean }
  | { type: 'machine'; attempt: AttemptRef; journal: string; seq: number; event: MachineEvent['event'] }
  /** The file is kept here. `goes`: with the words as its caption, by itself after them, or as a link in them. */
  | { type: 'outgoing-stored'; id: string; link: string; goes: 'captioned' | 'alone' | 'link'; expiresAt: number }
  /** It cannot be had, ever, or (`no-place`) there is nowhere to keep files. */
  | { type: 'outgoing-failed'; id: string; why: 'lost' | 'refused' | 'changed' | 'no-place'; reason: string }
  /** Fetching or removing it did not work this time. */
  | { type: 'outgoing-delayed'; id: string; reason: string }
  | { type: 'outgoing-removed'; id: string }
  /** The send lane begins with the head of the outbox. `shown`: what the carrier was given to show its choices. */
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
  /** The carrier's list was read: `found` is ours, null when it is not there. */
  | { type: 'reconciled'; reply: string; found: Found | null }
  | { type: 'reconcile-failed'; reply: string; reason: string; retryAfterMs?: number | null }
  /** The directory has heard of the outage, or has not. */
  | { type: 'outage-told'; news: OutageNews }
  | { type: 'outage-not-told' }
  /** The directory's word about the outage of one of our addresses. */
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
  /** Lines of a session up to `position`; `more` are waiting there. */
  | { type: 'lines'; position: number; bytes: number; more: boolean }
  /** The session is larger than what is kept. */
  | { type: 'full' }
  /** The machine has less of the session than was copied: it begins anew. */
  | { type: 'rewound' }
  | { type: 'taken'; leftOut: readonly string[] }
  /** Nothing has changed, or the machine has nothing by that name. */
  | { type: 'unchanged' }
  | { type: 'refused'; reason: string }
  | { type: 'failed'; reason: string }
  /** Its time was long ago: the machine may sleep, and is not woken for it. */
  | { type: 'stale' };

/** given: from the copy of `at` · kept: there was something already · none: no copy · damaged: no copy that was taken. */
export type FolderRestore =
  | { state: 'given'; at: number; leftOut: readonly string[] }
  | { state: 'kept' | 'none' | 'damaged' };
/** `journal`: the machine it was given to. `position`: the newest of the session there, null when it could not be given. */
export type Restored = {
  journal: string;
  project: string;
  folder: FolderRestore | null;
  session: { id: string; position: number | null } | null;
  person: boolean;
};

/**
 * Short calls the event itself causes; a timer repeats those that matter. What runs long (the event stream, the outbox) is
 * no effect: it follows from the state (lanes.ts), so that a restart picks it up.
 */
export type Effect =
  | { do: 'typing'; messageId: string }
  /** Something for it is coming: it wakes meanwhile; best effort. */
  | { do: 'wake-machine' }
  | { do: 'interrupt'; attempt: AttemptRef }
  | ({ do: 'steer'; attempt: AttemptRef } & AgentMessage)
  | { do: 'answer'; attempt: AttemptRef; question: string; request: string; answer: Answer }
  /** Words of the run for their conversation. */
  | { do: 'deliver'; run: string; address: string }
  /** The result of a run, for its owner's conversation. */
  | { do: 'report'; run: string; owner: string }
  /** Deletes the content that showed the buttons of a sent reply; best effort. */
  | { do: 'forget-content'; content: string }
  | { do: 'delete-media'; message: number; urls: string[] };

export type Decision = { state: State; effects: Effect[]; log: Log[] };

/**
 * What a decision may use besides the state. `policy`: the settings of the deployment. `id` gives monotonic ULIDs, `uuid` random ones; `messageSeq` is the number of
 * the next message; `parts` renders Markdown for the channel, each at most `limit` characters; `pageUrl` is the address of
 * a long answer for as long as `expiresAt` (ms since 1970). `isAllowed`: the number (E.164) may write to us; `isAdmin`: and
 * is an operator's.
 */
export type Context = {
  now: number;
  policy: Policy;
  id: () => string;
  uuid: () => string;
  messageSeq: () => number;
  parts: (markdown: string, limit?: number) => string[];
  pageUrl: (page: string, expiresAt: number) => string;
  isAllowed: (number: string) => boolean;
  isAdmin: (number: string) => boolean;
  /** A name for a machine, never given before. */
  machineName: () => string;
  /** From 0 to below 1, to spread waits. */
  chance: () => number;
};
