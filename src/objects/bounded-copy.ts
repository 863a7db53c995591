// Bounded stream copies: from a source into a request's body, never more than allowed and never held in memory. The
// result tells on which side a broken copy broke.

/** whole: all copied · too-large, cut: the source exceeded the limit, or broke off · refused: the receiver stopped. */
export type CopyResult = 'whole' | 'too-large' | 'cut' | 'refused';

/**
 * Hands a stream to `take` and fills it from `source`. With a `length` the request announces it, and a source of
 * another length counts as cut. Both ends are released when `take` is done or `signal` aborts.
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
  // The next read or write reports a broken end.
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
    // The time was over while the source was awaited.
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

/** The whole stream, or null when it breaks off or exceeds `most` bytes. */
export async function readBounded(
  source: ReadableStream<Uint8Array>,
  most: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
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
