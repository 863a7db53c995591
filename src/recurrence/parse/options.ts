import { CHECK_MAX_CHARS } from '../../protocol/limits.ts';
import { readRegion } from '../holidays.ts';
import type { Refusal } from '../refusal.ts';
import { withoutMarks } from './normalise.ts';

// Options around the "when" of a schedule: for whom, except when, in which session. Each option is taken out, and the
// phrase remains. Whether the person may send to those recipients is decided elsewhere.

export type Options = {
  recipients: string[];
  holidays: string | null;
  isolated: boolean;
  queue: boolean;
  check: string | null;
};

type Taken = { phrase: string; clauses: Options } | { refused: Refusal };

const MOST_RECIPIENTS = 20;

const START = /^(?:for|except|check|isolated|queued|and queue|in (?:its|an) own session)\b/i;
export const startsWithOption = (text: string): boolean => START.test(text);

/** Takes the first match out of the text. A comma in its place keeps the words around it apart. */
function take(text: string, pattern: RegExp): { left: string; found: RegExpExecArray | null } {
  const found = pattern.exec(text);
  if (!found) return { left: text, found };
  return { left: `${text.slice(0, found.index)} , ${text.slice(found.index + found[0].length)}`, found };
}

export function readOptions(head: string): Taken {
  const check = take(head, /\bcheck\s*`([^`]*)`/i);
  const command = check.found?.[1]?.trim() ?? null;
  if (command === '' || /`|\bcheck\b/i.test(check.left)) return { refused: { why: 'checkUse' } };
  if (command !== null && command.length > CHECK_MAX_CHARS)
    return { refused: { why: 'longCheck', most: CHECK_MAX_CHARS } };
  const except = take(
    withoutMarks(check.left),
    /\bexcept(?: on)?(?: public| bank)? holidays(?: (?:in|of))?\s+([a-z]{2}(?:-[a-z0-9]{1,3}){0,2})\b/i,
  );
  const named = except.found?.[1] ?? null;
  const holidays = named === null ? null : readRegion(named);
  if (named !== null && holidays === null) return { refused: { why: 'unknownRegion', named } };
  if (/\bexcept\b/i.test(except.left)) return { refused: { why: 'exceptUse' } };
  const isolated = take(except.left, /\b(?:in (?:its|an) own session|isolated)\b/i);
  const queue = take(isolated.left, /\b(?:and queue|queued)\b/i);
  const people = readRecipients(queue.left);
  if ('refused' in people) return people;
  return {
    phrase: tidy(people.left),
    clauses: {
      recipients: people.recipients,
      holidays,
      isolated: isolated.found !== null,
      queue: queue.found !== null,
      check: command,
    },
  };
}

/** Removes the commas that are left over where options stood. */
const tidy = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/(?: ?,)+ ?/g, ', ')
    .replace(/^[, ]+|[, ]+$/g, '');

const SEPARATOR = /\s*(?:,|&|\band\b)\s*/i;
const ONE = String.raw`(?:me\b|\+[\d().-]+)`;
const MIDDLE = new RegExp(String.raw`\bfor\s+(${ONE}(?:\s*(?:,|&|and)\s*${ONE})*)(?=\s|,|$)`, 'i');

/** At the end numbers may hold spaces; before other words they may not, or "+1 555 9 daily" could be two things. */
function readRecipients(text: string): { left: string; recipients: string[] } | { refused: Refusal } {
  if (!/\bfor\b/i.test(text)) return { left: text, recipients: ['me'] };
  const last = /\bfor\s+([^a-z]*(?:\b(?:me|and)\b[^a-z]*)*)$/i.exec(text.replace(/[\s,]+$/, ''));
  const middle = last ? null : MIDDLE.exec(text);
  const list = (last ?? middle)?.[1]?.trim() ?? '';
  if (list === '') {
    return { refused: { why: 'unreadRecipient', named: /\bfor\b\s*(.*)$/is.exec(text)?.[1]?.trim() ?? '' } };
  }
  const recipients = new Set<string>();
  for (const item of list.split(SEPARATOR).filter((item) => item !== '')) {
    // "+44 (0)20 …": the 0 is dialled only within the country.
    const number = item.replace(/\(0\)|[\s().-]/g, '');
    if (!/^(?:me|\+[1-9]\d{5,14})$/i.test(number)) return { refused: { why: 'unreadRecipient', named: item } };
    recipients.add(number.toLowerCase());
  }
  if (recipients.size > MOST_RECIPIENTS) return { refused: { why: 'manyRecipients', most: MOST_RECIPIENTS } };
  const found = last ?? middle;
  const left = found ? `${text.slice(0, found.index)} , ${text.slice(found.index + found[0].length)}` : text;
  return { left, recipients: [...recipients] };
}
