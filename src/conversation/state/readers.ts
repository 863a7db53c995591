import { hasRead, markRead, type Read, type ReadOf, type Rows } from './reads.ts';
import type { State } from './state.ts';

// Makes the reads of an event, before its decision. The stores have a reader for each name.

/** A reader for each kind: adds its rows to those in the state. */
export type Readers = { readonly [Name in Rows]: (state: State, read: ReadOf<Name>) => State };

/** The state with the rows of these reads. No read is made twice. */
export function withReads(state: State, reads: readonly Read[], readers: Readers): State {
  return reads.reduce((so, read) => {
    if (hasRead(so, read)) return so;
    const reader = readers[read.rows] as (state: State, read: Read) => State;
    const next = markRead(reader(so, read), read);
    const run = findRunOf(next, read);
    return run === null ? next : withReads(next, [{ rows: 'run', id: run }], readers);
  }, state);
}

/** A reply is read with its run, because the run's outcome follows from its replies. */
function findRunOf({ replies }: State, read: Read): string | null {
  if (read.rows === 'reply') return replies.find((r) => r.id === read.id)?.run ?? null;
  if (read.rows !== 'quoted') return null;
  return replies.find((r) => r.sid === read.sid || r.doubledSid === read.sid)?.run ?? null;
}
