-- What happened in a turn beside its attempts, for the operator's time line. Described in migrations/README.md.

ALTER TABLE turns ADD COLUMN happened TEXT;
