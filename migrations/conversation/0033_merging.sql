-- The job that makes one person of two homes, at either of them (access/merge.ts); null: none.
ALTER TABLE conversation ADD COLUMN merging TEXT;
