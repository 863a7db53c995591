import { schedulePhraseTexts as say } from '../../texts/schedule-phrases.ts';
import { instantOf } from '../zones.ts';
import { type Clauses, readClauses, startsWithClause } from './clauses.ts';
import { addDays, type Day, daysBetween, hasSlashedDate, readDate } from './dates.ts';
import { readMoment, todayOf } from './moments.ts';
import { evenWording } from './normalise.ts';
import { readWhen } from './phrases.ts';

// What stands after /schedule, /remind and /standup, and after "until" and "/skip": parted and checked here. What the "when"
// in it means is decided by phrases.ts, with the person's clock and zone; who may send to whom is decided elsewhere.

/** `recipients`: phone numbers (E.164) and 'me'; never empty. `check`: a command to run before the agent is woken. */
export type Wish = Clauses & { when: string; prompt: string };
export type WishReading = { kind: 'wish'; wish: Wish } | { kind: 'refused'; reason: string };
type Command = 'schedule' | 'remind' | 'standup';

const MOST_PROMPT_BYTES = 65_536;
/** One message on every channel, with room for what is said around it. */
const MOST_REMINDER = 1500;

/** Every clause at its longest, and a phrase. */
const MOST_HEAD = 2500;

const refused = (reason: string): WishReading => ({ kind: 'refused', reason });

export function readWish(command: Command, rest: string): WishReading {
  const line = command === 'remind' ? rest.replace(/^\s*me\b/i, '') : rest;
  if (line.trim() === '') return refused(say.missingAll[command]);
  const split = splitAtColon(line) ?? splitWithoutColon(command, line);
  if (split === null) return refused(say.missingColon[command]);
  const prompt = split.prompt.trim();
  if (prompt === '' && command !== 'standup') return refused(say.missingPrompt[command]);
  if (command === 'remind' && [...prompt].length > MOST_REMINDER) return refused(say.longReminder(MOST_REMINDER));
  if (new TextEncoder().encode(prompt).length > MOST_PROMPT_BYTES) return refused(say.longPrompt);
  if (split.head.length > MOST_HEAD) return refused(say.longHead);
  const read = readClauses(split.head);
  if ('refused' in read) return refused(read.refused);
  const { phrase, clauses } = read;
  if (command !== 'schedule' && clauses.check !== null) return refused(say.checkOnly);
  if (command === 'remind' && (clauses.isolated || clauses.queue)) return refused(say.agentOnly);
  if (phrase === '') return refused(say.missingWhen[command]);
  return { kind: 'wish', wish: { ...clauses, when: command === 'standup' ? everyDay(phrase) : phrase, prompt } };
}

type Split = { head: string; prompt: string };

/** The first colon before white space or the end, so that "9:30" stays whole; none inside backticks. */
function splitAtColon(line: string): Split | null {
  let isCode = false;
  for (let at = 0; at < line.length; at++) {
    if (line[at] === '`') isCode = !isCode;
    if (line[at] === ':' && !isCode && /^\s?$/.test(line[at + 1] ?? '')) {
      return { head: line.slice(0, at), prompt: line.slice(at + 1) };
    }
  }
  return null;
}

// Any zone and moment do for telling whether words are a "when" at all.
const ANY = { now: Date.UTC(2026, 0, 1), zone: 'UTC', clock: 24 } as const;
const isWhen = (text: string): boolean => readWhen(text, ANY).kind === 'rule';
const comesBack = (text: string): boolean => {
  const read = readWhen(text, ANY);
  return read.kind === 'rule' && read.rule.kind !== 'once';
};

/** A clock time beyond doubt, or a length of time. Without one, "monday morning meeting" could be parted in two ways. */
const IS_PLAIN =
  /(?:\bat \d{1,2}|\d[:.]\d\d|\d ?[ap]\.?m\.?|noon|midnight)$|^(?:in|every) .*(?:minutes?|mins?|hours?)$/i;
const MOST_WORDS = 14;

/** "in 20 minutes take the bread out": the colon forgotten, where only one parting makes sense. */
function splitWithoutColon(command: Command, line: string): Split | null {
  if (command === 'standup') return { head: line, prompt: '' };
  const words = line.trim().split(/\s+/, MOST_WORDS + 1);
  for (let count = Math.min(words.length - 1, MOST_WORDS); count > 0; count--) {
    const head = words.slice(0, count).join(' ');
    if (!isWhen(head)) continue;
    const left = line.trim().slice(lengthOfWords(line.trim(), count)).trim();
    const isClear = IS_PLAIN.test(head) && /^\p{L}/u.test(left) && !startsWithClause(left);
    const prompt = left.replace(/^to\s+/i, '');
    return isClear ? { head, prompt } : null;
  }
  return null;
}

const lengthOfWords = (line: string, count: number): number =>
  new RegExp(`^(?:\\S+\\s+){${count - 1}}\\S+`).exec(line)?.[0].length ?? 0;

/** A standup comes back: on weekdays, unless days are named. */
function everyDay(phrase: string): string {
  if (comesBack(phrase)) return phrase;
  const fuller = [`every weekday at ${phrase.replace(/^at /i, '')}`, `every weekday ${phrase}`, `every ${phrase}`];
  return fuller.find(comesBack) ?? phrase;
}

/** "/pause 2 until …": the beginning of that local day, or the time given; null when it is neither. */
export function readUntil(
  text: string,
  at: { now: number; zone: string | null; clock: 12 | 24 },
): number | 'zone-needed' | null {
  const here = { ...at, zone: at.zone ?? 'UTC' };
  const even = evenWording(text) ?? '';
  const read = dayOf(text, here);
  if (read !== null) {
    const begin = (day: Day): number => instantOf({ ...day, hour: 0, minute: 0 }, here.zone);
    // "until friday", said on a Friday, is the next one.
    const day = read.movable && begin(read.day) <= at.now ? addDays(read.day, 7) : read.day;
    return at.zone === null ? 'zone-needed' : begin(day);
  }
  const moment = even === '' ? null : readMoment(even, here);
  if (moment?.kind !== 'moment') return null;
  return at.zone === null && !moment.free ? 'zone-needed' : moment.at;
}

/** "tomorrow", "friday", "24 Dec" -> YYYY-MM-DD on the local calendar; null when it is no day, or one ten years away. */
export function readDay(text: string, at: { now: number; zone: string }): string | null {
  const read = dayOf(text, at);
  if (read === null) return null;
  const { year, month, day } = read.day;
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

/** `movable`: only a weekday was named. */
function dayOf(text: string, at: { now: number; zone: string }): { day: Day; movable: boolean } | null {
  const even = evenWording(text)?.replace(/ , /g, ', ') ?? '';
  const today = todayOf(at);
  const read = even === '' || hasSlashedDate(even) ? null : readDate(even, today);
  return read?.kind !== 'day' || Math.abs(daysBetween(today, read.day)) > 3660 ? null : read;
}
