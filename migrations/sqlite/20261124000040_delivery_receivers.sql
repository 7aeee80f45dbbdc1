-- Scheme, host and port of the URL; empty where an older version recorded it. Those of one receiver are
-- passed over or put off together.
ALTER TABLE webhook_deliveries ADD COLUMN receiver TEXT NOT NULL DEFAULT '';
UPDATE webhook_deliveries SET receiver = lower(substr(url, 1, instr(url, '://') + 1
    + instr(replace(replace(substr(url, instr(url, '://') + 3), '?', '/'), '#', '/') || '/', '/')))
WHERE state = 'pending';
CREATE INDEX webhook_deliveries_of_receiver ON webhook_deliveries (receiver, next_attempt_at, id)
    WHERE state = 'pending';
