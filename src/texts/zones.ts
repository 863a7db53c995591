import { timeInWords, zoneInWords } from '../schedules/words.ts';

// What the product says about time zones: asked for, chosen, and schedules that move along.

type Clock = 12 | 24;
/** How the zone is known. */
export type ZoneSource = 'chosen' | 'number' | 'default';

/** The city a zone is named after. */
export const cityOf = (zone: string): string => zone.slice(zone.lastIndexOf('/') + 1).replaceAll('_', ' ');

/** The time alone where it is today. */
const clock = (ms: number, zone: string, convention: Clock, now: number): string =>
  timeInWords(ms, zone, convention, now).replace(/^today /, '');

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
  onlyNewest: 'I keep only what you asked for last until I know.',
  settled: 'That question is settled.',

  zone: (zone: string, source: ZoneSource, now: number, convention: Clock): string => {
    const how = { chosen: 'as you chose', number: 'as your number tells', default: 'as set up here' }[source];
    const back = source === 'chosen' ? ' /timezone auto forgets it.' : '';
    return `Your time zone is ${zoneInWords(zone)}, ${how}. It is ${clock(now, zone, convention, now)} there. ${CHANGE}${back}`;
  },
  set: (zone: string, now: number, convention: Clock): string =>
    `Your time zone is now ${zoneInWords(zone)}. It is ${clock(now, zone, convention, now)} there.`,
  forgotten: 'I forgot your time zone. I’ll ask for it when I need it.',
  unknown:
    'I don’t know that time zone. Text a large city in it or its full name, like /timezone Berlin or /timezone America/New_York. Short names like EST say nothing about the summer.',
} as const;
