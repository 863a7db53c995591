-- A session is copied away line by line, in the order its lines were written.
CREATE INDEX session_entries_in_order ON session_entries (conversation, session, position);
