import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod/mini';
import type { AttemptSteps } from '../../conversation/state/rows.ts';
import { STEPS_CHARS, Step } from '../../protocol/index.ts';

// What attempts did, one compressed row each. It is written in the commit of the attempt's end, and read for the
// operator and for /export.

/** Characters of JSON take four bytes at most, and the frame a few. */
const PLAIN_MAX = 4 * STEPS_CHARS + 1000;

const Kept = z.object({ steps: z.array(Step), leftOut: z.number() });
type Kept = z.infer<typeof Kept>;

export function saveSteps(sql: SqlStorage, before: readonly AttemptSteps[], after: readonly AttemptSteps[]): void {
  for (const { attempt, at, ...kept } of after.filter((row) => !before.includes(row))) {
    const packed = gzipSync(new TextEncoder().encode(JSON.stringify(kept)));
    const blob = new Uint8Array(packed).buffer;
    sql.exec('INSERT OR REPLACE INTO steps (attempt, at, steps) VALUES (?, ?, ?)', attempt, at, blob);
  }
}

/** Null if the row isn't readable: nothing else depends on it. */
export function unpackSteps(blob: SqlStorageValue): Kept | null {
  if (!(blob instanceof ArrayBuffer)) return null;
  try {
    const plain = gunzipSync(new Uint8Array(blob), { maxOutputLength: PLAIN_MAX });
    return Kept.parse(JSON.parse(new TextDecoder().decode(plain)));
  } catch {
    return null;
  }
}
