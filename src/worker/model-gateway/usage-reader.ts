import { NO_USAGE, tokensOf, type Usage } from '../../money/cost.ts';

// Reads the tokens of an answer as its bytes pass: from a stream's `message_start` and `message_delta`, or from a JSON
// body. Holds one line or a bounded body, and never changes a byte. An answer that is cut before its usage arrives is
// counted by the text that was seen.

const LINE_FEED = 0x0a;
/** Enough of a line to say what it is. */
const HEAD_BYTES = 64;
/** Lines with the usage have about 1 KB. */
const LINE_BYTES_MAX = 65_536;
const BODY_BYTES_MAX = 2 ** 20;
/** The part of a stream's line that isn't text: `data: {"type":"content_block_delta","index":0,"delta":{…}}`. */
const DELTA_FRAME_BYTES = 90;
const TOKENS_MAX = 1_000_000_000;

export type Reading = {
  /** The model that answered, if it said so. */
  model: string | null;
  usage: Usage;
  /** seen: the answer was cut, and its output is estimated by its text · none: nothing of an answer was read. */
  extent: 'whole' | 'seen' | 'none';
};

export class UsageReader {
  readonly #isStream: boolean;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #lineBytes = 0;
  #event = '';
  /** Whether the line has the usage; null before its beginning is known. */
  #isWanted: boolean | null = null;
  #model: string | null = null;
  #usage: Usage = NO_USAGE;
  #textBytes = 0;
  #hasStarted = false;
  #isWhole = false;

  /** `contentType`: of the answer. */
  constructor(contentType: string) {
    this.#isStream = contentType.includes('event-stream');
  }

  read(bytes: Uint8Array): void {
    if (!this.#isStream) {
      this.#hold(bytes, BODY_BYTES_MAX);
      return;
    }
    for (let from = 0; from < bytes.length; ) {
      const end = bytes.indexOf(LINE_FEED, from);
      this.#readLine(bytes.subarray(from, end === -1 ? bytes.length : end));
      if (end === -1) return;
      this.#endLine();
      from = end + 1;
    }
  }

  /** What is known so far; complete after the last byte. */
  result(): Reading {
    if (!this.#isStream) this.#endBody();
    const [model, usage] = [this.#model, this.#usage];
    if (this.#isWhole) return { model, usage, extent: 'whole' };
    if (!this.#hasStarted) return { model, usage, extent: 'none' };
    const output = Math.max(usage.output, tokensOf(this.#textBytes));
    return { model, usage: { ...usage, output }, extent: 'seen' };
  }

  #readLine(piece: Uint8Array): void {
    const room = this.#isWanted === true ? LINE_BYTES_MAX : HEAD_BYTES;
    this.#hold(piece, this.#isWanted === false ? 0 : room);
    if (this.#isWanted !== null || this.#lineBytes < HEAD_BYTES) return;
    this.#isWanted = isUsage(this.#event) || isUsage(typeIn(decode(this.#held)));
    const missing = this.#lineBytes - this.#heldBytes;
    if (this.#isWanted) this.#hold(piece.subarray(piece.length - missing), LINE_BYTES_MAX, 0);
  }

  #hold(piece: Uint8Array, most: number, counted = piece.length): void {
    this.#lineBytes += counted;
    const kept = piece.subarray(0, Math.max(0, most - this.#heldBytes));
    if (kept.length === 0) return;
    // The caller's buffer may be used again.
    this.#held.push(kept.slice());
    this.#heldBytes += kept.length;
  }

  #endLine(): void {
    if (this.#lineBytes <= 1) this.#event = '';
    else if (this.#isWanted !== false) this.#takeLine(decode(this.#held).trimEnd());
    else if (this.#event === DELTA || typeIn(decode(this.#held)) === DELTA) this.#countText();
    this.#clear();
  }

  #takeLine(line: string): void {
    if (line.startsWith('event:')) this.#event = line.slice('event:'.length).trim();
    else if (this.#event === DELTA) this.#countText();
    else if (line.startsWith('data:')) this.#take(parse(line.slice('data:'.length)));
  }

  #countText(): void {
    this.#textBytes += Math.max(0, this.#lineBytes - DELTA_FRAME_BYTES);
  }

  #endBody(): void {
    const body = this.#lineBytes > this.#heldBytes ? null : parse(decode(this.#held));
    this.#clear();
    if (typeof body?.usage !== 'object') return;
    this.#take({ type: 'message_start', message: body });
    this.#take({ type: 'message_delta', usage: body.usage });
  }

  #take(data: Fields | null): void {
    if (data?.type === 'message_start') {
      const message = fieldsOf(data.message);
      this.#hasStarted = true;
      if (typeof message.model === 'string') this.#model = message.model;
      this.#usage = mergeUsage(this.#usage, fieldsOf(message.usage));
    } else if (data?.type === 'message_delta' && countOf(fieldsOf(data.usage).output_tokens) !== null) {
      this.#usage = mergeUsage(this.#usage, fieldsOf(data.usage));
      this.#isWhole = true;
    }
  }

  #clear(): void {
    this.#held = [];
    this.#heldBytes = 0;
    this.#lineBytes = 0;
    this.#isWanted = null;
  }
}

const DELTA = 'content_block_delta';
const isUsage = (event: string): boolean => event === 'message_start' || event === 'message_delta';

/** The type that a line of data begins with, or nothing. */
const typeIn = (line: string): string => /^data: ?\{ ?"type": ?"(\w+)"/.exec(line)?.[1] ?? '';

type Fields = Record<string, unknown>;

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});

/** Counts are cumulative: the newer ones replace the older ones. */
function mergeUsage(before: Usage, fields: Fields): Usage {
  const split = fieldsOf(fields.cache_creation);
  const write5m = countOf(split.ephemeral_5m_input_tokens) ?? before.write5m;
  const written = countOf(fields.cache_creation_input_tokens) ?? 0;
  // Tokens that the answer doesn't call the cheaper kind are counted as the dearer one.
  const write1h = Math.max(countOf(split.ephemeral_1h_input_tokens) ?? before.write1h, written - write5m);
  return {
    input: countOf(fields.input_tokens) ?? before.input,
    write5m,
    write1h,
    read: countOf(fields.cache_read_input_tokens) ?? before.read,
    output: countOf(fields.output_tokens) ?? before.output,
    searches: countOf(fieldsOf(fields.server_tool_use).web_search_requests) ?? before.searches,
  };
}

const countOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= TOKENS_MAX ? value : null;

function decode(pieces: readonly Uint8Array[]): string {
  const all = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return new TextDecoder().decode(all);
}

function parse(text: string): Fields | null {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return null;
  }
}
