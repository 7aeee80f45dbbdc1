-- What an operator needs to know of a failed task: which failures are alike, every attempt, and who
-- acted on it.
ALTER TABLE tasks ADD COLUMN error_fingerprint text;
COMMENT ON COLUMN tasks.error_fingerprint IS 'The same for failures that are alike; null where an older version recorded the error, whose code then stands for it.';
ALTER TABLE tasks ADD COLUMN operator_action text COLLATE "C";
COMMENT ON COLUMN tasks.operator_action IS 'The operator action that changed it last.';
CREATE INDEX tasks_dead_alike ON tasks ((coalesce(error_fingerprint, error_code)), finished_at)
    WHERE state = 'failed';

CREATE TABLE task_attempts (
    task_id text COLLATE "C" NOT NULL REFERENCES tasks ON DELETE CASCADE,
    lease_token bigint NOT NULL,
    attempt integer NOT NULL,
    worker text,
    began_at timestamptz,
    ended_at timestamptz NOT NULL DEFAULT now(),
    outcome text NOT NULL CHECK (outcome IN ('retry', 'released', 'worker_lost', 'failed')),
    error_code text,
    error_detail text,
    PRIMARY KEY (task_id, lease_token)
);
COMMENT ON TABLE task_attempts IS 'How attempts ended that ended without a result; the newest 50 of each task.';
COMMENT ON COLUMN task_attempts.task_id IS 'The task.';
COMMENT ON COLUMN task_attempts.lease_token IS 'The run: each claim of a task has its own, growing.';
COMMENT ON COLUMN task_attempts.attempt IS 'Which attempt it was, from 1; one that did not count shares its number with the next, and a retry of a dead letter begins at 1 again.';
COMMENT ON COLUMN task_attempts.worker IS 'Who ran it.';
COMMENT ON COLUMN task_attempts.began_at IS 'When it was claimed.';
COMMENT ON COLUMN task_attempts.ended_at IS 'When its end was recorded.';
COMMENT ON COLUMN task_attempts.outcome IS 'retry: another followed; released: given back, did not count; worker_lost: the lease ran out; failed: a dead letter.';
COMMENT ON COLUMN task_attempts.error_code IS 'The error''s stable code.';
COMMENT ON COLUMN task_attempts.error_detail IS 'The error in words.';

CREATE TABLE operator_actions (
    id text COLLATE "C" PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL CHECK (action IN ('retry', 'edit', 'purge', 'cancel')),
    target text NOT NULL,
    tasks bigint NOT NULL
);
COMMENT ON TABLE operator_actions IS 'Who retried, edited, purged or cancelled what. Kept for a year.';
COMMENT ON COLUMN operator_actions.id IS 'A ULID.';
COMMENT ON COLUMN operator_actions.at IS 'When it began.';
COMMENT ON COLUMN operator_actions.actor IS 'The API key''s digest (its first 8 hex digits), anonymous, or cli: and a user of the system.';
COMMENT ON COLUMN operator_actions.action IS 'What was done.';
COMMENT ON COLUMN operator_actions.target IS 'What it was done to, a JSON object: the filter, the ids, the edits.';
COMMENT ON COLUMN operator_actions.tasks IS 'How many tasks it changed.';
CREATE INDEX operator_actions_in_time ON operator_actions (at, id);

CREATE TABLE orphaned_documents (
    key text COLLATE "C" PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE orphaned_documents IS 'Documents that no row points to any more, until they are deleted from the document store.';
COMMENT ON COLUMN orphaned_documents.key IS 'The document''s key.';
COMMENT ON COLUMN orphaned_documents.since IS 'When its row was replaced or deleted; a reader may still be fetching it then.';
CREATE INDEX orphaned_documents_in_time ON orphaned_documents (since);

-- Whoever replaces or deletes the row of a document, in the same transaction.
CREATE FUNCTION note_orphaned_document() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'results' THEN
        INSERT INTO orphaned_documents (key) VALUES (OLD.document_key) ON CONFLICT DO NOTHING;
    ELSE
        INSERT INTO orphaned_documents (key) VALUES (OLD.report_key) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER results_document_replaced AFTER UPDATE OF document_key ON results FOR EACH ROW
    WHEN (OLD.document_key IS NOT NULL AND OLD.document_key IS DISTINCT FROM NEW.document_key)
    EXECUTE FUNCTION note_orphaned_document();
CREATE TRIGGER results_document_deleted AFTER DELETE ON results FOR EACH ROW
    WHEN (OLD.document_key IS NOT NULL) EXECUTE FUNCTION note_orphaned_document();
CREATE TRIGGER batches_report_replaced AFTER UPDATE OF report_key ON batches FOR EACH ROW
    WHEN (OLD.report_key IS NOT NULL AND OLD.report_key IS DISTINCT FROM NEW.report_key)
    EXECUTE FUNCTION note_orphaned_document();
CREATE TRIGGER batches_report_deleted AFTER DELETE ON batches FOR EACH ROW
    WHEN (OLD.report_key IS NOT NULL) EXECUTE FUNCTION note_orphaned_document();

CREATE INDEX dependency_reports_in_time ON dependency_reports (reported_at);
