-- The machine's memory of attempts. Additive only: a release must run on the schema of the next.

CREATE TABLE journal (
  id TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE attempts (
  conversation TEXT NOT NULL,
  attempt TEXT NOT NULL,
  -- what was asked for, without the model token
  request TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('accepted', 'running', 'ended')),
  last_seq INTEGER NOT NULL DEFAULT 0,
  -- uuids a stop took out of the agent's queue, as JSON
  dropped TEXT NOT NULL DEFAULT '[]',
  created_at INTEGER NOT NULL,
  acknowledged_at INTEGER,
  PRIMARY KEY (conversation, attempt)
) STRICT, WITHOUT ROWID;

-- one attempt at a time per conversation, whatever the code believes
CREATE UNIQUE INDEX one_open_attempt ON attempts (conversation) WHERE state <> 'ended';
CREATE INDEX acknowledged_attempts ON attempts (acknowledged_at) WHERE acknowledged_at IS NOT NULL;

CREATE INDEX attempts_by_age ON attempts (created_at);

-- every text an attempt was given, at its start or later
CREATE TABLE messages (
  conversation TEXT NOT NULL,
  attempt TEXT NOT NULL,
  uuid TEXT NOT NULL,
  PRIMARY KEY (conversation, attempt, uuid)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  conversation TEXT NOT NULL,
  attempt TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (conversation, attempt, seq)
) STRICT, WITHOUT ROWID;

-- the agent's transcripts, line by line; subpath '' is the session itself, others are its sub-agents
CREATE TABLE session_entries (
  position INTEGER PRIMARY KEY,
  conversation TEXT NOT NULL,
  project_key TEXT NOT NULL,
  session TEXT NOT NULL,
  subpath TEXT NOT NULL,
  uuid TEXT,
  entry TEXT NOT NULL
) STRICT;

CREATE INDEX session_entries_by_session ON session_entries (conversation, session, subpath, position);
CREATE UNIQUE INDEX session_entries_once ON session_entries (conversation, session, subpath, uuid)
  WHERE uuid IS NOT NULL;
