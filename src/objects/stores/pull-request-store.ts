import { type KnownPull, PULLS_KEPT } from '../../conversation/state/pull-request-rows.ts';
import type { Readers } from '../../conversation/state/readers.ts';
import { DAY } from '../../units.ts';
import * as tables from './conversation-tables.ts';
import { select } from './row-store.ts';

// The SQL of pull requests, and of the webhooks that were heard.

/** The host sends a webhook again for three days at most; an event that is older than this is never taken. */
export const HEARD_FOR_MS = 4 * DAY;
const HEARD_CLEANED = 100;

export const pullRequestReaders = (sql: SqlStorage) =>
  ({
    'pull-requests': (state) => ({
      ...state,
      pulls: tables.pulls.select(sql, `SELECT * FROM pull_requests ORDER BY updated_at DESC LIMIT ${PULLS_KEPT}`),
    }),
  }) satisfies Partial<Readers>;

export function savePulls(sql: SqlStorage, before: readonly KnownPull[], after: readonly KnownPull[]): void {
  if (before === after) return;
  tables.pulls.save(sql, before, after);
  for (const { project, number } of before) {
    const isKept = after.some((pull) => pull.project === project && pull.number === number);
    if (!isKept) sql.exec('DELETE FROM pull_requests WHERE project = ? AND number = ?', project, number);
  }
}

/** Whether the webhook with this digest was heard before. */
export const wasHeard = (sql: SqlStorage, digest: string): boolean =>
  select(sql, 'SELECT 1 FROM git_events WHERE id = ?', digest).length > 0;

export function noteHeard(sql: SqlStorage, digest: string, now: number): void {
  sql.exec('INSERT INTO git_events (id, at) VALUES (?, ?)', digest, now);
  sql.exec(
    `DELETE FROM git_events WHERE id IN (SELECT id FROM git_events WHERE at < ? ORDER BY at LIMIT ${HEARD_CLEANED})`,
    now - HEARD_FOR_MS,
  );
}
