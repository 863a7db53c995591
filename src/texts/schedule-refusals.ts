import { DAYS, MONTHS } from '../recurrence/calendar-names.ts';
import type { FieldName, Refusal } from '../recurrence/refusal.ts';
import { excerpt, formatMinutes } from './phrasing.ts';

// Why Roost refuses a "when", the rest of a schedule's command or a cron rule, and what to write instead.

const EXAMPLES = '“tomorrow 8pm”, “in 20 minutes”, “24 Dec 18:00”, “every weekday at 9” or “every friday 5pm”';
const COMMANDS = {
  schedule: '“/schedule every weekday at 9am: what changed since yesterday?”',
  remind: '“/remind in 20 minutes: take the bread out”',
  standup: '“/standup 9am”',
} as const;

const FIELDS: Record<FieldName, string> = {
  minute: 'the minute (0 to 59)',
  hour: 'the hour (0 to 23)',
  day: 'the day of the month (1 to 31, or L for the last)',
  month: 'the month (1 to 12, or JAN to DEC)',
  weekday: 'the day of the week (0 to 7, or SUN to SAT; 1#1 is the first Monday, 5L the last Friday)',
};

const minutes = (ms: number): string => formatMinutes(Math.round(ms / 60_000));
/** Shortened, because the person may have pasted anything. */
const quoted = (text: string, most = 30): string => `“${excerpt(text, most)}”`;

type Sentences = { readonly [R in Refusal as R['why']]: string | ((refusal: R) => string) };

const SENTENCES: Sentences = {
  missingInput: ({ command }) => `Tell me when${command === 'standup' ? '' : ' and what'}, e.g. ${COMMANDS[command]}.`,
  missingColon: ({ command }) => `Put a colon after the time, e.g. ${COMMANDS[command]}.`,
  missingPrompt: ({ command }) => `After the colon, tell me what it’s about, e.g. ${COMMANDS[command]}.`,
  missingWhen: ({ command }) => `Before the colon, tell me when, e.g. ${COMMANDS[command]}.`,
  longHead:
    'There’s too much before the colon for me to read. Put only when, for whom and how there, and the rest after it.',
  checkUse:
    'Put the check command in backticks, like “/schedule every day at 9, check `git log --oneline --since=yesterday | grep .`: sum up what is new”. If it exits with 1, there’s nothing to do.',
  longCheck: ({ most }) =>
    `That check command is too long: ${most} characters at most. Put it into a script and name that.`,
  checkOnly: 'Only /schedule can run a check first. Use /schedule, or leave out “check”.',
  unknownRegion: ({ named }) =>
    `I don’t know the holidays of ${quoted(named, 40)}. Write a country, or a country and region: “except holidays DE”, “except holidays DE-BE”, “except holidays US-CA”.`,
  exceptUse:
    'After “except” I only understand holidays with a country or region: “except holidays DE”, “except holidays DE-BE”.',
  unreadRecipient: ({ named }) =>
    named === ''
      ? 'Tell me who it’s for, e.g. “for +15555550100, me”.'
      : `I can’t read ${quoted(named, 40)} as a phone number. After “for” write numbers with their country code and without spaces, like “for +15555550100, me”.`,
  manyRecipients: ({ most }) => `A schedule can go to ${most} people at most. Leave some out, or create a second one.`,
  unclear: `I can’t tell when that is. Write it like ${EXAMPLES}. Five cron fields work too: “0 9 * * 1-5”.`,
  missing: `When? Write it like ${EXAMPLES}.`,
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
  everySecond: ({ ordinal, weekday }) =>
    ordinal === 'second' || ordinal === '2nd'
      ? `Write “every other ${DAYS[weekday]}” or “every second ${DAYS[weekday]} of the month”, so I know which one you mean.`
      : `Write “every ${ordinal} ${DAYS[weekday]} of the month”, or “every 3 weeks on ${DAYS[weekday]}”, so I know which one you mean.`,
  mismatch: ({ day, is, named }) =>
    `${day.day} ${MONTHS[day.month - 1]} ${day.year} is a ${DAYS[is]}, not a ${DAYS[named]}. Leave one of them out.`,
  fiveFields:
    'A cron rule has five fields: minute, hour, day of the month, month, day of the week. For example 0 9 * * 1-5 for weekdays at nine. Seconds and years aren’t supported.',
  nickname:
    'Words like @daily aren’t supported. Write five fields instead, for example 0 9 * * * for every day at nine.',
  unreadField: ({ item, field }) =>
    `I can’t read ${quoted(item)} as ${FIELDS[field]}. Write a number, a range like 1-5, a list like 1,3 or a step like */2.`,
  backwards: ({ item }) =>
    `In ${quoted(item)} the end comes before the beginning. Write two ranges, for example 5-6,0-1 for Friday to Monday.`,
  step: ({ item, most }) =>
    `The step in ${quoted(item)} isn’t possible. Write a number from 1 to ${most} after the slash.`,
  badInterval:
    'The time between two runs must be a whole number of minutes, days or weeks. Write for example every 2 days.',
  tooOftenForAgent: ({ gap, least }) =>
    `Every ${minutes(gap).replace(/^a /, '')} is too often: the minimum is ${minutes(least)}. Choose times further apart, or use /remind for a plain text.`,
  tooOftenForText: ({ least }) =>
    `That’s too often: the minimum between two reminders is ${minutes(least)}. Choose times further apart.`,
  past: 'That time has already passed. Choose a later one.',
  never: 'That date never comes up in the next eight years. Check the day and the month.',
  neverWithExceptions:
    'With these exceptions it would never run in the next eight years. Skip fewer days, or choose another day.',
};

export function formatRefusal(refusal: Refusal): string {
  const sentence = SENTENCES[refusal.why] as string | ((refusal: Refusal) => string);
  return typeof sentence === 'string' ? sentence : sentence(refusal);
}
