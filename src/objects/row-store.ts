// Rows to objects and back: columns in snake case, fields in camel case, booleans as 0 and 1. No table is named here.

const FLAGS = new Set(
  'told_unreachable tried verbose steered told_waiting told_full hinted deep told_place isolated standup told_window was_held'.split(
    ' ',
  ),
);

const columns = new Map<string, string>();
const column = (field: string): string => {
  const known = columns.get(field);
  if (known !== undefined) return known;
  const name = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  columns.set(field, name);
  return name;
};

export function rowOf<T>(row: Record<string, SqlStorageValue>): T {
  const fields = Object.entries(row).map(([name, value]) => [
    name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    FLAGS.has(name) ? value === 1 : value,
  ]);
  return Object.fromEntries(fields) as T;
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
