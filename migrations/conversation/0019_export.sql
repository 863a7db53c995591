-- A copy of everything that is kept about the person, while it is made and until it expires. Described in migrations/README.md.

ALTER TABLE conversation ADD COLUMN exporting TEXT;

CREATE TABLE export_entries (
  name TEXT PRIMARY KEY,
  bucket TEXT NOT NULL,
  object_key TEXT NOT NULL,
  etag TEXT NOT NULL,
  size INTEGER NOT NULL,
  crc INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE export_parts (
  n INTEGER PRIMARY KEY,
  etag TEXT NOT NULL
);
