-- Codes with which a person makes another address their own. Described in migrations/README.md.

CREATE TABLE links (
  home TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  code TEXT NOT NULL,
  state TEXT NOT NULL,
  asked TEXT,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX links_by_code ON links (code);
CREATE INDEX links_asked ON links (asked) WHERE asked IS NOT NULL;
CREATE INDEX links_by_age ON links (expires_at);
