import type { Readers } from '../../conversation/state/readers.ts';
import type { State } from '../../conversation/state/state.ts';
import * as tables from './conversation-tables.ts';
import { mergeRows } from './row-store.ts';

// The SQL of files that came with messages.

export const fileReaders = (sql: SqlStorage) =>
  ({
    files: (state, { message }) => withFiles(sql, state, [message]),
  }) satisfies Partial<Readers>;

/** The state with the files of these messages. */
export function withFiles(sql: SqlStorage, state: State, messages: readonly number[]): State {
  if (messages.length === 0) return state;
  const query = 'SELECT * FROM files WHERE message IN (SELECT value FROM json_each(?))';
  const found = tables.files.select(sql, query, JSON.stringify(messages));
  return found.length === 0 ? state : { ...state, files: mergeRows(state.files, found, (f) => `${f.message} ${f.n}`) };
}
