import { endsCharacter, findBestBreak } from './breaks.ts';
import { FENCE, isVisible, type Span, spansOf } from './marks.ts';

// Cuts a WhatsApp text into parts under the carrier's limit, counted in UTF-16 units. Closes and reopens markup at a
// cut; breaks.ts decides where to cut. Loses white space at a cut and nothing else. Keeps nothing.

/** The longest end of a part: a line break and a fence, or a mark of each of the four kinds. */
const CLOSING_AT_MOST = 4;
/** Under a smaller limit the marks would take the text's room, so the text is cut without them. */
const MARKUP_FROM = 24;

/** A part ends at `end` with `close` appended; the next part begins with `reopen` and continues at `next`. */
type Cut = { end: number; close: string; next: number; reopen: string };
/** Positions: the opening fence, the code without white space around it, the closing fence. */
type Fence = { open: number; start: number; end: number; close: number };
type Line = { start: number; end: number; quoted: boolean; spans: Span[] };

export function splitText(text: string, limit: number): string[] {
  if (!(limit >= 2)) throw new RangeError('The limit must be 2 or more, so that one character fits.');
  const source = text.toWellFormed();
  const fences = limit < MARKUP_FROM ? [] : fencesOf(source);
  const parts: string[] = [];
  let line: Line | undefined;
  let passed = 0;
  let reopen = '';
  let from = 0;
  while (reopen.length + source.length - from > limit) {
    while ((fences[passed]?.close ?? Infinity) + FENCE.length <= from) passed++;
    const ahead = fencesUntil(from + limit, fences, passed);
    let cut: Cut | undefined;
    for (const spare of [0, CLOSING_AT_MOST]) {
      const room = limit - reopen.length - spare;
      if (cut !== undefined || limit < MARKUP_FROM) break;
      const at = from + breakIn(source, from, room, ahead);
      let tried = inFence(ahead, from, at);
      if (tried === undefined) {
        line = lineAround(source, at, line);
        tried = inLine(line, at);
      }
      if (tried.next > from && reopen.length + tried.end - from + tried.close.length <= limit) cut = tried;
    }
    if (cut === undefined) {
      const at = from + breakIn(source, from, limit - reopen.length, ahead);
      cut = { end: at, close: '', next: at, reopen: '' };
    }
    const body = source.slice(from, cut.end).trimEnd();
    if (isVisible(body)) parts.push(reopen + body + cut.close);
    reopen = cut.reopen;
    from = afterSpace(source, cut.next);
  }
  const rest = source.slice(from);
  return isVisible(rest) ? [...parts, reopen + rest] : parts;
}

function breakIn(source: string, from: number, room: number, fences: Fence[]): number {
  const text = source.slice(from, from + 2 * room + 2);
  const inside = (at: number): number => Math.min(Math.max(at - from, 0), room + 2, text.length);
  return findBestBreak(
    text,
    room,
    fences.map(({ open, close }) => [inside(open + 1), inside(close + FENCE.length)]),
  );
}

/** Fences in pairs; an unclosed fence is text. */
function fencesOf(source: string): Fence[] {
  const fences: Fence[] = [];
  let open = source.indexOf(FENCE);
  while (open !== -1) {
    const close = source.indexOf(FENCE, open + FENCE.length);
    if (close === -1) break;
    const code = source.slice(open + FENCE.length, close);
    const start = close - code.trimStart().length;
    fences.push({ open, start, end: open + FENCE.length + code.trimEnd().length, close });
    open = source.indexOf(FENCE, close + FENCE.length);
  }
  return fences;
}

function fencesUntil(end: number, fences: Fence[], first: number): Fence[] {
  let last = first;
  while ((fences[last]?.open ?? Infinity) < end) last++;
  return fences.slice(first, last);
}

/** The cut for a break within code or its fences; neither part keeps fences around nothing. */
function inFence(fences: Fence[], from: number, at: number): Cut | undefined {
  const fence = fences.find(({ open, close }) => open < at && at < close + FENCE.length);
  if (fence === undefined) return undefined;
  const behind = fence.close + FENCE.length;
  if (fence.start >= fence.end) return { end: Math.max(from, fence.open), close: '', next: behind, reopen: '' };
  if (at <= fence.start && fence.open > from) return { end: fence.open, close: '', next: fence.open, reopen: '' };
  if (at <= fence.start) return { end: from, close: '', next: from + FENCE.length, reopen: `${FENCE}\n` };
  if (at >= fence.end) return { end: fence.end, close: `\n${FENCE}`, next: behind, reopen: '' };
  return { end: at, close: `\n${FENCE}`, next: at, reopen: `${FENCE}\n` };
}

/** The cut for a break within a line: a mark stays with its text, and a quote continues as a quote. */
function inLine(line: Line, wanted: number): Cut {
  let at = wanted;
  const open = openAt(line.spans, at);
  while (open.at(-1)?.open === at - 1) {
    open.pop();
    at--;
  }
  while (open.at(-1)?.close === at) {
    open.pop();
    at++;
  }
  const marks = open.map((span) => span.mark);
  const quote = line.quoted && at < line.end ? '> ' : '';
  return { end: at, close: marks.toReversed().join(''), next: at, reopen: quote + marks.join('') };
}

/** The spans around a position, outermost first: the last to open before it, and the spans around that one. */
function openAt(spans: Span[], at: number): Span[] {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle] as Span).open < at) low = middle + 1;
    else high = middle;
  }
  const open: Span[] = [];
  for (let span = spans[low - 1]; span !== undefined; span = span.within) if (span.close >= at) open.unshift(span);
  return open;
}

/** The line of a cut. Reuses the known line, because a line can be very long. */
function lineAround(source: string, at: number, known: Line | undefined): Line {
  if (known && known.start < at && at <= known.end) return known;
  const start = source.lastIndexOf('\n', at - 1) + 1;
  const newline = source.indexOf('\n', at);
  const end = newline === -1 ? source.length : newline;
  return { start, end, quoted: source.startsWith('> ', start), spans: spansOf(source, start, end) };
}

/** The position after the white space at a cut. Keeps the indentation of the next line, and a space with an accent. */
function afterSpace(source: string, at: number): number {
  const space = /\s*/y;
  space.lastIndex = at;
  const found = space.exec(source)?.[0] ?? '';
  const newline = found.lastIndexOf('\n');
  if (newline !== -1) return at + newline + 1;
  const end = at + found.length;
  return found === '' || endsCharacter(source, end) ? end : end - 1;
}
