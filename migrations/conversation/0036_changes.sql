-- When the person last changed the words of a text, so that changes may come in any order. Described in
-- migrations/README.md.

ALTER TABLE messages ADD COLUMN changed_at INTEGER;
ALTER TABLE messages ADD COLUMN change_number INTEGER;
ALTER TABLE messages ADD COLUMN change_words INTEGER;
