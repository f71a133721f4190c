-- When an effect last got a further message because its own seemed lost: of several processes one gives it, and none before the
-- queue was read beyond the last.
ALTER TABLE effects ADD COLUMN ticket_at BIGINT;
