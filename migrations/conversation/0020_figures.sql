-- What the conversation counted of its newest days, for the operator's page. Described in migrations/README.md.

ALTER TABLE conversation ADD COLUMN figures TEXT;
