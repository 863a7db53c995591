-- One person's conversation. Described table by table in migrations/README.md.

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
);

CREATE TABLE projects (
  id TEXT PRIMARY KEY,
  label TEXT NOT NULL,
  session_id TEXT
);

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
);
-- Only what is still open is in these indexes, so they do not grow with history.
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
);
-- At most one open turn, and at most one open attempt: the database refuses a second.
CREATE UNIQUE INDEX turns_open ON turns (state) WHERE state = 'open';

CREATE TABLE attempts (
  turn TEXT NOT NULL REFERENCES turns (id),
  n INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('requested', 'running', 'ending', 'ended')),
  journal TEXT,
  last_seq INTEGER NOT NULL,
  opened_at INTEGER NOT NULL,
  ended_at INTEGER,
  outcome TEXT,
  PRIMARY KEY (turn, n)
) WITHOUT ROWID;
CREATE UNIQUE INDEX attempts_open ON attempts ((ended_at IS NULL)) WHERE ended_at IS NULL;

CREATE TABLE replies (
  id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL UNIQUE,
  turn TEXT,
  part INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('answer', 'notice')),
  "from" TEXT NOT NULL,
  "to" TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  intent_at INTEGER,
  sid TEXT UNIQUE,
  error_code INTEGER,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX replies_waiting ON replies (seq) WHERE state IN ('ready', 'sending', 'unknown');

CREATE TABLE timers (
  kind TEXT NOT NULL,
  ref TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  PRIMARY KEY (kind, ref)
) WITHOUT ROWID;
