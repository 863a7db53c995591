import { select } from './row-store.ts';

// The directory's index: which homes have a project of a repository.

/** One repository has few homes: people who work on it with the same deployment. */
const HOMES_MAX = 100;

export function bind(sql: SqlStorage, home: string, repositories: readonly string[]): void {
  sql.exec('DELETE FROM repositories WHERE home = ?', home);
  for (const repository of new Set(repositories))
    sql.exec('INSERT INTO repositories (repository, home) VALUES (?, ?)', repository, home);
}

/** `keys`: of one repository, by its name and by its id. */
export const homesOf = (sql: SqlStorage, keys: readonly string[]): string[] =>
  select<{ home: string }>(
    sql,
    `SELECT DISTINCT home FROM repositories WHERE repository IN (SELECT value FROM json_each(?)) LIMIT ${HOMES_MAX}`,
    JSON.stringify(keys),
  ).map(({ home }) => home);
