import { MONTHS } from '../recurrence/calendar-words.ts';
import { excerpt } from './words.ts';

// What people read when Roost can't understand their "when", with examples of schedules, reminders and standups.

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
    ...perCommand((example) => `Tell me when and what, e.g. ${example}.`),
    standup: `Tell me when, e.g. ${asks.standup}.`,
  },
  longHead:
    'There’s too much before the colon for me to read. Put only when, for whom and how there, and the rest after it.',
  missingColon: perCommand((example) => `Put a colon and a space between when and what, e.g. ${example}.`),
  missingPrompt: perCommand((example) => `After the colon, tell me what it’s about, e.g. ${example}.`),
  missingWhen: perCommand((example) => `Before the colon, tell me when, e.g. ${example}.`),
  longPrompt:
    'That text is too long for a schedule: 64 KB at most. Put it into a file in the project and name the file.',
  longReminder: (most: number): string =>
    `That’s too long for a reminder: ${most} characters at most. Make it shorter, or use /schedule.`,
  checkUse:
    'Put the check command in backticks, like “/schedule every day at 9, check `git log --oneline --since=yesterday | grep .`: sum up what is new”. If it exits with 1, there’s nothing to do.',
  longCheck: (most: number): string =>
    `That check command is too long: ${most} characters at most. Put it into a script and name that.`,
  checkOnly: 'Only /schedule can run a check first. Use /schedule, or leave out “check”.',
  agentOnly:
    'A reminder is just a text, so it can’t have a session or a queue. Leave those words out, or use /schedule.',
  unknownRegion: (named: string): string =>
    `I don’t know the holidays of ${quoted(named)}. Write a country, or a country and region: “except holidays DE”, “except holidays DE-BE”, “except holidays US-CA”.`,
  exceptUse:
    'After “except” I only understand holidays with a country or region: “except holidays DE”, “except holidays DE-BE”.',
  recipientUse: (item: string): string =>
    item === ''
      ? 'Tell me who it’s for, e.g. “for +15555550100, me”.'
      : `I can’t read ${quoted(item)} as a phone number. After “for” write numbers with their country code and without spaces, like “for +15555550100, me”.`,
  manyRecipients: (most: number): string =>
    `A schedule can go to ${most} people at most. Leave some out, or create a second one.`,
  unclear: `I can’t tell when that is. Write it like ${examples}. Five cron fields work too: “0 9 * * 1-5”.`,
  missing: `When? Write it like ${examples}.`,
  slashedDate: 'That date is ambiguous. Write the month as a word, like “24 Dec 18:00”, or “2026-12-24 18:00”.',
  tooFar: 'That’s more than ten years away. Choose an earlier time.',
  otherHalf: 'That time isn’t in that part of the day. Write it like “every evening at 8” or “every day at 20:00”.',
  smallHours:
    'Is that night before or after midnight? Name the day and the time instead, like “every saturday at 1:00”.',
  severalTimes:
    'A schedule can run at several times only if the minutes are the same, like “at 9 and 17” or “at 9:30 and 17:30”. Otherwise create one schedule for each time.',
  oneTime: 'A rule like “every 2 days” can have only one time. Create one schedule for each time.',
  fromWhen:
    'A first day works only with “every 2 days” or “every 2 weeks”, like “every 2 weeks on friday at 17:00 from 27 Nov”.',
  everySecond: (ordinal: string, weekday: string): string =>
    ordinal === 'second' || ordinal === '2nd'
      ? `Write “every other ${weekday}” or “every second ${weekday} of the month”, so I know which one you mean.`
      : `Write “every ${ordinal} ${weekday} of the month”, or “every 3 weeks on ${weekday}”, so I know which one you mean.`,
  mismatch: (date: { year: number; month: number; day: number }, is: string, named: string): string =>
    `${date.day} ${MONTHS[date.month - 1]} ${date.year} is a ${is}, not a ${named}. Leave one of them out.`,
} as const;
