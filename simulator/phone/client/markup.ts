// Parses WhatsApp's markup into a tree. Pure: no DOM and no HTML, so nothing in a text can become an element of the
// page.

export type Span =
  | { kind: 'plain' | 'code'; text: string }
  | { kind: 'bold' | 'italic' | 'strike'; children: Span[] }
  | { kind: 'link'; href: string };

export type Block =
  /** One paragraph. `heading`: only bold words, as the product writes a heading. */
  | { kind: 'text'; spans: Span[]; heading: boolean }
  | { kind: 'quote'; spans: Span[] }
  | { kind: 'code'; text: string }
  | { kind: 'bullets'; items: Span[][] }
  | { kind: 'numbers'; start: number; items: Span[][] };

const EMPHASIS: Record<string, 'bold' | 'italic' | 'strike'> = { '*': 'bold', _: 'italic', '~': 'strike' };
const FENCE = '```';
/** A longer address is no link; without this bound each of its positions would be scanned to the end. */
const LINK = /https?:\/\/[^\s<>"]{1,1000}(?![^\s<>"])/y;

export function parseMarkup(text: string): Block[] {
  const blocks: Block[] = [];
  let from = 0;
  for (const { open, close } of fences(text)) {
    blocks.push(...parseLines(text.slice(from, open)));
    blocks.push({ kind: 'code', text: text.slice(open + FENCE.length, close).replace(/^\n|\n$/g, '') });
    from = close + FENCE.length;
  }
  return [...blocks, ...parseLines(text.slice(from))];
}

/** Code between a fence at a line's start and a fence at a line's end, with visible content. */
function fences(text: string): { open: number; close: number }[] {
  const found: { open: number; close: number }[] = [];
  let from = 0;
  for (let open = text.indexOf(FENCE); open !== -1; open = text.indexOf(FENCE, from)) {
    from = open + 1;
    if (open > 0 && text[open - 1] !== '\n') continue;
    const start = open + FENCE.length;
    let close = text.indexOf(FENCE, start + text.slice(start).search(/\S|$/) + 1);
    while (close !== -1 && !/^(?:\n|$)/.test(text.charAt(close + FENCE.length))) close = text.indexOf(FENCE, close + 1);
    // If nothing closes this fence, nothing closes a later one.
    if (close === -1) break;
    found.push({ open, close });
    from = close + FENCE.length;
  }
  return found;
}

/** The words of the first block without markup: a list's preview of the message. */
export function firstWords(text: string): string {
  const block = parseMarkup(text)[0];
  if (!block) return '';
  if (block.kind === 'code') return block.text;
  const spans = 'items' in block ? (block.items[0] ?? []) : block.spans;
  return spans.map(spanText).join('').split('\n')[0] ?? '';
}

/** All words of a text without markup, on one line: the preview in a quotation. */
export const plainWords = (text: string): string => parseMarkup(text).map(blockWords).join(' ').replaceAll('\n', ' ');

function blockWords(block: Block): string {
  if (block.kind === 'code') return block.text;
  const lines = 'items' in block ? block.items : [block.spans];
  return lines.map((spans) => spans.map(spanText).join('')).join(' ');
}

function spanText(span: Span): string {
  if (span.kind === 'link') return span.href;
  return 'children' in span ? span.children.map(spanText).join('') : span.text;
}

type Line = { kind: Block['kind']; number: number; text: string };

function readLine(line: string): Line {
  const quote = /^> ?(.*)$/.exec(line);
  if (quote) return { kind: 'quote', number: 0, text: quote[1] ?? '' };
  const bullet = /^[-*•] +(\S.*)$/.exec(line);
  if (bullet) return { kind: 'bullets', number: 0, text: bullet[1] ?? '' };
  const item = /^(\d{1,3})\. +(\S.*)$/.exec(line);
  if (item) return { kind: 'numbers', number: Number(item[1]), text: item[2] ?? '' };
  return { kind: 'text', number: 0, text: line };
}

