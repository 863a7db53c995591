import { type ClockTime, type Part, readTimes } from './times.ts';

// Normalises a person's words (case, spaces, number words, invisible marks) and lists the ways to split them into a
// day, its times and a part of the day. phrases.ts takes the first split that makes sense as a whole.

const NUMBERS = 'zero one two three four five six seven eight nine ten eleven twelve'.split(' ');
/** Longer than any phrase that means one time. */
const LONGEST = 160;

/** Without direction marks and joiners, which phones insert and nobody sees. */
export const withoutMarks = (text: string): string =>
  text.replace(/[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '').replace(/[‐-–]/g, '-');

/** Null when the text is too long or has characters that no phrase has. */
export function normaliseWords(text: string): string | null {
  if (text.length > 2 * LONGEST) return null;
  const even = withoutMarks(text)
    .replace(/[’‘]/g, "'")
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[.!?,;]+$/, '')
    .replace(/^[,;]+/, '')
    .replace(/ ?& ?/g, ' and ')
    .replace(/ ?, ?/g, ' , ')
    .replace(/\b([ap])\.m\b\.?/g, '$1m')
    .replace(/ o'clock\b/g, '')
    .replace(/(^|\s)@ ?(?=\d)/g, '$1at ')
    .replace(/\beach\b/g, 'every')
    .replace(/\bhalf-hour\b/g, 'half hour')
    .replace(/[a-z]+/g, (word) => (word === 'zero' || !NUMBERS.includes(word) ? word : String(NUMBERS.indexOf(word))))
    .trim();
  return even.length > LONGEST || !/^[a-z0-9 ,.:/+()'#*@?-]*$/.test(even) ? null : even;
}

export type DayAndTimes = { day: string; times: ClockTime[]; part: Part | null };

const PART = /^(morning|afternoon|evening|night)(s?)$/;

/** Takes "in the evening", "tonight", "mornings" out of the words; null when there are two of them. */
function takePart(text: string): { words: string[]; part: Part | null } | null {
  const words = text
    .replace(/\btonight\b/g, 'today night')
    .replace(/\bthis (morning|afternoon|evening)\b/g, 'today $1')
    .replace(/\b(?:in the (morning|afternoon|evening)|at (night))\b/g, '$1$2')
    .split(' ')
    .filter((word) => word !== '');
  const at = words.findIndex((word) => PART.test(word));
  const match = PART.exec(words[at] ?? '');
  if (!match) return { words, part: null };
  const rest = [...words.slice(0, at), ...words.slice(at + 1)];
  if (rest.some((word) => PART.test(word))) return null;
  // "mornings", "monday evenings"
  if (match[2] === 's' && rest[0] !== 'every') rest.unshift('every');
  return { words: rest, part: match[1] as Part };
}

const joined = (words: readonly string[]): string =>
  words
    .join(' ')
    .replace(/^(, ?)+|( ?,)+$/g, '')
    .replace(/ ,/g, ',')
    .trim();

/** Every way in which the words end, or begin, with times; the one without times first. */
export function* splitDayAndTimes(text: string): Generator<DayAndTimes> {
  const taken = takePart(text);
  if (!taken) return;
  const { words, part } = taken;
  for (let at = words.length; at >= 0; at--) {
    const times = at === words.length ? [] : readTimes(words.slice(at));
    if (times) yield { day: joined(words.slice(0, at)), times, part };
  }
  for (let at = 1; at < words.length; at++) {
    const times = readTimes(words.slice(0, at));
    if (times) yield { day: joined(words.slice(at)), times, part };
  }
}
