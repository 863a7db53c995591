/** Nobody who sends in good faith takes longer for a webhook. */
const BODY_MS = 5_000;

/** The body of a request; null when it has more than `limit` bytes, or takes longer than any that is meant. */
export async function boundedText(request: Request, limit: number): Promise<string | null> {
  const declared = request.headers.get('content-length');
  if (Number(declared ?? 0) > limit) return null;
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), BODY_MS);
  const read = readText(request, declared, limit);
  // A sender who goes away while nobody waits any more.
  read.catch(() => undefined);
  return Promise.race([read, late.promise]).finally(() => clearTimeout(timer));
}

async function readText(request: Request, declared: string | null, limit: number): Promise<string | null> {
  // The runtime reads no more than the declared bytes, and at once: the loop below takes several times as long.
  if (declared !== null && /^\d+$/.test(declared)) return new TextDecoder().decode(await request.arrayBuffer());
  const decoder = new TextDecoder();
  let size = 0;
  let text = '';
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > limit) return null;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
