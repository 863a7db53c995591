import { MERGE_LONG_ROWS, MERGE_ROWS } from '../../conversation/policy/merging.ts';
import { MERGED_JOURNAL } from '../../conversation/state/backup.ts';
import type { MergedProject } from '../../conversation/state/merge-events.ts';
import type { ProjectIds } from '../../conversation/state/merging.ts';
import { keyOfLabel } from '../../conversation/state/project-labels.ts';
import { FIRST_PROJECT } from '../../conversation/state/state.ts';
import { select } from './row-store.ts';

// The rows that go over when two homes become one: read at the younger home, written at the elder one, as SQLite has
// them. Writing the same rows again changes nothing.

type Stored = Record<string, SqlStorageValue>;
/** `cursor`: where the next part begins; null after the last one. */
export type Part = { table: string; rows: Stored[]; cursor: string | null };

/**
 * `keys`: the order, and what tells rows apart. `project`, `schedule`: columns whose ids are others at the elder home.
 * `message`: a column with the number of a message, which goes as that message's id of the carrier. `only`: rows that go.
 */
type Moved = {
  table: string;
  keys: readonly string[];
  project?: string;
  schedule?: string;
  message?: string;
  only?: string;
  isLong?: true;
};

// Everything else stays behind: permissions, accounts, the machine's own data of the person, and the outcomes of
// requests to git hosts, which the audit has.
const MOVED: readonly Moved[] = [
  { table: 'projects', keys: ['id'], project: 'id' },
  { table: 'sessions', keys: ['id'], project: 'project' },
  { table: 'archives', keys: ['kind', 'id'], only: `kind <> 'person'` },
  { table: 'schedules', keys: ['id'], project: 'project', schedule: 'id' },
  { table: 'runs', keys: ['id'], schedule: 'schedule' },
  { table: 'deliveries', keys: ['run', 'address', 'part'] },
  { table: 'messages', keys: ['seq'], project: 'project' },
  { table: 'files', keys: ['message', 'n'], message: 'message' },
  // The elder home deletes the files that the carrier still keeps.
  { table: 'timers', keys: ['kind', 'ref'], message: 'ref', only: `kind = 'media'` },
  { table: 'turns', keys: ['id'], project: 'project' },
  { table: 'attempts', keys: ['turn', 'n'] },
  { table: 'steps', keys: ['attempt'], isLong: true },
  { table: 'questions', keys: ['id'], project: 'project', message: 'message' },
  { table: 'replies', keys: ['seq'], schedule: 'schedule' },
  { table: 'outgoing', keys: ['id'] },
  { table: 'pages', keys: ['id'], isLong: true },
  { table: 'diffs', keys: ['id'], project: 'project', isLong: true },
  { table: 'pull_requests', keys: ['project', 'number'], project: 'project' },
  { table: 'git_branches', keys: ['project', 'ref'], project: 'project' },
];

const names = (keys: readonly string[]): string => keys.map((key) => `"${key}"`).join(', ');

/** The next rows after `cursor`; null at the beginning. */
export function readPart(sql: SqlStorage, cursor: string | null): Part {
  const [at = 0, ...after] = cursor === null ? [] : (JSON.parse(cursor) as [number, ...(string | number)[]]);
  const moved = MOVED[at];
  if (!moved) return { table: '', rows: [], cursor: null };
  const { table, keys, message, only = 'true', isLong } = moved;
  const most = isLong ? MERGE_LONG_ROWS : MERGE_ROWS;
  const beyond = after.length === 0 ? 'true' : `(${names(keys)}) > (${keys.map(() => '?').join(', ')})`;
  const provider =
    message === undefined ? '' : `, (SELECT provider_id FROM messages WHERE seq = t."${message}") AS "of_message"`;
  const query = `SELECT t.*${provider} FROM ${table} t WHERE ${only} AND ${beyond} ORDER BY ${names(keys)} LIMIT ${most}`;
  const rows = sql.exec<Stored>(query, ...after).toArray();
  const last = rows.length < most ? undefined : rows.at(-1);
  const next = last === undefined ? [at + 1] : [at, ...keys.map((key) => last[key])];
  return { table, rows, cursor: JSON.stringify(next) };
}

/** The numbers of the schedules among these rows, as they are at the younger home. */
export const schedulesIn = ({ table, rows }: Part): number[] =>
  table === 'schedules' ? rows.map(({ id }) => Number(id)) : [];

/** Writes the rows under the ids that they have here. */
export function takePart(
  sql: SqlStorage,
  { table, rows }: Part,
  ids: { projects: ProjectIds; schedules: Readonly<Record<string, number>> },
): void {
  const moved = MOVED.find((each) => each.table === table);
  if (!moved) return;
  for (const stored of rows) {
    const row = renamed(moved, stored, ids);
    if (table === 'projects') takeProject(sql, row);
    else if (table === 'replies') takeReply(sql, row);
    else if (moved.message !== undefined) takeOfMessage(sql, moved, row);
    else add(sql, table, row);
  }
}

