-- Single matches are in no batch, and need no entry in this index.
CREATE INDEX tasks_of_one_batch ON tasks (batch_id, first_position) WHERE batch_id IS NOT NULL;
DROP INDEX tasks_of_batch;
