import { PROJECTS_ARCHIVED_SHOWN } from '../../conversation/policy/projects.ts';
import type { Readers } from '../../conversation/state/readers.ts';
import type { Project, Session } from '../../conversation/state/rows.ts';
import type { State } from '../../conversation/state/state.ts';
import { withArchives } from './backup-store.ts';
import * as tables from './conversation-tables.ts';
import { mergeRows } from './row-store.ts';

// The SQL of projects and sessions beyond the hot part. Each query is bounded and uses an index.

export const projectReaders = (sql: SqlStorage) =>
  ({
    'archived-projects': (state) => {
      const newest = `SELECT * FROM projects WHERE archived_at IS NOT NULL ORDER BY archived_at DESC LIMIT ${PROJECTS_ARCHIVED_SHOWN}`;
      const archived = tables.projects.select(sql, newest);
      const theirs = archived.flatMap((p) => sessionById(sql, state, p.sessionId));
      return withSessions(sql, withProjects(state, archived), theirs);
    },
    // A name finds its project, even if the list doesn't show it.
    'archived-project': (state, { label }) => {
      const query = 'SELECT * FROM projects WHERE archived_at IS NOT NULL AND label = ? COLLATE NOCASE LIMIT 1';
      const named = tables.projects.select(sql, query, label);
      return withSessions(
        sql,
        withProjects(state, named),
        named.flatMap((p) => sessionById(sql, state, p.sessionId)),
      );
    },
    session: (state, { id }) => withArchives(sql, withSessions(sql, state, sessionById(sql, state, id)), [id]),
    sessions: (state, { most }) => {
      const newest = 'SELECT * FROM sessions WHERE project = ? ORDER BY used_at DESC LIMIT ?';
      return withSessions(sql, state, tables.sessions.select(sql, newest, state.conversation.project, most));
    },
  }) satisfies Partial<Readers>;

const withProjects = (state: State, projects: readonly Project[]): State => ({
  ...state,
  projects: mergeRows(state.projects, projects, (p) => p.id),
});

/** Adds sessions with their backups. */
const withSessions = (sql: SqlStorage, state: State, sessions: readonly Session[]): State =>
  withArchives(
    sql,
    { ...state, sessions: mergeRows(state.sessions, sessions, (s) => s.id) },
    sessions.map((s) => s.id),
  );

const sessionById = (sql: SqlStorage, { sessions }: State, id: string | null): Session[] =>
  id === null || sessions.some((s) => s.id === id)
    ? []
    : tables.sessions.select(sql, 'SELECT * FROM sessions WHERE id = ?', id);
