import type { MarkedToken, Token } from 'marked';
import { decodeEntities } from './entities.ts';
import { FENCE, isWord, spansOf } from './marks.ts';

// The text within a block: marked's inline tokens become runs of text with marks, and runs become WhatsApp lines. Owns
// where a mark may stand; blocks are text.ts. WhatsApp has no escape: a literal mark is left as it was written.

/** Text with the same marks from its first to its last character; code has the backtick alone. */
export type TextRun = { text: string; marks: string };

export function runsOf(tokens: Token[], marks = '', runs: TextRun[] = []): TextRun[] {
  const add = (text: string, carried = marks) => void runs.push({ text, marks: carried });
  let before = '';
  for (const token of tokens as MarkedToken[]) {
    switch (token.type) {
      case 'strong':
      case 'em':
      case 'del': {
        const sign = token.raw.slice(0, token.type === 'strong' || token.raw.startsWith('~~') ? 2 : 1);
        // 2*3*4 and 2**3 are formulas and ~5 is an estimate: a mark directly after a word or number was not meant as
        // emphasis.
        if (sign === '~' || /[A-Za-z0-9)\]]$/.test(before)) {
          add(sign);
          runsOf(token.tokens, marks, runs);
          add(sign);
        } else {
          const mark = token.type === 'strong' ? '*' : token.type === 'em' ? '_' : '~';
          runsOf(token.tokens, marks.includes(mark) ? marks : marks + mark, runs);
        }
        break;
      }
      case 'codespan':
        add(token.text, token.text.includes('`') ? '' : '`');
        break;
      case 'link': {
        const url = decodeEntities(token.href);
        const label = token.raw.startsWith('[') ? runsOf(token.tokens, marks) : [];
        const words = plainTextOf(label).trim();
        if (label.length === 0) add(decodeEntities(token.text || url), '');
        else if (words === '' || bare(words) === bare(url)) add(url, '');
        else {
          runs.push(...label);
          if (url !== '') add(` (${url})`, '');
        }
        break;
      }
      case 'image':
        add(token.text.trim() === '' ? token.href : `${decodeEntities(token.text)}: ${decodeEntities(token.href)}`, '');
        break;
      case 'br':
        add('\n');
        break;
      case 'html':
        add(/^<br\s*\/?>$/i.test(token.raw) ? '\n' : token.raw);
        break;
      case 'escape':
        add(token.text);
        break;
      case 'text':
        if (token.tokens) runsOf(token.tokens, marks, runs);
        else add(decodeEntities(token.text));
        break;
      case 'checkbox':
        break;
      default:
        add(token.raw);
    }
    before = token.raw.slice(-1);
  }
  return runs;
}

/** The text without marks, as wide as on the person's screen. */
export function plainTextOf(runs: TextRun[]): string {
  return runs.map((run) => run.text).join('');
}

/** One string per line: WhatsApp's marks end at a line break, so each line opens and closes its own. */
export function splitLines(runs: TextRun[]): string[] {
  const lines: TextRun[][] = [[]];
  for (const { text, marks } of runs) {
    text.split('\n').forEach((piece, index) => {
      if (index > 0) lines.push([]);
      if (piece !== '') lines.at(-1)?.push({ text: piece, marks });
    });
  }
  return lines.map((line) => withoutFence(write(line, ['*', '_', '~'], ' ', ' ')).trimEnd());
}

/** A zero-width space keeps three backticks in a row from beginning or ending a code block. */
export function withoutFence(text: string): string {
  return text.includes(FENCE) ? text.replace(/`(?=``)/g, '`\u200b') : text;
}

/**
 * The mark that reaches furthest goes outside. `before` and `after` are the characters next to these runs: WhatsApp
 * would show a mark that touches a word, so such a mark is left out.
 */
function write(runs: TextRun[], todo: string[], before: string, after: string): string {
  let written = '';
  let end = 0;
  for (let at = 0; at < runs.length; at = end) {
    const [mark, furthest] = todo
      .map((each): [string, number] => [each, reach(runs, at, each)])
      .reduce((best, each) => (each[1] > best[1] ? each : best), ['', at]);
    end = Math.max(furthest, at + 1);
    if (mark === '') {
      written += leaf(runs[at] as TextRun);
      continue;
    }
    const left = at === 0 ? before : edge(runs[at - 1] as TextRun, -1);
    const right = end === runs.length ? after : edge(runs[end] as TextRun, 0);
    const others = todo.filter((each) => each !== mark);
    const inner = write(runs.slice(at, end), others, left, right);
    const core = inner.trim();
    const start = inner.indexOf(core);
    const behind = inner.slice(start + core.length);
    const touches = (start === 0 && isWord(left)) || (behind === '' && isWord(right));
    written += !touches && holds(mark, core) ? inner.slice(0, start) + mark + core + mark + behind : inner;
  }
  return written;
}

/** The end of the runs from `at` on that all have the mark. */
function reach(runs: TextRun[], at: number, mark: string): number {
  let end = at;
  while (runs[end]?.marks.includes(mark)) end++;
  return end;
}

/** Whether WhatsApp would see exactly this text between the two marks, and not end at one that is part of it. */
function holds(mark: string, core: string): boolean {
  if (!core.includes(mark)) return core !== '';
  return spansOf(mark + core + mark).some((span) => span.open === 0 && span.close === core.length + 1);
}

function leaf({ text, marks }: TextRun): string {
  const core = text.trim();
  return marks === '`' && core !== '' ? text.replace(core, () => `\`${core}\``) : text;
}

function edge({ text, marks }: TextRun, index: number): string {
  return marks === '`' ? ' ' : (text.at(index) ?? ' ');
}

/** An address in its short spelling, to compare a link's text with its address. */
function bare(url: string): string {
  return url.replace(/^(?:https?:\/\/|mailto:|tel:)/i, '').replace(/\/$/, '');
}
