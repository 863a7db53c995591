-- What the person's home knows about their access, beyond the configuration's lists. Described in migrations/README.md.

ALTER TABLE conversation ADD COLUMN access TEXT;
