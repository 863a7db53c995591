-- Queue modes, stopping, progress, the carrier's 24-hour windows and what waits for them, and long answers.

ALTER TABLE conversation ADD COLUMN queue_mode TEXT;
ALTER TABLE conversation ADD COLUMN verbose INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN opted_out_at INTEGER;

ALTER TABLE messages ADD COLUMN stopped_at INTEGER;
ALTER TABLE messages ADD COLUMN steered INTEGER NOT NULL DEFAULT 0;

ALTER TABLE turns ADD COLUMN stopping INTEGER;
ALTER TABLE turns ADD COLUMN told_waiting INTEGER NOT NULL DEFAULT 0;
ALTER TABLE turns ADD COLUMN told_full INTEGER NOT NULL DEFAULT 0;
ALTER TABLE turns ADD COLUMN progress TEXT;
ALTER TABLE turns ADD COLUMN progress_at INTEGER;

-- The same table without the check on `kind`; the release before this one runs on it as well.
CREATE TABLE replies_next (
  id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL UNIQUE,
  turn TEXT,
  part INTEGER NOT NULL,
  kind TEXT NOT NULL,
  "from" TEXT NOT NULL,
  "to" TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  intent_at INTEGER,
  sid TEXT UNIQUE,
  error_code INTEGER,
  created_at INTEGER NOT NULL,
  template TEXT,
  copies INTEGER NOT NULL DEFAULT 0,
  doubled_sid TEXT
) WITHOUT ROWID;
INSERT INTO replies_next (id, seq, turn, part, kind, "from", "to", body, state, attempt, intent_at, sid, error_code, created_at)
  SELECT id, seq, turn, part, kind, "from", "to", body, state, attempt, intent_at, sid, error_code, created_at FROM replies;
DROP TABLE replies;
ALTER TABLE replies_next RENAME TO replies;
CREATE INDEX replies_open ON replies (seq) WHERE state IN ('ready', 'sending', 'unknown', 'held');
CREATE INDEX replies_troubled ON replies (seq) WHERE state IN ('parked', 'held', 'failed');
CREATE INDEX replies_doubled ON replies (doubled_sid) WHERE doubled_sid IS NOT NULL;

-- Per address of ours: whether WhatsApp lets us write freely.
CREATE TABLE windows (
  sender TEXT PRIMARY KEY,
  last_inbound_at INTEGER NOT NULL,
  refused_at INTEGER,
  nudged_at INTEGER
) WITHOUT ROWID;

-- Answers that are longer than a chat bears, whole.
CREATE TABLE pages (
  id TEXT PRIMARY KEY,
  markdown TEXT NOT NULL,
  next_part INTEGER NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX pages_by_age ON pages (created_at);
