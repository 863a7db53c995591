-- What a person said about the programs of a project: rows of grants, each an allow or a deny. What they allowed before is
-- taken from the questions, so that nobody is asked again. Described in migrations/README.md.

ALTER TABLE grants ADD COLUMN decision TEXT NOT NULL DEFAULT 'allow';

INSERT OR IGNORE INTO grants (project, rule, decision, created_at)
  SELECT project, rule, 'allow', max(answered_at) FROM questions
  WHERE rule LIKE 'Programs(sha256:%' AND answered_at IS NOT NULL AND answer ->> 'decision' = 'allow'
  GROUP BY project, rule;
