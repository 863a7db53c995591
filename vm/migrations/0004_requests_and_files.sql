-- What the agent asked of the relay, and what it was answered.
CREATE TABLE requests (
  conversation TEXT NOT NULL,
  attempt TEXT NOT NULL,
  id TEXT NOT NULL,
  -- what was asked, as JSON: the same question in a later attempt of the turn takes its answer
  body TEXT NOT NULL,
  -- as JSON; null: none yet
  answer TEXT,
  -- 1: the agent does not wait any more
  is_over INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (conversation, attempt, id)
) STRICT, WITHOUT ROWID;

-- Files that came for a conversation; the content is on disk under the id.
CREATE TABLE received_files (
  conversation TEXT NOT NULL,
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  size INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  -- where the agent was given it; null: not yet
  project TEXT,
  path TEXT,
  PRIMARY KEY (conversation, id)
) STRICT, WITHOUT ROWID;

-- Copies of the agent's files for the relay to fetch, named by the hash of their content, as long as their attempts.
CREATE TABLE offered_files (
  conversation TEXT NOT NULL,
  id TEXT NOT NULL,
  attempt TEXT NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  size INTEGER NOT NULL,
  PRIMARY KEY (conversation, id, attempt)
) STRICT, WITHOUT ROWID;
