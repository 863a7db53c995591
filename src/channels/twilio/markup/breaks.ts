// Finds the best place to cut a text that is too long: between paragraphs, else lines, sentences, words, characters.
// split.ts takes care of markup. Keeps nothing.

const sentences = new Intl.Segmenter('en', { granularity: 'sentence' });
const words = new Intl.Segmenter('en', { granularity: 'word' });
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Shorter than this a message of its own is noise: the bullet or number of a list, say. */
const WORTH_A_MESSAGE = 8;

/**
 * How much of `text` to take, 1 to `room` characters; `text` goes on behind that. Within `code` (ranges) a cut costs two
 * fences, so a line outside is preferred. A break in the first quarter would send a message of a few words: there the
 * next finer kind is taken.
 */
export function bestBreak(text: string, room: number, code: [from: number, to: number][]): number {
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
    withinWord(window, room, least)
  );
}

/** A line all in bold, or one that announces what follows: it stays with the next line. */
const HEADING = /^(?:\*[^*\n]+\*|\S.*:\*?)$/;
/** As many as may follow each other, and as long as a phone shows without much wrapping. */
const HEADINGS_AT_MOST = 3;
const HEADING_CHARS = 120;

/** The break moved up before the headings that it would leave at the end of a message; 0 where they begin it. */
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
  const all = sentences.segment(window);
  for (let at = all.containing(room)?.index ?? 0; at >= least; at = all.containing(at - 1)?.index ?? 0) {
    // The segmenter also ends sentences within addresses: only what a space or a full-width stop ends is taken.
    if (!/[\s。！？]/.test(window[at - 1] as string) || !endsCharacter(window, at)) continue;
    // A heading is no sentence that could end a message.
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

/** A long address behind a short start: rather a short message than an address in two, if the next can hold it. */
function spaceBeforeLongWord(text: string, room: number, least: number): number | undefined {
  const at = space(text, least, WORTH_A_MESSAGE);
  return at !== undefined && /\s/.test(text.slice(at + 1, at + room)) ? at : undefined;
}

function withinWord(window: string, room: number, least: number): number {
  const characters = graphemes.segment(window);
  const word = words.segment(window).containing(room)?.index ?? 0;
  if (word >= least && characters.containing(word)?.index === word) return word;
  const character = characters.containing(room)?.index ?? 0;
  if (character > 0) return character;
  // One character longer than a whole message, made of very many marks: only its code points are kept.
  return /[\ud800-\udbff]/.test(window[room - 1] as string) ? room - 1 : room;
}

/** Whether the one unit before `at`, a space or a stop, is a whole character: an accent may follow and belong to it. */
export function endsCharacter(text: string, at: number): boolean {
  return graphemes.segment(text.slice(at - 1, at + 2)).containing(0)?.segment.length === 1;
}
