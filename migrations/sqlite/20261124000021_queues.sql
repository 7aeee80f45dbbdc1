-- Queues that hand out no work until they are resumed, whichever process asks.
CREATE TABLE paused_queues (
    -- matching_high, matching_standard or matching_bulk.
    queue TEXT NOT NULL PRIMARY KEY,
    -- When it was paused.
    paused_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER))
) STRICT;
-- How fast a queue drains, and how many waiting tasks and dead letters it has.
CREATE INDEX tasks_finished ON tasks (queue, finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX tasks_waiting_of_queue ON tasks (queue) WHERE state = 'waiting';
CREATE INDEX tasks_dead_of_queue ON tasks (queue) WHERE state = 'failed';
