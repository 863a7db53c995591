-- Pull requests that the person hears of, and webhooks that were heard. Described in migrations/README.md.

ALTER TABLE projects ADD COLUMN watches TEXT;

CREATE TABLE pull_requests (
  project TEXT NOT NULL,
  number INTEGER NOT NULL,
  title TEXT NOT NULL,
  branch TEXT NOT NULL,
  base TEXT NOT NULL,
  head TEXT NOT NULL,
  url TEXT NOT NULL,
  state TEXT NOT NULL,
  is_draft INTEGER NOT NULL,
  files INTEGER,
  added INTEGER,
  removed INTEGER,
  is_ours INTEGER NOT NULL,
  is_shown INTEGER NOT NULL,
  news TEXT NOT NULL,
  told TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (project, number)
) WITHOUT ROWID;
CREATE INDEX pull_requests_by_age ON pull_requests (updated_at);

CREATE TABLE git_events (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX git_events_by_age ON git_events (at);

CREATE TABLE diffs (
  id TEXT PRIMARY KEY,
  project TEXT NOT NULL,
  number INTEGER,
  title TEXT NOT NULL,
  url TEXT,
  patch TEXT NOT NULL,
  is_cut INTEGER NOT NULL,
  comments INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX diffs_by_age ON diffs (created_at);
