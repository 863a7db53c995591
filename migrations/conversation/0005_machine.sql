-- The machine that was made for the conversation. Described in migrations/README.md.

CREATE TABLE machine (
  -- There is one.
  id INTEGER PRIMARY KEY CHECK (id = 1),
  name TEXT NOT NULL,
  step TEXT NOT NULL,
  region TEXT,
  volume TEXT,
  machine TEXT,
  image TEXT,
  settings TEXT,
  previous TEXT,
  step_since INTEGER,
  in_doubt_since INTEGER,
  refusal TEXT,
  doubted_since INTEGER,
  awake_since INTEGER,
  awake_ms INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  told_turn TEXT,
  created_at INTEGER NOT NULL
);
