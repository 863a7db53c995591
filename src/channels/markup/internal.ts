// Takes out what the agent marked as not meant for the person: <internal>…</internal>. Only the tag counts, the word
// does not, and within code the tag is text. A tag left open hides everything after it: rather too little than too
// much.

const FENCE_LINE = /(?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*(?:(`{3,})[^`\n]*|(~{3,})[^\n]*)(?:\n|$)/y;
const LIST_LINE = /(?:[-*+]|\d{1,9}[.)])[ \t]/y;
const NEXT = /\n|\\[^\n]|(`{1,16})|<internal\s*>/gi;
const CLOSING = /<\/internal\s*>/gi;

export function removeInternal(markdown: string): string {
  if (!/<internal/i.test(markdown)) return markdown;
  let kept = '';
  let from = 0;
  let at = 0;
  let lineStart = true;
  let lines: Lines = { inList: false, afterBlank: true, inCode: false };
  while (at < markdown.length) {
    if (lineStart) {
      lines = readLine(markdown, at, lines);
      at = lines.inCode ? lineEnd(markdown, at) : afterFence(markdown, at);
    }
    NEXT.lastIndex = at;
    const next = NEXT.exec(markdown);
    if (next === null) break;
    lineStart = next[0] === '\n';
    at = NEXT.lastIndex;
    if (next[1] !== undefined) at = afterCode(markdown, at, next[1].length);
    if (next[0][0] !== '<') continue;
    kept += markdown.slice(from, next.index);
    CLOSING.lastIndex = at;
    if (CLOSING.exec(markdown) === null) return kept;
    at = CLOSING.lastIndex;
    // A block on lines of its own takes its line break along, one within a sentence its space.
    if (/(?:^|\n)$/.test(kept.slice(-1)) && markdown[at] === '\n') at += 1;
    else if (/[ \t]$/.test(kept.slice(-1)) && /[\s.,;:!?)]/.test(markdown[at] ?? '')) kept = kept.slice(0, -1);
    from = at;
    lineStart = kept === '' || kept.endsWith('\n');
  }
  return kept + markdown.slice(from);
}

/** The context of a line that decides whether four leading spaces make it code. */
type Lines = { inList: boolean; afterBlank: boolean; inCode: boolean };

function readLine(markdown: string, at: number, before: Lines): Lines {
  const start = markdown.slice(at, at + 4);
  const indented = /^(?: {4}| {0,3}\t)/.test(start);
  const blank = /^[ \t]*(?:\n|$)/.test(markdown.slice(at, at + 64));
  if (blank) return { ...before, afterBlank: true, inCode: false };
  LIST_LINE.lastIndex = at + start.length - start.trimStart().length;
  const inList =
    LIST_LINE.test(markdown) || (before.inList && (indented || /^[ \t]/.test(start) || !before.afterBlank));
  return { inList, afterBlank: false, inCode: indented && !inList && (before.afterBlank || before.inCode) };
}

function lineEnd(markdown: string, at: number): number {
  const end = markdown.indexOf('\n', at);
  return end === -1 ? markdown.length : end;
}

/** The position after the fenced block that begins at this line, or the same position when none does. */
function afterFence(markdown: string, at: number): number {
  FENCE_LINE.lastIndex = at;
  const opening = FENCE_LINE.exec(markdown);
  if (opening === null) return at;
  const fence = (opening[1] ?? opening[2]) as string;
  const closing = new RegExp(`^[ \\t>]*${fence[0]}{${fence.length},}[ \\t]*$`, 'gm');
  closing.lastIndex = FENCE_LINE.lastIndex;
  return closing.exec(markdown) === null ? markdown.length : closing.lastIndex;
}

/** The position after the inline code that these backticks open, or after the backticks when nothing closes it. */
function afterCode(markdown: string, at: number, ticks: number): number {
  const closing = new RegExp(`(?<!\`)\`{${ticks}}(?!\`)|\\n[ \\t]*\\n`, 'g');
  closing.lastIndex = at;
  return closing.exec(markdown)?.[0].startsWith('`') ? closing.lastIndex : at;
}
