-- All machines that were made for conversations, and how far a new image has come. Described in migrations/README.md.

CREATE TABLE machines (
  -- The opaque id of the conversation's object.
  conversation TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  -- Null until it has come up once.
  image TEXT,
  settings TEXT,
  -- A new image did not come up there and it went back.
  reverted_from TEXT,
  recorded_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX machines_by_settings ON machines (settings);

CREATE TABLE rollouts (
  -- The fingerprint of image and settings that machines are to have.
  settings TEXT PRIMARY KEY,
  image TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('first', 'all', 'failed')),
  -- The conversation whose machine goes first.
  first TEXT,
  began_at INTEGER NOT NULL
) WITHOUT ROWID;
