import { EXPIRE_AT_ONCE } from '../../conversation/policy/files.ts';
import type { Need } from '../../conversation/preload.ts';
import type { OutgoingFile } from '../../conversation/state/outgoing-file.ts';
import type { State } from '../../conversation/state/state.ts';
import * as tables from './conversation-tables.ts';

// The SQL of files the agent sends: which rows an event sees. They are written by the conversation's store.

export const unsettledFiles = (sql: SqlStorage): OutgoingFile[] =>
  read(sql, `SELECT * FROM outgoing WHERE state IN ('wanted', 'over') OR answer IS NOT NULL ORDER BY id`);

/** Beside those in the hot part: what goes with the replies, and what the event needs. */
export function withOutgoing(sql: SqlStorage, state: State, { sentBy, expiring }: Need): State {
  const goWith = state.replies.flatMap(({ media }) => (media === null ? [] : [media]));
  const found = [
    ...goWith.flatMap((id) => read(sql, 'SELECT * FROM outgoing WHERE id = ?', id)),
    ...(sentBy === undefined ? [] : read(sql, 'SELECT * FROM outgoing WHERE turn = ?', sentBy)),
    ...(expiring ? keptLongest(sql) : []),
  ];
  const beyond = found.filter(({ id }) => !state.outgoing.some((f) => f.id === id));
  if (beyond.length === 0) return state;
  const byId = new Map([...state.outgoing, ...beyond].map((file) => [file.id, file]));
  return { ...state, outgoing: [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1)) };
}

const keptLongest = (sql: SqlStorage): OutgoingFile[] =>
  read(
    sql,
    `SELECT * FROM outgoing WHERE state IN ('stored', 'offered') ORDER BY expires_at LIMIT ${EXPIRE_AT_ONCE + 1}`,
  );

const read = (sql: SqlStorage, query: string, ...params: SqlStorageValue[]): OutgoingFile[] =>
  tables.outgoing.select(sql, query, ...params);
