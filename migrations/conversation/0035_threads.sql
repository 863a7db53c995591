-- Topics of the person's chat as projects, and the topic that a reply leaves to. Described in migrations/README.md.

ALTER TABLE conversation ADD COLUMN threads TEXT;
ALTER TABLE replies ADD COLUMN thread TEXT;
