import { PushReader, type PushReading } from '../../git/push-commands.ts';

// Bodies on their way through the relay: each holds one piece at a time, and is counted.

/** The other side has sent nothing for this long. */
const IDLE_MS = 120_000;

const PIECE_BYTES = 65_536;

/** A body that is read piece by piece. A piece is good until the next one is asked for. */
export type Source = { next: () => Promise<Uint8Array | null>; cancel: () => Promise<void> };

export function openSource(body: ReadableStream<Uint8Array>): Source {
  const reader = body.getReader({ mode: 'byob' });
  let buffer = new ArrayBuffer(PIECE_BYTES);
  return {
    async next() {
      const { value, done } = await reader.read(new Uint8Array(buffer));
      if (value !== undefined) buffer = value.buffer as ArrayBuffer;
      return done || value === undefined ? null : value;
    },
    cancel: () => reader.cancel().catch(() => undefined),
  };
}

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
  const { promise: over, resolve: end } = Promise.withResolvers<UploadEnd>();
  const { readable: stream, writable } = new IdentityTransformStream();
  const sink = writable.getWriter();
  let size = held.reduce((sum, piece) => sum + piece.length, 0);
  count(size);
  const next = async (): Promise<Uint8Array | null> => {
    const piece = (await source?.next()) ?? null;
    size += piece?.length ?? 0;
    count(piece?.length ?? 0);
    return piece;
  };
  const pump = async (): Promise<void> => {
    for (const piece of held) await sink.write(piece);
    for (;;) {
      const piece = await next();
      if (size > most) return end('too-large');
      if (piece === null) break;
      await sink.write(piece);
    }
    end('sent');
    await sink.close();
  };
  pump().catch(() => end('left'));
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
    const piece = (await source?.next()) ?? null;
    if (piece === null) return { held, reading: MALFORMED };
    held.push(piece.slice());
    const reading = reader.read(piece);
    if (reading === null) continue;
    if (reading !== 'probe') return { held, reading };
    // A probe is these four bytes alone.
    const size = held.reduce((sum, piece) => sum + piece.length, 0);
    const isOver = size === 4 && (await source?.next()) === null;
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

/**
 * Passes an answer on, in one buffer that is used again and again. `each` sees its pieces; `end` is called when it is
 * complete or either side breaks off.
 */
export function download(
  body: ReadableStream<Uint8Array>,
  each: (piece: Uint8Array) => void,
  end: () => void,
): ReadableStream<Uint8Array> {
  const source = openSource(body);
  const { readable, writable } = new IdentityTransformStream();
  const sink = writable.getWriter();
  const pump = async (): Promise<void> => {
    for (;;) {
      const piece = await inTime(source.next());
      if (piece === null) break;
      each(piece);
      await sink.write(piece);
    }
    // Before the other side hears the end: nothing runs here after that.
    end();
    await sink.close();
  };
  void pump()
    .catch((error: unknown) => {
      end();
      void source.cancel();
      return sink.abort(error);
    })
    .catch(() => undefined);
  return readable;
}

function inTime<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('the git host went silent')), IDLE_MS);
  return Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}
