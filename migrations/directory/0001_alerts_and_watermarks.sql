-- What the operator is told, and how far the carrier's lists were compared. Described in migrations/README.md.

CREATE TABLE alerts (
  -- A ULID: in the order of time.
  id TEXT PRIMARY KEY,
  cause TEXT NOT NULL,
  text TEXT NOT NULL,
  conversation TEXT,
  ref TEXT,
  count INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX alerts_of_cause ON alerts (cause, first_at);

CREATE TABLE deliveries (
  alert TEXT NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('text', 'webhook')),
  address TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  PRIMARY KEY (alert, kind, address)
) WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (due_at);

CREATE TABLE watermarks (
  sender TEXT PRIMARY KEY,
  reached INTEGER,
  gap_below INTEGER,
  gap_top INTEGER,
  recent TEXT NOT NULL,
  failing_since INTEGER
) WITHOUT ROWID;
