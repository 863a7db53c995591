-- The deletion of everything kept about the person, and the hashes that stay for a month after it. Described in migrations/README.md.

ALTER TABLE conversation ADD COLUMN forgetting TEXT;

CREATE TABLE forgotten (
  at INTEGER NOT NULL,
  until INTEGER NOT NULL,
  key TEXT NOT NULL,
  hashes TEXT NOT NULL
);
