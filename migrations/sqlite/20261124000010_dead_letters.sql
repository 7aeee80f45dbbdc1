-- What an operator needs to know of a failed task: which failures are alike, every attempt, and who
-- acted on it.

-- The same for failures that are alike; null where an older version recorded the error, whose code
-- then stands for it.
ALTER TABLE tasks ADD COLUMN error_fingerprint TEXT;
-- The operator action that changed it last.
ALTER TABLE tasks ADD COLUMN operator_action TEXT;
CREATE INDEX tasks_dead_alike ON tasks (coalesce(error_fingerprint, error_code), finished_at)
    WHERE state = 'failed';

-- How attempts ended that ended without a result; the newest 50 of each task.
CREATE TABLE task_attempts (
    -- The task.
    task_id TEXT NOT NULL REFERENCES tasks ON DELETE CASCADE,
    -- The run: each claim of a task has its own, growing.
    lease_token INTEGER NOT NULL,
    -- Which attempt it was, from 1; one that did not count shares its number with the next, and a
    -- retry of a dead letter begins at 1 again.
    attempt INTEGER NOT NULL,
    -- Who ran it.
    worker TEXT,
    -- When it was claimed.
    began_at INTEGER,
    -- When its end was recorded.
    ended_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER)),
    -- retry: another followed; released: given back, did not count; worker_lost: the lease ran out;
    -- failed: a dead letter.
    outcome TEXT NOT NULL CHECK (outcome IN ('retry', 'released', 'worker_lost', 'failed')),
    -- The error's stable code.
    error_code TEXT,
    -- The error in words.
    error_detail TEXT,
    PRIMARY KEY (task_id, lease_token)
) STRICT, WITHOUT ROWID;

-- Who retried, edited, purged or cancelled what. Kept for a year.
CREATE TABLE operator_actions (
    -- A ULID.
    id TEXT NOT NULL PRIMARY KEY,
    -- When it began.
    at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER)),
    -- The API key's digest (its first 8 hex digits), anonymous, or cli: and a user of the system.
    actor TEXT NOT NULL,
    -- What was done.
    action TEXT NOT NULL CHECK (action IN ('retry', 'edit', 'purge', 'cancel')),
    -- What it was done to, a JSON object: the filter, the ids, the edits.
    target TEXT NOT NULL,
    -- How many tasks it changed.
    tasks INTEGER NOT NULL
) STRICT;
CREATE INDEX operator_actions_in_time ON operator_actions (at, id);

-- Documents that no row points to any more, until they are deleted from the document store.
CREATE TABLE orphaned_documents (
    -- The document's key.
    key TEXT NOT NULL PRIMARY KEY,
    -- When its row was replaced or deleted; a reader may still be fetching it then.
    since INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER))
) STRICT;
CREATE INDEX orphaned_documents_in_time ON orphaned_documents (since);

-- Whoever replaces or deletes the row of a document, in the same transaction.
CREATE TRIGGER results_document_replaced AFTER UPDATE OF document_key ON results
    WHEN OLD.document_key IS NOT NULL AND OLD.document_key IS NOT NEW.document_key
BEGIN
    INSERT INTO orphaned_documents (key) VALUES (OLD.document_key) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER results_document_deleted AFTER DELETE ON results WHEN OLD.document_key IS NOT NULL
BEGIN
    INSERT INTO orphaned_documents (key) VALUES (OLD.document_key) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER batches_report_replaced AFTER UPDATE OF report_key ON batches
    WHEN OLD.report_key IS NOT NULL AND OLD.report_key IS NOT NEW.report_key
BEGIN
    INSERT INTO orphaned_documents (key) VALUES (OLD.report_key) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER batches_report_deleted AFTER DELETE ON batches WHEN OLD.report_key IS NOT NULL
BEGIN
    INSERT INTO orphaned_documents (key) VALUES (OLD.report_key) ON CONFLICT DO NOTHING;
END;

CREATE INDEX dependency_reports_in_time ON dependency_reports (reported_at);
