import first from '../../migrations/conversation/0001_first_text.sql';
import nothingLost from '../../migrations/conversation/0002_nothing_lost.sql';
import projectsFilesQuestions from '../../migrations/conversation/0003_projects_files_questions.sql';
import schedules from '../../migrations/conversation/0004_schedules.sql';
import machine from '../../migrations/conversation/0005_machine.sql';
import welcome from '../../migrations/conversation/0006_welcome.sql';
import programs from '../../migrations/conversation/0007_programs.sql';
import givenUp from '../../migrations/conversation/0008_given_up.sql';
import outages from '../../migrations/conversation/0009_outages.sql';
import forgottenFiles from '../../migrations/conversation/0010_forgotten_files.sql';
import boundedReads from '../../migrations/conversation/0011_bounded_reads.sql';
import alertsAndWatermarks from '../../migrations/directory/0001_alerts_and_watermarks.sql';
import machines from '../../migrations/directory/0002_machines.sql';
import outagesOfSenders from '../../migrations/directory/0003_outages.sql';
import newestConversation from '../../migrations/newest/conversation.sql';

// Applies missing migrations, in order, in one transaction. Append-only: an applied migration never runs again. A new
// conversation gets the newest schema as one script, which leads to the same tables in a sixth of the time.

type Files = readonly (readonly [name: string, sql: string])[];

const CONVERSATION: Files = [
  ['0001_first_text', first],
  ['0002_nothing_lost', nothingLost],
  ['0003_projects_files_questions', projectsFilesQuestions],
  ['0004_schedules', schedules],
  ['0005_machine', machine],
  ['0006_welcome', welcome],
  ['0007_programs', programs],
  ['0008_given_up', givenUp],
  ['0009_outages', outages],
  ['0010_forgotten_files', forgottenFiles],
  ['0011_bounded_reads', boundedReads],
];
const DIRECTORY: Files = [
  ['0001_alerts_and_watermarks', alertsAndWatermarks],
  ['0002_machines', machines],
  ['0003_outages', outagesOfSenders],
];

export const migrateConversation = (storage: DurableObjectStorage): void =>
  migrate(storage, CONVERSATION, newestConversation);
export const migrateDirectory = (storage: DurableObjectStorage): void => migrate(storage, DIRECTORY);

/**
 * Brings an object's database to the newest schema. Throws when a file fails; then nothing has changed. `newest`: the
 * schema that the files lead to, for an object without tables.
 */
function migrate(storage: DurableObjectStorage, files: Files, newest?: string): void {
  storage.transactionSync(() => {
    const { sql } = storage;
    const isNew = sql.exec(`SELECT 1 FROM sqlite_master WHERE name = '_migrations'`).toArray().length === 0;
    if (isNew) sql.exec('CREATE TABLE _migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL)');
    if (isNew && newest !== undefined) {
      sql.exec(newest);
      note(sql, files);
      return;
    }
    const applied = new Set(
      sql
        .exec<{ name: string }>('SELECT name FROM _migrations')
        .toArray()
        .map((row) => row.name),
    );
    const missing = files.filter(([name]) => !applied.has(name));
    for (const [, text] of missing) sql.exec(text);
    note(sql, missing);
  });
}

function note(sql: SqlStorage, files: Files): void {
  const names = JSON.stringify(files.map(([name]) => name));
  if (files.length > 0)
    sql.exec('INSERT INTO _migrations (name, applied_at) SELECT value, ? FROM json_each(?)', Date.now(), names);
}
