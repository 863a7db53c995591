-- What a person has spent and may spend, and whether answers say what they cost.

ALTER TABLE conversation ADD COLUMN spending TEXT;
ALTER TABLE conversation ADD COLUMN budgets TEXT;
ALTER TABLE conversation ADD COLUMN shows_cost INTEGER NOT NULL DEFAULT 0;
ALTER TABLE turns ADD COLUMN spent INTEGER NOT NULL DEFAULT 0;
