import type { Archive } from '../../conversation/state/backup.ts';
import type { Readers } from '../../conversation/state/readers.ts';
import type { State } from '../../conversation/state/state.ts';
import * as tables from './conversation-tables.ts';

// The SQL of backups.

/** All backups of folders and notes, and those of sessions that a project or the open turn uses. */
export const archivesOf = (sql: SqlStorage): Archive[] =>
  tables.archives.select(
    sql,
    `SELECT * FROM archives WHERE kind IN ('person', 'project') UNION ALL
       SELECT a.* FROM (SELECT session_id AS id FROM projects WHERE archived_at IS NULL
         UNION SELECT session_id FROM turns WHERE state = 'open') s
       CROSS JOIN archives a ON a.kind = 'session' AND a.id = s.id`,
  );

export const backupReaders = (sql: SqlStorage) =>
  ({
    archive: (state, { session }) => withArchives(sql, state, [session]),
  }) satisfies Partial<Readers>;

/** The state with the backups of these sessions. */
export function withArchives(sql: SqlStorage, state: State, sessions: readonly string[]): State {
  const beyond = sessions.filter((id) => !state.archives.some((a) => a.kind === 'session' && a.id === id));
  const query = `SELECT * FROM archives WHERE kind = 'session' AND id = ?`;
  const found = beyond.flatMap((id) => tables.archives.select(sql, query, id));
  return found.length === 0 ? state : { ...state, archives: [...state.archives, ...found] };
}
