-- The trace of each task and webhook, so that log lines of a request, its attempts and its
-- deliveries share an id. Null in rows of older releases. The columns hold W3C trace contexts.

ALTER TABLE tasks ADD COLUMN traceparent TEXT;
ALTER TABLE webhook_deliveries ADD COLUMN traceparent TEXT;
