-- Written by scripts/generate/schema.ts from migrations/conversation/. Change nothing here: add a migration.

CREATE TABLE conversation (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  address TEXT NOT NULL,
  sender TEXT NOT NULL,
  project TEXT NOT NULL,
  next_reply_seq INTEGER NOT NULL,
  last_inbound_id TEXT,
  pace_until INTEGER NOT NULL,
  paced_reply TEXT,
  typing_at INTEGER NOT NULL
, queue_mode TEXT, verbose INTEGER NOT NULL DEFAULT 0, opted_out_at INTEGER, journal TEXT, deep_project TEXT, deep_since INTEGER, deep_text_at INTEGER, assistant_name TEXT, assistant_tone TEXT, cost_day TEXT, cost_usd REAL NOT NULL DEFAULT 0, disk_free INTEGER, memory_free INTEGER, voice_told_at INTEGER, zone TEXT, quiet_from INTEGER, quiet_to INTEGER, asking TEXT, reminded TEXT, next_schedule INTEGER NOT NULL DEFAULT 1, welcomed INTEGER NOT NULL DEFAULT 1, outage TEXT);

CREATE TABLE projects (
  id TEXT PRIMARY KEY,
  label TEXT NOT NULL,
  session_id TEXT
, model TEXT, generation INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL DEFAULT 0, used_at INTEGER NOT NULL DEFAULT 0, archived_at INTEGER, context_percent REAL, messages_since INTEGER NOT NULL DEFAULT 0, hinted INTEGER NOT NULL DEFAULT 0);

CREATE TABLE messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  provider_id TEXT NOT NULL UNIQUE,
  uuid TEXT NOT NULL,
  "from" TEXT NOT NULL,
  "to" TEXT NOT NULL,
  text TEXT NOT NULL,
  attachments INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  tried INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'active', 'consumed', 'failed')),
  turn TEXT
, stopped_at INTEGER, steered INTEGER NOT NULL DEFAULT 0, project TEXT, action TEXT, session TEXT, run TEXT, check_command TEXT);

CREATE INDEX messages_open ON messages (seq) WHERE state IN ('waiting', 'active');

CREATE INDEX messages_failed ON messages (seq) WHERE state = 'failed';

CREATE TABLE turns (
  id TEXT PRIMARY KEY,
  project TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'done', 'failed')),
  opened_at INTEGER NOT NULL,
  ended_at INTEGER,
  attempts INTEGER NOT NULL,
  tell_at INTEGER,
  told_unreachable INTEGER NOT NULL,
  unreachable_since INTEGER
, stopping INTEGER, told_waiting INTEGER NOT NULL DEFAULT 0, told_full INTEGER NOT NULL DEFAULT 0, progress TEXT, progress_at INTEGER, generation INTEGER NOT NULL DEFAULT 0, deep INTEGER NOT NULL DEFAULT 0, session_id TEXT, place INTEGER, told_place INTEGER NOT NULL DEFAULT 0, run TEXT, crashes INTEGER NOT NULL DEFAULT 0, restarts INTEGER NOT NULL DEFAULT 0);

CREATE UNIQUE INDEX turns_open ON turns (state) WHERE state = 'open';

CREATE TABLE attempts (
  turn TEXT NOT NULL REFERENCES turns (id),
  n INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('requested', 'running', 'ending', 'ended')),
  journal TEXT,
  last_seq INTEGER NOT NULL,
  opened_at INTEGER NOT NULL,
  ended_at INTEGER,
  outcome TEXT, waited_ms INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (turn, n)
) WITHOUT ROWID;

CREATE UNIQUE INDEX attempts_open ON attempts ((ended_at IS NULL)) WHERE ended_at IS NULL;

CREATE TABLE timers (
  kind TEXT NOT NULL,
  ref TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  PRIMARY KEY (kind, ref)
) WITHOUT ROWID;

CREATE TABLE "replies" (
  id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL UNIQUE,
  turn TEXT,
  part INTEGER NOT NULL,
  kind TEXT NOT NULL,
  "from" TEXT NOT NULL,
  "to" TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  intent_at INTEGER,
  sid TEXT UNIQUE,
  error_code INTEGER,
  created_at INTEGER NOT NULL,
  template TEXT,
  copies INTEGER NOT NULL DEFAULT 0,
  doubled_sid TEXT
, choices TEXT, media TEXT, run TEXT, schedule INTEGER, owner TEXT, troubled_since INTEGER, unknown_at INTEGER) WITHOUT ROWID;

