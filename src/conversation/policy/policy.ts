import type { Models } from '../state/models.ts';
import type { QueueMode } from '../state/state.ts';

// Every limit and delay of the turn engine, with its reason. Milliseconds unless the name says otherwise.

export * from './attempts.ts';
export * from './carrier.ts';
export * from './machine.ts';

/** The settings of a deployment. `nudgeTemplate`: the approved template for a closed window, or null. */
export type Policy = {
  gatherMs: number;
  turnMs: number;
  queueMode: QueueMode;
  maxParts: number;
  nudgeTemplate: string | null;
  /** The model needs no key (the demo model): nobody is charged the cost that the agent reports. */
  isFree?: boolean;
  models: Models;
  /** The assistant's name and tone if the person has set none. */
  assistant: { name: string | null; tone: string | null };
  /** The time zone (IANA) of people who have set none and whose number does not tell it; null: they are asked. */
  defaultZone: string | null;
  /** Deletes the carrier's copies of files after use. */
  deleteMedia: boolean;
  /** People who text for the first time get one welcome. */
  welcomes?: boolean;
  /** Each conversation gets its own machine; otherwise all share one. */
  makesMachines?: boolean;
  /** The quiet time after which folders are copied away; null: never. */
  archiveAfterMs: number | null;
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Quiet time after which a burst of texts is taken as one prompt (overridable: GATHER_MS). */
export const GATHER_MS = 1 * SECOND;
/** A burst never waits longer than this, however fast the person types. */
export const GATHER_MAX_MS = 5 * SECOND;
/** A text that ends a sentence or is long is probably complete. */
export const GATHER_COMPLETE_MS = 300;
export const LONG_TEXT_CHARS = 200;

/**
 * Outside the edge only an alarm that fires keeps an object and its open streams in memory (70 s is the shortest seen).
 * It also continues the work after a crash, so a person waits for a restarted relay no longer than this.
 */
export const HEARTBEAT_MS = 5 * SECOND;

/** From the first waiting text until the person is told: the burst is complete and a short turn has ended. */
export const WAITING_NOTICE_MS = 3 * SECOND;
/** If the machine has not reported the end of the turn after this time, it is asked again to stop. */
export const STOP_AGAIN_MS = 5 * SECOND;
/** If it has not confirmed a steered text after this time, it gets the text again. */
export const STEER_AGAIN_MS = 5 * SECOND;

/** After this much work the person gets one short update … */
export const PROGRESS_FIRST_MS = 75 * SECOND;
/** … and then rarely, because every message costs money and attention. */
export const PROGRESS_NEXT_MS = 10 * MINUTE;
/** With /verbose every text between tool calls is shown, but with at least this time between two. */
export const PROGRESS_VERBOSE_MS = 15 * SECOND;
/** The most that is kept of a text between tool calls: two messages. */
export const PROGRESS_MAX_CHARS = 3000;

/** Waits between calls to a machine that does not answer: quick at first, because a machine that wakes takes seconds. */
export const REACH_BACKOFF_MS = [500, SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND, 15 * SECOND, 30 * SECOND] as const;
/** The person hears that the machine does not answer when it lasts this long, once per turn. */
export const TELL_UNREACHABLE_MS = 10 * SECOND;
/** A new stream counts as lasting after this time: one comment of the machine and a little more. */
export const STEADY_MS = 20 * SECOND;
/** After this long without reaching the machine the turn is given up; the messages wait for /retry. */
export const REACH_GIVE_UP_MS = 1 * HOUR;

/** Longest wait for the first byte of a machine's answer, its start included. */
export const MACHINE_ANSWER_MS = 90 * SECOND;
/** The machine sends a comment every 15 s; three missed means the stream is dead. */
export const STREAM_SILENCE_MS = 45 * SECOND;
/** A stream is replaced by a fresh one before platform limits (15 min) are near; also renews the model token. */
export const ATTACH_MAX_MS = 10 * MINUTE;
/** Longer than an attach, so that a token never expires before the attach that renews it. */
export const MODEL_TOKEN_MS = 20 * MINUTE;

/** The agent waits this long for the person, with the machine awake; then it goes on without an answer. */
export const QUESTION_MS = 10 * MINUTE;
/** Words that come this soon after one request for consent was answered still belong to that one. */
export const BURST_MS = 3000;
export const ANSWERED_JUST_NOW_MS = 10_000;
/** The most open questions of a turn; beyond it the agent is told, so that it can't flood the person. */
export const QUESTIONS_MAX = 10;
/** Words that arrive later than this after they were written consent to nothing: nobody knows what they answered. */
export const TOLD_LATE_MS = MINUTE;
/** A message with buttons holds 1,024 characters. */
export const OFFER_CHARS = 1000;
/** Questions nobody waits for any more stay answerable, the newest of them. */
export const LATE_MAX = 10;
/** The most permissions that are always allowed; at this number Always is no longer offered. */
export const GRANTS_MAX = 100;
/** A no about the programs of a project, and silence, hold this long. A yes holds until it is revoked. */
export const PROGRAMS_DENIED_MS = 24 * HOUR;
/** Answers about the programs of one project, the newest: each is for one content, and branches may differ. */
export const PROGRAMS_KEPT = 20;
/** If the machine has not taken an answer after this time, it gets the answer again … */
export const ANSWER_AGAIN_MS = 5 * SECOND;
/** … for as long as a machine that does not answer is waited for. */
export const ANSWER_GIVE_UP_MS = HOUR;

/** Wall clock of an attempt (overridable: TURN_TIMEOUT_MS). */
export const TURN_MS = 30 * MINUTE;
/** The machine ends an attempt at its time limit; if it doesn't, the relay does so this much later. */
export const TURN_MARGIN_MS = 5 * MINUTE;
/** The same for a turn of deep work: the person stays with it and can stop it at any time. */
export const DEEP_TURN_MS = 4 * HOUR;
/** Deep work ends after this time without a text; a running turn does not count as silence. */
export const DEEP_IDLE_MS = 30 * MINUTE;
/** Longest time without any sign of life from the agent. */
export const SILENCE_MS = 10 * MINUTE;

/** Folders are copied away this long after the last turn: most people go on before (overridable: ARCHIVE_AFTER_MS). */
export const ARCHIVE_AFTER_MS = 1 * MINUTE;
/** How often the conversation of a working agent is copied: at most this much of a long turn can be lost. */
export const ARCHIVE_EVERY_MS = 30 * SECOND;
/** Waits after a failed copy; after the last one the next turn tries again, and the operator is told. */
export const ARCHIVE_RETRY_MS = [5 * SECOND, 15 * SECOND, 30 * SECOND] as const;
/** A copy that was due this long ago is skipped: the machine may have been stopped, and must not be woken. */
export const ARCHIVE_STALE_MS = 3 * MINUTE;
/** The longest wait for a machine to read its folder, or to accept one. */
export const ARCHIVE_CALL_MS = 5 * MINUTE;
/** How many copies of a folder are kept: the newest, and one more in case that is damaged. */
export const SNAPSHOTS_KEPT = 2;
/** A new machine is given back what the old one had before the person hears that it does not answer. */
export const RESTORE_MS = 1 * MINUTE;

/** An agent that has lost its session gets this many of the newest texts, each this long at most … */
export const SEED_TEXTS = 20;
export const SEED_TEXT_CHARS = 2000;
/** … and not more than this in all: as much as a prompt bears beside the task. */
export const SEED_BYTES = 20_000;

/** Twilio shows typing for 25 s or until the next message; renewed by the heartbeat after this. */
export const TYPING_REFRESH_MS = 19 * SECOND;

/** WhatsApp lets a business write freely for this long after the person's last message. */
export const WINDOW_MS = 24 * HOUR;
/** What waits for the person to write: so many replies … */
export const HELD_MAX = 20;
/** … and no longer than this; then the operator has it. */
export const HELD_FOR_MS = 7 * DAY;
/** The template that asks the person to write leaves at most this often. */
export const NUDGE_EVERY_MS = 24 * HOUR;
/** Held replies leave together, in messages of this many characters: below the carrier's 1,600 with room to count otherwise. */
export const MERGED_CHARS = 1500;

/** A part of an answer that goes on a page is smaller, so that the link and its sentence fit beside it. */
export const PAGE_PART_CHARS = 1100;
/** Link and copy of a long answer are kept this long. */
export const PAGE_FOR_MS = 7 * DAY;
/** The rest of a longer answer is cut off, and the person is told: a row of the database holds two million bytes. */
export const PAGE_MAX_CHARS = 600_000;

/** The largest file that is accepted: the carrier's own limit. */
export const FILE_MAX_BYTES = 16 * 1024 * 1024;
/** From the first byte asked of the carrier to the machine's answer, a machine that has to wake included. */
export const FILE_MS = 150 * SECOND;
/** Waits between tries at one file … */
export const FILE_AGAIN_MS = [2 * SECOND, 10 * SECOND, 30 * SECOND, MINUTE] as const;
/** … and how often in all, before the agent goes on without it: about six minutes, so that a short outage costs no file. */
export const FILE_TRIES = 9;
/** After this many the person hears that it takes longer. */
export const FILE_TOLD_TRIES = 3;
/** A full disk is not waited for: it rarely empties by itself. */
export const FILE_FULL_TRIES = 3;
/** How often a file that the machine has lost is brought again. */
export const FILE_FORGOTTEN_MAX = 3;
/** The largest voice note that is transcribed: it is held in memory, and this is half an hour of speech. */
export const VOICE_MAX_BYTES = 4 * 1024 * 1024;
export const TRANSCRIBE_MS = 45 * SECOND;
/** The most that is kept of a transcript, and shown to the person. */
export const TRANSCRIPT_CHARS = 20_000;
export const HEARD_CHARS = 1200;
/** How often a person is told, at most, that voice notes are not transcribed. */
export const VOICE_TOLD_MS = DAY;
/** The part of a quoted message that is enough to recognise it. */
export const QUOTE_CHARS = 600;
/** The carrier's copy of a file is deleted this long after the message was used up; asked again, in the end once a day … */
export const MEDIA_DELETE_MS = [SECOND, MINUTE, HOUR, 6 * HOUR, DAY] as const;
/** … for a month. After so many the operator hears of it. */
export const MEDIA_DELETE_TRIES = 35;
export const MEDIA_TOLD_TRIES = 5;
/** The largest file that is sent: the carrier takes 16 MB at most, and a larger link takes long on a phone. */
export const SENT_FILE_MAX_BYTES = 100 * 1024 * 1024;
/** A file that was sent is kept this long, and so is its link. */
export const FILE_FOR_MS = 7 * DAY;
/** The most files that one turn sends; more is a mistake of the agent. */
export const FILES_PER_TURN_MAX = 20;
/** Longest time to fetch a file of that size from the machine. */
export const FILE_FETCH_MS = 5 * MINUTE;
/** Waits before a file is fetched again, and how often in all: about six minutes, because the agent waits ten. */
export const FILE_RETRY_MS = [SECOND, 5 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE] as const;
export const FILE_TRIES_MAX = 10;
/** Waits before an expired file is deleted again: every hour of a day, then the operator hears of it, and once a day for a month. */
export const REMOVE_RETRY_MS = [MINUTE, 5 * MINUTE, HOUR] as const;
export const REMOVE_TOLD_TRIES = 26;
export const REMOVE_LATE_MS = DAY;
export const REMOVE_TRIES_MAX = 56;
/** How many are settled at once when their time is over; the rest follows right after. */
export const EXPIRE_AT_ONCE = 20;

/** Waits before an alert is sent to the operator again: none at first, then longer and longer. */
export const ALERT_RETRY_MS = [5 * SECOND, 30 * SECOND, 5 * MINUTE, HOUR] as const;
/** A failing timer is put off, doubling from a heartbeat up to an hour; the operator is told after a day. */
export const TIMER_FAILED_MAX = 30;
export const TIMER_FAILED_MAX_MS = HOUR;

/** Schedules of one person. */
export const SCHEDULES_MAX = 50;
/** Days that /skip leaves out of one schedule; a longer time is a pause. */
export const SKIPS_MAX = 31;
/** Largest task of a schedule, in bytes; a reminder is one message. */
export const PROMPT_MAX_BYTES = 65_536;
export const REMINDER_MAX_CHARS = 1500;
/** A run that could not start in time is made up for within this time; later it is skipped and logged. */
export const RUN_GRACE_MS = HOUR;
/** A run waits behind the person's messages for this long at most, then it goes next. */
export const RUN_WAITS_MS = 10 * MINUTE;
/** The machine is woken this long before a run at least: it takes seconds, a new one up to 20 s … */
export const WAKE_AHEAD_MS = 20 * SECOND;
/** … and up to this much earlier, each schedule at its own moment, so that not all machines wake at once. */
export const WAKE_SPREAD_MS = 40 * SECOND;
/** … and held for no longer than this if the run doesn't come. */
export const WAKE_FOR_MS = 3 * MINUTE;
/** How many runs in a row may fail before the schedule is paused. */
export const RUN_FAILURES_MAX = 8;
/** After failures in a row the next run is no sooner than this. */
export const RUN_BACKOFF_MS = [0, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE, 80 * MINUTE, 160 * MINUTE, 6 * HOUR] as const;
/** Runs in a row that meet a closed window; then the person is told, once, what helps. */
export const HELD_RUNS_MAX = 3;
/** Somebody who wrote this recently is awake, whatever their quiet hours. */
export const AWAKE_MS = 10 * MINUTE;
/** A question of the product itself can be answered for this long. */
export const ASKED_FOR_MS = DAY;
/** Snooze of a reminder. */
export const SNOOZE_MS = HOUR;
/** Words like “done” are about the newest reminder for this long. */
export const REMINDED_MS = HOUR;
/** Runs of a schedule that are kept. */
export const RUNS_KEPT = 50;

/** The longest text of a run for somebody else, in bytes. */
export const GIVEN_MAX_BYTES = 65_536;
/** Waits before another conversation is called again about a run: the next minute may be enough, a deploy or a broken object is not over in one. */
export const GIVE_RETRY_MS = [30 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR] as const;
/** A text that could not be delivered for this long is out of date. */
export const GIVE_FOR_MS = 24 * HOUR;
/** What another conversation took and has told nothing of for this long counts as sent: its calls have ended by then. */
export const GIVEN_UNHEARD_MS = 2 * DAY;
/** Calls to tell what became of it: about as long. */
export const REPORT_TRIES_MAX = 28;
/** An object answers such a call in milliseconds, once it is awake. */
export const GIVE_TIMEOUT_MS = 20 * SECOND;

/** Texts that may wait in one conversation; beyond it the person is told that one was not taken. */
export const QUEUE_MAX = 100;
/** Projects a person can work in: each is a folder, and a list on a phone is read as a whole. */
export const PROJECTS_MAX = 50;
/** Archived ones that are shown and can be brought back by name: the newest. */
export const PROJECTS_ARCHIVED_SHOWN = 50;
/** Sessions that /sessions shows: a screen of a phone. */
export const SESSIONS_SHOWN = 10;
/** The person hears that a session gets long: before the agent has to make a summary by itself … */
export const HINT_CONTEXT_PERCENT = 80;
/** … or when nobody finds anything in it any more. */
export const HINT_MESSAGES = 500;
/** As in the protocol. */
export const ASSISTANT_NAME_MAX = 50;
export const ASSISTANT_TONE_MAX = 500;
/** Largest webhook body in bytes: the carrier's own forms are a few kilobytes, a text has at most 1600 characters. */
export const BODY_MAX = 65_536;

/** The n-th entry of a back-off table, or its last. */
export function backoff(table: readonly number[], n: number): number {
  return table[Math.min(n, table.length - 1)] ?? 0;
}