/** Adjacent lines of one kind make one block. Blank lines end a paragraph and are left to the margins. */
function parseLines(text: string): Block[] {
  const groups: { kind: Block['kind']; lines: Line[] }[] = [];
  for (const line of text.split('\n').map(readLine)) {
    const last = groups.at(-1);
    const isBlank = line.kind === 'text' && line.text.trim() === '';
    if (last?.kind === line.kind && !isBlank) last.lines.push(line);
    else groups.push({ kind: line.kind, lines: [line] });
  }
  return groups.flatMap(({ kind, lines }): Block[] => {
    const items = lines.map((line) => parseSpans(line.text));
    if (kind === 'bullets') return [{ kind, items }];
    if (kind === 'numbers') return [{ kind, start: lines[0]?.number ?? 1, items }];
    const joined = lines.map((line) => line.text).join('\n');
    const trimmed = joined.trimEnd().replace(/^(?:[^\S\n]*\n)+/, '');
    if (trimmed === '') return [];
    const spans = parseSpans(trimmed);
    if (kind === 'quote') return [{ kind, spans }];
    return [{ kind: 'text', spans, heading: spans.length === 1 && spans[0]?.kind === 'bold' }];
  });
}

function parseSpans(text: string): Span[] {
  const spans: Span[] = [];
  let plain = '';
  let at = 0;
  // A mark without an end has none later on its line either; searching again would cost quadratic time.
  const hopeless: Record<string, number> = {};
  while (at < text.length) {
    const mark = text[at] ?? '';
    const mayEmphasise = mark in EMPHASIS && at >= (hopeless[mark] ?? 0) && opensAt(text, at);
    const found = codeAt(text, at) ?? linkAt(text, at) ?? (mayEmphasise ? emphasisAt(text, at) : null);
    if (mayEmphasise && !found) hopeless[mark] = lineEnd(text, at);
    if (!found) {
      plain += text[at];
      at++;
      continue;
    }
    if (plain !== '') spans.push({ kind: 'plain', text: plain });
    plain = '';
    spans.push(found.span);
    at = found.end;
  }
  if (plain !== '') spans.push({ kind: 'plain', text: plain });
  return spans;
}

type Found = { span: Span; end: number };

const isWord = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}]/u.test(character);
const isSpace = (character: string | undefined): boolean => character === undefined || /\s/.test(character);

function codeAt(text: string, at: number): Found | null {
  for (const mark of ['```', '`']) {
    if (!text.startsWith(mark, at)) continue;
    const close = text.indexOf(mark, at + mark.length);
    const inner = close < 0 ? '' : text.slice(at + mark.length, close);
    if (inner.trim() !== '' && !inner.includes('\n')) {
      return { span: { kind: 'code', text: inner }, end: close + mark.length };
    }
  }
  return null;
}

function linkAt(text: string, at: number): Found | null {
  if (text[at] !== 'h' || isWord(text[at - 1])) return null;
  LINK.lastIndex = at;
  let href = LINK.exec(text)?.[0] ?? '';
  // A sentence's punctuation is not part of its link; a bracket is if it was opened inside.
  while (/[.,;:!?'*_~`]$/.test(href) || (href.endsWith(')') && !href.includes('('))) href = href.slice(0, -1);
  return URL.canParse(href) ? { span: { kind: 'link', href }, end: at + href.length } : null;
}

const lineEnd = (text: string, at: number): number => (text.indexOf('\n', at) + 1 || text.length + 1) - 1;

/** A mark opens before the start of a word … */
function opensAt(text: string, at: number): boolean {
  return !isWord(text[at - 1]) && !isSpace(text[at + 1]) && text[at + 1] !== text[at];
}

/** … and closes after the end of a word, on the same line. */
function emphasisAt(text: string, at: number): Found | null {
  const mark = text[at] ?? '';
  const kind = EMPHASIS[mark];
  if (!kind) return null;
  let end = at + 1;
  while (end < text.length && text[end] !== '\n') {
    if (text[end] === mark && !isSpace(text[end - 1]) && !isWord(text[end + 1])) {
      return { span: { kind, children: parseSpans(text.slice(at + 1, end)) }, end: end + 1 };
    }
    end = (codeAt(text, end) ?? linkAt(text, end))?.end ?? end + 1;
  }
  return null;
}
