-- The trace id of the text that a turn began with. Described in migrations/README.md.
ALTER TABLE turns ADD COLUMN trace TEXT;
