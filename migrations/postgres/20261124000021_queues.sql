CREATE TABLE paused_queues (
    queue text PRIMARY KEY,
    paused_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE paused_queues IS 'Queues that hand out no work until they are resumed, whichever process asks.';
COMMENT ON COLUMN paused_queues.queue IS 'matching_high, matching_standard or matching_bulk.';
COMMENT ON COLUMN paused_queues.paused_at IS 'When it was paused.';
-- How fast a queue drains, and how many waiting tasks and dead letters it has.
CREATE INDEX tasks_finished ON tasks (queue, finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX tasks_waiting_of_queue ON tasks (queue) WHERE state = 'waiting';
CREATE INDEX tasks_dead_of_queue ON tasks (queue) WHERE state = 'failed';
