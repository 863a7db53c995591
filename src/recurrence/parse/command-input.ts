import type { Refusal } from '../refusal.ts';
import { instantOf } from '../zones.ts';
import { addDays, type Day, daysBetween, hasSlashedDate, readDate } from './dates.ts';
import { readMoment, todayOf } from './moments.ts';
import { normaliseWords } from './normalise.ts';
import { type Options, readOptions, startsWithOption } from './options.ts';
import { readWhen } from './phrases.ts';

// Reads the words after /schedule, /remind and /standup, after "until" and after /skip. phrases.ts decides what the
// "when" means, with the person's clock and zone; conversation/schedules decides who may send to whom.

/** `recipients`: phone numbers (E.164) and 'me'; never empty. `check`: a command to run before the agent is woken. */
export type CommandInput = Options & { when: string; prompt: string };
type Reading = { kind: 'input'; input: CommandInput } | { kind: 'refused'; refusal: Refusal };
type Command = 'schedule' | 'remind' | 'standup';

/** Room for every option at its longest, and a phrase. */
const MOST_HEAD = 2500;

const refused = (refusal: Refusal): Reading => ({ kind: 'refused', refusal });

export function readCommandInput(command: Command, rest: string): Reading {
  const line = command === 'remind' ? rest.replace(/^\s*me\b/i, '') : rest;
  if (line.trim() === '') return refused({ why: 'missingInput', command });
  const split = splitAtColon(line) ?? splitWithoutColon(command, line);
  if (split === null) {
    const what = command === 'standup' || beginsWithWhen(line) ? null : line.trim().replace(/^to\s+/i, '');
    return refused({ why: 'missingColon', command, what });
  }
  const prompt = split.prompt.trim();
  if (prompt === '' && command !== 'standup') return refused({ why: 'missingPrompt', command });
  if (split.head.length > MOST_HEAD) return refused({ why: 'longHead' });
  const read = readOptions(split.head);
  if ('refused' in read) return refused(read.refused);
  const { phrase, clauses } = read;
  if (command !== 'schedule' && clauses.check !== null) return refused({ why: 'checkOnly' });
  if (phrase === '') return refused({ why: 'missingWhen', command });
  return { kind: 'input', input: { ...clauses, when: command === 'standup' ? everyDay(phrase) : phrase, prompt } };
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

// Whether words are a "when" depends on no zone and no moment, so any will do.
const ANY = { now: Date.UTC(2026, 0, 1), zone: 'UTC', clock: 24 } as const;
const isWhen = (text: string): boolean => readWhen(text, ANY).kind === 'rule';
const comesBack = (text: string): boolean => {
  const read = readWhen(text, ANY);
  return read.kind === 'rule' && read.rule.kind !== 'once';
};

/** A clock time beyond doubt, or a length of time. Without one, "monday morning meeting" could be split in two ways. */
const IS_PLAIN =
  /(?:\bat \d{1,2}|\d[:.]\d\d|\d ?[ap]\.?m\.?|noon|midnight)$|^(?:in|every) .*(?:minutes?|mins?|hours?)$/i;
const MOST_WORDS = 14;

/** "in 20 minutes take the bread out": a forgotten colon, where only one split makes sense. */
function splitWithoutColon(command: Command, line: string): Split | null {
  if (command === 'standup') return { head: line, prompt: '' };
  const words = firstWords(line);
  for (let count = Math.min(words.length - 1, MOST_WORDS); count > 0; count--) {
    const head = words.slice(0, count).join(' ');
    if (!isWhen(head)) continue;
    const left = line.trim().slice(lengthOfWords(line.trim(), count)).trim();
    const isClear = IS_PLAIN.test(head) && /^\p{L}/u.test(left) && !startsWithOption(left);
    const prompt = left.replace(/^to\s+/i, '');
    return isClear ? { head, prompt } : null;
  }
  return null;
}

const firstWords = (line: string): string[] => line.trim().split(/\s+/, MOST_WORDS + 1);

function beginsWithWhen(line: string): boolean {
  const words = firstWords(line);
  return words.some((_, count) => isWhen(words.slice(0, count + 1).join(' ')));
}

const lengthOfWords = (line: string, count: number): number =>
  new RegExp(`^(?:\\S+\\s+){${count - 1}}\\S+`).exec(line)?.[0].length ?? 0;

/** A standup recurs: on weekdays, unless the person names days. */
function everyDay(phrase: string): string {
  if (comesBack(phrase)) return phrase;
  const fuller = [`every weekday at ${phrase.replace(/^at /i, '')}`, `every weekday ${phrase}`, `every ${phrase}`];
  return fuller.find(comesBack) ?? phrase;
}

/** "/pause 2 until …": the start of that local day, or that time; null when the words are neither. */
export function readUntil(
  text: string,
  at: { now: number; zone: string | null; clock: 12 | 24 },
): number | 'zone-needed' | null {
  const here = { ...at, zone: at.zone ?? 'UTC' };
  const even = normaliseWords(text) ?? '';
  const read = dayOf(text, here);
  if (read !== null) {
    const begin = (day: Day): number => instantOf({ ...day, hour: 0, minute: 0 }, here.zone);
    // On a Friday, "until friday" means the next Friday.
    const day = read.movable && begin(read.day) <= at.now ? addDays(read.day, 7) : read.day;
    return at.zone === null ? 'zone-needed' : begin(day);
  }
  const moment = even === '' ? null : readMoment(even, here);
  if (moment?.kind !== 'moment') return null;
  return at.zone === null && !moment.free ? 'zone-needed' : moment.at;
}

/** "tomorrow", "friday", "24 Dec" -> YYYY-MM-DD on the local calendar; null for no day, or one ten years away. */
export function readDay(text: string, at: { now: number; zone: string }): string | null {
  const read = dayOf(text, at);
  if (read === null) return null;
  const { year, month, day } = read.day;
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

/** `movable`: only a weekday was named. */
function dayOf(text: string, at: { now: number; zone: string }): { day: Day; movable: boolean } | null {
  const even = normaliseWords(text)?.replace(/ , /g, ', ') ?? '';
  const today = todayOf(at);
  const read = even === '' || hasSlashedDate(even) ? null : readDate(even, today);
  return read?.kind !== 'day' || Math.abs(daysBetween(today, read.day)) > 3660 ? null : read;
}
