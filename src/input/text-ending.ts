// Judges from its end whether a text is all the person wants to say for now. Knows the marks of many scripts, and the
// words that can't end a sentence in six languages.

export type Ending =
  /** A whole sentence, or something that stands for itself. */
  | 'whole'
  /** More is certain to follow: "deploy it and", "three things:". */
  | 'unfinished'
  /** A few words that may be all, or the beginning. */
  | 'unclear';

/** A text of this length is whole in any case. */
const LONG_CHARS = 200;
/** As many words are a sentence, with or without a full stop: most people don't type one. */
const SENTENCE_WORDS = 4;
/** The same for scripts that don't put spaces between words. */
const SENTENCE_LETTERS = 6;

const CLOSERS = `["'”’»」』)\\]*_~]*$`;
const END_MARK = new RegExp(`(?<!\\.)[.!?。！？｡؟।॥۔։።።]${CLOSERS}`, 'u');
const OPEN_MARK = /[,،、，:：;；([{/&+=…\-–—]$|\.\.$/u;
const ENDS_WITH_SIGN =
  /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u{FE0F}|\u{20E3}|[:;]-?[)D(P])$/u;
const FENCE = '```';
const UNSPACED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/gu;

/** Articles, conjunctions, and prepositions that don't end a sentence. */
const NEVER_LAST = new Set(
  `the an and or but because if of my your our with from into to
   der die dem den des eine einen einem einer und oder aber weil wenn dass mit von für im am vom beim
   el la los las una y o pero porque que de del con por mi su al
   le les des du un une et ou mais parce avec pour mon ma mes ton ta dans au aux
   il lo gli e ma perché che di della con per mio mia nel nella
   os as um uma mas da com meu minha em`.split(/\s+/u),
);
/** "can you", "kannst du" and the like: the wish comes next. */
const ASKS =
  /(?:^|\s)(?:(?:can|could|would|will) (?:you|u)(?: please| pls)?|(?:kannst|könntest) du(?: bitte)?|puedes|podrías|tu peux|peux-tu|puoi|pode(?:s|ria)?)$/u;

export function judgeEnding(whole: string): Ending {
  const text = whole.trimEnd();
  if (text.split(FENCE).length % 2 === 0) return 'unfinished';
  if (text.length >= LONG_CHARS || text.endsWith(FENCE)) return 'whole';
  const said = text.toLowerCase();
  if (ENDS_WITH_SIGN.test(said) || END_MARK.test(said)) return 'whole';
  const words = said.split(/\s+/u);
  if (OPEN_MARK.test(said) || isCutShort(words) || ASKS.test(said)) return 'unfinished';
  const letters = said.match(UNSPACED)?.length ?? 0;
  return words.length >= SENTENCE_WORDS || letters >= SENTENCE_LETTERS ? 'whole' : 'unclear';
}

/** A single word may be an answer: "y", "la". */
const isCutShort = (words: readonly string[]): boolean => words.length > 1 && NEVER_LAST.has(words.at(-1) ?? '');
