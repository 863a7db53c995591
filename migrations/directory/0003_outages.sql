-- Outages of the carrier, by our address, and which conversations wait. Described in migrations/README.md.

CREATE TABLE outages (
  sender TEXT PRIMARY KEY,
  began_at INTEGER NOT NULL,
  failure TEXT,
  code INTEGER,
  probes INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  -- The conversation that tries for all.
  prober TEXT,
  told INTEGER NOT NULL,
  over_at INTEGER
) WITHOUT ROWID;

CREATE TABLE outage_waits (
  sender TEXT NOT NULL,
  conversation TEXT NOT NULL,
  -- When it was last called; 0: not yet.
  asked_at INTEGER NOT NULL,
  PRIMARY KEY (sender, conversation)
) WITHOUT ROWID;
CREATE INDEX outage_waits_next ON outage_waits (sender, asked_at);
