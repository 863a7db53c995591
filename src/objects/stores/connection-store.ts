import type { Connection } from '../../conversation/state/connections.ts';
import * as tables from './conversation-tables.ts';

// The SQL of accounts at git hosts. Their credentials are sealed.

export const readConnections = (sql: SqlStorage): Connection[] =>
  tables.connections.select(sql, 'SELECT * FROM connections ORDER BY host');

export function saveConnections(sql: SqlStorage, before: readonly Connection[], after: readonly Connection[]): void {
  tables.connections.save(sql, before, after);
  for (const { host } of before) {
    if (!after.some((each) => each.host === host)) sql.exec('DELETE FROM connections WHERE host = ?', host);
  }
}
