import { PROJECTS_ARCHIVED_SHOWN } from '../../conversation/policy/projects.ts';
import { QUEUE_MAX } from '../../conversation/policy/turn.ts';
import type { Need } from '../../conversation/preload.ts';
import type { Message, Project, Session } from '../../conversation/state/rows.ts';
import type { State } from '../../conversation/state/state.ts';
import * as tables from './conversation-tables.ts';

// What an event needs of projects, sessions and answered messages beyond the hot part. Each query is bounded and by index.

export function withProjects(sql: SqlStorage, state: State, need: Need): State {
  const { project: id } = state.conversation;
  const archived = need.archived
    ? tables.projects.select(
        sql,
        `SELECT * FROM projects WHERE archived_at IS NOT NULL ORDER BY archived_at DESC LIMIT ${PROJECTS_ARCHIVED_SHOWN}`,
      )
    : [];
  // Whatever the list shows, a name finds its project.
  const wanted = (need.named ?? []).flatMap((label) =>
    tables.projects.select(
      sql,
      'SELECT * FROM projects WHERE archived_at IS NOT NULL AND label = ? COLLATE NOCASE LIMIT 1',
      label,
    ),
  );
  const older = wanted.filter((p, n) => [...archived, ...wanted.slice(0, n)].every((known) => known.id !== p.id));
  const theirs = need.archived
    ? tables.sessions.select(
        sql,
        `SELECT s.* FROM projects p JOIN sessions s ON s.id = p.session_id
         WHERE p.archived_at IS NOT NULL ORDER BY p.archived_at DESC LIMIT ${PROJECTS_ARCHIVED_SHOWN}`,
      )
    : [];
  const listed = need.listed
    ? tables.sessions.select(
        sql,
        `SELECT * FROM sessions WHERE project = ? ORDER BY used_at DESC LIMIT ?`,
        id,
        need.listed,
      )
    : [];
  const ids = [...(need.sessions ?? []), ...older.flatMap(({ sessionId }) => (sessionId === null ? [] : [sessionId]))];
  const named = ids.flatMap((each) => tables.sessions.select(sql, 'SELECT * FROM sessions WHERE id = ?', each));
  const session = state.projects.find((p) => p.id === id)?.sessionId;
  const held =
    need.undo && session
      ? tables.messages.select(
          sql,
          `SELECT * FROM messages WHERE session = ? ORDER BY seq DESC LIMIT ${QUEUE_MAX}`,
          session,
        )
      : [];
  return withLoaded(state, {
    projects: [...archived, ...older],
    sessions: [...theirs, ...listed, ...named],
    messages: held,
  });
}

type Loaded = { projects: readonly Project[]; sessions: readonly Session[]; messages: readonly Message[] };

/** Beside what is there; a row that is there is not replaced. */
function withLoaded(state: State, { projects, sessions, messages }: Loaded): State {
  if (projects.length + sessions.length + messages.length === 0) return state;
  const added = sessions.filter((s, n) => [...state.sessions, ...sessions.slice(0, n)].every((t) => t.id !== s.id));
  const more = messages.filter((m) => !state.messages.some((t) => t.seq === m.seq));
  return {
    ...state,
    projects: [...state.projects, ...projects],
    sessions: [...state.sessions, ...added],
    messages: [...more, ...state.messages].sort((a, b) => a.seq - b.seq),
  };
}
