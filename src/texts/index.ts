import { archiveTexts } from './archive.ts';
import { carrierTexts } from './carrier.ts';
import { choiceTexts } from './choices.ts';
import { deepTexts } from './deep.ts';
import { deliveryTexts } from './deliveries.ts';
import { fileTexts } from './files.ts';
import { givenUp } from './given-up.ts';
import { helpTexts } from './help.ts';
import { inboundTexts } from './inbound.ts';
import { machineTexts } from './machines.ts';
import { excerpt, formatCount } from './phrasing.ts';
import { projectTexts } from './projects.ts';
import { questionTexts } from './questions.ts';
import { scheduleAnswerTexts } from './schedule-answers.ts';
import { formatRefusal } from './schedule-refusals.ts';
import { scheduleTexts } from './schedules.ts';
import { statusTexts } from './status.ts';
import { welcomeTexts } from './welcome.ts';
import { zoneTexts } from './zones.ts';

// Every sentence that the product itself says to a person: here and, by subject, in texts/.

const MODES = {
  collect: 'While I’m busy, your messages wait and I handle them together afterwards.',
  steer: 'While I’m busy, your messages reach me right away, in the middle of the work.',
  queue: 'While I’m busy, your messages wait and I handle them one by one afterwards.',
} as const;
type Mode = keyof typeof MODES;
const decapitalised = (text: string): string => `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`;

export const texts = {
  deep: deepTexts,
  deliveries: deliveryTexts,
  questions: questionTexts,
  scheduleRefusal: formatRefusal,
  inbound: inboundTexts,
  ...carrierTexts,
  archive: archiveTexts,
  zones: zoneTexts,
  machines: machineTexts,
  unreachable: 'I can’t reach your machine right now. Your message is saved, and I’ll keep trying.',
  givenUp,
  agentError:
    'The agent ran into a problem and couldn’t finish this. Text /retry to try again. If that doesn’t help, our conversation may be too long: text /compact, then /retry.',
  /** Nobody’s message was in work. */
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
    `${most} messages are waiting, so I’ve put this one aside, and those you send until I get on. Text /retry once some are done, and I’ll take them.`,
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
    `Did you mean /${command}? Then text /${command}: I haven’t done anything. /help lists the commands.`,
  progress: (minutes: number, last: string | null): string => {
    const since = minutes === 1 ? 'a minute' : `${minutes} minutes`;
    const going = `Still working on it (${since} so far).`;
    return last === null ? going : `${going} Latest: ${excerpt(last, 200)}`;
  },
  soFar: 'Here’s what I had so far:',
  readOn: (url: string, parts: number): string =>
    `That’s the first part. Full answer: ${url}\nOr text /more for the next one (${parts} left).`,
  /** Below a summary. */
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
    `${meant === null ? '' : `Did you mean /queue ${meant}? `}There are /queue collect, /queue steer and /queue queue. /queue alone shows which one is set.`,
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
  files: fileTexts,
  nothingToRetry: 'There’s nothing to retry.',
  /** `isMore`: as many as fit at once. */
  retrying: (count: number, isMore = false): string => {
    if (isMore) return `Trying again with your newest ${count} messages. Text /retry again for the others.`;
    return count === 1 ? 'Trying again.' : `Trying again with your ${count} messages.`;
  },
  help: helpTexts,
  welcome: welcomeTexts,
  projects: projectTexts,
  schedules: scheduleTexts,
  scheduleAnswers: scheduleAnswerTexts,
  choices: choiceTexts,
  state: statusTexts,
  /** For the operator: what happened, and what to do. Never a number or words of a person. */
  alerts: {
    archiveFailing:
      'A machine’s data couldn’t be copied. The reason is in the log under archive-failed or archive-refused. The next turn tries again.',
    mediaNotDeleted:
      'Twilio has kept copies of files that DELETE_MEDIA=on asks it to delete. Roost asks once a day for a month. After that, delete them yourself: the log shows their messages under media-not-deleted.',
    filesNotRemoved:
      'The bucket MEDIA hasn’t deleted files whose time is over. Their links are closed. Roost tries once a day for a month; the reason is in the log under file-delayed.',
    windowClosed:
      'Replies are held because WhatsApp’s 24-hour window is closed. They go out when the person writes. To ask them to, set TWILIO_NUDGE_CONTENT_SID to an approved template.',
    replyDoubled:
      'A person got a reply twice: Twilio’s answer was lost, and its list showed the message too late. No action needed; it is counted.',
    replyWaits: (code: number, meaning: string): string =>
      `Twilio hasn’t taken a reply for a day (${code === 0 ? 'no answer' : `${code}: ${meaning}`}). It is tried for a week and leaves by itself when Twilio takes it. You can find it under /operator.`,
    heldTooLong:
      'Replies have waited for a week, or there are very many of them. They leave when the person writes. You can find them under /operator and resend them.',
    modelRefused:
      'The model refused to work for somebody, or isn’t set up. Check ANTHROPIC_API_KEY, its credit and the model names; the reason is in the log under turn-failed. Then they can text /retry.',
    timerFailing:
      'A timer of a conversation has failed for a day. It is retried every hour; the reason is in the log under timer-failed.',
    replyRefused: (code: number, meaning: string): string =>
      `Twilio rejected a reply permanently (${code}): ${meaning} It is kept under /operator, and you can resend it.`,
    accountRefused: (code: number, meaning: string): string =>
      `Twilio rejects what we send (${code}): ${meaning} Replies are kept and retried.`,
    nudgeRefused: (code: number, meaning: string): string =>
      `Twilio rejected the template that asks a person to write (${code}): ${meaning} Check TWILIO_NUDGE_CONTENT_SID.`,
  },
  /** The page on which a long answer is read. */
  page: {
    from: (assistant: string | null, project: string | null): string =>
      ['From', assistant ?? 'your agent', ...(project === null ? [] : ['·', project])].join(' '),
    availableUntil: (until: string): string => `Available until ${until}`,
    product: 'Roost',
    backToChat: 'Back to chat',
    contents: 'Contents',
    utc: (date: string): string => `${date} UTC`,
    copy: 'Copy',
    copyAll: 'Copy all',
    copied: 'Copied',
    notCopied: 'That didn’t work. Select the text and copy it yourself.',
    wrap: 'Wrap',
    image: 'Image',
    table: (number: number): string => `Table ${number}`,
    done: 'Done',
    open: 'Not done',
    expired: {
      title: 'This page has expired',
      text: 'Text /more to get the rest of the latest answer as messages, or ask your agent again.',
    },
    unknown: {
      title: 'This page isn’t here',
      text: 'Open the link from your chat again: part of it may be missing. Or text /more to get the rest of the latest answer as messages.',
    },
    unavailable: {
      title: 'This page can’t be opened right now',
      text: 'Please try again in a minute, or text /more to get the rest of the latest answer as messages.',
    },
  },
} as const;
