import { PushReader, type PushReading } from '../../git/push-commands.ts';
import type { Passage } from './answer.ts';

// Bodies on their way through the relay: each holds one piece at a time, and is counted.

/** The host has sent nothing for this long, or the machine has taken nothing. */
const IDLE_MS = 120_000;

/** The host has this long to end a packet before an answer that is cut just breaks off. */
const PACKET_MS = 2_000;
const PIECE_BYTES = 65_536;
/** A body that is read before it goes on has to come within this time. */
export const READ_MS = 60_000;

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

/** sent: all of it · left: the host took no more · too-large, cut: the host gets no more. */
type UploadEnd = 'sent' | 'left' | 'too-large' | 'cut';

/**
 * `over`: how it ended. A body that is too large or cut stands still, so that the host never gets a part that looks
 * complete. `rest` reads what is left: git reads the answer only after it has sent everything.
 */
export type Upload = {
  stream: ReadableStream<Uint8Array>;
  over: Promise<UploadEnd>;
  cut: () => void;
  rest: () => Promise<void>;
};

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
  const cutting = Promise.withResolvers<'cut'>();
  let isCut = false;
  const cut = (): void => {
    isCut = true;
    end('cut');
    cutting.resolve('cut');
  };
  const pump = async (): Promise<void> => {
    for (const piece of held) await Promise.race([sink.write(piece), cutting.promise]);
    for (;;) {
      const piece = await next();
      if (isCut) return;
      if (size > most) return end('too-large');
      if (piece === null) break;
      // A host that takes nothing doesn't keep a body from being cut.
      await Promise.race([sink.write(piece), cutting.promise]);
    }
    end('sent');
    await sink.close();
  };
  const pumped = pump().catch(() => end('left'));
  const rest = async (): Promise<void> => {
    cut();
    // Two can't read at the same time.
    await pumped;
    while (size <= 2 * most && (await next()) !== null);
    await source?.cancel();
  };
  return { stream, over, cut, rest };
}

/** The pieces of a body's beginning that were read. */
export type PushBegun = { held: Uint8Array[]; reading: PushReading };

/** Reads up to the end of a push's commands. */
export const readPush = (source: Source | null, ms = READ_MS): Promise<PushBegun> => inTime(readCommands(source), ms);

async function readCommands(source: Source | null): Promise<PushBegun> {
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
export const readWhole = (
  body: ReadableStream<Uint8Array> | null,
  most: number,
  ms = READ_MS,
): Promise<Uint8Array | null> => inTime(readBytes(body, most), ms);

function inTime<T>(reading: Promise<T>, ms: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('a body came too slowly')), ms);
  return Promise.race([reading, late]).finally(() => clearTimeout(timer));
}

async function readBytes(body: ReadableStream<Uint8Array> | null, most: number): Promise<Uint8Array | null> {
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
 * Passes an answer on, in one buffer that is used again and again. `cut`: the words with which it is cut, once it is.
 * `end` is called when it is over, with what broke it off.
 */
export function download(
  body: ReadableStream<Uint8Array>,
  passage: Passage,
  cut: Promise<string>,
  end: (broken: unknown) => void,
  idleMs = IDLE_MS,
): ReadableStream<Uint8Array> {
  const source = openSource(body);
  const { readable, writable } = new IdentityTransformStream();
  const sink = writable.getWriter();
  let words: string | null = null;
  let stop = (): void => undefined;
  void cut.then((said) => {
    words = said;
    stop();
  });
  let reading: Promise<Uint8Array | null> | null = null;
  /** Null at the end, and when it is cut meanwhile. */
  const next = (ms: number): Promise<Uint8Array | null> => {
    const { promise, resolve, reject } = Promise.withResolvers<null>();
    const timer = setTimeout(() => reject(new Error('the git host went silent')), ms);
    stop = () => resolve(null);
    // A read that was left is still under way.
    reading ??= source.next().finally(() => {
      reading = null;
    });
    return Promise.race([reading, promise]).finally(() => clearTimeout(timer));
  };
  /** A machine that takes nothing holds no answer open. */
  const write = (piece: Uint8Array): Promise<void> => {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error('the machine takes nothing')), idleMs);
    return Promise.race([sink.write(piece), promise]).finally(() => clearTimeout(timer));
  };
  const lastWords = async (said: string, watch: Passage['watch']): Promise<Uint8Array> => {
    const until = Date.now() + PACKET_MS;
    for (;;) {
      const error = watch?.error(said) ?? null;
      if (error !== null) return error;
      const piece = watch === null ? null : await next(Math.max(0, until - Date.now()));
      if (piece === null || watch === null) throw new Error('cut');
      await write(watch.finish(piece));
    }
  };
  const pump = async (): Promise<void> => {
    while (words === null) {
      const piece = await next(idleMs);
      if (piece === null) break;
      await write(passage.pass(piece));
    }
    const last = words === null ? passage.end() : await lastWords(words, passage.watch);
    if (last !== null) await write(last);
    if (words !== null) void source.cancel();
    // Before the other side hears the end: nothing runs here after that.
    end(null);
    await sink.close();
  };
  void pump()
    .catch((error: unknown) => {
      end(error);
      void source.cancel();
      return sink.abort(error);
    })
    .catch(() => undefined);
  return readable;
}
