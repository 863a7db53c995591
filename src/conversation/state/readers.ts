import { hasRead, markRead, type Read, type ReadOf, type Rows } from './reads.ts';
import type { Reply } from './rows.ts';
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
    const runs = new Set(findReplies(next, read).flatMap(({ run }) => run ?? []));
    return withReads(
      next,
      [...runs].map((id) => ({ rows: 'run', id })),
      readers,
    );
  }, state);
}

/** Replies that are read with their runs, because a run's outcome follows from its replies. */
function findReplies({ replies }: State, read: Read): Reply[] {
  switch (read.rows) {
    case 'reply':
      return replies.filter((r) => r.id === read.id);
    case 'quoted':
      return replies.filter((r) => r.sid === read.sid || r.doubledSid === read.sid);
    case 'kept-back-replies':
      return replies.filter(({ state }) => state === 'parked' || state === 'failed');
    default:
      return [];
  }
}
