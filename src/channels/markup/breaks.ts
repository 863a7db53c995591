import { makeOnce } from '../../lazy.ts';

// Finds the best place to cut a text that is too long: between paragraphs, otherwise lines, sentences, words,
// characters. split.ts handles the markup. Keeps nothing.

const sentences = makeOnce(() => new Intl.Segmenter('en', { granularity: 'sentence' }));
const words = makeOnce(() => new Intl.Segmenter('en', { granularity: 'word' }));
const graphemes = makeOnce(() => new Intl.Segmenter('en', { granularity: 'grapheme' }));

/** A shorter message is noise, like the bullet or number of a list. */
const WORTH_A_MESSAGE = 8;

/**
 * How much of `text` to take, 1 to `room` characters; the rest follows in the next message. Within `code` (ranges) a
 * cut costs two fences, so a line outside is preferred. A break in the first quarter would send a message of a few
 * words, so the next finer kind is used there.
 */
export function findBestBreak(text: string, room: number, code: [from: number, to: number][]): number {
  const least = Math.max(1, Math.floor(room / 4));
  const window = text.slice(0, room + 2);
  const prose = code.reduce((all, [from, to]) => all.slice(0, from) + 'x'.repeat(to - from) + all.slice(to), window);
  const between = [prose.lastIndexOf('\n\n', room), prose.lastIndexOf('\n', room)];
  const inCode = [window.lastIndexOf('\n\n', room), window.lastIndexOf('\n', room)];
  const kept = [...between, ...inCode].map((at) => beforeHeadings(window, at));
  return (
    kept.find((at) => at >= least) ??
    sentenceEnd(window, room, least) ??
    space(window, room, least) ??
    spaceBeforeLongWord(text, room, least) ??
    spaceBeforeAddress(text, room, least) ??
    withinWord(window, room, least)
  );
}

/** A bold line, or a line that introduces the next one, stays with the next line. */
const HEADING = /^(?:\*[^*\n]+\*|\S.*:\*?)$/;
/** The most headings in a row, and the longest heading that a phone shows without much wrapping. */
const HEADINGS_AT_MOST = 3;
const HEADING_CHARS = 120;

/** Moves the break before headings that would end a message; 0 when the message begins with them. */
function beforeHeadings(window: string, at: number): number {
  let cut = at;
  for (let n = 0; n < HEADINGS_AT_MOST && cut > 0; n++) {
    const end = window.slice(0, cut).trimEnd().length;
    const start = window.lastIndexOf('\n', end - 1) + 1;
    if (end - start > HEADING_CHARS || !HEADING.test(window.slice(start, end))) return cut;
    cut = Math.max(0, start - 1);
  }
  return cut;
}

function sentenceEnd(window: string, room: number, least: number): number | undefined {
  const all = sentences().segment(window);
  for (let at = all.containing(room)?.index ?? 0; at >= least; at = all.containing(at - 1)?.index ?? 0) {
    // The segmenter also ends sentences within addresses: only an end at a space or a full-width stop counts.
    if (!/[\s。！？]/.test(window[at - 1] as string) || !endsCharacter(window, at)) continue;
    // A heading must not end a message.
    if (window[at - 1] !== '\n' || beforeHeadings(window, at) === at) return at;
  }
  return undefined;
}

function space(window: string, room: number, least: number): number | undefined {
  for (let at = room; at >= least; at--) {
    if (/\s/.test(window[at] as string) && endsCharacter(window, at + 1)) return at;
  }
  return undefined;
}

/**
 * For a long address after a short start: a short message is better than a divided address, if the next can hold it.
 */
function spaceBeforeLongWord(text: string, room: number, least: number): number | undefined {
  const at = space(text, least, WORTH_A_MESSAGE);
  return at !== undefined && isNextWhole(text, at, room) ? at : undefined;
}

/** A divided address leads nowhere, so even a shorter message is better. */
function spaceBeforeAddress(text: string, room: number, least: number): number | undefined {
  const at = space(text, least, 1);
  const isAddress = at !== undefined && /^\s*https?:\/\//.test(text.slice(at, at + room));
  return isAddress && isNextWhole(text, at, room) ? at : undefined;
}

/** Whether the word behind this space fits into a message. */
const isNextWhole = (text: string, at: number, room: number): boolean =>
  text.length <= at + 1 + room || /\s/.test(text.slice(at + 1, at + 2 + room));

function withinWord(window: string, room: number, least: number): number {
  const characters = graphemes().segment(window);
  const word = words().segment(window).containing(room)?.index ?? 0;
  if (word >= least && characters.containing(word)?.index === word) return word;
  const character = characters.containing(room)?.index ?? 0;
  if (character > 0) return character;
  // One character with so many marks that it exceeds a whole message: only its code points stay whole.
  return /[\ud800-\udbff]/.test(window[room - 1] as string) ? room - 1 : room;
}

/** Whether the unit before `at`, a space or a stop, is a whole character: a following accent would belong to it. */
export function endsCharacter(text: string, at: number): boolean {
  return (
    graphemes()
      .segment(text.slice(at - 1, at + 2))
      .containing(0)?.segment.length === 1
  );
}
