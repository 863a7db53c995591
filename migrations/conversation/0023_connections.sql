-- Accounts at git hosts with their sealed credentials, and the repository of a project. Described in
-- migrations/README.md.
CREATE TABLE connections (
  host TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  login TEXT NOT NULL,
  name TEXT,
  email TEXT,
  sealed TEXT NOT NULL,
  expires_at INTEGER,
  connected_at INTEGER NOT NULL,
  used_at INTEGER
) WITHOUT ROWID;
ALTER TABLE projects ADD COLUMN repository TEXT;
ALTER TABLE conversation ADD COLUMN connecting TEXT;
