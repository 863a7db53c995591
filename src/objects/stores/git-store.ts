import type { GitRefusalRow, GitUse } from '../conversation-detail.ts';
import { select } from './row-store.ts';

// How turns used git hosts, what was refused to them, and the newest commit that the agent pushed to each ref. Rows of
// this conversation that no decision reads; the oldest go.

/** A request that is over. */
export type GitRequestRow = Pick<GitUse, 'id' | 'turn' | 'host' | 'kind'> & {
  at: number;
  bytesUp: number;
  bytesDown: number;
  isRefused: boolean;
};

const USES_KEPT = 500;
export const REFUSALS_A_TURN = 50;
const REFUSALS_KEPT = 500;
export const BRANCHES_KEPT = 300;
const TOLD_AT_ONCE = 60;

export class GitStore {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  get #sql(): SqlStorage {
    return this.#storage.sql;
  }

  count({ id, turn, host, kind, at, bytesUp, bytesDown, isRefused }: GitRequestRow): void {
    const refused = Number(isRefused);
    const query = `INSERT INTO git_uses (id, turn, host, kind, requests, bytes_up, bytes_down, refused, last_at)
      VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET requests = requests + 1, told = 0,
      bytes_up = bytes_up + excluded.bytes_up, bytes_down = bytes_down + excluded.bytes_down,
      refused = refused + excluded.refused, last_at = excluded.last_at RETURNING requests`;
    const [row] = select<{ requests: number }>(this.#sql, query, id, turn, host, kind, bytesUp, bytesDown, refused, at);
    if (row?.requests !== 1) return;
    const old = 'SELECT turn FROM git_uses ORDER BY turn DESC LIMIT 1 OFFSET ?';
    this.#sql.exec(`DELETE FROM git_uses WHERE turn < (${old})`, USES_KEPT);
  }

  /** Notes a refusal, the first fifty of a turn. */
  refuse({ id, turn, at, host, kind, why }: GitRefusalRow): void {
    const known = select(this.#sql, 'SELECT 1 FROM git_refusals WHERE turn = ? LIMIT ?', turn, REFUSALS_A_TURN);
    if (known.length >= REFUSALS_A_TURN) return;
    const query = 'INSERT OR IGNORE INTO git_refusals (id, turn, at, host, kind, why) VALUES (?, ?, ?, ?, ?, ?)';
    this.#sql.exec(query, id, turn, at, host, kind, why);
    const old = 'SELECT id FROM git_refusals ORDER BY id DESC LIMIT 1 OFFSET ?';
    this.#sql.exec(`DELETE FROM git_refusals WHERE id < (${old})`, REFUSALS_KEPT);
  }

  /** The newest commit that the agent pushed to each ref of the project. */
  branches(project: string): Record<string, string> {
    const query = 'SELECT ref, commit_id FROM git_branches WHERE project = ?';
    const rows = select<{ ref: string; commitId: string }>(this.#sql, query, project);
    return Object.fromEntries(rows.map(({ ref, commitId }) => [ref, commitId]));
  }

  pushed(project: string, ref: string, commit: string, at: number): void {
    const query = `INSERT INTO git_branches (project, ref, commit_id, pushed_at) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET commit_id = excluded.commit_id, pushed_at = excluded.pushed_at`;
    this.#sql.exec(query, project, ref, commit, at);
    const old = 'SELECT pushed_at FROM git_branches WHERE project = ? ORDER BY pushed_at DESC LIMIT 1 OFFSET ?';
    this.#sql.exec(
      `DELETE FROM git_branches WHERE project = ? AND pushed_at < (${old})`,
      project,
      project,
      BRANCHES_KEPT,
    );
  }

  /** What the directory hasn't heard of turns that are over. `open`: the turn that runs. */
  untold(open: string): { uses: GitUse[]; refusals: GitRefusalRow[] } {
    const of = (table: string, columns: string): string =>
      `SELECT ${columns} FROM ${table} WHERE told = 0 AND turn <> ? LIMIT ?`;
    const [use, refusal] = [
      'id, turn, host, kind, requests, bytes_up, bytes_down, refused, last_at',
      'id, turn, at, host, kind, why',
    ];
    return {
      uses: select<GitUse>(this.#sql, of('git_uses', use), open, TOLD_AT_ONCE),
      refusals: select<GitRefusalRow>(this.#sql, of('git_refusals', refusal), open, TOLD_AT_ONCE),
    };
  }

  told(uses: readonly GitUse[], refusals: readonly GitRefusalRow[]): void {
    for (const { turn, host, kind, requests } of uses) {
      const query = 'UPDATE git_uses SET told = 1 WHERE turn = ? AND host = ? AND kind = ? AND requests = ?';
      this.#sql.exec(query, turn, host, kind, requests);
    }
    for (const { id } of refusals) this.#sql.exec('UPDATE git_refusals SET told = 1 WHERE id = ?', id);
  }
}

/** The newest uses and refusals, newest first. */
export function newestGitUses(sql: SqlStorage, limit: number): { gitUses: GitUse[]; gitRefusals: GitRefusalRow[] } {
  const uses = `SELECT id, turn, host, kind, requests, bytes_up, bytes_down, refused, last_at FROM git_uses
    ORDER BY turn DESC LIMIT ?`;
  const refusals = 'SELECT id, turn, at, host, kind, why FROM git_refusals ORDER BY id DESC LIMIT ?';
  return {
    gitUses: select<GitUse>(sql, uses, limit),
    gitRefusals: select<GitRefusalRow>(sql, refusals, limit),
  };
}
