-- Schedules, their runs, to whom else a run goes, the person's zone and quiet hours.

-- The zone the person chose (IANA); null: told by the number, or as configured.
ALTER TABLE conversation ADD COLUMN zone TEXT;
-- Minutes of the local day.
ALTER TABLE conversation ADD COLUMN quiet_from INTEGER;
ALTER TABLE conversation ADD COLUMN quiet_to INTEGER;
-- JSON: what the product itself has asked and waits for.
ALTER TABLE conversation ADD COLUMN asking TEXT;
-- The run of the newest reminder.
ALTER TABLE conversation ADD COLUMN reminded TEXT;
ALTER TABLE conversation ADD COLUMN next_schedule INTEGER NOT NULL DEFAULT 1;

ALTER TABLE messages ADD COLUMN run TEXT;
ALTER TABLE messages ADD COLUMN check_command TEXT;
ALTER TABLE turns ADD COLUMN run TEXT;
-- The run whose words these are; with an owner it is a run of that person's.
ALTER TABLE replies ADD COLUMN run TEXT;
ALTER TABLE replies ADD COLUMN schedule INTEGER;
ALTER TABLE replies ADD COLUMN owner TEXT;
CREATE INDEX replies_by_run ON replies (run) WHERE run IS NOT NULL;

CREATE TABLE schedules (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  project TEXT NOT NULL,
  prompt TEXT NOT NULL,
  rule TEXT NOT NULL,
  zone TEXT NOT NULL,
  holidays TEXT,
  skips TEXT NOT NULL,
  isolated INTEGER NOT NULL,
  overlap TEXT NOT NULL,
  check_command TEXT,
  standup INTEGER NOT NULL,
  recipients TEXT NOT NULL,
  state TEXT NOT NULL,
  paused_by TEXT,
  resume_at INTEGER,
  next_at INTEGER,
  failures INTEGER NOT NULL,
  held_runs INTEGER NOT NULL,
  told_window INTEGER NOT NULL,
  delivered_at INTEGER,
  created_at INTEGER NOT NULL
);
CREATE INDEX schedules_live ON schedules (id) WHERE state <> 'over';

CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  schedule INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  state TEXT NOT NULL,
  note TEXT,
  code INTEGER,
  cost_usd REAL NOT NULL,
  earlier INTEGER NOT NULL,
  was_held INTEGER NOT NULL,
  -- The store's own: the how many-th of its schedule, by which the old ones are found.
  n INTEGER
) WITHOUT ROWID;
CREATE INDEX runs_open ON runs (id) WHERE state IN ('waiting', 'running', 'sending', 'held');
CREATE INDEX runs_by_schedule ON runs (schedule, n);

-- Words of a run for somebody else: given to their conversation, which tells what became of them. An agent may say
-- several things in one run: parts.
CREATE TABLE deliveries (
  run TEXT NOT NULL,
  address TEXT NOT NULL,
  part INTEGER NOT NULL,
  state TEXT NOT NULL,
  note TEXT,
  text TEXT,
  code INTEGER,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (run, address, part)
) WITHOUT ROWID;
