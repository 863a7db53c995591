// Reads the machine's Server-Sent Events: blocks of `id:` and `data:` lines with comments in between. Bounded: a block
// over the limit ends the stream with an error.

export type StreamItem = { kind: 'comment' } | { kind: 'event'; data: string };

/** `close` releases the body at once, even while an item is awaited; `items` then ends. */
export type EventStream<T> = { items: AsyncGenerator<T, void, undefined>; close: () => Promise<void> };

/** An event's longest text, a million characters, in JSON's longest spelling, and room for the rest. */
const LIMIT = 8 * 1024 * 1024;

/** The comments and events of `body`. Items that arrive together are yielded together. */
export function openEvents(body: ReadableStream<Uint8Array>): EventStream<StreamItem[]> {
  const reader = body.getReader();
  return { items: readItems(reader), close: () => reader.cancel().catch(() => undefined) };
}

async function* readItems(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): AsyncGenerator<StreamItem[], void, undefined> {
  const decoder = new TextDecoder();
  // Kept in pieces: a block may arrive in very many, and searching the whole again for each would be quadratic.
  let held: string[] = [];
  let size = 0;
  let last = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const piece = decoder.decode(value, { stream: true });
    const isWhole = `${last}${piece}`.includes('\n\n');
    held.push(piece);
    size += piece.length;
    last = piece.at(-1) ?? last;
    if (isWhole) {
      const blocks = held.join('').split('\n\n');
      const rest = blocks.pop() ?? '';
      held = [rest];
      size = rest.length;
      yield blocks.map(itemOf);
    }
    if (size > LIMIT) throw new Error('an event is larger than the limit');
  }
}

function itemOf(block: string): StreamItem {
  const data: string[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
  }
  return data.length === 0 ? { kind: 'comment' } : { kind: 'event', data: data.join('\n') };
}
