// Names of days, months and ordinals, for reading and for printing.

export const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
export const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const LONG_MONTHS = 'january february march april may june july august september october november december'.split(' ');

const DAY_NAMES = new Map<string, number>(
  [
    ['sunday', 'sun'],
    ['monday', 'mon'],
    ['tuesday', 'tue', 'tues'],
    ['wednesday', 'wed', 'weds'],
    ['thursday', 'thu', 'thur', 'thurs'],
    ['friday', 'fri'],
    ['saturday', 'sat'],
  ].flatMap((names, day) => names.map((name): [string, number] => [name, day])),
);

export const readDayName = (word: string): number | null => DAY_NAMES.get(word) ?? null;

/** "mondays" -> 1; "monday" and "tues" are no plural. */
export const readDayPlural = (word: string): number | null =>
  word.endsWith('days') ? readDayName(word.slice(0, -1)) : null;

export function readMonth(word: string): number | null {
  const at = LONG_MONTHS.findIndex(
    (name) => name === word || name.slice(0, 3) === word || (word === 'sept' && name === 'september'),
  );
  return at < 0 ? null : at + 1;
}

export const ORDINALS: readonly string[] = ['first', 'second', 'third', 'fourth', 'fifth'];

export function formatOrdinal(value: number): string {
  const tens = value % 100;
  const end = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th');
  return `${value}${end}`;
}

/** "a", "a and b", "a, b and c" */
export const formatList = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
