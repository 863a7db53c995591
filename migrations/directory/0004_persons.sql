-- The index of people, requests to be let in, invitations, and the audit. Described in migrations/README.md.

CREATE TABLE persons (
  -- The opaque id of the person's home.
  id TEXT PRIMARY KEY,
  n INTEGER NOT NULL UNIQUE,
  name TEXT,
  role TEXT NOT NULL,
  standing TEXT NOT NULL,
  masked TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE pairings (
  -- A ULID: in the order of time.
  id TEXT PRIMARY KEY,
  n INTEGER NOT NULL UNIQUE,
  code TEXT NOT NULL UNIQUE,
  who TEXT NOT NULL,
  provider_id TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('open', 'yes', 'no', 'over')),
  address TEXT,
  sender TEXT NOT NULL,
  name TEXT,
  masked TEXT NOT NULL,
  arrival TEXT,
  expires_at INTEGER NOT NULL,
  decided_by TEXT,
  decided_at INTEGER
) WITHOUT ROWID;
CREATE INDEX pairings_by_person ON pairings (who, id);
CREATE INDEX pairings_kept ON pairings (expires_at) WHERE address IS NOT NULL;

CREATE TABLE invites (
  code TEXT PRIMARY KEY,
  role TEXT NOT NULL,
  budget INTEGER,
  made_by TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_by TEXT,
  used_at INTEGER
) WITHOUT ROWID;
CREATE INDEX invites_by_age ON invites (expires_at);

CREATE TABLE wrong_codes (
  who TEXT PRIMARY KEY,
  count INTEGER NOT NULL,
  since INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE audit (
  -- A ULID: in the order of time.
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL
) WITHOUT ROWID;
