-- What leaves when the person writes, with the code of replies that were sent twice and whose outcome is unknown. The
-- release before reads through replies_kept_back, which has no such code.

CREATE INDEX replies_kept_back_or_doubted ON replies (seq) WHERE state IN ('parked', 'failed') AND error_code IN (21610, 63033, 63016, 1000001);
