import { MONTHS } from '../schedules/calendar-words.ts';
import { excerpt } from './words.ts';

// What people read when "when" in their words cannot be understood, and how a schedule, a reminder or a standup is asked for.

const examples = '“tomorrow 8pm”, “in 20 minutes”, “24 Dec 18:00”, “every weekday at 9” or “every friday 5pm”';

const asks = {
  schedule: '“/schedule every weekday at 9am: what changed since yesterday?”',
  remind: '“/remind in 20 minutes: take the bread out”',
  standup: '“/standup 9am”',
} as const;

const perCommand = (sentence: (example: string) => string): Record<keyof typeof asks, string> => ({
  schedule: sentence(asks.schedule),
  remind: sentence(asks.remind),
  standup: sentence(asks.standup),
});

/** A number that was written wrongly is shown shortened: whatever was pasted there. */
const quoted = (text: string): string => `“${excerpt(text, 40)}”`;

export const schedulePhraseTexts = {
  missingAll: {
    ...perCommand((example) => `Say when and what, like ${example}.`),
    standup: `Say when, like ${asks.standup}.`,
  },
  missingColon: perCommand((example) => `Put a colon and a space between when and what, like ${example}.`),
  missingPrompt: perCommand((example) => `Say after the colon what it is about, like ${example}.`),
  missingWhen: perCommand((example) => `Say before the colon when, like ${example}.`),
  longPrompt:
    'That text is too long for a schedule: it may have 64 KB. Put it into a file of the project and name the file.',
  longReminder: (most: number): string => `A reminder may have ${most} characters. Make it shorter, or use /schedule.`,
  checkUse:
    'Put the command to check with in backticks, like “/schedule every day at 9, check `git log --oneline --since=yesterday | grep .`: sum up what is new”. When it exits with 1 there is nothing to do.',
  longCheck: (most: number): string =>
    `The command to check with may have ${most} characters. Put it into a script and name that.`,
  checkOnly: 'Only /schedule can check something first. Use /schedule, or leave out “check”.',
  agentOnly: 'A reminder is only a text, so it has no session and no queue. Leave those words out, or use /schedule.',
  unknownRegion: (named: string): string =>
    `I don’t know the holidays of ${quoted(named)}. Write a country, or a country and its region: “except holidays DE”, “except holidays DE-BE”, “except holidays US-CA”.`,
  exceptUse:
    'After “except” I know only holidays and their country or region: “except holidays DE”, “except holidays DE-BE”.',
  recipientUse: (item: string): string =>
    item === ''
      ? 'Say for whom, like “for +15555550100, me”.'
      : `I can’t read ${quoted(item)} as a phone number. After “for” write numbers with their country code and without spaces, like “for +15555550100, me”.`,
  manyRecipients: (most: number): string =>
    `One schedule can go to ${most} people. Leave some out, or make a second one.`,
  unclear: `I can’t tell when that is. Write it like ${examples}. Five cron fields work too: “0 9 * * 1-5”.`,
  missing: `When? Write it like ${examples}.`,
  slashedDate:
    'That date can be read in two ways. Write the month as a word, like “24 Dec 18:00”, or “2026-12-24 18:00”.',
  tooFar: 'That is more than ten years away. Choose a nearer time.',
  otherHalf: 'That time is not in that part of the day. Write it like “every evening at 8” or “every day at 20:00”.',
  smallHours:
    'Is that night before or after midnight? Name the day and the time instead, like “every saturday at 1:00”.',
  severalTimes:
    'One schedule can run at several times only when they share their minutes, like “at 9 and 17” or “at 9:30 and 17:30”. Make one schedule for each time.',
  oneTime: 'Every so many days or weeks it runs at one time only. Make one schedule for each time.',
  fromWhen:
    'A first day works only with “every 2 days” or “every 2 weeks”, like “every 2 weeks on friday at 17:00 from 27 Nov”.',
  everySecond: (ordinal: string, weekday: string): string =>
    ordinal === 'second' || ordinal === '2nd'
      ? `Write “every other ${weekday}” or “every second ${weekday} of the month”, so that I know which one you mean.`
      : `Write “every ${ordinal} ${weekday} of the month”, or “every 3 weeks on ${weekday}”, so that I know which one you mean.`,
  mismatch: (date: { year: number; month: number; day: number }, is: string, named: string): string =>
    `${date.day} ${MONTHS[date.month - 1]} ${date.year} is a ${is}, not a ${named}. Leave out one of the two.`,
} as const;
