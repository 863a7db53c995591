// Server-Sent Events as the machine sends them: blocks of `id:` and `data:` lines, comments in between. Bounded: a block
// over the limit ends the stream with an error.

export type StreamItem = { kind: 'comment' } | { kind: 'event'; id: string | null; data: string };

const LIMIT = 4 * 1024 * 1024;

/** Yields an item per comment and per event. Cancelling the generator cancels the body. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamItem, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let buffer = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      buffer += decoder.decode(value, { stream: true });
      for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
        yield itemOf(buffer.slice(0, end));
        buffer = buffer.slice(end + 2);
      }
      if (buffer.length > LIMIT) throw new Error('an event is larger than the limit');
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function itemOf(block: string): StreamItem {
  let id: string | null = null;
  const data: string[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('id:')) id = line.slice(3).trim();
    else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
  }
  return data.length === 0 ? { kind: 'comment' } : { kind: 'event', id, data: data.join('\n') };
}
