-- The budget of everybody together, and the parts of it that conversations hold. Described in migrations/README.md.

CREATE TABLE pool (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  day TEXT NOT NULL,
  month TEXT NOT NULL,
  day_micros INTEGER NOT NULL,
  month_micros INTEGER NOT NULL,
  warned TEXT
);

CREATE TABLE leases (
  conversation TEXT PRIMARY KEY,
  reported INTEGER NOT NULL,
  held INTEGER NOT NULL,
  asked_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX leases_held ON leases (asked_at) WHERE held > 0;
