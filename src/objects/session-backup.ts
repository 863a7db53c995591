import { chunksOf } from './backup-bucket.ts';
import { readSessionLine, type SessionEntry } from './session-lines.ts';

// Reads a session's backup from its end, a page at a time, for the operator. No machine is called. A page reads a bounded
// part of the bucket, whatever is in it.

/** Where a page ends: in the chunk that begins after position `from`, before its byte `end`. */
export type SessionPlace = { from: number; end: number };
export type SessionPage = {
  /** Newest first. */
  entries: SessionEntry[];
  /** Lines that could not be read, or are longer than what is read at once. */
  unread: number;
  /** Null: the beginning is on this page. */
  next: SessionPlace | null;
};

const ENTRIES_MAX = 40;
const READ_BYTES = 256 * 1024;
const READS_MAX = 6;
const NEWLINE = 10;

/** Null: there is no backup. `before` is where the page before ended; null: the newest. */
export async function readSessionPage(
  bucket: R2Bucket,
  [conversation, session]: [string, string],
  before: SessionPlace | null,
): Promise<SessionPage | null> {
  const { keys, sizes } = await chunksOf(bucket, [conversation, session]);
  if (keys.length === 0) return null;
  const page: SessionPage = { entries: [], unread: 0, next: null };
  let at = before === null ? keys.length - 1 : keys.findLastIndex((key) => fromOf(key) <= before.from);
  // A copy that was made anew meanwhile may not have that chunk.
  const isSame = before !== null && fromOf(keys[at]) === before.from;
  let end = Math.min(isSame ? before.end : Number.POSITIVE_INFINITY, sizes[at] ?? 0);
  for (let reads = 0; at >= 0 && reads < READS_MAX && page.entries.length < ENTRIES_MAX; reads++) {
    end = await readBack(bucket, { key: keys[at] ?? '', size: sizes[at] ?? 0 }, end, page);
    if (end > 0) continue;
    at--;
    end = sizes[at] ?? 0;
  }
  page.next = at >= 0 ? { from: fromOf(keys[at]), end } : null;
  return page;
}

const fromOf = (key: string | undefined): number => Number(/(\d{15})-\d{15}\.jsonl$/.exec(key ?? '')?.[1] ?? -1);

/** Adds the lines before `end` to the page; returns where the oldest of them begins. */
async function readBack(
  bucket: R2Bucket,
  { key, size }: { key: string; size: number },
  end: number,
  page: SessionPage,
): Promise<number> {
  const begin = Math.max(0, end - READ_BYTES);
  const object = end === 0 ? null : await bucket.get(key, { range: { offset: begin, length: end - begin } });
  if (object === null) return 0;
  const bytes = new Uint8Array(await object.arrayBuffer());
  let taken = bytes.length;
  // The end of a line that is longer than what is read at once, or of a copy that was made anew meanwhile.
  if (end < size && bytes.at(-1) !== NEWLINE) taken = bytes.lastIndexOf(NEWLINE) + 1;
  while (taken > 0 && page.entries.length < ENTRIES_MAX) {
    const start = bytes.subarray(0, taken - 1).lastIndexOf(NEWLINE) + 1;
    if (start === 0 && begin > 0) {
      // The next read has all of it, unless it is longer than a read.
      if (taken < bytes.length) break;
      page.unread++;
      return begin;
    }
    addLine(new TextDecoder().decode(bytes.subarray(start, taken)), page);
    taken = start;
  }
  return begin + taken;
}

function addLine(line: string, page: SessionPage): void {
  if (line.trim() === '') return;
  const entry = readSessionLine(line);
  if (entry === 'unreadable') page.unread++;
  else if (entry !== null) page.entries.push(entry);
}
