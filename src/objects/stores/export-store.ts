import { select } from './row-store.ts';
import { unpackSteps } from './steps-store.ts';

// The rows of a copy made by /export: its files in the order of the archive, and the parts that are uploaded. Also reads
// every table of the conversation as lines of JSON, piece by piece.

/** `crc`: of the bytes that are in uploaded parts. */
export type ExportEntry = {
  name: string;
  bucket: 'media' | 'archive';
  objectKey: string;
  etag: string;
  size: number;
  crc: number;
};
type Part = { partNumber: number; etag: string };

/** A table, the key of the last row read, and the number of the next piece. */
export type RowCursor = { table: string; after: SqlStorageValue[] | null; piece: number };
export type RowPiece = { table: string; piece: number; lines: string; next: RowCursor | null };

/** A file that the person sent. */
export type FileKey = { message: number; n: number };
export type ReceivedFile = FileKey & {
  url: string;
  type: string;
  name: string | null;
  /** Its name towards the machine; null when it never got there. */
  id: string | null;
  receivedAt: number;
};

const PIECE_CHARS = 1_000_000;
/** Not the person's: texts that may be somebody else's, how the copy itself stands, and the schema. */
const LEFT_OUT = [
  'kept_texts',
  '_migrations',
  'export_entries',
  'export_parts',
  'forgotten',
  'operations',
  'git_events',
];

export class ExportStore {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  get #sql(): SqlStorage {
    return this.#storage.sql;
  }

  /** Forgets the files and parts of an earlier copy. */
  clear(): void {
    this.#sql.exec('DELETE FROM export_entries');
    this.#sql.exec('DELETE FROM export_parts');
  }

  /** Adds files to the copy, all or none; a repeat changes nothing. */
  add(entries: readonly Omit<ExportEntry, 'crc'>[]): void {
    const query = `INSERT INTO export_entries (name, bucket, object_key, etag, size) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (name) DO UPDATE SET bucket = excluded.bucket, object_key = excluded.object_key,
        etag = excluded.etag, size = excluded.size`;
    this.#storage.transactionSync(() => {
      for (const { name, bucket, objectKey, etag, size } of entries)
        this.#sql.exec(query, name, bucket, objectKey, etag, size);
    });
  }

  /** In the order of the archive. */
  entries(): ExportEntry[] {
    return select<ExportEntry>(this.#sql, 'SELECT * FROM export_entries ORDER BY name');
  }

  parts(): Part[] {
    return select<Part>(this.#sql, 'SELECT n AS part_number, etag FROM export_parts ORDER BY n');
  }

  /** Notes an uploaded part, with the checksums of its files up to its end. */
  addPart({ partNumber, etag }: Part, crcs: ReadonlyMap<string, number>): void {
    this.#storage.transactionSync(() => {
      this.#sql.exec('INSERT INTO export_parts (n, etag) VALUES (?, ?)', partNumber, etag);
      for (const [name, crc] of crcs) this.#sql.exec('UPDATE export_entries SET crc = ? WHERE name = ?', crc, name);
    });
  }

  /** The name that a file of the agent had; null when no row knows it. */
  nameOfFile(id: string): string | null {
    return select<{ name: string }>(this.#sql, 'SELECT name FROM outgoing WHERE id = ?', id)[0]?.name ?? null;
  }

  /** The links of the agent's files that are still in the bucket. */
  linksOfFiles(): string[] {
    const links = select<{ link: string }>(this.#sql, 'SELECT link FROM outgoing WHERE link IS NOT NULL');
    return links.map(({ link }) => link);
  }

  labelOfProject(id: string): string | null {
    return select<{ label: string }>(this.#sql, 'SELECT label FROM projects WHERE id = ?', id)[0]?.label ?? null;
  }

  /** The names of the archive's files in this folder. */
  namesIn(folder: string): Set<string> {
    const query = 'SELECT name FROM export_entries WHERE name > ? AND name < ?';
    const named = select<{ name: string }>(this.#sql, query, `${folder}/`, `${folder}0`);
    return new Set(named.map(({ name }) => name));
  }

  /** The next files that the person sent, at most so many; none after the last. Null as key: from the first. */
  received(after: FileKey | null, most: number): ReceivedFile[] {
    const query = `SELECT message, n, url, type, name, id, (SELECT received_at FROM messages WHERE seq = message)
        AS received_at FROM files WHERE (message, n) > (?, ?) ORDER BY message, n LIMIT ?`;
    const { message, n } = after ?? { message: -1, n: -1 };
    return select<ReceivedFile>(this.#sql, query, message, n, most);
  }

  /** The next rows as lines of JSON; null after the last table. Null as cursor: from the first. */
  rows(cursor: RowCursor | null): RowPiece | null {
    const tables = this.#tables();
    const at = cursor ?? { table: tables[0] ?? '', after: null, piece: 1 };
    const { table, piece } = at;
    if (!tables.includes(table)) return null;
    const keys = this.#keysOf(table);
    const read = this.#read(table, keys, at.after);
    const following = tables[tables.indexOf(table) + 1];
    const goesOn = read.last !== null ? { table, after: read.last, piece: piece + 1 } : null;
    const next = goesOn ?? (following === undefined ? null : { table: following, after: null, piece: 1 });
    return { table, piece, lines: read.lines, next };
  }

  /** `last`: the key of the last row read; null when there are no more. */
  #read(
    table: string,
    keys: string[],
    after: SqlStorageValue[] | null,
  ): { lines: string; last: SqlStorageValue[] | null } {
    const key = keys.map((name) => `"${name}"`).join(', ');
    const where = after === null ? '' : `WHERE (${key}) > (${keys.map(() => '?').join(', ')})`;
    const cursor = this.#sql.exec(`SELECT * FROM "${table}" ${where} ORDER BY ${key}`, ...(after ?? []));
    let lines = '';
    for (const row of cursor) {
      lines += `${JSON.stringify(READABLE[table]?.(row) ?? row)}\n`;
      if (lines.length >= PIECE_CHARS) return { lines, last: keys.map((name) => row[name] ?? null) };
    }
    return { lines, last: null };
  }

  /** Tables with a key, by name. */
  #tables(): string[] {
    return select<{ name: string }>(
      this.#sql,
      String.raw`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
         AND name NOT LIKE '\_cf\_%' ESCAPE '\' ORDER BY name`,
    )
      .map(({ name }) => name)
      .filter((name) => !LEFT_OUT.includes(name));
  }

  #keysOf(table: string): string[] {
    const query = 'SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk';
    return select<{ name: string }>(this.#sql, query, table).map(({ name }) => name);
  }
}

type StoredRow = Record<string, SqlStorageValue>;
const READABLE: Readonly<Record<string, (row: StoredRow) => object>> = {
  conversation: withoutPin,
  connections: ({ sealed: _sealed, ...row }) => row,
  steps: (row) => ({ ...row, ...unpackSteps(row.steps ?? null) }),
};

/** The sealed PIN and an account that isn't the person's yet open nothing, and are nobody's to have. */
function withoutPin({ connecting: _connecting, ...row }: StoredRow): StoredRow {
  const { access } = row;
  if (typeof access !== 'string') return row;
  return { ...row, access: access.replace(/"pin":"[^"]*"/, '"pin":"set"') };
}
