import { EXPIRE_AT_ONCE } from '../../conversation/policy/files.ts';
import type { OutgoingFile } from '../../conversation/state/outgoing-file.ts';
import type { Readers } from '../../conversation/state/readers.ts';
import type { State } from '../../conversation/state/state.ts';
import * as tables from './conversation-tables.ts';
import { mergeRows } from './row-store.ts';

// Reads the rows of files that the agent sends. conversation-store.ts writes the rows.

export const unsettledFiles = (sql: SqlStorage): OutgoingFile[] =>
  read(sql, `SELECT * FROM outgoing WHERE state IN ('wanted', 'over') OR answer IS NOT NULL ORDER BY id`);

export const outgoingFileReaders = (sql: SqlStorage) =>
  ({
    'sent-files': (state, { turn }) => withOutgoing(state, read(sql, 'SELECT * FROM outgoing WHERE turn = ?', turn)),
    'expiring-files': (state) => withOutgoing(state, keptLongest(sql)),
  }) satisfies Partial<Readers>;

/** The state with the files of its replies. */
export function withMedia(sql: SqlStorage, state: State): State {
  const ids = state.replies.flatMap(({ media }) => (media === null ? [] : [media]));
  const unknown = ids.filter((id) => !state.outgoing.some((f) => f.id === id));
  return withOutgoing(
    state,
    unknown.flatMap((id) => read(sql, 'SELECT * FROM outgoing WHERE id = ?', id)),
  );
}

function withOutgoing(state: State, more: readonly OutgoingFile[]): State {
  const outgoing = mergeRows(state.outgoing, more, (f) => f.id);
  return outgoing.length === state.outgoing.length
    ? state
    : { ...state, outgoing: outgoing.sort((a, b) => (a.id < b.id ? -1 : 1)) };
}

const keptLongest = (sql: SqlStorage): OutgoingFile[] =>
  read(
    sql,
    `SELECT * FROM outgoing WHERE state IN ('stored', 'offered') ORDER BY expires_at LIMIT ${EXPIRE_AT_ONCE + 1}`,
  );

const read = (sql: SqlStorage, query: string, ...params: SqlStorageValue[]): OutgoingFile[] =>
  tables.outgoing.select(sql, query, ...params);
