import type { Need } from '../turns/need.ts';
import type { Archive, State } from '../turns/state.ts';
import { rowOf } from './row-store.ts';

// The SQL of what is kept besides the machine, for the conversation's store.

/** All but those of sessions neither a project nor the open turn goes on with. */
export const archivesOf = (sql: SqlStorage): Archive[] =>
  sql
    .exec(
      `SELECT * FROM archives WHERE kind IN ('person', 'project') UNION ALL
       SELECT a.* FROM (SELECT session_id AS id FROM projects WHERE archived_at IS NULL
         UNION SELECT session_id FROM turns WHERE state = 'open') s
       JOIN archives a ON a.kind = 'session' AND a.id = s.id`,
    )
    .toArray()
    .map((row) => rowOf<Archive>(row));

/** And those of the sessions an event names. */
export function withArchives(sql: SqlStorage, state: State, { archives: named }: Need): State {
  if (named === undefined) return state;
  const beyond = named.filter((id) => !state.archives.some((a) => a.kind === 'session' && a.id === id));
  const query = `SELECT * FROM archives WHERE kind = 'session' AND id = ?`;
  const found = beyond.flatMap((id) => sql.exec(query, id).toArray());
  return { ...state, archives: [...state.archives, ...found.map((row) => rowOf<Archive>(row))] };
}
