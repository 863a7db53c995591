import { select } from './row-store.ts';

// Which of an operator's wishes were carried out here.

const KEPT = 100;

export type OperationOutcome = 'done' | 'nothing-to-do';

/** Null: the wish is new. */
export const outcomeOfOperation = (sql: SqlStorage, op: string): OperationOutcome | null =>
  select<{ outcome: OperationOutcome }>(sql, 'SELECT outcome FROM operations WHERE op = ?', op)[0]?.outcome ?? null;

export function recordOperation(sql: SqlStorage, op: string, at: number, outcome: OperationOutcome): void {
  sql.exec('INSERT OR IGNORE INTO operations (op, at, outcome) VALUES (?, ?, ?)', op, at, outcome);
  sql.exec('DELETE FROM operations WHERE op < (SELECT op FROM operations ORDER BY op DESC LIMIT 1 OFFSET ?)', KEPT - 1);
}
