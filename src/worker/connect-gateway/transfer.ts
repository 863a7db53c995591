import { PushReader, type PushReading } from '../../git/push-commands.ts';

// Bodies on their way through the relay: each holds one piece at a time, and is counted.

/** The other side has sent nothing for this long. */
const IDLE_MS = 120_000;

type Source = ReadableStreamDefaultReader<Uint8Array>;

/** sent: all of it · left: the host took no more · too-large: the host gets no more. */
type UploadEnd = 'sent' | 'left' | 'too-large';

/**
 * `over`: how it ended. A body that is too large stands still, so that the host never gets a part that looks complete.
 * `rest` reads what is left: git reads the answer only after it has sent everything.
 */
export type Upload = { stream: ReadableStream<Uint8Array>; over: Promise<UploadEnd>; rest: () => Promise<void> };

/** The rest of a body after `held`, of `most` bytes in all. */
export function upload(
  source: Source | null,
  held: readonly Uint8Array[],
  most: number,
  count: (bytes: number) => void,
): Upload {
  const front = [...held];
  const { promise: over, resolve: end } = Promise.withResolvers<UploadEnd>();
  let size = held.reduce((sum, piece) => sum + piece.length, 0);
  count(size);
  const next = async (): Promise<Uint8Array | null> => {
    const { value } = (await source?.read()) ?? {};
    if (value === undefined) return null;
    size += value.length;
    count(value.length);
    return value;
  };
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const piece = front.shift() ?? (await next());
        if (size > most) {
          end('too-large');
          return new Promise(() => undefined);
        }
        if (piece !== null) return controller.enqueue(piece);
        end('sent');
        controller.close();
      },
      cancel: () => end('left'),
    },
    { highWaterMark: 0 },
  );
  const rest = async (): Promise<void> => {
    while (size <= 2 * most && (await next()) !== null);
    await source?.cancel();
  };
  return { stream, over, rest };
}

/** The pieces of a body's beginning that were read. */
export type PushBegun = { held: Uint8Array[]; reading: PushReading };

/** Reads up to the end of a push's commands. */
export async function readPush(source: Source | null): Promise<PushBegun> {
  const reader = new PushReader();
  const held: Uint8Array[] = [];
  for (;;) {
    const { value } = (await source?.read()) ?? {};
    if (value === undefined) return { held, reading: MALFORMED };
    held.push(value);
    const reading = reader.read(value);
    if (reading === null) continue;
    if (reading !== 'probe') return { held, reading };
    // A probe is these four bytes alone.
    const size = held.reduce((sum, piece) => sum + piece.length, 0);
    const isOver = size === 4 && ((await source?.read())?.done ?? true);
    return { held, reading: isOver ? 'probe' : MALFORMED };
  }
}

const MALFORMED: PushReading = { problem: 'malformed', push: { commands: [], capabilities: [] } };

/** The whole of a small body; null when it is larger than `most`. */
export async function readWhole(body: ReadableStream<Uint8Array> | null, most: number): Promise<Uint8Array | null> {
  const source = body?.getReader();
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { value } = (await source?.read()) ?? {};
    if (value === undefined) break;
    size += value.length;
    if (size > most) {
      void source?.cancel().catch(() => undefined);
      return null;
    }
    pieces.push(value);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Passes an answer on. `each` sees its pieces; `end` is called once, when it is complete or either side breaks off. */
export function download(
  body: ReadableStream<Uint8Array>,
  each: (piece: Uint8Array) => void,
  end: () => void,
): ReadableStream<Uint8Array> {
  const source = body.getReader();
  let isOver = false;
  const over = (): void => {
    if (!isOver) end();
    isOver = true;
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { value, done } = await inTime(source.read());
          if (value !== undefined) {
            each(value);
            controller.enqueue(value);
          }
          if (!done) return;
          over();
          controller.close();
        } catch (error) {
          over();
          void source.cancel(error).catch(() => undefined);
          throw error;
        }
      },
      cancel(reason) {
        over();
        return source.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

function inTime<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('the git host went silent')), IDLE_MS);
  return Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}
