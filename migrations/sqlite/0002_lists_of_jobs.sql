-- Lists of jobs, newest first, with a bounded amount of work for each filter. Every update of a task
-- writes an entry into each index that its new version belongs to. So all indexes but one have only
-- ended tasks, whose entries are written once.

CREATE INDEX tasks_unended_in_order ON tasks (created_at, id) WHERE finished_at IS NULL;
CREATE INDEX tasks_ended_in_order ON tasks (created_at, id) WHERE finished_at IS NOT NULL;
CREATE INDEX tasks_of_subject ON tasks (subject_kind, subject_id, created_at, id)
    WHERE finished_at IS NOT NULL;
-- The counterparts of single matches. Those of batches are looked for in the batches' tasks, of which
-- there are few: up to 500 matches share one.
CREATE INDEX tasks_of_counterpart ON tasks (subject_kind, counterpart_ids ->> 0, created_at, id)
    WHERE finished_at IS NOT NULL AND job_id IS NOT NULL;
CREATE INDEX tasks_of_batches ON tasks (subject_kind, created_at, id)
    WHERE finished_at IS NOT NULL AND batch_id IS NOT NULL;
CREATE INDEX tasks_of_user ON tasks (user_id, created_at, id)
    WHERE finished_at IS NOT NULL AND user_id IS NOT NULL;
-- Also of tasks that are tried again.
CREATE INDEX tasks_with_error ON tasks (error_code, created_at, id) WHERE error_code IS NOT NULL;
-- States that few tasks end in. Without them a list would pass over all completed tasks.
CREATE INDEX tasks_failed_in_order ON tasks (created_at, id) WHERE state = 'failed';
CREATE INDEX tasks_cancelled_in_order ON tasks (created_at, id) WHERE state = 'cancelled';
