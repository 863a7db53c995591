-- How far old texts are emptied, by table. Described in migrations/README.md.
CREATE TABLE emptied (
  "table" TEXT PRIMARY KEY,
  last BLOB NOT NULL
) WITHOUT ROWID;
