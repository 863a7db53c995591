import type * as z from 'zod/mini';
import { report } from '../../log.ts';

// Turns a table's rows into objects, and back. A field is stored in the column of its name in snake case. For values
// that SQLite can't store directly (a boolean, JSON, several fields in one object) the table names a column codec, and
// the compiler demands one. A JSON value that doesn't parse never changes the stored text: only changed columns are
// written. With `jsonOr` the product goes on without the value, and the operator's log says so. With `json` the load
// fails: nothing is committed, the timers stay, and the operator is told as with any other error.

/** How a field is stored: in one column, or in several for an object. `own`: the field's name as a column. */
export type Column<T> = {
  names: (own: string) => readonly string[];
  read: (stored: readonly SqlStorageValue[], where: string) => T;
  print: (value: T) => readonly SqlStorageValue[];
};

const single = <T>(
  read: (stored: SqlStorageValue, where: string) => T,
  print: (value: T) => SqlStorageValue,
): Column<T> => ({
  names: (own) => [own],
  read: ([stored = null], where) => read(stored, where),
  print: (value) => [print(value)],
});

/** A boolean, as 0 or 1. */
export const flag: Column<boolean> = single((stored) => stored === 1, Number);

function parse<T>(schema: z.ZodMiniType<T>, stored: SqlStorageValue): T {
  return schema.parse(typeof stored === 'string' ? JSON.parse(stored) : stored);
}

/** JSON that the product needs. */
export const json = <T>(schema: z.ZodMiniType<T>): Column<T> =>
  single<T>((stored, where) => {
    try {
      return parse(schema, stored);
    } catch {
      throw new Error(`${where} does not parse`);
    }
  }, JSON.stringify);

/** JSON that the product needs, or null. */
export const nullOr = <T>(schema: z.ZodMiniType<T>): Column<T | null> => {
  const { read, print } = json(schema);
  return single<T | null>(
    (stored, where) => (stored === null ? null : read([stored], where)),
    (value) => (value === null ? null : (print(value)[0] ?? null)),
  );
};

/** JSON, or `otherwise` if the column is null or doesn't parse. A null `otherwise` is stored as null. */
export const jsonOr = <T, Otherwise>(schema: z.ZodMiniType<T>, otherwise: Otherwise): Column<T | Otherwise> =>
  single<T | Otherwise>(
    (stored, where) => {
      if (stored === null) return otherwise;
      try {
        return parse(schema, stored);
      } catch {
        // Without the reason, which may quote a person.
        report({ level: 'error', event: 'column-unreadable', column: where });
        return otherwise;
      }
    },
    (value) => (value === null ? null : JSON.stringify(value)),
  );

type Parts<T> = { [Part in keyof T]: SqlStorageValue };
type Names<Part extends PropertyKey> = Readonly<Record<Part, string>>;
type Nullable<T> = { [Part in keyof T]: null extends T[Part] ? Part : never }[keyof T];

/** An object whose parts have a column each. */
export function group<T extends Parts<T>>(columns: Names<keyof T>): Column<T> {
  const parts = Object.keys(columns) as (keyof T)[];
  const names = parts.map((part) => columns[part]);
  return {
    names: () => names,
    read: (stored) => Object.fromEntries(parts.map((part, n) => [part, stored[n] ?? null])) as T,
    print: (value) => parts.map((part) => value[part]),
  };
}

/** A group, or null: then all its columns are null. It is read as null if a part that can't be null is. */
export function groupOrNull<T extends Parts<T>>(
  needed: Names<Exclude<keyof T, Nullable<T>>>,
  nullable: Names<Nullable<T>>,
): Column<T | null> {
  const { names, read, print } = group<T>({ ...needed, ...nullable } as Names<keyof T>);
  const count = Object.keys(needed).length;
  return {
    names,
    read: (stored, where) => (stored.slice(0, count).includes(null) ? null : read(stored, where)),
    print: (value) => (value === null ? names('').map(() => null) : print(value)),
  };
}

type Special<Row> = { [Field in keyof Row as Row[Field] extends SqlStorageValue ? never : Field]: Column<Row[Field]> };

/** Cached, because every row asks for the same few names. */
function remembered(make: (name: string) => string): (name: string) => string {
  const names = new Map<string, string>();
  return (name) => {
    const known = names.get(name) ?? make(name);
    names.set(name, known);
    return known;
  };
}
const snakeCase = remembered((field) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
const camelCase = remembered((name) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));

/** The rows of one table. */
export class Table<Row extends object> {
  readonly #name: string;
  readonly #keys: readonly (keyof Row & string)[];
  readonly #special: ReadonlyMap<string, Column<unknown>>;
  readonly #specialNames: ReadonlySet<string>;

