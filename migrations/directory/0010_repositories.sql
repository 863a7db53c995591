-- Whose projects are bound to a repository, so that a webhook of the host finds their homes. Described in migrations/README.md.

CREATE TABLE repositories (
  repository TEXT NOT NULL,
  home TEXT NOT NULL,
  PRIMARY KEY (repository, home)
) WITHOUT ROWID;
CREATE INDEX repositories_by_home ON repositories (home);
