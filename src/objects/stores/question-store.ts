import type { Need } from '../../conversation/preload.ts';
import type { Grant, Question } from '../../conversation/state/rows.ts';
import type { State } from '../../conversation/state/state.ts';
import * as tables from './conversation-tables.ts';
import { beside } from './row-store.ts';

// The SQL of what is asked and allowed, beside the hot part that conversation-store.ts loads and writes.

/** The newest of a turn: an agent that goes on after a cut repeats what it asked last. */
const ASKED_MAX = 50;

/** Settled questions an event names or may repeat, the message that answered one, and what was allowed for good. */
export function withQuestions(sql: SqlStorage, state: State, { askedIn, question, grants }: Need): State {
  if (askedIn === undefined && question === undefined && !grants) return state;
  const asked =
    askedIn === undefined
      ? []
      : tables.questions.select(
          sql,
          `SELECT * FROM questions WHERE turn = ? ORDER BY id DESC LIMIT ${ASKED_MAX}`,
          askedIn,
        );
  const named =
    question === undefined ? [] : tables.questions.select(sql, 'SELECT * FROM questions WHERE id = ?', question);
  const answering = named[0]?.message ?? null;
  const messages =
    answering === null ? [] : tables.messages.select(sql, 'SELECT * FROM messages WHERE seq = ?', answering);
  return {
    ...state,
    questions: byAge(beside(state.questions, [...asked, ...named], (q) => q.id)),
    messages: beside(state.messages, messages, (m) => m.seq).sort((a, b) => a.seq - b.seq),
    grants: grants ? tables.grants.select(sql, 'SELECT * FROM grants ORDER BY created_at, project, rule') : [],
  };
}

export function saveGrants(sql: SqlStorage, before: readonly Grant[], after: readonly Grant[]): void {
  if (before === after) return;
  const has = (grants: readonly Grant[], { project, rule }: Grant): boolean =>
    grants.some((g) => g.project === project && g.rule === rule);
  for (const grant of after) if (!before.includes(grant)) tables.grants.upsert(sql, grant);
  for (const grant of before) {
    if (!has(after, grant)) sql.exec('DELETE FROM grants WHERE project = ? AND rule = ?', grant.project, grant.rule);
  }
}

const byAge = (questions: Question[]): Question[] =>
  questions.sort((a, b) => a.askedAt - b.askedAt || (a.id < b.id ? -1 : 1));
