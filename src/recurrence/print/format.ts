import { DAYS, MONTHS } from '../calendar-names.ts';
import { daysBetween } from '../parse/dates.ts';
import { readWhen } from '../parse/phrases.ts';
import { formatTimeOfDay } from '../parse/times.ts';
import type { Rule } from '../rule.ts';
import { instantOf, type Local, localOf, offsetAt } from '../zones.ts';
import { formatCron, toCanonicalCron } from './cron.ts';

// Prints rules and moments for people. parse/phrases.ts must read a printed rule back as the same rule; wording that it
// would read differently is not used.

const date = ({ day, month, year }: Local): string => `${day} ${MONTHS[month - 1]} ${year}`;

/** "UTC+1", "UTC-3:30" */
function offsetInWords(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const rest = minutes % 60;
  return `UTC${ms < 0 ? '-' : '+'}${Math.floor(minutes / 60)}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`;
}

/** "24 Dec 2026 at 18:00"; a local time that exists twice carries its offset from UTC. */
function moment(ms: number, zone: string, clock: 12 | 24): string {
  const local = localOf(ms, zone);
  const second = instantOf(local, zone) + 60_000 <= ms;
  const time = `${date(local)} at ${formatTimeOfDay(local.hour, local.minute, clock)}`;
  return second ? `${time} (${offsetInWords(offsetAt(ms, zone))})` : time;
}

const MINUTES_A_DAY = 1440;

function interval(
  { every, unit, anchor }: Extract<Rule, { kind: 'interval' }>,
  zone: string,
  clock: 12 | 24,
): string[] {
  const begin = moment(anchor, zone, clock);
  if (unit === 'minutes') {
    const inHours = every % 60 === 0 && every <= MINUTES_A_DAY;
    const count = inHours ? every / 60 : every;
    const length = `${count === 1 ? '' : `${count} `}${inHours ? 'hour' : 'minute'}${count === 1 ? '' : 's'}`;
    return [`every ${length} from ${begin}`];
  }
  const local = localOf(anchor, zone);
  const length = `every ${every === 1 ? `${unit === 'weeks' ? 'week' : '1 day'}` : `${every} ${unit}`}`;
  const weekday = unit === 'weeks' ? ` on ${DAYS[local.weekday]}` : '';
  return [
    `${length}${weekday} at ${formatTimeOfDay(local.hour, local.minute, clock)}, from ${date(local)}`,
    `${length} from ${begin}`,
  ];
}

function wordings(rule: Rule, zone: string, clock: 12 | 24): string[] {
  if (rule.kind === 'once') return [`on ${moment(rule.at, zone, clock)}`];
  if (rule.kind === 'interval') return interval(rule, zone, clock);
  const words = formatCron(rule.cron, clock);
  return words === null ? [] : [words];
}

function isSame(a: Rule, b: Rule): boolean {
  if (a.kind === 'cron') return b.kind === 'cron' && toCanonicalCron(a.cron) === toCanonicalCron(b.cron);
  if (a.kind === 'once') return b.kind === 'once' && a.at === b.at;
  return b.kind === 'interval' && a.every === b.every && a.unit === b.unit && a.anchor === b.anchor;
}

/** "every weekday at 9:00"; a cron rule without words of its own is its five fields. */
export function formatRule(rule: Rule, zone: string, clock: 12 | 24): string {
  const all = wordings(rule, zone, clock);
  // Every date is printed with its year, so `now` matters only for the limit of ten years.
  const now = rule.kind === 'once' ? rule.at : rule.kind === 'interval' ? rule.anchor : 0;
  const readable = all.find((words) => {
    const read = readWhen(words, { now, zone, clock });
    return read.kind === 'rule' && isSame(rule, read.rule);
  });
  return readable ?? (rule.kind === 'cron' ? rule.cron : (all[all.length - 1] ?? ''));
}

/** "today at 17:30", "tomorrow at 9:00", "Mon 23 Nov, 9:00", with the year when it is another one. */
export function formatTime(ms: number, zone: string, clock: 12 | 24, now: number): string {
  const local = localOf(ms, zone);
  const today = localOf(now, zone);
  const time = formatTimeOfDay(local.hour, local.minute, clock);
  const away = daysBetween(today, local);
  const near = { '-1': 'yesterday', '0': 'today', '1': 'tomorrow' }[String(away)];
  if (near !== undefined) return `${near} at ${time}`;
  const year = local.year === today.year ? '' : ` ${local.year}`;
  return `${DAYS[local.weekday]?.slice(0, 3)} ${local.day} ${MONTHS[local.month - 1]}${year}, ${time}`;
}

/** "Europe/Berlin" -> "Berlin time (Europe/Berlin)" */
export function formatZone(zone: string): string {
  const place = zone.split('/').pop()?.replaceAll('_', ' ') ?? zone;
  return zone.includes('/') && !zone.startsWith('Etc/') ? `${place} time (${zone})` : zone;
}

/** "12 s", "3 min", "2 h", "1 h 30 min", "2 days" */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}
