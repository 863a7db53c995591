/** The body of a request; null when it has more than `limit` bytes. */
export async function boundedText(request: Request, limit: number): Promise<string | null> {
  const declared = request.headers.get('content-length');
  if (Number(declared ?? 0) > limit) return null;
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
