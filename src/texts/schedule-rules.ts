import { excerpt } from './words.ts';

// Why a schedule's rule was refused, and what to write instead.

const fields = {
  minute: 'the minute (0 to 59)',
  hour: 'the hour (0 to 23)',
  day: 'the day of the month (1 to 31, or L for the last)',
  month: 'the month (1 to 12, or JAN to DEC)',
  weekday: 'the day of the week (0 to 7, or SUN to SAT; 1#1 is the first Monday, 5L the last Friday)',
} as const;

const minutes = (ms: number): string => {
  const count = Math.round(ms / 60_000);
  return count === 1 ? 'a minute' : `${count} minutes`;
};

export const scheduleRuleTexts = {
  fields,
  fiveFields:
    'A cron rule has five fields: minute, hour, day of the month, month, day of the week. For example 0 9 * * 1-5 for weekdays at nine. Seconds and years aren’t supported.',
  nickname:
    'Words like @daily aren’t supported. Write five fields instead, for example 0 9 * * * for every day at nine.',
  unread: (item: string, field: keyof typeof fields): string =>
    `I can’t read “${excerpt(item, 30)}” as ${fields[field]}. Write a number, a range like 1-5, a list like 1,3 or a step like */2.`,
  backwards: (item: string): string =>
    `In “${excerpt(item, 30)}” the end comes before the beginning. Write two ranges, for example 5-6,0-1 for Friday to Monday.`,
  step: (item: string, most: number): string =>
    `The step in “${excerpt(item, 30)}” isn’t possible. Write a number from 1 to ${most} after the slash.`,
  badInterval:
    'The time between two runs must be a whole number of minutes, days or weeks. Write for example every 2 days.',
  tooOftenAgent: (gap: number, least: number): string =>
    `Every ${minutes(gap).replace(/^a /, '')} is too often: the minimum is ${minutes(least)}. Choose times further apart, or use /remind for a plain text.`,
  tooOftenText: (least: number): string =>
    `That’s too often: the minimum between two reminders is ${minutes(least)}. Choose times further apart.`,
  past: 'That time has already passed. Choose a later one.',
  never: 'That date never comes up in the next eight years. Check the day and the month.',
  neverWithExceptions:
    'With these exceptions it would never run in the next eight years. Skip fewer days, or choose another day.',
} as const;
