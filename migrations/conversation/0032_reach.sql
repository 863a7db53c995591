-- Where the person wants what they didn't ask for, and when they were told that replies come by another channel. Described
-- in migrations/README.md.

ALTER TABLE conversation ADD COLUMN reach TEXT;
ALTER TABLE windows ADD COLUMN moved_at INTEGER;
