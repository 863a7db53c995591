import { makeOnce } from '../lazy.ts';
import { AFTER_SI, getPhrases, NAYS, SIGNS, type Sort, STOP } from './consent-words.ts';

// Reads a person's words as the answer to a request for consent, in six languages. The words are data
// (consent-words.ts). The rules follow one principle: in doubt it is not a yes.

export type Consent =
  | 'yes'
  | 'no'
  /** Always, if that is offered. */
  | 'always'
  /** A yes with a condition, or to something else. */
  | 'condition'
  /** Possibly an answer: the person is asked what they meant. */
  | 'doubt'
  /** A question of the person's own. */
  | 'question'
  /** About something else. */
  | 'words';

type Kind = Sort | 'other';
type Token = { word: string; isApart: boolean; isMarked: boolean };
type Piece = { kind: Kind; word: string; words: number; isApart: boolean; isMarked: boolean };

/** Longer answers are cut: nobody needs more characters to consent. */
const READ_CHARS = 1000;
const LONGEST_PHRASE = 7;
/** This many unknown words beside a yes say something; one may be a typing mistake. */
const SAYS_MORE = 2;
/** This many unknown words make a separate text, whatever else it contains. */
const TELLS = 4;
const SHORT = 8;

export function readConsent(text: string): Consent {
  const whole = text.trim();
  const said = whole.slice(0, READ_CHARS);
  if (said === '+1') return 'yes';
  if (said === '-1') return 'no';
  const read = weigh(piecesOf(tokensOf(said)), /[?¿‽؟]/.test(said.normalize('NFKC')));
  const agrees = read === 'yes' || read === 'always';
  if (agrees && (whole.length > READ_CHARS || TAKES_BACK.test(said))) return 'doubt';
  return read === 'always' && !isAlwaysAlone(said) ? 'doubt' : read;
}

