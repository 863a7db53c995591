import { formatAge, formatBytes, formatCount, formatMinutes, formatWheres } from './phrasing.ts';
import { formatDollars } from './spending.ts';

// The texts of /status, and hints about full disks, memory and conversations.

export type Status = {
  runningMs: number | null;
  /** The schedule whose run is at work. */
  runningSchedule: number | null;
  /** Place in the machine's queue, or null. */
  place: number | null;
  machine: 'answers' | 'away' | 'asleep' | 'resting' | 'starting' | 'unknown';
  project: string;
  /** `host/owner/name` of that project, or null. */
  repository: string | null;
  /** The project of the running turn, if it isn't the active one. */
  runningIn: string | null;
  session: { ageMs: number; messages: number; contextPercent: number | null } | null;
  waiting: number;
  failed: number;
  /** Replies that were held and leave now. */
  held: number;
  /** Replies that wait until one of our senders is no longer blocked, and those channels' names. */
  withheld: { count: number; channels: readonly string[] };
  diskFree: number | null;
  /** Null unless memory is short. */
  memoryFree: number | null;
  /** The next run of a schedule, if it is soon. */
  nextSchedule: string | null;
  /** Micro-dollars. */
  spentToday: number;
};

const doing = ({ runningMs, runningSchedule, place, runningIn }: Status): string => {
  if (runningMs === null) return 'I’m not working on anything.';
  const [what, work] =
    runningSchedule === null
      ? ['your message', 'your last message']
      : [`schedule ${runningSchedule}`, `schedule ${runningSchedule}`];
  if (place !== null) return `Your machine is busy: ${what} is number ${place} in line.`;
  const since = formatMinutes(Math.floor(runningMs / 60_000));
  return `I’ve been working on ${work} for ${since}${runningIn === null ? '' : `, in ${runningIn}`}.`;
};

const sessionOf = ({ session }: Status): string => {
  if (session === null) return 'a new conversation';
  const context = session.contextPercent === null ? [] : [`context ${Math.round(session.contextPercent)}% full`];
  return [
    `conversation started ${formatAge(session.ageMs)}`,
    formatCount(session.messages, 'message'),
    ...context,
  ].join(', ');
};

const tellWithheld = ({ count, channels }: Status['withheld']): string =>
  `${formatCount(count, 'reply waits', 'replies wait')}: I can’t send ${formatWheres(channels)} for now. I keep trying; if you write to me on another channel, ${count === 1 ? 'it comes' : 'they come'} there.`;

export const statusTexts = {
  report: (now: Status): string =>
    [
      doing(now),
      now.waiting > 0 ? `${formatCount(now.waiting, 'message')} waiting.` : '',
      now.failed > 0 ? `${formatCount(now.failed, 'message')} unanswered: text /retry to try again.` : '',
      now.held > 0
        ? `${formatCount(now.held, 'held reply is', 'held replies are')} on ${now.held === 1 ? 'its' : 'their'} way.`
        : '',
      now.withheld.count > 0 ? tellWithheld(now.withheld) : '',
      `Project: ${now.project}${now.repository === null ? '' : ` · ${now.repository}`} (${sessionOf(now)})`,
      now.machine === 'away' ? 'Machine: not answering right now; I’ll keep trying.' : '',
      now.machine === 'answers' ? 'Machine: running.' : '',
      now.machine === 'asleep' ? 'Machine: asleep; your next message wakes it.' : '',
      now.machine === 'resting' ? 'Machine: asleep or about to be; your next message wakes it.' : '',
      now.machine === 'starting' ? 'Machine: starting.' : '',
      now.memoryFree === null ? '' : `Memory is short: ${formatBytes(now.memoryFree)} free.`,
      now.diskFree === null ? '' : `Disk: ${formatBytes(now.diskFree)} free.`,
      now.nextSchedule === null ? '' : `Next schedule: ${now.nextSchedule}`,
      `Cost today: ${formatDollars(now.spentToday)}`,
    ]
      .filter((line) => line !== '')
      .join('\n'),
  place: (place: number): string => `Your machine is busy. You’re number ${place} in line; I’ll start automatically.`,
  compacted: (archived: string | null): string =>
    archived === null
      ? 'Our conversation got long, so I summarized it and will continue from there.'
      : `Our conversation got long, so I summarized it and will continue from there. The full text is in the project: ${archived}`,
  longByContext: (percent: number): string =>
    `This conversation takes up ${Math.floor(percent)}% of what I can keep in mind. /compact summarizes it and continues, /new starts over.`,
  longByMessages: (count: number): string =>
    `This conversation has ${count} messages by now. /compact summarizes it and continues, /new starts over.`,
} as const;
