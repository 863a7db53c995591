import { DIFF_FOR_MS, DIFFS_KEPT } from '../../conversation/policy/repositories.ts';
import type { Diff } from '../../conversation/state/diff-rows.ts';
import * as tables from './conversation-tables.ts';

// The SQL of diffs and their pages.

/** Saves a diff, and deletes those whose page opens no longer. */
export function saveDiff(sql: SqlStorage, diff: Diff): void {
  tables.diffs.insert(sql, diff);
  sql.exec('DELETE FROM diffs WHERE created_at < ?', diff.createdAt - DIFF_FOR_MS);
  sql.exec('DELETE FROM diffs WHERE id NOT IN (SELECT id FROM diffs ORDER BY id DESC LIMIT ?)', DIFFS_KEPT);
}

export const readDiffRow = (sql: SqlStorage, id: string): Diff | null =>
  tables.diffs.select(sql, 'SELECT * FROM diffs WHERE id = ?', id)[0] ?? null;
