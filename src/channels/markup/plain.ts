import { FENCE, spansOf } from './marks.ts';

// A text without WhatsApp's emphasis, for a channel that shows the marks themselves. Code keeps its marks, which say
// where a command begins and ends; addresses keep every character.

const ADDRESSES = /https?:\/\/\S*[^\s*~]/g;

/** Removes the marks of *bold*, _italic_ and ~struck~. */
export function withoutEmphasis(text: string): string {
  const pieces = text.split(FENCE);
  // Behind a fence is code up to the next fence; an unclosed fence is text.
  const isCode = (at: number): boolean => at % 2 === 1 && at < pieces.length - 1;
  return pieces.map((piece, at) => (isCode(at) ? piece : piece.split('\n').map(plainLine).join('\n'))).join(FENCE);
}

function plainLine(line: string): string {
  const readable = line.replace(ADDRESSES, (address) => 'a'.repeat(address.length));
  const marks = spansOf(readable).filter(({ mark }) => mark !== '`');
  const removed = new Set(marks.flatMap(({ open, close }) => [open, close]));
  return removed.size === 0
    ? line
    : Array.from({ length: line.length }, (_, at) => (removed.has(at) ? '' : line[at])).join('');
}