/** Struck through, quoted, unfinished or unhappy: "~yes~", "> yes", "yes…", "yes:", "yes :/". */
const TAKES_BACK = /~\S[^~]*~|[\u0334-\u0338]|^>|(?:\.\.|…|:|[:;=]-?[(/\\|])$/u;

/** "always great" is praise: always counts only if the text says nothing else. */
const isAlwaysAlone = (said: string): boolean =>
  piecesOf(tokensOf(withoutPoliteness(said))).every(({ kind }) => kind !== 'neutral');

/** True if every word gives, refuses or doubts consent. */
export const saysOnlyConsent = (text: string): boolean =>
  text.length <= READ_CHARS && piecesOf(tokensOf(text)).every(({ kind }) => kind !== 'other');

/** "no no stop" and "wait stop"; but "no para" is "it doesn't stop". */
const BEFORE_STOP = /^(?:(?:no|nein|wait|warte) )+(?=stop)/;

/** True if the text only asks to stop the work. */
export function saysStop(text: string): boolean {
  const words = tokensOf(text.slice(0, READ_CHARS)).map(({ word }) => word);
  const said = words
    .filter((word) => !STOP.beside.includes(word))
    .join(' ')
    .replace(BEFORE_STOP, '');
  return words.length <= SHORT && !/[?？¿/]/.test(text) && STOP.words.includes(said);
}

/** The words without "please" and "thanks" around them. */
export function withoutPoliteness(text: string): string {
  let rest = text.slice(0, READ_CHARS).trim();
  for (let before = ''; before !== rest; ) {
    before = rest;
    rest = rest.replace(POLITE_AFTER, '').replace(POLITE_BEFORE, '');
  }
  return rest;
}

const POLITE =
  'please|pls|plz|thanks|thank you|thx|bitte|danke|por favor|gracias|sil te plaît|s’il te plaît|merci|obrigad[oa]|per favore|grazie|🙏|👍';
const POLITE_AFTER = new RegExp(`[\\s,.!]+(?:${POLITE})[.!]*$`, 'iu');
const POLITE_BEFORE = new RegExp(`^(?:${POLITE})[\\s,.!]+`, 'iu');

function weigh(pieces: readonly Piece[], asks: boolean): Consent {
  const known = new Set<Kind>(pieces.map(({ kind }) => kind));
  const has = (...kinds: Kind[]): boolean => kinds.some((kind) => known.has(kind));
  const first = pieces.find(({ kind }) => kind !== 'neutral')?.kind ?? 'neutral';
  const others = pieces.filter(({ kind }) => kind === 'other').length;
  const length = pieces.reduce((sum, { words }) => sum + words, 0);
  const decides = has('yes', 'may', 'no', 'always');

  if (first === 'why') return 'question';
  if (!asks && !has('other', 'but', 'with', 'doubt', 'wait', 'later', 'not', 'why', 'ask')) return plain(has);
  if (asks) {
    if (first === 'ask') return 'words';
    if (first === 'other' && length > 1) return 'question';
    return !decides && (has('why') || others >= SAYS_MORE) ? 'question' : 'doubt';
  }
  if (has('always') && length <= SHORT) return 'doubt';
  switch (first) {
    case 'no':
      return refusing(pieces, has, others);
    case 'yes':
      if (asksNext(pieces)) return 'doubt';
      if (has('but', 'later')) return 'condition';
      return !has('doubt', 'wait') && others > 0 && saysWith(pieces) ? 'condition' : 'doubt';
    case 'may':
      if (has('but')) return 'condition';
      return others >= SAYS_MORE ? 'words' : 'doubt';
    case 'but':
      return has('yes', 'may') || length <= SHORT ? 'condition' : 'words';
    case 'later':
      return has('yes', 'may') ? 'condition' : has('doubt', 'wait', 'other') ? 'doubt' : 'no';
    case 'wait':
      return others >= SAYS_MORE && !has('doubt') ? 'condition' : 'doubt';
    case 'ask':
      return 'words';
    case 'other':
      if (has('but') && (endsWithYes(pieces) || has('may'))) return 'condition';
      if (decides) return others < TELLS ? 'doubt' : 'words';
      return length < 3 || (has('but', 'doubt', 'not') && length <= 4) ? 'doubt' : 'words';
    default:
      return others > SHORT ? 'words' : 'doubt';
  }
}

/** The text has only words of yes and no. */
function plain(has: (...kinds: Kind[]) => boolean): Consent {
  if (has('no')) return has('yes', 'may', 'always') ? 'doubt' : 'no';
  const agrees = has('yes', 'may');
  if (has('always') || (agrees && has('unasked'))) return 'always';
  return agrees ? 'yes' : 'doubt';
}

/** The text begins with a no. */
function refusing(pieces: readonly Piece[], has: (...kinds: Kind[]) => boolean, others: number): Consent {
  if (has('yes', 'may', 'always')) return others > 0 ? 'no' : 'doubt';
  if (has('doubt')) return 'doubt';
  // "no errors found": a no that belongs to the next word.
  const at = pieces.findIndex(({ kind }) => kind === 'no');
  const next = pieces[at + 1];
  const belongs = pieces[at]?.words === 1 && next?.kind === 'other' && !next.isApart;
  return belongs && (others <= SAYS_MORE || !NAYS.includes(pieces[at]?.word ?? '')) ? 'doubt' : 'no';
}

/** "ok what was that": a question right behind the yes. */
function asksNext(pieces: readonly Piece[]): boolean {
  const next = pieces.find(({ kind }) => kind !== 'neutral' && kind !== 'yes');
  return next?.kind === 'why' || next?.kind === 'ask';
}

/** "yes, in a branch": a purpose or another request right after the yes. */
function saysWith(pieces: readonly Piece[]): boolean {
  return pieces.find(({ kind }) => kind !== 'neutral' && kind !== 'yes')?.kind === 'with';
}

/** "…, then go ahead": the text ends with a yes of more than one word. */
function endsWithYes(pieces: readonly Piece[]): boolean {
  const last = pieces.findLast(({ kind }) => kind !== 'neutral');
  return last?.kind === 'yes' && (last.words > 1 || last.isApart);
}

/** Lower case, without accents and apostrophes. `isApart`: punctuation before the word; `isMarked`: it had an accent. */
function tokensOf(text: string): Token[] {
  const letters = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\p{Cf}\p{Emoji_Modifier}'’‘`´ʼ]/gu, '')
    .replaceAll('ß', 'ss');
  const tokens: Token[] = [];
  let end = 0;
  for (const match of letters.matchAll(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*|\p{Extended_Pictographic}\p{M}*/gu)) {
    const isApart = tokens.length > 0 && /[^\s]/.test(letters.slice(end, match.index));
    const word = match[0].replace(/\p{M}/gu, '');
    const isMarked = word !== match[0];
    // "já" is "already".
    tokens.push({ word: isMarked && word === 'ja' ? 'já' : word, isApart, isMarked });
    end = match.index + match[0].length;
  }
  return tokens;
}

const kinds = makeOnce((): ReadonlyMap<string, Sort> => {
  // Later entries win, so a phrase that two languages read differently isn't a yes.
  const order: readonly Sort[] = [
    ...(['yes', 'may', 'with', 'neutral', 'always', 'unasked', 'ask', 'why'] as const),
    ...(['not', 'no', 'later', 'wait', 'but', 'doubt'] as const),
  ];
  return new Map(order.flatMap((kind) => getPhrases()[kind].map((phrase) => [phrase, kind] as const)));
});
const once = (word: string): string => word.replace(/(.)\1+/gu, '$1');
const kindsDrawnOut = makeOnce(
  (): ReadonlyMap<string, Sort> =>
    new Map([...kinds()].filter(([phrase]) => !phrase.includes(' ')).map(([word, kind]) => [once(word), kind])),
);

function piecesOf(tokens: readonly Token[]): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < tokens.length; ) {
    const piece = pieceAt(tokens, at);
    const before = pieces.at(-1);
    const isBehind = before !== undefined && before.kind !== 'doubt' && !piece.isApart;
    const turned = piece.kind === 'yes' && isBehind && turnsRound(tokens[at - 1]);
    // "not approved" is no yes.
    if (turned) pieces[pieces.length - 1] = { ...before, kind: 'no', words: before.words + piece.words };
    else pieces.push(piece);
    at += piece.words;
  }
  return pieces.map((piece, at) => (isIf(pieces, at) ? { ...piece, kind: 'but' } : piece));
}

