-- A person's further addresses, texts from a locked address, and the address that replies go to. Described in
-- migrations/README.md.

CREATE TABLE addresses (
  address TEXT PRIMARY KEY,
  external_id TEXT,
  state TEXT NOT NULL,
  how TEXT NOT NULL,
  bound_at INTEGER NOT NULL,
  locked_by TEXT,
  told TEXT
) WITHOUT ROWID;

CREATE TABLE kept_texts (
  provider_id TEXT PRIMARY KEY,
  address TEXT NOT NULL,
  message TEXT NOT NULL,
  files TEXT NOT NULL,
  heard TEXT NOT NULL,
  kept_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Null: the address under which the conversation began.
ALTER TABLE conversation ADD COLUMN answer_to TEXT;

-- One open turn for each project, and one open attempt for each turn: nothing here keeps a person to one at a time.
DROP INDEX turns_open;
CREATE UNIQUE INDEX turns_open ON turns (project) WHERE state = 'open';
DROP INDEX attempts_open;
CREATE UNIQUE INDEX attempts_open ON attempts (turn) WHERE ended_at IS NULL;
