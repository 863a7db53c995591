import { ago, bytes, countOf } from './words.ts';

// What /status says, and what a person hears of how full things are.

export type Status = {
  runningMs: number | null;
  /** The schedule whose run it is. */
  runningSchedule: number | null;
  /** Place in the machine's queue, or null. */
  place: number | null;
  machine: 'answers' | 'away' | 'asleep' | 'resting' | 'starting' | 'unknown';
  project: string;
  /** The project of the running turn when it is another one. */
  runningIn: string | null;
  session: { ageMs: number; messages: number; contextPercent: number | null } | null;
  waiting: number;
  failed: number;
  held: number;
  diskFree: number | null;
  /** Only when it is short. */
  memoryFree: number | null;
  /** When the next schedule runs, if that is soon. */
  nextSchedule: string | null;
  costUsd: number;
};

const doing = ({ runningMs, runningSchedule, place, runningIn }: Status): string => {
  if (runningMs === null) return 'I am not working on anything.';
  const [what, work] =
    runningSchedule === null
      ? ['your message', 'your last message']
      : [`schedule ${runningSchedule}`, `schedule ${runningSchedule}`];
  if (place !== null) return `The machine is busy for others: ${what} is number ${place} in line.`;
  const minutes = Math.floor(runningMs / 60_000);
  const since = minutes === 0 ? 'less than a minute' : minutes === 1 ? 'a minute' : `${minutes} minutes`;
  return `I have been working on ${work} for ${since}${runningIn === null ? '' : `, in ${runningIn}`}.`;
};

const sessionOf = ({ session }: Status): string => {
  if (session === null) return 'a new conversation';
  const context = session.contextPercent === null ? [] : [`context ${Math.round(session.contextPercent)} % full`];
  return [`conversation begun ${ago(session.ageMs)}`, countOf(session.messages, 'message'), ...context].join(', ');
};

export const statusTexts = {
  status: (now: Status): string =>
    [
      doing(now),
      now.waiting > 0 ? `${countOf(now.waiting, 'message')} waiting.` : '',
      now.failed > 0 ? `${countOf(now.failed, 'message')} not answered: text /retry to try again.` : '',
      now.held > 0 ? `${countOf(now.held, 'reply', 'replies')} kept for you until you wrote; on the way now.` : '',
      `Project: ${now.project} (${sessionOf(now)})`,
      now.machine === 'away' ? 'Machine: does not answer at the moment; I keep trying.' : '',
      now.machine === 'answers' ? 'Machine: answers.' : '',
      now.machine === 'asleep' ? 'Machine: asleep; your next message wakes it.' : '',
      now.machine === 'resting' ? 'Machine: asleep or about to be; your next message wakes it.' : '',
      now.machine === 'starting' ? 'Machine: starting.' : '',
      now.memoryFree === null ? '' : `Memory is short: ${bytes(now.memoryFree)} free.`,
      now.diskFree === null ? '' : `Disk: ${bytes(now.diskFree)} free.`,
      now.nextSchedule === null ? '' : `Next schedule: ${now.nextSchedule}`,
      `Cost today: $${now.costUsd.toFixed(2)}`,
    ]
      .filter((line) => line !== '')
      .join('\n'),
  place: (place: number): string =>
    `Your machine is busy for others. Your message is number ${place} in line and starts by itself.`,
  compacted: (archived: string | null): string =>
    archived === null
      ? 'Our conversation got long, so I made a summary of it and go on from there.'
      : `Our conversation got long, so I made a summary and go on from there. All of it is written down in the project: ${archived}`,
  longByContext: (percent: number): string =>
    `This conversation fills ${Math.floor(percent)} % of what I can keep in mind. /compact makes a summary and goes on, /new starts afresh.`,
  longByMessages: (count: number): string =>
    `This conversation has ${count} messages by now. /compact makes a summary and goes on, /new starts afresh.`,
} as const;