/**
 * "vale si pasan", "si c'est bon": "si" without its accent is a yes in three languages, and "if" before words that can
 * be a condition.
 */
function isIf(pieces: readonly Piece[], at: number): boolean {
  const [before, piece, next] = [pieces[at - 1], pieces[at], pieces[at + 1]];
  if (piece?.word !== 'si' || piece.isApart || piece.isMarked || next === undefined || next.isApart) return false;
  if (next.kind === 'no') return before !== undefined && pieces[at + 2]?.kind === 'other';
  if (next.kind === 'other') return before !== undefined;
  if (next.word === 'es') return true;
  return (next.kind === 'yes' || next.kind === 'may') && (before !== undefined || !AFTER_SI.includes(next.word));
}

const turnsRound = (token: Token | undefined): boolean => token !== undefined && getPhrases().not.includes(token.word);

/** The longest phrase that begins at `at`, else the word alone. */
function pieceAt(tokens: readonly Token[], at: number): Piece {
  const { isApart = false, isMarked = false } = tokens[at] ?? {};
  for (let words = Math.min(LONGEST_PHRASE, tokens.length - at); words > 0; words--) {
    const phrase = tokens
      .slice(at, at + words)
      .map(({ word }) => word)
      .join(' ');
    const kind = kinds().get(phrase);
    if (kind !== undefined) return { kind, word: phrase, words, isApart, isMarked };
  }
  const word = tokens[at]?.word ?? '';
  return { kind: kindOfWord(word), word, words: 1, isApart, isMarked };
}

/** "yesss" and "nooo" count like the words without the repeated letter. */
function kindOfWord(word: string): Kind {
  const sign = SIGNS[word];
  if (sign !== undefined) return sign;
  const isDrawnOut = /(.)\1\1/u.test(word) || /(.)\1$/u.test(word);
  return (isDrawnOut ? kindsDrawnOut().get(once(word)) : undefined) ?? 'other';
}
