import { KEPT_BACK_CODES } from '../../conversation/outbox/replies.ts';
import { REPLIES_MAX } from '../../conversation/policy/outbox.ts';
import type { Readers } from '../../conversation/state/readers.ts';
import type { Reply } from '../../conversation/state/rows.ts';
import type { State } from '../../conversation/state/state.ts';
import * as tables from './conversation-tables.ts';
import { withMessages } from './message-store.ts';
import { mergeRows } from './row-store.ts';
import { withStoredRun } from './schedule-store.ts';

// The SQL of replies beyond the hot part.

/** Enough for a long answer in parts and the texts before it in the same run. */
const REPLIES_OF_RUN_MAX = 40;

export const replyReaders = (sql: SqlStorage) =>
  ({
    reply: (state, { id }) => {
      const known = state.replies.some((r) => r.id === id);
      return known ? state : withReplies(state, tables.replies.select(sql, 'SELECT * FROM replies WHERE id = ?', id));
    },
    turn: (state, { id }) => withTurn(sql, state, id),
    quoted: (state, { sid }) => {
      const query = 'SELECT * FROM replies WHERE sid = ? OR doubled_sid = ? LIMIT 1';
      const known = state.replies.find((r) => r.sid === sid);
      const reply = known ?? tables.replies.select(sql, query, sid, sid)[0];
      if (reply) {
        const next = withReplies(state, [reply]);
        return reply.turn === null ? next : withTurn(sql, next, reply.turn);
      }
      return withMessages(state, tables.messages.select(sql, 'SELECT * FROM messages WHERE provider_id = ?', sid));
    },
    'kept-back-replies': (state) => {
      // Oldest first: if there are more, the rest leaves with the next text. The query names the states and
      // codes as the index has them.
      const query = `SELECT * FROM replies WHERE state IN ('parked', 'failed')
         AND kind NOT IN ('alert', 'nudge') AND error_code IN (${KEPT_BACK_CODES.join(', ')}) ORDER BY seq LIMIT ${REPLIES_MAX}`;
      return withReplies(state, tables.replies.select(sql, query));
    },
    run: (state, { id }) => {
      const newest = `SELECT * FROM replies WHERE run = ? ORDER BY seq DESC LIMIT ${REPLIES_OF_RUN_MAX}`;
      return withReplies(withStoredRun(sql, state, id), tables.replies.select(sql, newest, id));
    },
  }) satisfies Partial<Readers>;

/** One query, also if the turn is open and thus in the state: the cost of a turn doesn't hang on which came first. */
function withTurn(sql: SqlStorage, state: State, id: string): State {
  const found = tables.turns.select(sql, 'SELECT * FROM turns WHERE id = ?', id);
  return state.turns.some((turn) => turn.id === id) ? state : { ...state, turns: [...found, ...state.turns] };
}

type Home = Pick<State, 'conversation' | 'addresses'>;

/** The oldest open replies, and those that may leave to a person or an address that is locked, however many wait. */
export function readOpenReplies(sql: SqlStorage, { conversation, addresses }: Home): Reply[] {
  const open = `state IN ('ready', 'sending', 'unknown', 'held')`;
  const oldest = tables.replies.select(sql, `SELECT * FROM replies WHERE ${open} ORDER BY seq LIMIT ${REPLIES_MAX}`);
  if (oldest.length < REPLIES_MAX) return oldest;
  const words = [conversation.access?.word ?? null, ...addresses.map(({ told }) => told)].filter((id) => id !== null);
  const query = `SELECT * FROM replies WHERE id = ? AND ${open}`;
  const missing = [...new Set(words)].filter((id) => !oldest.some((reply) => reply.id === id));
  return [...oldest, ...missing.flatMap((id) => tables.replies.select(sql, query, id))].sort((a, b) => a.seq - b.seq);
}

/** Adds replies in the order in which they leave. A reply in the state isn't replaced. */
function withReplies(state: State, more: readonly Reply[]): State {
  const replies = mergeRows(state.replies, more, (r) => r.id);
  return replies.length === state.replies.length ? state : { ...state, replies: replies.sort((a, b) => a.seq - b.seq) };
}
