import { formatTime, formatZone } from '../recurrence/print/format.ts';
import { formatQuietHours, type QuietHours } from '../recurrence/quiet-hours.ts';
import { excerpt } from './phrasing.ts';

// Texts about time zones and quiet hours.

type Clock = 12 | 24;
/** Where the zone comes from. */
export type ZoneSource = 'chosen' | 'number' | 'default';

/** The city a zone is named after. */
export const cityOf = (zone: string): string => zone.slice(zone.lastIndexOf('/') + 1).replaceAll('_', ' ');

/** Without the day if it is today. */
const clock = (ms: number, zone: string, convention: Clock, now: number): string =>
  formatTime(ms, zone, convention, now).replace(/^today at /, '');

const CHANGE = 'To change it, text /timezone and a large city, like /timezone Berlin.';

export const zoneTexts = {
  which: (hasChoices: boolean): string =>
    hasChoices
      ? 'Which time zone are you in? Choose one, or text the name of a large city in it.'
      : 'Which time zone are you in? Text the name of a large city in it, like “Berlin” or “New York”.',
  numbered: (zones: readonly string[]): string =>
    [
      ...zones.map((zone, n) => `${n + 1}. ${cityOf(zone)}`),
      'Answer with a number, or with the name of a large city in your zone.',
    ].join('\n'),
  onlyNewest: 'Until I know, I’ll remember only your latest request.',
  notDone: (command: string): string =>
    `I didn’t do “${excerpt(command, 60)}”, because I never learned your time zone. Text /timezone and a large city, like /timezone Berlin, then send it again.`,
  settled:
    'I’m no longer waiting for that answer, so nothing has changed. /timezone shows your time zone, and how to change it.',

  zone: (zone: string, source: ZoneSource, now: number, convention: Clock): string => {
    const how = { chosen: 'your choice', number: 'from your phone number', default: 'the default here' }[source];
    const back = source === 'chosen' ? ' /timezone auto resets it.' : '';
    return `Your time zone is ${formatZone(zone)}, ${how}. It’s ${clock(now, zone, convention, now)} there. ${CHANGE}${back}`;
  },
  set: (zone: string, now: number, convention: Clock): string =>
    `Your time zone is now ${formatZone(zone)}. It’s ${clock(now, zone, convention, now)} there.`,
  move: (count: number, from: string, to: string): string =>
    count === 1
      ? `One schedule is still on ${cityOf(from)} time. Move it to ${cityOf(to)}? 9:00 stays 9:00.`
      : `${count} schedules are still on ${cityOf(from)} time. Move them to ${cityOf(to)}? 9:00 stays 9:00.`,
  yesOrNo: 'Answer yes or no.',
  moved: (count: number, to: string): string =>
    count === 0
      ? 'There’s nothing left to move.'
      : `Moved ${count === 1 ? 'it' : 'them'} to ${cityOf(to)} time. /schedules shows when.`,
  stay: (from: string): string => `OK, existing schedules stay on ${cityOf(from)} time.`,
  forgotten: 'Time zone reset. I’ll ask for it when I need it.',
  unknown: (meant: readonly string[]): string =>
    meant.length === 0
      ? 'I don’t know that time zone. Text a large city in it or its full name, like /timezone Berlin or /timezone America/New_York. Abbreviations like EST are ambiguous.'
      : `I don’t know that time zone. Did you mean ${meant.join(' or ')}? Text /timezone ${meant[0]}.`,

  quiet: {
    use: 'Text /quiet with two times, like /quiet 22-7 or /quiet 10pm-7am. /quiet off turns it off.',
    none: 'You have no quiet hours. Text /quiet 22-7 to set them.',
    off: 'Quiet hours are off: messages come as soon as they’re ready.',
    hours: (quiet: QuietHours, zone: string, convention: Clock): string =>
      `Quiet hours: ${formatQuietHours(quiet, convention)} (${cityOf(zone)}). Scheduled messages and progress updates wait until they end. One-time reminders and replies still come through. /quiet off turns this off.`,
    hoursAre: (quiet: QuietHours, zone: string, convention: Clock): string =>
      `Your quiet hours are ${formatQuietHours(quiet, convention)} (${cityOf(zone)}). /quiet off turns them off; text two other times to change them.`,
  },

  reminders: {
    gone: 'That reminder no longer exists.',
    done: 'Done.',
    snoozed: (dueAt: number, zone: string | null, convention: Clock, now: number): string => {
      if (zone === null) return 'I’ll remind you again in an hour.';
      const at = clock(dueAt, zone, convention, now);
      return `I’ll remind you again ${/^(?:\d|noon)/.test(at) ? 'at ' : ''}${at}.`;
    },
  },
} as const;
