-- Moving everybody from one of our senders to another, and what became of each person. Described in migrations/README.md.

CREATE TABLE sender_moves (
  id TEXT PRIMARY KEY,
  from_sender TEXT NOT NULL,
  to_sender TEXT NOT NULL,
  works INTEGER NOT NULL,
  name TEXT,
  actor TEXT NOT NULL,
  state TEXT NOT NULL,
  reached INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  begun_at INTEGER NOT NULL,
  ended_at INTEGER
) WITHOUT ROWID;
CREATE INDEX sender_moves_running ON sender_moves (state) WHERE state = 'running';

CREATE TABLE moved_people (
  move TEXT NOT NULL,
  home TEXT NOT NULL,
  n INTEGER NOT NULL,
  masked TEXT,
  way TEXT,
  has_code INTEGER NOT NULL,
  done INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  PRIMARY KEY (move, home)
) WITHOUT ROWID;
CREATE INDEX moved_people_open ON moved_people (move, n) WHERE done = 0;
CREATE INDEX moved_people_by_way ON moved_people (move, way, n);
CREATE INDEX moved_people_by_home ON moved_people (home);
