import { FENCE, isVisible, type Span, spansOf } from '../markup/marks.ts';

// Turns the chat markup into a Telegram text with entities: bold, italic, strike, code, fences and quotes. The marks
// are left out, and everything else is kept. Offsets count UTF-16 units, as Telegram's do. Linear in the text.

export type Entity = {
  type: 'bold' | 'italic' | 'strikethrough' | 'code' | 'pre' | 'blockquote';
  offset: number;
  length: number;
  language?: string;
};
export type Rendered = { text: string; entities: Entity[] };

/** Telegram's limits of a message and of a caption, after the entities are read. */
export const TEXT_MAX = 4096;
export const CAPTION_MAX = 1024;
/** Telegram ignores further ones. */
const ENTITIES_MAX = 100;
const CUT = '…';

const TYPES: Readonly<Record<string, Entity['type']>> = { '*': 'bold', _: 'italic', '~': 'strikethrough', '`': 'code' };
/** Within an address a mark is part of the address. */
const ADDRESS = /https?:\/\/[^\s<>"`]+/g;
const AFTER_ADDRESS = '.,;:!?)*_~\'"';
/** The name of a language behind the first fence. */
const LANGUAGE = /^[A-Za-z][\w+#.-]{0,19}(?=\n)/;

/** `most`: a longer text is cut, with a mark at the end; parts are cut before, so this is only the last resort. */
export function renderText(markup: string, most: number = TEXT_MAX): Rendered {
  const source = markup.toWellFormed();
  const out = new Writer();
  let from = 0;
  for (const { open, close } of fencesOf(source)) {
    writeLines(source, from, open, out);
    writeFence(source, open, close, out);
    from = close + FENCE.length;
  }
  writeLines(source, from, source.length, out);
  return trimmed(out.written(), most);
}

class Writer {
  readonly #parts: string[] = [];
  length = 0;
  readonly entities: Entity[] = [];

  add(text: string): void {
    this.#parts.push(text);
    this.length += text.length;
  }

  mark(type: Entity['type'], offset: number, end = this.length, language?: string): void {
    const length = end - offset;
    if (length > 0) this.entities.push({ type, offset, length, ...(language ? { language } : {}) });
  }

  written(): Rendered {
    return { text: this.#parts.join(''), entities: this.entities };
  }
}

/** Fences in pairs around something visible; any other fence is text. */
function fencesOf(source: string): { open: number; close: number }[] {
  const fences: { open: number; close: number }[] = [];
  let open = source.indexOf(FENCE);
  while (open !== -1) {
    const close = source.indexOf(FENCE, open + FENCE.length);
    if (close === -1) break;
    if (isVisible(source.slice(open + FENCE.length, close))) fences.push({ open, close });
    open = source.indexOf(FENCE, close + FENCE.length);
  }
  return fences;
}

/** A fence around lines becomes a block without the fences' own line breaks; one within a line becomes inline code. */
function writeFence(source: string, open: number, close: number, out: Writer): void {
  const startsLine = open === 0 || source[open - 1] === '\n';
  let code = source.slice(open + FENCE.length, close);
  const language = startsLine ? LANGUAGE.exec(code)?.[0] : undefined;
  if (language !== undefined && isVisible(code.slice(language.length))) code = code.slice(language.length);
  const isBlock = code.startsWith('\n');
  const start = out.length;
  out.add(isBlock ? code.slice(1).replace(/\n$/, '') : code);
  out.mark(isBlock || code.includes('\n') ? 'pre' : 'code', start, out.length, isBlock ? language : undefined);
}

type Range = { start: number; end: number };

/** The lines from `from` to `to`, between fences. Neighbouring lines with `> ` are one quote. */
function writeLines(source: string, from: number, to: number, out: Writer): void {
  let quoted: Range | null = null;
  for (let at = from; at <= to; ) {
    const newline = source.indexOf('\n', at);
    const end = newline === -1 || newline > to ? to : newline;
    const isQuoted = (at === 0 || source[at - 1] === '\n') && at + 2 < end && source.startsWith('> ', at);
    if (!isQuoted && quoted !== null) {
      out.mark('blockquote', quoted.start, quoted.end);
      quoted = null;
    }
    const start = out.length;
    writeLine(source, isQuoted ? at + 2 : at, end, out);
    if (isQuoted) quoted = quoteTo(out.length, quoted, start);
    if (end >= to) break;
    out.add('\n');
    at = end + 1;
  }
  if (quoted !== null) out.mark('blockquote', quoted.start, quoted.end);
}

const quoteTo = (end: number, quoted: Range | null, start: number): Range => ({ start: quoted?.start ?? start, end });

/** Code holds no other entity, so a mark around code ends before the code and goes on behind it. */
function writeLine(source: string, start: number, end: number, out: Writer): void {
  const open: { type: Entity['type']; since: number }[] = [];
  let from = start;
  for (const { at, span } of marksOf(source, start, end)) {
    out.add(source.slice(from, at));
    from = at + 1;
    const type = TYPES[span.mark] as Entity['type'];
    if (at === span.open) {
      if (type === 'code') for (const outer of open) out.mark(outer.type, outer.since);
      open.push({ type, since: out.length });
      continue;
    }
    const inner = open.pop();
    if (inner) out.mark(inner.type, inner.since);
    if (type === 'code') for (const outer of open) outer.since = out.length;
  }
  out.add(source.slice(from, end));
}

/** The marks of a line in their order, without those of spans that begin or end within an address. */
function marksOf(source: string, start: number, end: number): { at: number; span: Span }[] {
  const marks = spansOf(source, start, end)
    .flatMap((span) => [
      { at: span.open, span },
      { at: span.close, span },
    ])
    .sort((a, b) => a.at - b.at);
  if (marks.length === 0) return marks;
  const addresses = addressesOf(source.slice(start, end));
  const spoilt = new Set<Span>();
  let next = 0;
  for (const { at, span } of marks) {
    while ((addresses[next]?.end ?? Infinity) <= at - start) next++;
    if ((addresses[next]?.start ?? Infinity) <= at - start) spoilt.add(span);
  }
  return spoilt.size === 0 ? marks : marks.filter(({ span }) => !spoilt.has(span));
}

function addressesOf(line: string): Range[] {
  return [...line.matchAll(ADDRESS)].map(({ 0: found, index }) => {
    let end = found.length;
    while (AFTER_ADDRESS.includes(found[end - 1] as string)) end--;
    return { start: index, end: index + end };
  });
}

/** Without white space around it, and no longer than `most`. */
function trimmed({ text: written, entities }: Rendered, most: number): Rendered {
  const start = written.length - written.trimStart().length;
  const whole = written.trim();
  const text = whole.length <= most ? whole : cut(whole, most);
  const kept = entities.flatMap((entity) => {
    const offset = Math.max(0, entity.offset - start);
    const length = Math.min(entity.offset + entity.length - start, text.length) - offset;
    return length > 0 ? [{ ...entity, offset, length }] : [];
  });
  kept.sort((a, b) => a.offset - b.offset || b.length - a.length);
  return { text, entities: kept.slice(0, ENTITIES_MAX) };
}

function cut(text: string, most: number): string {
  const end = most - CUT.length;
  return text.slice(0, /[\ud800-\udbff]/.test(text[end - 1] as string) ? end - 1 : end) + CUT;
}
