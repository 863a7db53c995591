import { QUEUE_MAX } from '../../conversation/policy/turn.ts';
import type { Readers } from '../../conversation/state/readers.ts';
import type { Message } from '../../conversation/state/rows.ts';
import { activeProjectOf, type State } from '../../conversation/state/state.ts';
import { withFiles } from './attachment-store.ts';
import * as tables from './conversation-tables.ts';
import { mergeRows, select } from './row-store.ts';

// The SQL of inbound messages. Each is stored once, by the provider's id, and numbered in the order of arrival.

/** True if the provider's id is known: a repeated webhook changes nothing. */
export const isKnownMessage = (sql: SqlStorage, providerId: string): boolean =>
  select(sql, 'SELECT 1 FROM messages WHERE provider_id = ?', providerId).length > 0;

/** The newest messages with these values that wait for /retry. */
export function findFailedMessages(sql: SqlStorage, by: 'uuid' | 'turn', values: readonly string[]): Message[] {
  if (values.length === 0) return [];
  const which = `state = 'failed' AND ${by} IN (SELECT value FROM json_each(?))`;
  const newest = `SELECT * FROM messages INDEXED BY messages_failed_by_${by} WHERE ${which} ORDER BY seq DESC LIMIT ${QUEUE_MAX}`;
  return tables.messages.select(sql, newest, JSON.stringify(values));
}

export const messageReaders = (sql: SqlStorage) =>
  ({
    'failed-messages': (state) => {
      const newest = `SELECT * FROM messages WHERE state = 'failed' ORDER BY seq DESC LIMIT ${QUEUE_MAX}`;
      const failed = tables.messages.select(sql, newest);
      return withFiles(sql, withMessages(state, failed), seqsOf(failed));
    },
    'failed-messages-by-uuid': (state, { uuids }) => {
      const unknown = uuids.filter((uuid) => !state.messages.some((m) => m.uuid === uuid));
      const known = withMessages(state, findFailedMessages(sql, 'uuid', unknown));
      return withFiles(sql, known, seqsOf(known.messages.filter((m) => m.state === 'failed')));
    },
    'messages-in-session': (state) => {
      const { sessionId } = activeProjectOf(state);
      if (sessionId === null) return state;
      const newest = `SELECT * FROM messages WHERE session = ? ORDER BY seq DESC LIMIT ${QUEUE_MAX}`;
      return withMessages(state, tables.messages.select(sql, newest, sessionId));
    },
  }) satisfies Partial<Readers>;

/** Adds messages in the order of arrival. A message in the state isn't replaced. */
export function withMessages(state: State, more: readonly Message[]): State {
  const messages = mergeRows(state.messages, more, (m) => m.seq);
  return messages.length === state.messages.length
    ? state
    : { ...state, messages: messages.sort((a, b) => a.seq - b.seq) };
}

const seqsOf = (messages: readonly Message[]): number[] => messages.map((m) => m.seq);

/** The number of the message after the newest one. */
export const findNextMessageSeq = (sql: SqlStorage): number =>
  (select<{ newest: number | null }>(sql, 'SELECT max(seq) AS newest FROM messages')[0]?.newest ?? 0) + 1;
