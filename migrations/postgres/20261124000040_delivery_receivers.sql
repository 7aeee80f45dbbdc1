ALTER TABLE webhook_deliveries ADD COLUMN receiver text COLLATE "C" NOT NULL DEFAULT '';
COMMENT ON COLUMN webhook_deliveries.receiver IS 'Scheme, host and port of the URL; empty where an older version recorded it. Those of one receiver are passed over or put off together.';
UPDATE webhook_deliveries SET receiver = lower(substring(url FROM '^[A-Za-z]+://[^/?#]+'))
WHERE state = 'pending';
CREATE INDEX webhook_deliveries_of_receiver ON webhook_deliveries (receiver, next_attempt_at, id)
    WHERE state = 'pending';
