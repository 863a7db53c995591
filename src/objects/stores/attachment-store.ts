import type { Readers } from '../../conversation/state/readers.ts';
import type { InboundFile } from '../../conversation/state/rows.ts';
import type { State } from '../../conversation/state/state.ts';
import * as tables from './conversation-tables.ts';
import { mergeRows } from './row-store.ts';

// The SQL of files that came with messages.

export type NewFile = Pick<InboundFile, 'url' | 'type' | 'name'>;

const AS_IT_COMES = {
  size: null,
  state: 'wanted',
  id: null,
  attempts: 0,
  forgotten: 0,
  note: null,
  transcript: null,
} as const;

/** Adds the files of a new message, and returns their rows. */
export function addFiles(sql: SqlStorage, message: number, files: readonly NewFile[]): InboundFile[] {
  const rows = files.map(({ url, type, name }, n): InboundFile => ({ message, n, url, type, name, ...AS_IT_COMES }));
  for (const row of rows) tables.files.insert(sql, row);
  return rows;
}

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
