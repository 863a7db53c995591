// Reads the model's name from a Messages API request as the bytes pass, without holding the body in memory or rewriting
// it. A body that names two models is refused, because nobody knows which one would be used.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NAME_MAX = 300;

export class ModelReader {
  /** The first model named; undefined before one is found. */
  model: string | undefined;
  /** The body names a second model, or a model that is not a string. */
  isAmbiguous = false;
  #depth = 0;
  #inText = false;
  #isEscaped = false;
  /** The string of the outermost object that is being read; null inside nested values. */
  #text: number[] | null = null;
  /** The next part of the outermost object. */
  #expects: 'key' | 'colon' | 'value' | 'comma' = 'key';
  #isModel = false;

  read(bytes: Uint8Array): void {
    for (const byte of bytes)
      if (this.#inText) this.#character(byte);
      else this.#mark(byte);
  }

  #character(byte: number): void {
    if (byte === QUOTE && !this.#isEscaped) {
      this.#inText = false;
      if (this.#text) this.#ended(this.#text);
      this.#text = null;
      return;
    }
    this.#isEscaped = byte === BACKSLASH && !this.#isEscaped;
    if (this.#text && this.#text.length < NAME_MAX) this.#text.push(byte);
  }

  #mark(byte: number): void {
    switch (byte) {
      case QUOTE:
        this.#inText = true;
        this.#isEscaped = false;
        this.#text = this.#depth === 1 && (this.#expects === 'key' || this.#isModel) ? [] : null;
        break;
      case 0x7b: // {
      case 0x5b: // [
        if (this.#depth === 1) this.#otherValue();
        this.#depth += 1;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        this.#depth -= 1;
        break;
      case 0x3a: // :
        if (this.#depth === 1) this.#expects = 'value';
        break;
      case 0x2c: // ,
        if (this.#depth === 1) {
          this.#expects = 'key';
          this.#isModel = false;
        }
        break;
      case 0x20:
      case 0x09:
      case 0x0a:
      case 0x0d:
        break;
      default:
        if (this.#depth === 1) this.#otherValue();
    }
  }

  #ended(bytes: readonly number[]): void {
    const text = textOf(bytes);
    if (this.#expects === 'key') {
      this.#isModel = text === 'model';
      this.#expects = 'colon';
    } else if (this.#isModel) {
      if (this.model !== undefined || text === null) this.isAmbiguous = true;
      this.model ??= text ?? '';
      this.#expects = 'comma';
    }
  }

  #otherValue(): void {
    if (this.#isModel && this.#expects === 'value') this.isAmbiguous = true;
  }
}

/** Null when the bytes are not a JSON string. */
function textOf(bytes: readonly number[]): string | null {
  try {
    return JSON.parse(`"${new TextDecoder().decode(Uint8Array.from(bytes))}"`) as string;
  } catch {
    return null;
  }
}

/** Claude Code names the model first; a body that does not name it within this many bytes is refused. */
const HELD_MAX = 1_000_000;

/**
 * `late`: resolves when a later part is refused. The stream then stands still: ending it would send half a request that
 * looks complete, and aborting the request that takes it would end that of the machine as well. `rest` reads what is left.
 */
type Body =
  | { model: string; stream: ReadableStream<Uint8Array>; late: Promise<BodyRefusal>; rest: () => Promise<void> }
  | { refused: string };

/** Reads until the model is named, and passes every byte on unchanged. `onBytes` gets the size of each piece. */
export async function openBody(
  body: ReadableStream<Uint8Array> | null,
  most: number,
  onBytes: (size: number) => void,
): Promise<Body> {
  const source = body?.getReader();
  const names = new ModelReader();
  const held: Uint8Array[] = [];
  let size = 0;
  const next = async (): Promise<Uint8Array | null> => {
    const { value } = (await source?.read()) ?? {};
    if (value === undefined) return null;
    size += value.byteLength;
    onBytes(value.byteLength);
    names.read(value);
    if (names.isAmbiguous) throw new BodyRefusal('The request body names more than one model.');
    if (size > most) throw new TooLarge('Request exceeds the maximum size.');
    return value;
  };
  try {
    while (names.model === undefined) {
      const piece = await next();
      if (piece === null || size > HELD_MAX) throw new BodyRefusal('The request body does not start with a model.');
      held.push(piece);
    }
  } catch (error) {
    void source?.cancel().catch(() => undefined);
    if (error instanceof BodyRefusal) return { refused: error.message };
    throw error;
  }
  const late = Promise.withResolvers<BodyRefusal>();
  const standStill = (error: unknown): Promise<never> => {
    if (!(error instanceof BodyRefusal)) throw error;
    late.resolve(error);
    return new Promise<never>(() => undefined);
  };
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const piece = held.shift() ?? (await next().catch(standStill));
      if (piece === null) controller.close();
      else controller.enqueue(piece);
    },
    cancel: (reason) => source?.cancel(reason),
  });
  const rest = async (): Promise<void> => {
    for (let left = most; left > 0; ) {
      const { value } = (await source?.read()) ?? {};
      if (value === undefined) return;
      left -= value.byteLength;
    }
    await source?.cancel();
  };
  return { model: names.model, stream, late: late.promise, rest };
}

export class BodyRefusal extends Error {
  status = 400;
  type = 'invalid_request_error';
}

/** In the API's words, so that the agent shrinks its request instead of repeating it. */
class TooLarge extends BodyRefusal {
  override status = 413;
  override type = 'request_too_large';
}
