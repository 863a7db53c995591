import type { Config } from '../../../config/config.ts';
import { dateOf } from '../../../recurrence/zones.ts';
import { DAY } from '../../../units.ts';

// The days of the deployment's zone, by which everybody's figures are counted.

const zoneOf = ({ DEFAULT_TIMEZONE }: Config): string => DEFAULT_TIMEZONE ?? 'UTC';

export const todayOf = (config: Config): string => dateOf(Date.now(), zoneOf(config));

/** The newest days with today, oldest first: `2026-11-23`. */
export function lastDays(config: Config, count: number): string[] {
  const noon = Date.parse(`${todayOf(config)}T12:00:00Z`);
  return Array.from({ length: count }, (_, n) => new Date(noon - (count - 1 - n) * DAY).toISOString().slice(0, 10));
}

const short = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
/** `23 Nov` */
export const dayLabel = (day: string): string => short.format(new Date(`${day}T12:00:00Z`));