  /** `own`: columns that only the store uses. Rows don't have them. */
  constructor(name: string, keys: readonly (keyof Row & string)[], special: Special<Row>, own: readonly string[] = []) {
    this.#name = name;
    this.#keys = keys;
    this.#special = new Map(Object.entries(special) as [string, Column<unknown>][]);
    this.#specialNames = new Set([
      ...[...this.#special].flatMap(([field, column]) => column.names(snakeCase(field))),
      ...own,
    ]);
  }

  read(stored: Record<string, SqlStorageValue>): Row {
    const row: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(stored)) if (!this.#specialNames.has(name)) row[camelCase(name)] = value;
    for (const [field, column] of this.#special) {
      const names = column.names(snakeCase(field));
      row[field] = column.read(
        names.map((name) => stored[name] ?? null),
        `${this.#name}.${names[0]}`,
      );
    }
    return row as Row;
  }

  select(sql: SqlStorage, query: string, ...params: SqlStorageValue[]): Row[] {
    return sql
      .exec(query, ...params)
      .toArray()
      .map((stored) => this.read(stored));
  }

  /** `own`: values of the store's own columns. */
  insert(sql: SqlStorage, row: Row, own: Record<string, SqlStorageValue> = {}): void {
    insert(sql, this.#name, { ...this.#print(row), ...own });
  }

  upsert(sql: SqlStorage, row: Row, own: Record<string, SqlStorageValue> = {}): void {
    const keys = [...Object.keys(own), ...this.#keys.map(snakeCase)];
    upsert(sql, this.#name, keys, { ...this.#print(row), ...own });
  }

  /**
   * Writes the rows that differ between `before` and `after`. Rows are immutable, so another object means a change.
   * `add` writes a row that wasn't loaded; by default it replaces the stored one, if any.
   */
  save(
    sql: SqlStorage,
    before: readonly Row[],
    after: readonly Row[],
    add: (row: Row) => void = (row) => this.upsert(sql, row),
  ): void {
    if (before === after) return;
    const added: Row[] = [];
    for (const row of after) {
      if (before.includes(row)) continue;
      const was = before.find((other) => this.#keys.every((key) => other[key] === row[key]));
      if (was) this.update(sql, was, row);
      else added.push(row);
    }
    // A changed row may make room for a new one, as the turn that ends does for the next.
    for (const row of added) add(row);
  }

  /** Writes only changed columns, because naming an indexed column rewrites its index entry. */
  update(sql: SqlStorage, was: Row, row: Row): void {
    const changed = Object.entries(row).filter(([field, value]) => was[field as keyof Row] !== value);
    const fields = changed.map(([field]) => field as keyof Row);
    const [stored, wanted] = [this.#print(was, fields), this.#print(row, fields)];
    const names = Object.keys(wanted).filter((name) => wanted[name] !== stored[name]);
    if (names.length === 0) return;
    const keys = this.#print(row, this.#keys);
    const equal = (each: readonly string[], between: string): string =>
      each.map((name) => `"${name}" = ?`).join(between);
    const where = this.#keys.length === 0 ? '' : ` WHERE ${equal(Object.keys(keys), ' AND ')}`;
    const values = names.map((name) => wanted[name] ?? null);
    sql.exec(`UPDATE ${this.#name} SET ${equal(names, ', ')}${where}`, ...values, ...Object.values(keys));
  }

  #print(
    row: Row,
    fields: readonly (keyof Row)[] = Object.keys(row) as (keyof Row)[],
  ): Record<string, SqlStorageValue> {
    const stored: Record<string, SqlStorageValue> = {};
    for (const field of fields as readonly (keyof Row & string)[]) {
      const column = this.#special.get(field);
      if (column === undefined) stored[snakeCase(field)] = row[field] as SqlStorageValue;
      else {
        const values = column.print(row[field]);
        for (const [n, name] of column.names(snakeCase(field)).entries()) stored[name] = values[n] ?? null;
      }
    }
    return stored;
  }
}

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

function insert(sql: SqlStorage, table: string, stored: Record<string, SqlStorageValue>): void {
  const names = Object.keys(stored);
  const marks = names.map(() => '?').join(', ');
  sql.exec(`INSERT INTO ${table} (${quoted(names)}) VALUES (${marks})`, ...Object.values(stored));
}

function upsert(
  sql: SqlStorage,
  table: string,
  keys: readonly string[],
  stored: Record<string, SqlStorageValue>,
): void {
  const names = Object.keys(stored);
  const assigned = names.filter((name) => !keys.includes(name)).map((name) => `"${name}" = excluded."${name}"`);
  sql.exec(
    `INSERT INTO ${table} (${quoted(names)}) VALUES (${names.map(() => '?').join(', ')})
     ON CONFLICT (${quoted(keys)}) DO UPDATE SET ${assigned.join(', ')}`,
    ...Object.values(stored),
  );
}

/** Runs a query whose results aren't rows of a table: counts, ids. Values are as SQLite returns them. */
export const select = <T extends { [Field in keyof T]: SqlStorageValue }>(
  sql: SqlStorage,
  query: string,
  ...params: SqlStorageValue[]
): T[] =>
  sql
    .exec(query, ...params)
    .toArray()
    .map((stored) => Object.fromEntries(Object.entries(stored).map(([name, value]) => [camelCase(name), value])) as T);

/** `rows`, and the rows of `more` that aren't among them. */
export function mergeRows<T>(rows: readonly T[], more: readonly T[], key: (row: T) => unknown): T[] {
  const known = new Set(rows.map(key));
  return [...rows, ...more.filter((row) => !known.has(key(row)) && known.add(key(row)))];
}