function renamed(
  { table, project, schedule }: Moved,
  stored: Stored,
  ids: { projects: ProjectIds; schedules: Readonly<Record<string, number>> },
): Stored {
  const row = { ...stored };
  if (project !== undefined && typeof row[project] === 'string')
    row[project] = ids.projects[row[project]] ?? row[project];
  if (schedule !== undefined && row[schedule] !== null) row[schedule] = ids.schedules[`${row[schedule]}`] ?? null;
  if (table === 'archives') {
    if (row.kind === 'project') row.id = ids.projects[`${row.id}`] ?? row.id ?? null;
    row.journal = MERGED_JOURNAL;
  }
  // Numbers of their own begin anew here.
  if (table === 'messages') delete row.seq;
  return row;
}

function add(sql: SqlStorage, table: string, row: Stored): void {
  const columns = Object.keys(row);
  const marks = columns.map(() => '?').join(', ');
  sql.exec(`INSERT OR IGNORE INTO ${table} (${names(columns)}) VALUES (${marks})`, ...Object.values(row));
}

/** A name that is taken gets a number. */
function takeProject(sql: SqlStorage, row: Stored): void {
  if (select(sql, 'SELECT 1 FROM projects WHERE id = ?', row.id ?? '').length > 0) return;
  const taken = select<{ label: string }>(sql, 'SELECT label FROM projects').map(({ label }) => keyOfLabel(label));
  const label = `${row.label}`;
  let free = label;
  for (let n = 2; taken.includes(keyOfLabel(free)); n++) free = `${label} ${n}`;
  add(sql, 'projects', { ...row, label: free });
}

/** Replies are numbered on from those that are here. */
function takeReply(sql: SqlStorage, row: Stored): void {
  if (select(sql, 'SELECT 1 FROM replies WHERE id = ?', row.id ?? '').length > 0) return;
  const [newest] = select<{ seq: number }>(sql, 'SELECT next_reply_seq AS seq FROM conversation');
  const seq = newest?.seq ?? 1;
  add(sql, 'replies', { ...row, seq });
  sql.exec('UPDATE conversation SET next_reply_seq = ?', seq + 1);
}

/** A question may be about no message. */
function takeOfMessage(sql: SqlStorage, { table, message = '' }: Moved, stored: Stored): void {
  const { of_message: provider = null, ...row } = stored;
  const found =
    provider === null ? [] : select<{ seq: number }>(sql, 'SELECT seq FROM messages WHERE provider_id = ?', provider);
  const seq = found[0]?.seq ?? null;
  if (seq === null && table !== 'questions') return;
  add(sql, table, { ...row, [message]: seq });
}

/** All projects, archived ones too. The first one may never have been worked in. */
export function listMergedProjects(sql: SqlStorage): MergedProject[] {
  const rows = select<{ id: string; label: string; isUsed: number }>(
    sql,
    `SELECT id, label, EXISTS (SELECT 1 FROM sessions WHERE project = p.id)
        OR EXISTS (SELECT 1 FROM archives WHERE kind = 'project' AND archives.id = p.id)
        OR EXISTS (SELECT 1 FROM schedules WHERE project = p.id) AS is_used
     FROM projects p ORDER BY created_at, id`,
  );
  return rows.map(({ id, label, isUsed }) => ({ id, label, isUsed: isUsed === 1 || id !== FIRST_PROJECT }));
}

/** Rows that make a home used: texts for the agent, things made, and permissions. Settings and a budget don't count. */
const USE = [
  'turns',
  'sessions',
  `messages WHERE state IN ('waiting', 'active')`,
  `messages WHERE state = 'failed'`,
  `projects WHERE id <> '${FIRST_PROJECT}' OR repository IS NOT NULL`,
  'schedules',
  'files',
  'outgoing',
  'pages',
  'diffs',
  'archives',
  'grants',
  'connections',
];

/** An unused home has nothing to hand over. */
export const isUnused = (sql: SqlStorage): boolean =>
  USE.every((rows) => select(sql, `SELECT 1 FROM ${rows} LIMIT 1`).length === 0);

/** The backups in the bucket: of projects, and of sessions. */
export const listBackups = (sql: SqlStorage): { kind: 'project' | 'session'; id: string }[] =>
  select<{ kind: 'project' | 'session'; id: string }>(
    sql,
    `SELECT kind, id FROM archives WHERE kind IN ('project', 'session') ORDER BY kind, id`,
  );

const KEPT = ['conversation', 'machine', 'timers', 'forgotten', '_migrations'];

/** Deletes the person's rows. `all`: those of the job and the machine too. */
export function emptyRows(sql: SqlStorage, all: boolean): void {
  const tables = select<{ name: string }>(
    sql,
    String.raw`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
       AND name NOT LIKE '\_cf\_%' ESCAPE '\' ORDER BY rowid DESC`,
  );
  const kept = all ? KEPT.slice(3) : KEPT;
  for (const { name } of tables) if (!kept.includes(name)) sql.exec(`DELETE FROM "${name}"`);
}
