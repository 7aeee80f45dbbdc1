-- The trace of each task and webhook, so that log lines of a request, its attempts and its
-- deliveries share an id. Null in rows of older releases.

ALTER TABLE tasks ADD COLUMN traceparent text COLLATE "C";
COMMENT ON COLUMN tasks.traceparent IS 'The W3C trace context of the request that submitted it.';
ALTER TABLE webhook_deliveries ADD COLUMN traceparent text COLLATE "C";
COMMENT ON COLUMN webhook_deliveries.traceparent IS 'The W3C trace context of the task whose outcome it reports.';
