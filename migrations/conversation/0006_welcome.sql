-- Whether the person has been welcomed. Whoever has written before this column is there has. Described in migrations/README.md.

ALTER TABLE conversation ADD COLUMN welcomed INTEGER NOT NULL DEFAULT 1;
