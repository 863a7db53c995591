-- When the relay asked for the attempt to be stopped, or null.
ALTER TABLE attempts ADD COLUMN stopped_at INTEGER;
