import { QUEUE_MAX } from '../../conversation/policy/turn.ts';
import type { Need } from '../../conversation/preload.ts';
import type { InboundFile } from '../../conversation/state/rows.ts';
import type { State } from '../../conversation/state/state.ts';
import * as tables from './conversation-tables.ts';

// SQL of what belongs to a message besides its own row: what came with it, and what it replies to.

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

/** What came with a message that has just been added. */
export function addFiles(sql: SqlStorage, message: number, files: readonly NewFile[]): void {
  for (const [n, { url, type, name }] of files.entries()) {
    const row: InboundFile = { message, n, url, type, name, ...AS_IT_COMES };
    tables.files.insert(sql, row);
  }
}

/** With the files an event needs: of messages that /retry may bring back, or of the one it names. */
export function withFiles(sql: SqlStorage, state: State, { failed, filesOf, answered }: Need): State {
  const named = filesOf === undefined ? [] : tables.files.select(sql, 'SELECT * FROM files WHERE message = ?', filesOf);
  const newest = `SELECT seq FROM messages WHERE state = 'failed' ORDER BY seq DESC LIMIT ${QUEUE_MAX}`;
  const back = failed
    ? tables.files.select(sql, `SELECT f.* FROM (${newest}) m JOIN files f ON f.message = m.seq`)
    : [];
  // Of those an answer may use up in passing.
  const left = answered ? state.messages.filter((m) => m.state === 'failed').map(({ seq }) => seq) : [];
  const those = 'SELECT * FROM files WHERE message IN (SELECT value FROM json_each(?))';
  const used = left.length === 0 ? [] : tables.files.select(sql, those, JSON.stringify(left));
  const beyond = [...named, ...back, ...used].filter(
    (f) => !state.files.some((g) => g.message === f.message && g.n === f.n),
  );
  return beyond.length === 0 ? state : { ...state, files: [...state.files, ...beyond] };
}

/** With what a message replies to: a reply of ours and the turn it belongs to, or an earlier message of the person. */
export function withQuoted(sql: SqlStorage, state: State, { quoted }: Need): State {
  if (quoted === undefined) return state;
  const query = 'SELECT * FROM replies WHERE sid = ? OR doubled_sid = ? LIMIT 1';
  const known = state.replies.find((r) => r.sid === quoted);
  const reply = known ?? tables.replies.select(sql, query, quoted, quoted)[0];
  if (!reply) {
    const own = tables.messages.select(sql, 'SELECT * FROM messages WHERE provider_id = ?', quoted);
    const beyond = own.filter((m) => !state.messages.some(({ seq }) => seq === m.seq));
    return { ...state, messages: bySeq([...state.messages, ...beyond]) };
  }
  const isLoaded = state.replies.some((r) => r.id === reply.id);
  const turns = tables.turns
    .select(sql, 'SELECT * FROM turns WHERE id = ?', reply.turn)
    .filter((t) => !state.turns.some(({ id }) => id === t.id));
  return {
    ...state,
    replies: isLoaded ? state.replies : bySeq([...state.replies, reply]),
    turns: [...turns, ...state.turns],
  };
}

const bySeq = <T extends { seq: number }>(rows: T[]): T[] => rows.sort((a, b) => a.seq - b.seq);
