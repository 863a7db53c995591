-- What is in the way of the carrier, and since when words have waited for it. Described in migrations/README.md.

ALTER TABLE conversation ADD COLUMN outage TEXT;
ALTER TABLE replies ADD COLUMN troubled_since INTEGER;
ALTER TABLE replies ADD COLUMN unknown_at INTEGER;
