import { Lexer, type Token, Tokenizer, type Tokens } from 'marked';

// The Markdown parser with a limit on its work. Its cost within a paragraph can grow with the cube of the text, so
// every look at the rest of a paragraph is counted; text beyond the limit stays unformatted.

/** The limit in characters read: enough for an ordinary answer of any length, and a fraction of a second at worst. */
const WORK = 2_000_000;
const WORK_PER_CHARACTER = 40;
/** The cost of a mark per character, compared with other tokens. */
const MARK_COSTS = 10;
/** A longer paragraph is not prose. */
const PARAGRAPH_AT_MOST = 8000;
/** The rule for an underlined heading: within a list it runs at every line and reads all lines after it. */
const UNDERLINED_AT_MOST = 500;
/**
 * The limit of headings, paragraphs and items, because each reads the rest of the text. Beyond it the text stays raw.
 */
const BLOCKS_AT_MOST = 3000;
const COLUMNS_AT_MOST = 32;
const TABLE_HEAD_AT_MOST = 5000;
/** The line below a table's head. */
const DELIMITERS = /^[ \t|:-]*-[ \t|:-]*$/;

export function createBoundedLexer(source: string, tokenizer = new BoundedTokenizer(), breaks = false): Lexer {
  return new BoundedLexer({ gfm: true, breaks, tokenizer: tokenizer.for(source) });
}

class BoundedLexer extends Lexer {
  override inlineTokens(src: string, tokens: Token[] = []): Token[] {
    if (src.length <= PARAGRAPH_AT_MOST) return super.inlineTokens(src, tokens);
    tokens.push(asText(src));
    return tokens;
  }
}

export class BoundedTokenizer extends Tokenizer {
  #left = 0;
  #blocks = 0;

  for(source: string): this {
    this.#left = WORK + WORK_PER_CHARACTER * source.length;
    return this;
  }

  /** The first rule tried for every block. */
  override space(src: string): Tokens.Space | undefined {
    if (++this.#blocks > BLOCKS_AT_MOST) throw new RangeError('too many blocks');
    return super.space(src);
  }

  /** The first rule tried at every position of a paragraph. */
  override escape(src: string): Tokens.Escape | undefined {
    this.#left -= src.length;
    return this.#left < 0 ? (asText(src) as unknown as Tokens.Escape) : super.escape(src);
  }

  override emStrong(src: string, masked: string, before?: string): Tokens.Em | Tokens.Strong | undefined {
    return src[0] === '*' || src[0] === '_' ? this.#counted(src, () => super.emStrong(src, masked, before)) : undefined;
  }

  override del(src: string, masked: string, before?: string): Tokens.Del | undefined {
    return src[0] === '~' ? this.#counted(src, () => super.del(src, masked, before)) : undefined;
  }

  /** A mark searches for its end, and the text between them is read again. */
  #counted<T extends Tokens.Generic>(src: string, read: () => T | undefined): T | undefined {
    if (this.#left < 0) return undefined;
    const token = read();
    this.#left -= MARK_COSTS * (token ?? { raw: src }).raw.length;
    return token;
  }

  override lheading(src: string): Tokens.Heading | undefined {
    return super.lheading(src.slice(0, UNDERLINED_AT_MOST));
  }

  override html(src: string): Tokens.HTML | undefined {
    return /^ {0,3}</.test(src) ? super.html(src) : undefined;
  }

  override table(src: string): Tokens.Table | undefined {
    const [head = '', below = ''] = src.slice(0, TABLE_HEAD_AT_MOST).split('\n', 2);
    const isTable = DELIMITERS.test(below) && /[:|]/.test(below) && head.split('|').length <= COLUMNS_AT_MOST;
    return isTable ? super.table(src) : undefined;
  }
}

const asText = (raw: string): Tokens.Text => ({ type: 'text', raw, text: raw, escaped: false });
