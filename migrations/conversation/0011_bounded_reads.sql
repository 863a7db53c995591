-- Indexes for reads that would look at every failed message, undelivered reply or archived project of a long history. A
-- turn that goes well writes none of them.

-- What leaves when the person writes; the codes say why it could not leave before.
CREATE INDEX replies_kept_back ON replies (seq) WHERE state IN ('parked', 'failed') AND error_code IN (21610, 63033, 63016);
-- Texts that wait for /retry, by the agent's name for them and by their turn.
CREATE INDEX messages_failed_by_uuid ON messages (uuid) WHERE state = 'failed';
CREATE INDEX messages_failed_by_turn ON messages (turn) WHERE state = 'failed';
CREATE INDEX projects_live ON projects (created_at, id) WHERE archived_at IS NULL;
CREATE INDEX projects_archived_by_label ON projects (label COLLATE NOCASE) WHERE archived_at IS NOT NULL;
