-- Lists of jobs, newest first, with a bounded amount of work for each filter. `created_at` never
-- changes, so the entries of a task stay where they are.

CREATE INDEX tasks_created ON tasks (created_at, id);
CREATE INDEX tasks_of_subject ON tasks (subject_kind, subject_id, created_at, id);
-- The counterparts of single matches. Those of batches are looked for in the batches' tasks, of which
-- there are few: up to 500 matches share one.
CREATE INDEX tasks_of_counterpart ON tasks (subject_kind, counterpart_ids ->> 0, created_at, id)
    WHERE job_id IS NOT NULL;
CREATE INDEX tasks_of_batches ON tasks (subject_kind, created_at, id) WHERE batch_id IS NOT NULL;
CREATE INDEX tasks_of_user ON tasks (user_id, created_at, id) WHERE user_id IS NOT NULL;
CREATE INDEX tasks_with_error ON tasks (error_code, created_at, id) WHERE error_code IS NOT NULL;
-- States that few tasks are in. Without them a list would pass over all completed tasks.
CREATE INDEX tasks_waiting_in_order ON tasks (created_at, id) WHERE state = 'waiting';
CREATE INDEX tasks_failed_in_order ON tasks (created_at, id) WHERE state = 'failed';
CREATE INDEX tasks_cancelled_in_order ON tasks (created_at, id) WHERE state = 'cancelled';
