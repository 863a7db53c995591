-- What ended a turn's attempts: crashes of its agent, which use up its tries, and restarts of its machine, which do not.
-- Of a turn that is open all attempts before the newest one count as crashes, as they did before.
ALTER TABLE turns ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE turns ADD COLUMN restarts INTEGER NOT NULL DEFAULT 0;
UPDATE turns SET crashes = max(attempts - 1, 0) WHERE state = 'open';
