// From one stream into a request's body, counted on the way: never more than allowed, never held in memory, and it is
// known afterwards on which side it broke.

/** whole: all of it left · too-large, cut: the source was more than allowed, or broke off · refused: nobody took more. */
export type CopyResult = 'whole' | 'too-large' | 'cut' | 'refused';

/**
 * LaneContext a stream to `take` and fills it from `source`. With a `length` the request says so, and a source of another length
 * counts as broken off. Both ends are let go of when `take` is done or `signal` says so.
 */
export async function copyStream<T>(
  source: ReadableStream<Uint8Array>,
  length: number | null,
  most: number,
  signal: AbortSignal,
  take: (stream: ReadableStream<Uint8Array>) => Promise<T>,
): Promise<{ given: T; poured: CopyResult }> {
  const pipe = length === null ? new IdentityTransformStream() : new FixedLengthStream(length);
  const done = new AbortController();
  const filling = fill(source, pipe.writable, { length, most }, signal, done.signal);
  const given = await take(pipe.readable);
  done.abort();
  return { given, poured: await filling };
}

async function fill(
  source: ReadableStream<Uint8Array>,
  sink: WritableStream<Uint8Array>,
  { length, most }: { length: number | null; most: number },
  signal: AbortSignal,
  taken: AbortSignal,
): Promise<CopyResult> {
  const ends = AbortSignal.any([signal, taken]);
  const reader = source.getReader();
  const writer = sink.getWriter();
  // An end that broke is told by the next read or write.
  writer.closed.catch(() => undefined);
  const bound = length ?? most;
  const ended = new Promise<null>((resolve) => {
    if (ends.aborted) resolve(null);
    else ends.addEventListener('abort', () => resolve(null), { once: true });
  });
  const orEnd = <T>(work: Promise<T>): Promise<T | 'broken' | null> =>
    Promise.race([work.catch((): 'broken' => 'broken'), ended]);
  const stop = async (poured: CopyResult): Promise<CopyResult> => {
    await Promise.allSettled([reader.cancel(), writer.abort(new Error(poured))]);
    return poured;
  };
  let size = 0;
  for (;;) {
    const piece = await orEnd(reader.read());
    // Out of time while it was the source's turn.
    if (piece === null) return stop(signal.aborted ? 'cut' : 'refused');
    if (piece === 'broken') return stop('cut');
    if (piece.done) {
      if (length !== null && size < length) return stop('cut');
      return (await orEnd(writer.close())) === 'broken' ? stop('refused') : 'whole';
    }
    size += piece.value.byteLength;
    if (size > bound) return stop(length === null ? 'too-large' : 'cut');
    const written = await orEnd(writer.write(piece.value));
    if (written === null || written === 'broken') return stop('refused');
  }
}

/** All of it, or null when it breaks off or is more than `most` bytes. */
export async function readBounded(source: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of source) {
      size += piece.byteLength;
      if (size > most) return null;
      pieces.push(piece);
    }
  } catch {
    return null;
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}