CREATE INDEX replies_open ON replies (seq) WHERE state IN ('ready', 'sending', 'unknown', 'held');

CREATE INDEX replies_troubled ON replies (seq) WHERE state IN ('parked', 'held', 'failed');

CREATE INDEX replies_doubled ON replies (doubled_sid) WHERE doubled_sid IS NOT NULL;

CREATE TABLE windows (
  sender TEXT PRIMARY KEY,
  last_inbound_at INTEGER NOT NULL,
  refused_at INTEGER,
  nudged_at INTEGER
) WITHOUT ROWID;

CREATE TABLE pages (
  id TEXT PRIMARY KEY,
  markdown TEXT NOT NULL,
  next_part INTEGER NOT NULL,
  created_at INTEGER NOT NULL
);

CREATE INDEX pages_by_age ON pages (created_at);

CREATE INDEX messages_by_session ON messages (session) WHERE session IS NOT NULL;

CREATE INDEX projects_archived ON projects (archived_at) WHERE archived_at IS NOT NULL;

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  project TEXT NOT NULL,
  title TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX sessions_by_project ON sessions (project, used_at);

CREATE TABLE archives (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  journal TEXT,
  position INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  copied_at INTEGER,
  left_out TEXT,
  refused TEXT,
  PRIMARY KEY (kind, id)
) WITHOUT ROWID;

CREATE TABLE files (
  message INTEGER NOT NULL,
  n INTEGER NOT NULL,
  url TEXT NOT NULL,
  type TEXT NOT NULL,
  name TEXT,
  size INTEGER,
  state TEXT NOT NULL,
  id TEXT,
  attempts INTEGER NOT NULL,
  note TEXT,
  transcript TEXT, forgotten INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (message, n)
) WITHOUT ROWID;

CREATE TABLE questions (
  id TEXT PRIMARY KEY,
  turn TEXT NOT NULL,
  n INTEGER NOT NULL,
  request TEXT NOT NULL,
  project TEXT NOT NULL,
  generation INTEGER NOT NULL,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  options TEXT NOT NULL,
  rule TEXT,
  state TEXT NOT NULL,
  answer TEXT,
  asked_at INTEGER NOT NULL,
  answered_at INTEGER,
  reply TEXT,
  message INTEGER
) WITHOUT ROWID;

CREATE INDEX questions_open ON questions (asked_at, id) WHERE state <> 'closed';

CREATE INDEX questions_by_turn ON questions (turn);

CREATE TABLE outgoing (
  id TEXT PRIMARY KEY,
  turn TEXT NOT NULL,
  n INTEGER NOT NULL,
  request TEXT NOT NULL,
  file TEXT NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  size INTEGER NOT NULL,
  caption TEXT NOT NULL,
  state TEXT NOT NULL,
  link TEXT,
  answer TEXT,
  reply TEXT,
  note TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER
) WITHOUT ROWID;

CREATE INDEX outgoing_by_turn ON outgoing (turn);

CREATE INDEX outgoing_open ON outgoing (id) WHERE state IN ('wanted', 'over') OR answer IS NOT NULL;

CREATE INDEX outgoing_kept ON outgoing (expires_at) WHERE state IN ('stored', 'offered');

CREATE TABLE grants (
  project TEXT NOT NULL,
  rule TEXT NOT NULL,
  created_at INTEGER NOT NULL, decision TEXT NOT NULL DEFAULT 'allow',
  PRIMARY KEY (project, rule)
) WITHOUT ROWID;

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

CREATE TABLE machine (
  -- There is one.
  id INTEGER PRIMARY KEY CHECK (id = 1),
  name TEXT NOT NULL,
  step TEXT NOT NULL,
  region TEXT,
  volume TEXT,
  machine TEXT,
  image TEXT,
  settings TEXT,
  previous TEXT,
  step_since INTEGER,
  in_doubt_since INTEGER,
  refusal TEXT,
  doubted_since INTEGER,
  awake_since INTEGER,
  awake_ms INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  told_turn TEXT,
  created_at INTEGER NOT NULL
);

CREATE INDEX replies_kept_back ON replies (seq) WHERE state IN ('parked', 'failed') AND error_code IN (21610, 63033, 63016);

CREATE INDEX messages_failed_by_uuid ON messages (uuid) WHERE state = 'failed';

CREATE INDEX messages_failed_by_turn ON messages (turn) WHERE state = 'failed';

CREATE INDEX projects_live ON projects (created_at, id) WHERE archived_at IS NULL;

CREATE INDEX projects_archived_by_label ON projects (label COLLATE NOCASE) WHERE archived_at IS NOT NULL;
