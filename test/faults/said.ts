import { texts } from '../../src/texts/index.ts';
import { type NoticeKind, noticeIn } from './sentences.ts';

// Reads a phone's messages as a person does: an answer of the agent, or a sentence of the product. Reports unknown
// sentences. Pure.

export type Said =
  /** `details`: what the agent said about single texts, besides that they are done. */
  | { kind: 'answer'; ids: string[]; details: ReadonlyMap<string, string>; project: string | null }
  | { kind: 'question' | 'reminder'; ids: string[] }
  /**
   * `count`: the number in the sentence, else 1. `place`: its place in the product's table. `label`: the project it
   * leads to. `command`: the command it quotes. `age`: how old the files are that it gives back; null: it gives none.
   */
  | {
      kind: NoticeKind;
      ids: string[];
      count: number;
      place: string;
      label: string | null;
      command: string | null;
      age: number | null;
    }
  /** `around`: belongs to the words beside it, or says nothing about a text. */
  | { kind: 'around' | 'unknown'; ids: string[]; words: string };

export const ID = /\bm\d{4,}\b/g;
export const idsIn = (words: string): string[] => [...new Set(words.match(ID) ?? [])];

/** The subject of a request for consent, and the words around it. */
const WOULD_DO = /^```\s*count m\d{4,}\s*```$/;
const MAY_I = /^OK to run this in .+\?$/;
/** The agent server's answer to /compact. */
const COMPACTED = ['Done: /compact', 'Not enough messages to compact.'];
/** A whole request for consent that can be given for good: what would be done, and what “Always” would cover. */
const FOR_GOOD = /^OK to run this in [^\n]+\?\n\n```[^`]*```\n\nAlways = /;
/** Below a question whose choices could not be shown as buttons. */
const NUMBERED = /^1\. .*\nAnswer with a number or /s;

/** The content of one message. Several waiting parts may have left in one message. */
export function read(body: string): Said[] {
  if (FOR_GOOD.test(body)) return [{ kind: 'question', ids: idsIn(body).slice(0, 1) }];
  const parts = body.split('\n\n').filter((part) => part.trim() !== '' && !NUMBERED.test(part));
  return parts.flatMap((part, n) => {
    // The subject of a doubt is quoted below it, and is not a second question.
    if (WOULD_DO.test(part) && isDoubt(parts[n - 1])) return [];
    return readPart(part, isDoubt(part) ? idsIn(parts[n + 1] ?? '') : idsIn(part));
  });
}

const isDoubt = (part = ''): boolean => noticeIn(part)?.kind === 'in doubt';

function readPart(part: string, ids: string[]): Said {
  const notice = noticeIn(part);
  if (notice) {
    const command = /^“(\/[a-z]+)\b/.exec(part)?.[1] ?? null;
    return { ...notice, ids, count: countIn(notice.kind, part, ids), label: labelIn(part), command, age: ageIn(part) };
  }
  const plain = { count: 1, label: null, command: null, age: null };
  if (COMPACTED.includes(part)) return { kind: 'compacted', ids, place: 'said by the agent server', ...plain };
  const number = ASIDE.exec(part)?.[1];
  if (number) return { kind: 'aside', ids: [`m${number}`], place: 'said by the agent', ...plain };
  if (/^m\d{4,} asks: /.test(part) || WOULD_DO.test(part)) return { kind: 'question', ids };
  if (/^m\d{4,} rings\b/.test(part)) return { kind: 'reminder', ids };
  const answer = /^((?:m\d{4,} )+)done\.(.*)$/s.exec(part);
  if (answer) {
    const details = new Map(
      [...(answer[2] ?? '').matchAll(/(m\d{4,}): ([^.]*)\./g)].map((m) => [m[1] ?? '', m[2] ?? '']),
    );
    const project = / In ([\w-]+)\.$/.exec(answer[2] ?? '')?.[1] ?? null;
    return { kind: 'answer', ids: idsIn(answer[1] ?? ''), details, project };
  }
  return { kind: AROUND.some((form) => form.test(part)) ? 'around' : 'unknown', ids, words: part };
}

/** The agent's question and its choices. */
export const CHOICES = ['red', 'green', 'blue'] as const;
export const questionAbout = (id: string): string => `${id} asks: which colour?`;
/** The agent's words when no text with an id was asked about. */
export const SUMMARY = 'Nothing by name.';
/** The agent's words about texts with an id. */
export function answerTo(
  ids: readonly string[],
  details: ReadonlyMap<string, string> = new Map(),
  project: string | null = null,
): string {
  if (ids.length === 0) return SUMMARY;
  const said = [...details].map(([id, detail]) => `${id}: ${detail}.`);
  return [`${ids.join(' ')} done.`, ...said, ...(project === null ? [] : [`In ${project}.`])].join(' ');
}
/** The agent's words about the files it finds, named by the numbers of their texts. */
export const filesOf = (ids: readonly string[]): string => `has ${ids.map(numberOf).sort().join(' ')}`;
/** The agent's side answer while it works on that text. */
export const aside = (number: string): string => `On the side: ${number} is under way.`;
const ASIDE = /^On the side: (\d{4,}) is under way\.$/;
/** Named only by its number: a question about a text is not that text. */
export const numberOf = (id: string): string => id.slice(1);
const AROUND: readonly RegExp[] = [/^Nothing by name\.$/, MAY_I];
/** The subject of its request for consent. */
export const commandAbout = (id: string): string => `count ${id}`;
export const DECISIONS = ['Approve', 'Deny'] as const;

/** The phone's project after that, or the project of its new topic. */
const labelIn = (part: string): string | null =>
  /^(?:Created (.+) and switched to it|Switched to (.+?)|You’re already in (.+))\.(?: My work in |$)|^This topic is for the project (.+?): /
    .exec(part)
    ?.slice(1)
    .find((label) => label !== undefined) ?? null;

const MINUTE_MS = 60_000;
const MINUTES_IN: Readonly<Record<string, number>> = { minutes: 1, hours: 60, days: 24 * 60 };

/** The greatest age that the words allow, in milliseconds; endless for lost files. */
function ageIn(part: string): number | null {
  if (/ I couldn’t restore the files in /.test(part)) return Number.POSITIVE_INFINITY;
  const [back, age, unit = ''] =
    /The files in .+ are back, as they were (?:just before|(\d+) (\w+) ago)\./.exec(part) ?? [];
  if (back === undefined) return null;
  if (age === undefined) return 1.5 * MINUTE_MS;
  return (Number(age) + 0.5) * (MINUTES_IN[unit] ?? 1) * MINUTE_MS;
}

function countIn(kind: NoticeKind, part: string, ids: readonly string[]): number {
  if (kind !== 'stopped') return Number(/\d+(?= messages)/.exec(part)?.[0] ?? 1);
  const unnamed = part.split('\n').filter((line) => line === `• ${texts.inbound.something}`).length;
  return ids.length + unnamed + Number(/… and (\d+) more/.exec(part)?.[1] ?? 0);
}
