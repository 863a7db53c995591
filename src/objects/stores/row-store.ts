// Rows to objects and back: columns in snake case, fields in camel case, booleans as 0 and 1. No table is named here.

const FLAGS = new Set(
  'told_unreachable tried verbose steered told_waiting told_full hinted deep told_place isolated standup told_window was_held welcomed told'.split(
    ' ',
  ),
);

/** There are few names, and each is asked for with every row. */
function remembered(make: (name: string) => string): (name: string) => string {
  const names = new Map<string, string>();
  return (name) => {
    const known = names.get(name) ?? make(name);
    names.set(name, known);
    return known;
  };
}
const column = remembered((field) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
const fieldOf = remembered((name) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));

export function rowOf<T>(row: Record<string, SqlStorageValue>): T {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) fields[fieldOf(name)] = FLAGS.has(name) ? value === 1 : value;
  return fields as T;
}

function bindings(row: object): [names: string[], values: SqlStorageValue[]] {
  const entries = Object.entries(row);
  const values = entries.map(([, value]) => (typeof value === 'boolean' ? Number(value) : (value as SqlStorageValue)));
  return [entries.map(([field]) => `"${column(field)}"`), values];
}

export function insert(sql: SqlStorage, table: string, row: object): void {
  const [names, values] = bindings(row);
  sql.exec(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`, ...values);
}

export function upsert(sql: SqlStorage, table: string, keys: readonly string[], row: object): void {
  const [names, values] = bindings(row);
  const quoted = keys.map((key) => `"${key}"`);
  const assignments = names.filter((name) => !quoted.includes(name)).map((name) => `${name} = excluded.${name}`);
  sql.exec(
    `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})
     ON CONFLICT (${quoted.join(', ')}) DO UPDATE SET ${assignments.join(', ')}`,
    ...values,
  );
}

/**
 * Writes the rows by which `after` differs from `before`; they are immutable, so one that is not the same object has changed.
 * `add` writes one that was not loaded; by default over what is there all the same.
 */
export function saveRows<T extends object>(
  sql: SqlStorage,
  table: string,
  keys: readonly (keyof T & string)[],
  before: readonly T[],
  after: readonly T[],
  add: (row: T) => void = (row) => upsert(sql, table, keys, row),
): void {
  for (const row of after) {
    if (before.includes(row)) continue;
    const was = before.find((other) => keys.every((key) => other[key] === row[key]));
    if (was) update(sql, table, keys, was, row);
    else add(row);
  }
}

/** Only the columns that changed: naming an indexed one would write its index again. */
function update<T extends object>(sql: SqlStorage, table: string, keys: readonly string[], was: T, row: T): void {
  const isChanged = ([field, value]: [string, unknown]): boolean => was[field as keyof T] !== value;
  const [names, values] = bindings(Object.fromEntries(Object.entries(row).filter(isChanged)));
  if (names.length === 0) return;
  const [keyNames, keyValues] = bindings(Object.fromEntries(keys.map((key) => [key, row[key as keyof T]])));
  const equal = (each: readonly string[], between: string): string => each.map((name) => `${name} = ?`).join(between);
  const query = `UPDATE ${table} SET ${equal(names, ', ')} WHERE ${equal(keyNames, ' AND ')}`;
  sql.exec(query, ...values, ...keyValues);
}

/** The rows of a query. */
export function select<T>(sql: SqlStorage, query: string, ...params: SqlStorageValue[]): T[] {
  return sql
    .exec(query, ...params)
    .toArray()
    .map((row) => rowOf<T>(row));
}

/** `rows` and those of `more` that are not among them. */
export function beside<T>(rows: readonly T[], more: readonly T[], key: (row: T) => unknown): T[] {
  const known = new Set(rows.map(key));
  return [...rows, ...more.filter((row) => !known.has(key(row)) && known.add(key(row)))];
}
