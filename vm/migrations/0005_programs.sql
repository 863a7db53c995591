-- What the person said about the programs that a project starts by itself, for exactly that content.
CREATE TABLE programs (
  conversation TEXT NOT NULL,
  project TEXT NOT NULL,
  -- of the configuration and of every file it names
  digest TEXT NOT NULL,
  -- what the digest is of, as the person may be shown it
  content TEXT NOT NULL,
  -- allow or deny
  decision TEXT NOT NULL,
  decided_at INTEGER NOT NULL,
  PRIMARY KEY (conversation, project, digest)
) STRICT, WITHOUT ROWID;
