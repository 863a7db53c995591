import { GAVE_UP, whyGivenUp } from '../../src/texts/given-up.ts';
import { texts } from '../../src/texts.ts';

// What a phone shows, read as a person reads it: an answer of the agent, or one of the product's own sentences. The
// sentences come from the product's table, so that one that is changed there is known here, and one that nobody knows is
// noticed. Pure.

/** The product's own sentences, by what they claim. */
export type NoticeKind =
  | 'gave up'
  | 'stopped'
  | 'nothing to stop'
  | 'retrying'
  | 'nothing to retry'
  | 'still stopping'
  | 'waiting'
  | 'progress'
  | 'unreachable'
  | 'session lost'
  | 'late'
  | 'left undone'
  | 'queue mode'
  | 'project'
  | 'deep work'
  | 'deep work over'
  /** In place of a file that the chat did not take, or not then. */
  | 'link'
  | 'reminder set'
  | 'compacted'
  | 'summarized'
  | 'machine'
  | 'undeliverable'
  /** Above words that the carrier did not take when they were ready. */
  | 'ready before';

export type Said =
  /** `details`: what the agent said of single texts, besides that they are done. */
  | { kind: 'answer'; ids: string[]; details: ReadonlyMap<string, string> }
  | { kind: 'question' | 'reminder'; ids: string[] }
  /** `count`: the number the sentence names, else 1. */
  | { kind: NoticeKind; ids: string[]; count: number }
  | { kind: 'summary' | 'unknown'; ids: string[]; words: string };

export const ID = /\bm\d{4,}\b/g;
export const idsIn = (words: string): string[] => [...new Set(words.match(ID) ?? [])];

const COUNT = 71;
const WORDS = 'Wörtchen';

const NOTICES: readonly (readonly [NoticeKind, RegExp])[] = [
  ...[...GAVE_UP.map(whyGivenUp), texts.agentError].map(
    // Named where another text could be meant.
    (text) => ['gave up', new RegExp(`^(Re “.+?: )?${pattern(text)}$`, 's')] as const,
  ),
  ['stopped', new RegExp(`^${escaped(texts.stopped([]).replace(/\.$/, ''))}\\.`)],
  ['nothing to stop', like(texts.nothingToStop)],
  ['retrying', like(texts.retrying(1))],
  ['retrying', like(texts.retrying(COUNT))],
  ['nothing to retry', like(texts.nothingToRetry)],
  ['still stopping', like(texts.stillStopping)],
  ...[texts.waiting, texts.waitingForYou].flatMap((text) =>
    [1, COUNT].map((count) => ['waiting', like(text(count))] as const),
  ),
  ['waiting', like(texts.state.place(COUNT))],
  ...[1, COUNT].flatMap((minutes) =>
    [null, WORDS].map((last) => ['progress', like(texts.progress(minutes, last))] as const),
  ),
  ['compacted', /^Done: \/compact$/],
  ...[null, WORDS].map((archived) => ['summarized', like(texts.state.compacted(archived))] as const),
  ['unreachable', like(texts.unreachable)],
  ['session lost', like(texts.sessionLost)],
  ['session lost', like(texts.sessionForgotten)],
  // What was put back and what not follows on the same lines.
  ['session lost', new RegExp(`^${escaped(texts.archive.newMachine)}`)],
  ['late', new RegExp(`^${escaped(texts.inbound.reachedLate(1, WORDS).split('a minute')[0] ?? '')}`)],
  ...[1, COUNT].map((minutes) => ['left undone', like(texts.inbound.leftUndone(minutes, WORDS))] as const),
  ...(['collect', 'steer', 'queue'] as const).map((mode) => ['queue mode', like(texts.queueMode(mode))] as const),
  ['project', like(texts.projects.made(WORDS))],
  ['project', new RegExp(`^${pattern(texts.projects.switched(WORDS))}(${pattern(texts.projects.goesOn(WORDS))})?$`)],
  // Of a command before it that was left undone because it came late.
  ...[texts.projects.alreadyActive, texts.projects.unknown, texts.projects.taken].map(
    (text) => ['project', like(text(WORDS))] as const,
  ),
  ['deep work over', like(texts.deep.notDeep)],
  ['deep work', like(texts.deep.begun(WORDS, false))],
  ...[true, false].map((worked) => ['deep work over', like(texts.deep.ended(worked))] as const),
  ['link', like(texts.files.link(WORDS, COUNT, WORDS))],
  ['reminder set', /^I’ll remind you .+Cancel with \/cancel \d+\.$/s],
  ...[texts.machines.making, texts.machines.again, texts.machines.waking].map(
    (text) => ['machine', like(text)] as const,
  ),
  ...(['answer', 'question', 'reminder', 'notice'] as const).flatMap((kind) =>
    (['content', 'other'] as const).map(
      (failure) => ['undeliverable', like(texts.undelivered(kind, failure) ?? '')] as const,
    ),
  ),
  ['ready before', /^This was ready .+, but (WhatsApp|Twilio) didn’t take it until now\.$/],
];

/** Below a question whose choices could not be shown as buttons. */
const NUMBERED = /^1\. .*\nAnswer with a number or /s;

/** What one message says. Several parts that waited together may have left in one. */
export function read(body: string): Said[] {
  return body
    .split('\n\n')
    .filter((part) => part.trim() !== '' && !NUMBERED.test(part))
    .map(readPart);
}

function readPart(part: string): Said {
  const ids = idsIn(part);
  const kind = NOTICES.find(([, form]) => form.test(part))?.[0];
  if (kind) return { kind, ids, count: countIn(kind, part, ids) };
  if (/^m\d{4,} asks: /.test(part)) return { kind: 'question', ids };
  if (/^m\d{4,} rings\b/.test(part)) return { kind: 'reminder', ids };
  const answer = /^((?:m\d{4,} )+)done\.(.*)$/s.exec(part);
  if (answer) {
    const details = new Map(
      [...(answer[2] ?? '').matchAll(/(m\d{4,}): ([^.]*)\./g)].map((m) => [m[1] ?? '', m[2] ?? '']),
    );
    return { kind: 'answer', ids: idsIn(answer[1] ?? ''), details };
  }
  return { kind: part.trim() === SUMMARY ? 'summary' : 'unknown', ids, words: part };
}

/** What the agent asks, and what it offers. */
export const CHOICES = ['red', 'green', 'blue'] as const;
export const questionAbout = (id: string): string => `${id} asks: which colour?`;
/** What the agent says when it is asked about nothing that has an id. */
export const SUMMARY = 'Nothing by name.';
/** What it says of texts that have one. */
export const answerTo = (ids: readonly string[], details: ReadonlyMap<string, string> = new Map()): string =>
  ids.length === 0
    ? SUMMARY
    : [`${ids.join(' ')} done.`, ...[...details].map(([id, detail]) => `${id}: ${detail}.`)].join(' ');

function countIn(kind: NoticeKind, part: string, ids: readonly string[]): number {
  if (kind !== 'stopped') return Number(/\d+(?= messages)/.exec(part)?.[0] ?? 1);
  return ids.length + Number(/… and (\d+) more/.exec(part)?.[1] ?? 0);
}

function like(text: string): RegExp {
  return new RegExp(`^${pattern(text)}$`, 's');
}

function pattern(text: string): string {
  return escaped(text).replaceAll(String(COUNT), '\\d+').replaceAll(WORDS, '.+?');
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
