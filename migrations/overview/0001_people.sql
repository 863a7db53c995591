-- What the operator's page knows of everybody, told by the conversations. Described in migrations/README.md.

CREATE TABLE people (
  id TEXT PRIMARY KEY,
  told TEXT NOT NULL,
  active_day TEXT NOT NULL,
  role TEXT NOT NULL,
  standing TEXT NOT NULL,
  attention TEXT,
  has_machine INTEGER NOT NULL,
  month TEXT NOT NULL,
  rank INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX people_active ON people (active_day, id);
CREATE INDEX people_attention ON people (attention, id) WHERE attention IS NOT NULL;
CREATE INDEX people_outside ON people (standing, id) WHERE standing <> 'in';
CREATE INDEX people_roles ON people (role, id) WHERE role <> 'member';
CREATE INDEX people_machines ON people (id) WHERE has_machine = 1;
CREATE INDEX people_dearest ON people (month, rank, id);

-- Work that had begun, in one row.
CREATE TABLE begun (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  list TEXT NOT NULL
);

CREATE TABLE words (
  word TEXT NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (word, id)
) WITHOUT ROWID;
CREATE INDEX words_of ON words (id);

CREATE TABLE planned (
  id TEXT NOT NULL,
  schedule INTEGER NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  paused_by TEXT,
  failures INTEGER NOT NULL,
  due_at INTEGER,
  PRIMARY KEY (id, schedule)
) WITHOUT ROWID;
CREATE INDEX planned_due ON planned (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX planned_failing ON planned (failures) WHERE failures > 0;
CREATE INDEX planned_paused ON planned (state) WHERE state = 'paused';

CREATE TABLE plan_keys (
  id TEXT PRIMARY KEY,
  plans TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE days (
  day TEXT PRIMARY KEY,
  sums TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE closed (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  through TEXT NOT NULL
);
