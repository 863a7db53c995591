-- What attempts did and why they ended, why turns were given up, and which of an operator's wishes were carried out.
-- Described in migrations/README.md.
CREATE TABLE steps (
  attempt TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  steps BLOB NOT NULL
) WITHOUT ROWID;
ALTER TABLE attempts ADD COLUMN reason TEXT;
ALTER TABLE turns ADD COLUMN why TEXT;
CREATE TABLE operations (
  op TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  outcome TEXT NOT NULL
) WITHOUT ROWID;
