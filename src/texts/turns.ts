import { excerpt, formatCount, formatMinutes } from './phrasing.ts';

// Texts around a turn: what happens to the person's messages, how the work goes, and the answer in parts.

const MODES = {
  collect: 'While I’m busy, your messages wait and I handle them together afterwards.',
  steer: 'While I’m busy, your messages reach me right away, in the middle of the work.',
  queue: 'While I’m busy, your messages wait and I handle them one by one afterwards.',
} as const;
type Mode = keyof typeof MODES;
const decapitalised = (text: string): string => `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`;

export const turnTexts = {
  unreachable: 'I can’t reach your machine right now. Your message is saved, and I’ll keep trying.',
  agentError:
    'The agent ran into a problem and couldn’t finish this. Text /retry to try again. If that doesn’t help, our conversation may be too long: text /compact, then /retry.',
  /** For a turn without a message of the person. */
  agentTrouble: 'The agent ran into a problem.',
  sessionLost: 'I couldn’t find our earlier conversation, so I started a new one from our latest messages.',
  sessionForgotten:
    'I couldn’t find our earlier conversation, so I started a new one without it. Please repeat anything I need to know.',
  emptyAnswer: 'Done. Nothing to add.',
  waiting: (count: number): string =>
    count === 1 ? 'Got it, I’ll take this next.' : `Got it, I’ll take these next — ${count} waiting.`,
  waitingForYou: (count: number): string =>
    `Got it. I’ll take ${count === 1 ? 'this' : `these ${count}`} once you answer my question, or ten minutes after I asked it.`,
  queueFull: (most: number): string =>
    `${most} messages are waiting, so I’ve put this one aside, and I’ll do the same with others until I catch up. Text /retry then, and I’ll take them.`,
  stopped: (dropped: readonly string[]): string => {
    if (dropped.length === 0) return 'Stopped.';
    const shown = dropped.slice(0, 5).map((text) => `• ${excerpt(text, 60)}`);
    const more = dropped.length > shown.length ? [`… and ${dropped.length - shown.length} more.`] : [];
    const back = dropped.length === 1 ? 'Text /retry to bring it back.' : 'Text /retry to bring them back.';
    return ['Stopped. I dropped:', ...shown, ...more, back].join('\n');
  },
  stillStopping: 'I’m still stopping. Text /retry again in a moment.',
  optedBack: (count: number): string =>
    `Welcome back. ${formatCount(count, 'message')} of yours ${count === 1 ? 'wasn’t' : 'weren’t'} answered: text /retry.`,
  nothingToStop: 'Nothing is running.',
  nothingToStopBefore: (next: string): string => `Nothing is running. I’ll do this now: “${excerpt(next, 60)}”`,
  didYouMean: (command: string): string =>
    `Did you mean /${command}? I haven’t done anything: send it again as /${command}. /help lists the commands.`,
  /** `command`: as it was probably meant, with its words. */
  isItMeant: (command: string, hasButton: boolean): string =>
    hasButton
      ? `I don’t know that command. Did you mean this?\n\n${command}`
      : `I don’t know that command, so I haven’t done anything. If you meant this, send it:\n\n${command}`,
  yesDoThat: 'Yes, do that',
  notMeant: 'All right. I haven’t done anything.',
  progress: (minutes: number, last: string | null): string => {
    const going = `Still working on it (${formatMinutes(minutes)} so far).`;
    return last === null ? going : `${going} Latest: ${excerpt(last, 200)}`;
  },
  soFar: 'Here’s what I had so far:',
  readOn: (url: string, parts: number): string =>
    `That’s the first part. Full answer: ${url}\nOr text /more for the next part (${parts} left).`,
  /** Stands below a summary. */
  allOfIt: (url: string): string => `Details: ${url} (or text /more)`,
  moreLeft: (parts: number): string => `${parts} more: text /more.`,
  nothingMore: 'There’s nothing more to show.',
  pageCut: '(The rest of this answer was too long to keep.)',
  queueMode: (mode: Mode): string => `From now on: ${decapitalised(MODES[mode])} (/queue ${mode})`,
  queueModeIs: (mode: Mode): string => {
    const others = (Object.keys(MODES) as Mode[]).filter((each) => each !== mode);
    return `${MODES[mode]} (/queue ${mode})\nTo change this: ${others.map((each) => `/queue ${each}`).join(' and ')}.`;
  },
  queueUse: (meant: string | null): string =>
    `${meant === null ? '' : `Did you mean /queue ${meant}? `}Choose /queue collect, /queue steer or /queue queue. /queue alone shows which one is set.`,
  verbose: (on: boolean): string =>
    on
      ? 'Verbose on: you’ll see progress as I work. /verbose off to stop.'
      : 'Verbose off: you’ll get my answer, and a short update when it takes long.',
  verboseIs: (on: boolean): string =>
    on
      ? 'Verbose is on: you see progress as I work. /verbose off to stop.'
      : 'Verbose is off: you get my answer, and a short update when it takes long. /verbose on shows more.',
  verboseUse: 'Text /verbose on or /verbose off.',
  lateAndEmpty: 'A message from you reached me late and empty. Please send it again.',
  nothingToRetry: 'There’s nothing to retry.',
  /** `isMore`: further messages wait, because they don't all fit into one turn. */
  retrying: (count: number, isMore = false): string => {
    if (isMore) return `Trying again with your newest ${count} messages. Text /retry again for the others.`;
    return count === 1 ? 'Trying again.' : `Trying again with your ${count} messages.`;
  },
} as const;
