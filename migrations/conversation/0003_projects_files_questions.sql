-- Projects and their sessions, deep work, files that come with messages, questions of the agent, consent that lasts.

-- The journal of the machine that was last seen: another one has lost its memory.
ALTER TABLE conversation ADD COLUMN journal TEXT;
ALTER TABLE conversation ADD COLUMN deep_project TEXT;
ALTER TABLE conversation ADD COLUMN deep_since INTEGER;
ALTER TABLE conversation ADD COLUMN deep_text_at INTEGER;
ALTER TABLE conversation ADD COLUMN assistant_name TEXT;
ALTER TABLE conversation ADD COLUMN assistant_tone TEXT;
ALTER TABLE conversation ADD COLUMN cost_day TEXT;
ALTER TABLE conversation ADD COLUMN cost_usd REAL NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN disk_free INTEGER;
ALTER TABLE conversation ADD COLUMN memory_free INTEGER;
ALTER TABLE conversation ADD COLUMN voice_told_at INTEGER;

ALTER TABLE projects ADD COLUMN model TEXT;
ALTER TABLE projects ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN archived_at INTEGER;
ALTER TABLE projects ADD COLUMN context_percent REAL;
ALTER TABLE projects ADD COLUMN messages_since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN hinted INTEGER NOT NULL DEFAULT 0;

ALTER TABLE messages ADD COLUMN project TEXT;
ALTER TABLE messages ADD COLUMN action TEXT;
-- The session that holds the message and its answer; null when none does.
ALTER TABLE messages ADD COLUMN session TEXT;
CREATE INDEX messages_by_session ON messages (session) WHERE session IS NOT NULL;
CREATE INDEX projects_archived ON projects (archived_at) WHERE archived_at IS NOT NULL;

ALTER TABLE turns ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE turns ADD COLUMN deep INTEGER NOT NULL DEFAULT 0;
ALTER TABLE turns ADD COLUMN session_id TEXT;
ALTER TABLE turns ADD COLUMN place INTEGER;
ALTER TABLE turns ADD COLUMN told_place INTEGER NOT NULL DEFAULT 0;
-- A turn that is open goes on with the session of its project.
UPDATE turns SET session_id = (SELECT session_id FROM projects WHERE id = turns.project) WHERE state = 'open';

-- JSON: what the carrier is to offer as buttons or a list, and the file that goes with the words.
ALTER TABLE replies ADD COLUMN choices TEXT;
ALTER TABLE replies ADD COLUMN media TEXT;

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  project TEXT NOT NULL,
  title TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_by_project ON sessions (project, used_at);

-- What of the person is kept besides the machine, and on which machine it is: kind is person (id ''), project or session.
CREATE TABLE archives (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  journal TEXT,
  position INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  copied_at INTEGER,
  left_out TEXT,
  refused TEXT,
  PRIMARY KEY (kind, id)
) WITHOUT ROWID;

-- What came with a message besides words.
CREATE TABLE files (
  message INTEGER NOT NULL,
  n INTEGER NOT NULL,
  url TEXT NOT NULL,
  type TEXT NOT NULL,
  name TEXT,
  size INTEGER,
  state TEXT NOT NULL,
  id TEXT,
  attempts INTEGER NOT NULL,
  note TEXT,
  transcript TEXT,
  PRIMARY KEY (message, n)
) WITHOUT ROWID;

-- Time of the attempt that the agent spent waiting for the person.
ALTER TABLE attempts ADD COLUMN waited_ms INTEGER NOT NULL DEFAULT 0;

-- What the agent asked the person or the product and waits for.
CREATE TABLE questions (
  id TEXT PRIMARY KEY,
  turn TEXT NOT NULL,
  n INTEGER NOT NULL,
  request TEXT NOT NULL,
  project TEXT NOT NULL,
  generation INTEGER NOT NULL,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  options TEXT NOT NULL,
  rule TEXT,
  state TEXT NOT NULL,
  answer TEXT,
  asked_at INTEGER NOT NULL,
  answered_at INTEGER,
  reply TEXT,
  message INTEGER
) WITHOUT ROWID;
CREATE INDEX questions_open ON questions (asked_at, id) WHERE state <> 'closed';
CREATE INDEX questions_by_turn ON questions (turn);

-- Files of the agent on their way to the person.
CREATE TABLE outgoing (
  id TEXT PRIMARY KEY,
  turn TEXT NOT NULL,
  n INTEGER NOT NULL,
  request TEXT NOT NULL,
  file TEXT NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  size INTEGER NOT NULL,
  caption TEXT NOT NULL,
  state TEXT NOT NULL,
  link TEXT,
  answer TEXT,
  reply TEXT,
  note TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER
) WITHOUT ROWID;
CREATE INDEX outgoing_by_turn ON outgoing (turn);
CREATE INDEX outgoing_open ON outgoing (id) WHERE state IN ('wanted', 'over') OR answer IS NOT NULL;
CREATE INDEX outgoing_kept ON outgoing (expires_at) WHERE state IN ('stored', 'offered');

-- Consent the person gave for good.
CREATE TABLE grants (
  project TEXT NOT NULL,
  rule TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project, rule)
) WITHOUT ROWID;
