-- Who is logged in to the operator's page, and the links that log in. Described in migrations/README.md.

CREATE TABLE login_links (
  id TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) WITHOUT ROWID;
CREATE INDEX login_links_by_person ON login_links (person);

CREATE TABLE operator_sessions (
  id TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  name TEXT,
  browser TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX operator_sessions_by_person ON operator_sessions (person);
CREATE INDEX operator_sessions_by_end ON operator_sessions (expires_at);
