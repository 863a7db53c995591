import type { Readers } from '../../conversation/state/readers.ts';
import type { Grant, Question } from '../../conversation/state/rows.ts';
import type { State } from '../../conversation/state/state.ts';
import * as tables from './conversation-tables.ts';
import { withMessages } from './message-store.ts';
import { mergeRows } from './row-store.ts';

// The SQL of questions and grants beyond the hot part.

/** Only a turn's newest questions: an agent that goes on after a cut repeats its last ones. */
const ASKED_MAX = 50;

export const questionReaders = (sql: SqlStorage) =>
  ({
    questions: (state, { turn }) => {
      const newest = `SELECT * FROM questions WHERE turn = ? ORDER BY id DESC LIMIT ${ASKED_MAX}`;
      return withQuestions(state, tables.questions.select(sql, newest, turn));
    },
    question: (state, { id }) => {
      const named = tables.questions.select(sql, 'SELECT * FROM questions WHERE id = ?', id);
      const answering = named.flatMap(({ message }) => (message === null ? [] : [message]));
      const messages = answering.flatMap((seq) =>
        tables.messages.select(sql, 'SELECT * FROM messages WHERE seq = ?', seq),
      );
      return withMessages(withQuestions(state, named), messages);
    },
    grants: (state) => ({
      ...state,
      grants: tables.grants.select(sql, 'SELECT * FROM grants ORDER BY created_at, project, rule'),
    }),
  }) satisfies Partial<Readers>;

const withQuestions = (state: State, more: readonly Question[]): State => ({
  ...state,
  questions: byAge(mergeRows(state.questions, more, (q) => q.id)),
});

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
