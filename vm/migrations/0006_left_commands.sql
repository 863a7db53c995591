-- Sessions whose agent left commands running in the background when its turn ended.
CREATE TABLE left_commands (
  conversation TEXT NOT NULL PRIMARY KEY,
  session TEXT NOT NULL
) STRICT, WITHOUT ROWID;
