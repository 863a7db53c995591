// Reads times of day: "9", "9:30 pm", "noon", "9 and 17:30", "in the evening". Knows no days.

/** `bare`: nothing says which half of the day is meant ("9", "9:30"; not "09:30", "17", "9 am"). */
export type ClockTime = { hour: number; minute: number; bare: boolean; isMidnight: boolean };
export type Part = 'morning' | 'afternoon' | 'evening' | 'night';

const ONE = /^(?:(noon|midday)|(midnight)|(\d{1,2})(?:[:.](\d{2}))?(?: ?(am|pm)|h)?)$/;

function readTime(text: string): ClockTime | null {
  const match = ONE.exec(text);
  if (!match) return null;
  const [, noon, midnight, digits, minutes, half] = match;
  if (noon !== undefined) return { hour: 12, minute: 0, bare: false, isMidnight: false };
  if (midnight !== undefined) return { hour: 0, minute: 0, bare: false, isMidnight: true };
  if (digits === undefined) return null;
  const said = Number(digits);
  const minute = Number(minutes ?? 0);
  if (minute > 59 || said > 23) return null;
  if (half === undefined) {
    const bare = said >= 1 && said <= 12 && !digits.startsWith('0') && !text.endsWith('h');
    return { hour: said, minute, bare, isMidnight: false };
  }
  if (said < 1 || said > 12) return null;
  return { hour: (said % 12) + (half === 'pm' ? 12 : 0), minute, bare: false, isMidnight: false };
}

/** All the words as one or several times; null when any word is something else. */
export function readTimes(words: readonly string[]): ClockTime[] | null {
  const text = words.join(' ').replace(/^,? ?at /, '');
  const times = text.split(/(?: ?, and | ?, | and )(?:at )?/).map(readTime);
  return times.some((time) => time === null) ? null : times.filter((time) => time !== null);
}

const USUAL: Record<Part, number> = { morning: 9, afternoon: 15, evening: 19, night: 21 };

/** The time for a day, or a part of a day, that is named without a time. */
export const usualTimeOf = (part: Part | null): ClockTime => ({
  hour: part === null ? 9 : USUAL[part],
  minute: 0,
  bare: false,
  isMidnight: false,
});

const RANGES: Record<Part, (hour: number) => boolean> = {
  morning: (hour) => hour < 12,
  afternoon: (hour) => hour >= 12 && hour <= 18,
  evening: (hour) => hour >= 16,
  night: (hour) => hour >= 18 || hour < 6,
};

/** The time in that part of the day ("8" in the evening is 20:00); null when it is outside ("9 am" in the evening). */
export function moveIntoPart(time: ClockTime, part: Part | null): ClockTime | null {
  if (part === null) return time;
  const { hour } = time;
  const shifted =
    !time.bare || part === 'morning'
      ? hour
      : part === 'night' && (hour === 12 || hour < 5)
        ? hour % 12
        : (hour % 12) + 12;
  return RANGES[part](shifted) ? { ...time, hour: shifted, bare: false } : null;
}

const pad = (value: number): string => String(value).padStart(2, '0');

export function formatTimeOfDay(hour: number, minute: number, clock: 12 | 24): string {
  if (clock === 24) return `${hour}:${pad(minute)}`;
  // Not "midnight": nobody can tell whether a day begins or ends with it.
  if (minute === 0 && hour === 12) return 'noon';
  const face = hour % 12 === 0 ? 12 : hour % 12;
  return `${minute === 0 ? face : `${face}:${pad(minute)}`} ${hour < 12 ? 'am' : 'pm'}`;
}
