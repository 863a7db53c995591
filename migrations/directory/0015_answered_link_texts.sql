-- Texts about codes of /link whose writers have no conversation. Described in migrations/README.md.

CREATE TABLE answered_link_texts (
  text TEXT PRIMARY KEY,
  at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX answered_link_texts_by_age ON answered_link_texts (at);
