import { archiveTexts } from './texts/archive.ts';
import { choiceTexts } from './texts/choices.ts';
import { deepTexts } from './texts/deep.ts';
import { deliveryTexts } from './texts/deliveries.ts';
import { fileTexts } from './texts/files.ts';
import { helpTexts } from './texts/help.ts';
import { inboundTexts } from './texts/inbound.ts';
import { limitTexts } from './texts/limits.ts';
import { machineTexts } from './texts/machines.ts';
import { projectTexts } from './texts/projects.ts';
import { questionTexts } from './texts/questions.ts';
import { scheduleAnswerTexts } from './texts/schedule-answers.ts';
import { schedulePhraseTexts } from './texts/schedule-phrases.ts';
import { scheduleRuleTexts } from './texts/schedule-rules.ts';
import { scheduleTexts } from './texts/schedules.ts';
import { statusTexts } from './texts/status.ts';
import { welcomeTexts } from './texts/welcome.ts';
import { countOf, excerpt } from './texts/words.ts';
import { zoneTexts } from './texts/zones.ts';

// Every sentence the product itself says to a person: here, and by part in texts/.

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
  schedulePhrases: schedulePhraseTexts,
  inbound: inboundTexts,
  limits: limitTexts,
  archive: archiveTexts,
  zones: zoneTexts,
  machines: machineTexts,
  unreachable: 'I can’t reach your machine at the moment. Your message is kept and I keep trying.',
  gaveUpUnreachable:
    'I could not reach your machine for an hour, so I stopped trying. Your message is kept: text /retry to try again.',
  failed: 'That did not work after several tries. Your message is kept: text /retry to try again.',
  agentError: 'The agent ran into a problem and could not finish this.',
  agentFailed:
    'The agent could not work on this: the model refused or is not set up. Your message is kept: text /retry when that has been fixed.',
  overdue: 'This took longer than it may, so I stopped waiting. Your message is kept: text /retry to try again.',
  refused:
    'Your machine refused this task, so trying again by myself would not help. Text /retry when it has been fixed.',
  sessionLost:
    'I could not find our earlier conversation any more, so I started a new one, with our latest messages in mind.',
  emptyAnswer: 'Done. There is nothing more to say.',
  waiting: (count: number): string =>
    count === 1 ? 'Got it, I’ll take this next.' : `Got it, I’ll take these next — ${count} waiting.`,
  waitingForYou: (count: number): string =>
    `Got it. I take ${count === 1 ? 'this' : `these ${count}`} when you have answered my question, or ten minutes after I asked it.`,
  queueFull: (most: number): string =>
    `${most} messages are waiting, so I did not take your last one, and I take no more until some are done. Please send it again then.`,
  stopped: (dropped: readonly string[]): string => {
    if (dropped.length === 0) return 'Stopped.';
    const shown = dropped.slice(0, 5).map((text) => `• ${excerpt(text, 60)}`);
    const more = dropped.length > shown.length ? [`… and ${dropped.length - shown.length} more.`] : [];
    const back = dropped.length === 1 ? 'Text /retry to bring it back.' : 'Text /retry to bring them back.';
    return ['Stopped. I dropped:', ...shown, ...more, back].join('\n');
  },
  stillStopping: 'I am still stopping what I was doing. Text /retry again in a moment.',
  optedBack: (count: number): string =>
    `Welcome back. ${countOf(count, 'message')} of yours ${count === 1 ? 'was' : 'were'} not answered: text /retry.`,
  nothingToStop: 'Nothing is running.',
  nothingToStopBefore: (next: string): string => `Nothing is running. I’ll do this now: “${excerpt(next, 60)}”`,
  didYouMean: (command: string): string =>
    `Did you mean /${command}? Then text /${command}: I haven’t done anything. /help lists what I understand.`,
  progress: (minutes: number, last: string | null): string => {
    const since = minutes === 1 ? 'a minute' : `${minutes} minutes`;
    const going = `Still working on it, for ${since} now.`;
    return last === null ? going : `${going} The latest: ${excerpt(last, 200)}`;
  },
  soFar: 'This is what I had so far:',
  readOn: (url: string, parts: number): string =>
    `This is only the beginning. Read all of it here: ${url}\nOr text /more for the next of ${parts} more ${parts === 1 ? 'part' : 'parts'}.`,
  /** Below a summary. */
  allOfIt: (url: string): string => `Details: ${url} (or text /more)`,
  moreLeft: (parts: number): string => `${parts} more: text /more.`,
  nothingMore: 'There is nothing more to show.',
  pageCut: '(The rest of this answer was too long to keep and is cut here.)',
  partUndeliverable: 'One part of my answer could not be delivered. Ask me to put it differently.',
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
  lateAndEmpty: 'A message of yours reached me late and without its content. Please send it again.',
  files: fileTexts,
  nothingToRetry: 'There is nothing to retry.',
  retrying: (count: number): string => (count === 1 ? 'Trying again.' : `Trying again with your ${count} messages.`),
  help: helpTexts,
  welcome: welcomeTexts,
  projects: projectTexts,
  schedules: scheduleTexts,
  scheduleAnswers: scheduleAnswerTexts,
  choices: choiceTexts,
  state: statusTexts,
  scheduleRules: scheduleRuleTexts,
  /** For the operator: what happened, and what to do. Never a number or words of a person. */
  alerts: {
    archiveFailing:
      'What a machine has to lose could not be copied away several times in a row. The reason is in the log under archive-failed; it is tried again after the next turn.',
    windowClosed:
      'Replies are kept because WhatsApp’s 24-hour window is closed. They leave when the person writes. To ask them to, set TWILIO_NUDGE_CONTENT_SID to an approved template.',
    replyDoubled:
      'A reply reached a person twice: Twilio’s answer was lost and its list showed the message too late. Nothing to do; it is counted.',
    replyLost:
      'A reply was given up: nobody could tell whether Twilio took it. Look at it under /operator and send it again if it did not arrive.',
    heldTooLong: 'Replies waited too long for a closed window and were given up. Look at them under /operator.',
    timerFailing:
      'Something a conversation waits for has failed for a day; it is tried every hour. The reason is in the log under timer-failed.',
    replyRefused: (code: number, meaning: string): string =>
      `Twilio refused a reply for good (${code}): ${meaning} It is kept under /operator and can be sent again.`,
    accountRefused: (code: number, meaning: string): string =>
      `Twilio refuses what we send (${code}): ${meaning} Replies are kept and tried again.`,
    nudgeRefused: (code: number, meaning: string): string =>
      `The template that asks a person to write was refused (${code}): ${meaning} Check TWILIO_NUDGE_CONTENT_SID.`,
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
