-- How turns used git hosts, what was refused, and the branches that the agent pushed. Described in
-- migrations/README.md.
CREATE TABLE git_uses (
  id TEXT NOT NULL,
  turn TEXT NOT NULL,
  host TEXT NOT NULL,
  kind TEXT NOT NULL,
  requests INTEGER NOT NULL,
  bytes_up INTEGER NOT NULL,
  bytes_down INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  told INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (turn, host, kind)
) WITHOUT ROWID;
CREATE INDEX git_uses_untold ON git_uses (turn) WHERE told = 0;
CREATE TABLE git_refusals (
  id TEXT PRIMARY KEY,
  turn TEXT NOT NULL,
  at INTEGER NOT NULL,
  host TEXT NOT NULL,
  kind TEXT NOT NULL,
  why TEXT NOT NULL,
  told INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX git_refusals_by_turn ON git_refusals (turn);
CREATE INDEX git_refusals_untold ON git_refusals (turn) WHERE told = 0;
CREATE TABLE git_branches (
  project TEXT NOT NULL,
  ref TEXT NOT NULL,
  commit_id TEXT NOT NULL,
  pushed_at INTEGER NOT NULL,
  PRIMARY KEY (project, ref)
) WITHOUT ROWID;
CREATE INDEX git_branches_by_age ON git_branches (project, pushed_at);
