-- How often a machine has lost a file that it had: counted apart from tries at the carrier.
ALTER TABLE files ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;
