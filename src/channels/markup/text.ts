import type { Lexer, MarkedToken, Token, Tokens } from 'marked';
import { BoundedTokenizer, createBoundedLexer } from './bounded-lexer.ts';
import { plainTextOf, runsOf, splitLines, type TextRun, withoutFence } from './inline.ts';
import { removeInternal } from './internal.ts';
import { FENCE, isVisible } from './marks.ts';
import { splitText } from './split.ts';

// Converts the agent's Markdown to WhatsApp text: blocks here, the text within them in inline.ts. Decides how each kind
// of block looks on a phone; knows nothing about sending. Keeps nothing.

/** Below the carrier's 1,600, because a character may count as several. */
export const PART_LIMIT = 1500;

/** A text longer than 33 messages is sent as it was written. */
const FORMATTED_AT_MOST = 50_000;
/** Text nested in more quotes and lists than a person would write is sent as it was written, too. */
export const NESTED_TOO_DEEP =
  /^(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))){16}|^[ \t]{40,}(?:[-*+]|\d{1,9}[.)])[ \t]/m;
/** The longest row that a phone shows on one line. */
const ROW_AT_MOST = 36;
const DEEPEST = 3;

/** The messages of an answer; none only when nothing is visible. */
export function toParts(markdown: string, limit = PART_LIMIT): string[] {
  return splitText(toWhatsApp(markdown), limit);
}

export function toWhatsApp(markdown: string): string {
  const source = removeInternal(markdown.toWellFormed());
  const text = render(source);
  return isVisible(text) ? text : isVisible(source) ? asWritten(source) : '';
}

function render(source: string): string {
  if (source.length > FORMATTED_AT_MOST || NESTED_TOO_DEEP.test(source)) return asWritten(source);
  try {
    const lexer = createBoundedLexer(source, new ChatTokenizer());
    return blocks(lexer.lex(source), { lexer, quotes: 0, lists: 0 })
      .map((line) => line.text)
      .join('\n')
      .trim();
  } catch {
    // When the parser fails, the words matter more than their looks.
    return asWritten(source);
  }
}

/** Unformatted text without an unclosed fence, which would turn the rest into code. */
function asWritten(source: string): string {
  if (source.split(FENCE).length % 2 === 1) return source.trim();
  let lone = source.lastIndexOf(FENCE);
  // The whole row of backticks is separated: a remainder would join the next marks.
  while (source[lone - 1] === '`') lone--;
  return (source.slice(0, lone) + withoutFence(source.slice(lone))).trim();
}

/** Markdown with visible link definitions. */
class ChatTokenizer extends BoundedTokenizer {
  override def(): Tokens.Def | undefined {
    return undefined;
  }
}

/** A line of the message. Code keeps its column and is never indented or quoted. */
type Line = { text: string; code: boolean };
/** A block's depth in quotes and lists; `lexer` counts the work. */
type Place = { lexer: Lexer; quotes: number; lists: number };

const line = (text: string): Line => ({ text, code: false });

/** Blocks keep the agent's spacing: on the next line, or with one blank line between. */
function blocks(tokens: Token[], place: Place): Line[] {
  const lines: Line[] = [];
  let between = '';
  for (const token of tokens as MarkedToken[]) {
    const inner = token.type === 'space' ? [] : block(token, place);
    if (inner.length > 0) {
      if (lines.length > 0 && /\n[ \t]*\n/.test(between)) lines.push(line(''));
      lines.push(...inner);
      between = '';
    }
    between += token.raw.slice(token.raw.trimEnd().length);
  }
  return lines;
}

function block(token: MarkedToken, place: Place): Line[] {
  switch (token.type) {
    case 'heading':
      return written(runsOf(token.tokens, '*'));
    case 'paragraph':
    case 'text':
      return written(runsOf(token.tokens ?? [token]));
    case 'html':
      return written(runsOf(place.lexer.inlineTokens(token.raw.trim())));
    case 'code':
      return code(token.text, place);
    case 'list':
      return list(token, place);
    case 'blockquote':
      return quote(token, place);
    case 'table':
      return table(token);
    case 'hr':
      return [line('———')];
    case 'checkbox':
      return [];
    default:
      return written([{ text: token.raw.trim(), marks: '' }]);
  }
}

function written(runs: TextRun[]): Line[] {
  const lines = splitLines(runs).map(line);
  return lines.some(({ text }) => text.trim() !== '') ? lines : [];
}

function code(text: string, place: Place): Line[] {
  if (text.trim() === '') return [];
  // A quote ends with its line, so a code block doesn't fit into it: each line becomes inline code.
  if (place.quotes > 0)
    return text.split('\n').flatMap((each) => written([{ text: each, marks: each.includes('`') ? '' : '`' }]));
  return [FENCE, ...withoutFence(text).split('\n'), FENCE].map((each) => ({ text: each, code: true }));
}

function list(token: Tokens.List, place: Place): Line[] {
  const deeper = { ...place, lists: place.lists + 1 };
  const indent = place.lists < DEEPEST ? '  ' : '';
  return token.items.flatMap((item, index) => {
    const number = token.ordered ? `${Number(token.start || 1) + index}. ` : '';
    const mark = item.task ? number + (item.checked ? '☑ ' : '☐ ') : number || '- ';
    const body = blocks(item.tokens, deeper);
    const first = body[0]?.code ? undefined : body.shift();
    const apart = index < token.items.length - 1 && /\n[ \t]*\n\s*$/.test(item.raw);
    return [
      line((mark + (first?.text ?? '')).trimEnd()),
      ...body.map((each) => (each.code || each.text === '' ? each : line(indent + each.text))),
      ...(apart ? [line('')] : []),
    ];
  });
}

function quote(token: Tokens.Blockquote, place: Place): Line[] {
  const prefix = place.quotes < DEEPEST ? '> ' : '';
  return blocks(token.tokens, { ...place, quotes: place.quotes + 1 })
    .filter(({ text }) => text !== '')
    .map(({ text }) => line(prefix + text));
}

/** Rows that fit a phone's width stay rows; each wider row becomes a block with a line per column. */
function table(token: Tokens.Table): Line[] {
  const cell = (tokens: Token[], marks = ''): TextRun[] =>
    runsOf(tokens, marks).map((run) => ({ ...run, text: run.text.replaceAll('\n', ' ') }));
  const text = (runs: TextRun[]): string => splitLines(runs).join(' ').trim();
  const head = token.header.map((each) => cell(each.tokens, '*'));
  const rows = token.rows.map((row) => row.map((each) => cell(each.tokens)));
  const narrow = [head, ...rows].every((row) => row.map(plainTextOf).join(' | ').length <= ROW_AT_MOST);
  if (narrow || rows.length === 0) return [head, ...rows].map((row) => line(row.map(text).join(' | ').trim()));
  return rows.flatMap((row, index) => {
    const fields = row.flatMap((value, column) => {
      const name = text(head[column] ?? []);
      const shown = text(value);
      return shown === '' ? [] : [line(name === '' ? shown : `${name}: ${shown}`)];
    });
    return index < rows.length - 1 ? [...fields, line('')] : fields;
  });
}
