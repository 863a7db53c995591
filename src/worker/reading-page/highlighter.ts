import { escapeHtml } from './escape.ts';
import { type Colour, LANGUAGES, type Language, type Rule } from './languages.ts';

// Colours code by the rules of its language, in time that grows with the code alone. A library with whole grammars was
// an eighth of the relay, and its time grew with the square of the code. Keeps each language's rules, compiled when
// they are first needed.

const WORD: Rule = [/[\p{L}_$][\p{L}\p{N}_$]*/u, () => null];

type Compiled = {
  pattern: RegExp;
  rules: readonly Rule[];
  words: ReadonlySet<string>;
  kinds: ReadonlySet<string>;
  language: Language;
};

const compiled = new Map<string, Compiled>();

/** Escaped HTML with a span for each coloured piece, or null for a language that is not known by this name. */
export function highlight(code: string, name: string): string | null {
  const known = compiled.get(name) ?? compile(name);
  if (known === null) return null;
  let html = '';
  let until = 0;
  for (const match of code.matchAll(known.pattern)) {
    const [found] = match;
    const after = match.index + found.length;
    const colour = colourOf(match, known, code[after] === '(');
    if (colour === null) continue;
    html += `${escapeHtml(code.slice(until, match.index))}<span class="${colour}">${escapeHtml(found)}</span>`;
    until = after;
  }
  return html + escapeHtml(code.slice(until));
}

function compile(name: string): Compiled | null {
  const language = LANGUAGES.find(({ names }) => names.split(' ').includes(name));
  if (!language) return null;
  const { rules, words = '', kinds = '' } = language;
  const all = [...rules, WORD];
  const sources = all.map(([{ source, flags }]) => `(${flags.includes('i') ? `(?i:${source})` : source})`);
  const made = {
    pattern: new RegExp(sources.join('|'), 'gmu'),
    rules: all,
    words: new Set(words.split(/\s+/)),
    kinds: new Set(kinds.split(/\s+/)),
    language,
  };
  for (const each of language.names.split(' ')) compiled.set(each, made);
  return made;
}

function colourOf(match: RegExpExecArray, known: Compiled, isCalled: boolean): Colour | null {
  const [found, ...groups] = match;
  const [, colour] = known.rules[groups.findIndex((group) => group !== undefined)] ?? WORD;
  if (colour !== WORD[1]) return typeof colour === 'function' ? colour(found) : colour;
  const { ignoresCase, hasCapitalTypes } = known.language;
  const word = ignoresCase ? found.toLowerCase() : found;
  if (known.words.has(word)) return 'word';
  if (known.kinds.has(word)) return 'kind';
  if (isCalled) return 'name';
  return hasCapitalTypes && /^\p{Lu}\P{Lu}/u.test(found) ? 'kind' : null;
}
