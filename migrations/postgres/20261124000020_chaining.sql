ALTER TABLE tasks ADD COLUMN on_parent_failure text NOT NULL DEFAULT 'fail'
    CHECK (on_parent_failure IN ('fail', 'run'));
COMMENT ON COLUMN tasks.on_parent_failure IS 'What becomes of it when the parent in depends_on fails, is cancelled or does not come in time: it fails too, or runs all the same.';
CREATE INDEX tasks_wait_ends ON tasks (waits_until) WHERE state = 'waiting';
-- By name and number, so that many tasks waiting for one match are passed over at once.
DROP INDEX tasks_waiting_batch;
CREATE INDEX tasks_waiting_match ON tasks (depends_on_batch, depends_on_position) WHERE state = 'waiting';
