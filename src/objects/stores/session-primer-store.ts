import { SEED_TEXTS } from '../../conversation/policy/turn.ts';
import type { Said } from '../../conversation/state/backup.ts';
import type { Readers } from '../../conversation/state/readers.ts';
import { findOpenTurn } from '../../conversation/state/state.ts';
import { select } from './row-store.ts';

// Reads the newest texts of a project for an agent that has lost its session. Looks at a bounded number of rows.

const LOOKED_AT = 200;

export const primerReaders = (sql: SqlStorage) =>
  ({
    'recent-texts': (state) => ({ ...state, recent: recentTexts(sql, findOpenTurn(state)?.project ?? '') }),
  }) satisfies Partial<Readers>;

/** The texts that the agent got, and its answers, oldest first. */
function recentTexts(sql: SqlStorage, project: string): Said[] {
  const said = select<{ at: number; isPerson: number; text: string }>(
    sql,
    `SELECT received_at AS at, 1 AS is_person, text FROM (SELECT * FROM messages ORDER BY seq DESC LIMIT ${LOOKED_AT})
       WHERE state = 'consumed' AND text <> '' AND turn IS NOT NULL AND project = ?
       UNION ALL
       SELECT r.created_at, 0, r.body FROM (SELECT * FROM replies ORDER BY seq DESC LIMIT ${LOOKED_AT}) r
       JOIN turns t ON t.id = r.turn WHERE r.kind = 'answer' AND r.body <> '' AND r.state NOT IN ('dropped', 'replaced') AND t.project = ?
       ORDER BY at DESC LIMIT ${SEED_TEXTS}`,
    project,
    project,
  );
  return said.reverse().map(({ at, isPerson, text }) => ({ at, isPerson: isPerson === 1, text }));
}
