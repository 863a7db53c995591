import { parseCommand } from '../input/command.ts';
import { readLabels } from './commands/projects.ts';
import { needOfCommand } from './commands/schedules.ts';
import { countSessionsToLoad } from './commands/sessions.ts';
import { readNamedSchedule } from './schedules/agent-tools.ts';
import { asTexted, readChoiceId, readMeantChoice, readReminderChoice, readReminderWord } from './state/choices.ts';
import type { Event } from './state/events.ts';
import type { Message } from './state/rows.ts';
import { runOfTimer } from './state/timers.ts';

// Lists what a decision needs besides the hot part of the state, from the event alone. The store loads it.

/** What an event needs that is not in the hot part: rows it names, settled as they may be. */
export type Need = {
  reply?: string;
  /** One that has just come. */
  message?: Message;
  /** Those that wait for /retry, the newest of them. */
  failed?: boolean;
  /** Messages an answer lists, by their uuids: those that wait for /retry are answered in passing. */
  answered?: readonly string[];
  /** The newest long answer. */
  page?: boolean;
  /** The message by the carrier's id that it replies to: a reply of ours with its turn, or one of the person's. */
  quoted?: string;
  /** What came with that message. */
  filesOf?: number;
  /** How far these sessions are copied away. */
  archives?: readonly string[];
  /** What was said last in the turn's project. */
  recent?: boolean;
  /** Replies that could not leave because the person had not written or had opted out. */
  keptBack?: boolean;
  /** Archived projects, the newest of them … */
  archived?: boolean;
  /** … and those of these names. */
  named?: readonly string[];
  /** So many of the active project's sessions, the newest. */
  listed?: number;
  /** Sessions by their ids. */
  sessions?: readonly string[];
  /** Messages that the active project's session holds, the newest of them. */
  undo?: boolean;
  /** The questions of a turn, settled ones too. */
  askedIn?: string;
  /** A question, and the message that answered it. */
  question?: string;
  grants?: boolean;
  /** The files a turn has sent. */
  sentBy?: string;
  /** A schedule by its number, with `pastRuns` its newest runs. */
  schedule?: number;
  pastRuns?: boolean;
  /** All that are not over, each with its last run. */
  schedules?: boolean;
  /** The same while the product itself waits for an answer. */
  answering?: boolean;
  /** Schedules by their numbers, as the agent asked about them. */
  wished?: readonly number[];
  /** A run with its schedule, its replies and its deliveries. */
  run?: string;
  /** What others have been given of the open turn's run. */
  given?: boolean;
  /** The run of the quoted reminder, else of the newest one. */
  reminded?: boolean;
  /** Sent files, those first whose time is over first. */
  expiring?: boolean;
};

export function needOf(events: readonly Event[]): Need {
  const sessions = events.flatMap((e) =>
    e.type === 'machine' && e.event.type === 'session' ? [e.event.session_id] : [],
  );
  const wished = events.flatMap(readNamedSchedule);
  const answered = events.flatMap((e) =>
    e.type === 'machine' && e.event.type === 'result' ? e.event.user_message_uuids : [],
  );
  return Object.assign(
    {},
    ...events.map(needOfOne),
    sessions.length === 0 ? {} : { sessions, archives: sessions },
    wished.length === 0 ? {} : { wished },
    answered.length === 0 ? {} : { answered },
  );
}

function needOfOne(event: Event): Need {
  if (event.type === 'notify') return { reply: event.id };
  if (event.type === 'machine' && event.event.type === 'request') {
    const { turn } = event.attempt;
    const { kind } = event.event.request;
    if (kind === 'send_file') return { sentBy: turn };
    const more = kind === 'seed' ? { recent: true } : kind === 'approve' ? { grants: true } : {};
    if (kind === 'schedule') return { askedIn: turn, schedules: true };
    return { askedIn: turn, ...more };
  }
  if (event.type === 'machine') return { given: true };
  if ('run' in event) return { run: event.run };
  if (event.type === 'archive' && event.kind === 'session') return { archives: [event.id] };
  if (event.type === 'timer' && event.timer.kind === 'expire') return { expiring: true };
  if (event.type === 'timer' && (event.timer.kind === 'schedule' || event.timer.kind === 'snooze')) {
    return { schedule: Number(event.timer.ref) };
  }
  if (event.type === 'timer' && ['deliver', 'report'].includes(event.timer.kind))
    return { run: runOfTimer(event.timer) };
  if (event.type === 'timer' && event.timer.kind === 'answer') return { question: event.timer.ref };
  if (event.type === 'timer') return event.timer.kind === 'media' ? { filesOf: Number(event.timer.ref) } : {};
  if (event.type === 'answer-refused') return { question: event.question };
  if (event.type !== 'message') return 'reply' in event ? { reply: event.reply } : {};
  return needOfMessage(asTexted(event));
}

function needOfMessage(event: Extract<Event, { type: 'message' }>): Need {
  const command = parseCommand(event.message.text);
  const name = command?.name;
  const tap = event.choice === undefined ? null : (readChoiceId(event.choice) ?? readMeantChoice(event.choice));
  const reminder = event.choice === undefined ? null : readReminderChoice(event.choice);
  return {
    message: event.message,
    page: name === 'more',
    failed: name === 'retry' || name === 'status' || event.optOut === 'start',
    keptBack: true,
    archived: name === 'project' || name === 'approvals',
    ...(command && name === 'project' ? { named: readLabels(command.rest) } : {}),
    ...(command && name === 'sessions' ? { listed: countSessionsToLoad(command.rest) } : {}),
    undo: name === 'undo',
    grants: name === 'approvals',
    answering: true,
    schedules: name === 'timezone',
    reminded: readReminderWord(event.message.text) !== null,
    ...(reminder ? { run: reminder.run } : {}),
    ...(command ? needOfCommand(command) : {}),
    ...(tap ? { question: tap.question } : {}),
    ...(event.quoted === undefined ? {} : { quoted: event.quoted }),
  };
}
