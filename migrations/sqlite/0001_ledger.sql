-- The complete first schema. Times are milliseconds since the epoch, by the database's clock, as in
-- PostgreSQL.
CREATE VIEW clock (now) AS
    SELECT CAST(round(unixepoch('subsec') * 1000) AS INTEGER);

-- Profiles

-- Candidate profiles as the platform put them.
CREATE TABLE candidates (
    -- The platform's id.
    id INTEGER PRIMARY KEY CHECK (id >= 1),
    -- JSON text, kept byte for byte; unknown fields included.
    document TEXT NOT NULL,
    -- Time of the last write of the document.
    updated_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER))
) STRICT;

-- Job postings as the platform put them.
CREATE TABLE job_postings (
    -- The platform's id.
    id INTEGER PRIMARY KEY CHECK (id >= 1),
    -- JSON text, kept byte for byte; unknown fields included.
    document TEXT NOT NULL,
    -- Time of the last write of the document.
    updated_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER))
) STRICT;

-- Counts writes of profiles. There is one writer at a time, so their order is that of their
-- commits.
CREATE TABLE profile_writes (
    -- Allows one row.
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- Number of writes so far.
    count INTEGER NOT NULL
) STRICT;
INSERT INTO profile_writes (id, count) VALUES (1, 0);

-- The last write of each profile, recorded by triggers, so that a process that holds profiles in
-- memory learns of changes. A table of its own: a trigger that changes the row it was fired for
-- would write that row twice.
CREATE TABLE profile_versions (
    -- The table that the profile is in.
    kind TEXT NOT NULL CHECK (kind IN ('candidate', 'job_posting')),
    -- The platform's id.
    profile_id INTEGER NOT NULL,
    -- Number of the write that put or deleted it last.
    version INTEGER NOT NULL,
    -- Time of the deletion, kept for a day; null while the profile exists.
    deleted_at INTEGER,
    PRIMARY KEY (kind, profile_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX profile_versions_changed ON profile_versions (kind, version);
CREATE INDEX profile_versions_deleted ON profile_versions (deleted_at) WHERE deleted_at IS NOT NULL;

-- Record each written and deleted profile under the next number.
CREATE TRIGGER candidates_inserted AFTER INSERT ON candidates BEGIN
    UPDATE profile_writes SET count = count + 1;
    INSERT INTO profile_versions (kind, profile_id, version)
    VALUES ('candidate', NEW.id, (SELECT count FROM profile_writes))
    ON CONFLICT (kind, profile_id) DO UPDATE SET version = excluded.version, deleted_at = NULL;
END;
CREATE TRIGGER candidates_updated AFTER UPDATE ON candidates BEGIN
    UPDATE profile_writes SET count = count + 1;
    INSERT INTO profile_versions (kind, profile_id, version)
    VALUES ('candidate', NEW.id, (SELECT count FROM profile_writes))
    ON CONFLICT (kind, profile_id) DO UPDATE SET version = excluded.version, deleted_at = NULL;
END;
CREATE TRIGGER candidates_deleted AFTER DELETE ON candidates BEGIN
    UPDATE profile_writes SET count = count + 1;
    INSERT INTO profile_versions (kind, profile_id, version, deleted_at)
    VALUES ('candidate', OLD.id, (SELECT count FROM profile_writes), (SELECT now FROM clock))
    ON CONFLICT (kind, profile_id)
        DO UPDATE SET version = excluded.version, deleted_at = excluded.deleted_at;
END;
CREATE TRIGGER job_postings_inserted AFTER INSERT ON job_postings BEGIN
    UPDATE profile_writes SET count = count + 1;
    INSERT INTO profile_versions (kind, profile_id, version)
    VALUES ('job_posting', NEW.id, (SELECT count FROM profile_writes))
    ON CONFLICT (kind, profile_id) DO UPDATE SET version = excluded.version, deleted_at = NULL;
END;
CREATE TRIGGER job_postings_updated AFTER UPDATE ON job_postings BEGIN
    UPDATE profile_writes SET count = count + 1;
    INSERT INTO profile_versions (kind, profile_id, version)
    VALUES ('job_posting', NEW.id, (SELECT count FROM profile_writes))
    ON CONFLICT (kind, profile_id) DO UPDATE SET version = excluded.version, deleted_at = NULL;
END;
CREATE TRIGGER job_postings_deleted AFTER DELETE ON job_postings BEGIN
    UPDATE profile_writes SET count = count + 1;
    INSERT INTO profile_versions (kind, profile_id, version, deleted_at)
    VALUES ('job_posting', OLD.id, (SELECT count FROM profile_writes), (SELECT now FROM clock))
    ON CONFLICT (kind, profile_id)
        DO UPDATE SET version = excluded.version, deleted_at = excluded.deleted_at;
END;

-- The ledger

-- One row for each bulk call.
CREATE TABLE batches (
    -- A ULID, or the caller's own name.
    id TEXT NOT NULL PRIMARY KEY,
    -- The queue of its tasks.
    queue TEXT NOT NULL,
    -- The kind of the profile that all its matches share.
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('candidate', 'job_posting')),
    -- The id of that profile.
    subject_id INTEGER NOT NULL,
    -- The platform's user, for the platform's searches.
    user_id TEXT,
    -- Number of requested matches.
    total INTEGER NOT NULL CHECK (total > 0),
    -- Matches that have not ended; the transaction that sets it to 0 ends the batch.
    remaining INTEGER NOT NULL CHECK (remaining BETWEEN 0 AND total),
    -- Failed matches whose dead letters were deleted; they still count as failed.
    purged INTEGER NOT NULL DEFAULT 0 CHECK (purged BETWEEN 0 AND total),
    -- The ranking at the end of the batch, as NDJSON, if small.
    report TEXT,
    -- The key of the ranking in the document store, if large.
    report_key TEXT,
    -- Time of acceptance.
    created_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER)),
    -- Time at which the last match ended; null again while a dead letter is retried.
    finished_at INTEGER,
    -- Grows whenever the ranking may have changed: dead letters are retried, results get other
    -- weights. A report of an older generation is not saved.
    report_generation INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX batches_ended ON batches (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX batches_without_report ON batches (finished_at)
    WHERE finished_at IS NOT NULL AND report IS NULL AND report_key IS NULL;
-- For `matching doctor`, which reads no large values.
CREATE INDEX batches_reported_elsewhere ON batches (report_key) WHERE report_key IS NOT NULL;
CREATE INDEX batches_open ON batches (id) WHERE finished_at IS NULL;

-- The ledger: every unit of dispatch. Queues hold only pointers to its rows.
CREATE TABLE tasks (
    -- A ULID; the only content of a queue entry.
    id TEXT NOT NULL PRIMARY KEY,
    -- The caller's id of a single match; ids of a batch's matches are derived from the batch.
    job_id TEXT UNIQUE,
    -- The batch it belongs to.
    batch_id TEXT REFERENCES batches ON DELETE CASCADE,
    -- matching_high, matching_standard or matching_bulk.
    queue TEXT NOT NULL,
    -- One state for all its matches; matches that fail alone move to a row of their own.
    state TEXT NOT NULL CHECK (state IN ('waiting', 'queued', 'processing', 'completed', 'failed', 'cancelled')),
    -- The kind of the profile that all its matches share.
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('candidate', 'job_posting')),
    -- The id of that profile.
    subject_id INTEGER NOT NULL,
    -- The other side's ids, one for each match; a JSON array of integers.
    counterpart_ids TEXT NOT NULL,
    -- The matches' positions in the batch, from 1, parallel to counterpart_ids; a JSON array.
    positions TEXT NOT NULL,
    -- The smallest of positions.
    first_position INTEGER NOT NULL,
    -- The largest of positions.
    last_position INTEGER NOT NULL,
    -- Attempts begun, without those given back untried.
    attempts INTEGER NOT NULL DEFAULT 0,
    -- Attempts whose worker died; the second quarantines the task.
    worker_losses INTEGER NOT NULL DEFAULT 0,
    -- Fencing token: grows with each claim; a write with an older token is refused.
    lease_token INTEGER NOT NULL DEFAULT 0,
    -- End of the lease: from then on a processing task counts as abandoned.
    lease_until INTEGER,
    -- The worker that claimed it last.
    worker TEXT,
    -- Earliest time of the next attempt.
    next_attempt_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER)),
    -- Time at which its pointer was given to the queue; null before.
    dispatched_at INTEGER,
    -- The job, batch or outside work it waits for.
    depends_on TEXT,
    -- The batch, if depends_on reads as BATCH-n.
    depends_on_batch TEXT,
    -- The n of BATCH-n.
    depends_on_position INTEGER,
    -- Time at which waiting fails as dependency_expired.
    waits_until INTEGER,
    -- The receiver of outcomes.
    webhook_url TEXT,
    -- One event for each match, or one for the batch.
    webhook_events TEXT NOT NULL CHECK (webhook_events IN ('each', 'batch')),
    -- The platform's user, for the platform's searches.
    user_id TEXT,
    -- The last error's stable code.
    error_code TEXT,
    -- The last error in words.
    error_detail TEXT,
    -- Time of acceptance.
    created_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER)),
    -- Begin of the last attempt.
    started_at INTEGER,
    -- Time at which it ended.
    finished_at INTEGER,
    -- The requested weights, a JSON object of all criteria; null for the service's weights.
    weights TEXT,
    -- Equal for failures of the same kind; if null, error_code stands for it.
    error_fingerprint TEXT,
    -- The operator action that changed it last.
    operator_action TEXT,
    -- The reaction to a parent in depends_on that fails, is cancelled or expires: fail as well, or
    -- run.
    on_parent_failure TEXT NOT NULL DEFAULT 'fail' CHECK (on_parent_failure IN ('fail', 'run')),
    CONSTRAINT tasks_single_or_batch CHECK ((job_id IS NULL) <> (batch_id IS NULL)),
    CONSTRAINT tasks_matches CHECK (json_array_length(counterpart_ids) BETWEEN 1 AND 500
        AND json_array_length(counterpart_ids) = json_array_length(positions)),
    CONSTRAINT tasks_lease CHECK ((state = 'processing') = (lease_until IS NOT NULL))
) STRICT;
CREATE INDEX tasks_due ON tasks (queue, next_attempt_at, id) WHERE state = 'queued' AND dispatched_at IS NULL;
CREATE INDEX tasks_dispatched ON tasks (queue, dispatched_at) WHERE state = 'queued' AND dispatched_at IS NOT NULL;
CREATE INDEX tasks_leased ON tasks (lease_until) WHERE state = 'processing';
CREATE INDEX tasks_waiting ON tasks (depends_on) WHERE state = 'waiting';
-- By name and number, so that one look-up passes over many tasks that wait for one match.
CREATE INDEX tasks_waiting_match ON tasks (depends_on_batch, depends_on_position) WHERE state = 'waiting';
CREATE INDEX tasks_wait_ends ON tasks (waits_until) WHERE state = 'waiting';
-- Partial, since single matches need no entry.
CREATE INDEX tasks_of_one_batch ON tasks (batch_id, first_position) WHERE batch_id IS NOT NULL;
CREATE INDEX tasks_ended ON tasks (finished_at) WHERE batch_id IS NULL AND state IN ('completed', 'cancelled');
CREATE INDEX tasks_dead ON tasks (finished_at) WHERE state = 'failed';
CREATE INDEX tasks_dead_alike ON tasks (coalesce(error_fingerprint, error_code), finished_at)
    WHERE state = 'failed';
-- For a queue's throughput and its numbers of waiting tasks and dead letters.
CREATE INDEX tasks_finished ON tasks (queue, finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX tasks_waiting_of_queue ON tasks (queue) WHERE state = 'waiting';
CREATE INDEX tasks_dead_of_queue ON tasks (queue) WHERE state = 'failed';

-- Attempts that ended without a result; the newest 50 of each task.
CREATE TABLE task_attempts (
    -- The task.
    task_id TEXT NOT NULL REFERENCES tasks ON DELETE CASCADE,
    -- The run: each claim of a task has its own, growing.
    lease_token INTEGER NOT NULL,
    -- Number of the attempt, from 1; one that did not count shares its number with the next, and a
    -- retry of a dead letter begins at 1 again.
    attempt INTEGER NOT NULL,
    -- The worker that ran it.
    worker TEXT,
    -- Time of the claim.
    began_at INTEGER,
    -- Time at which its end was recorded.
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

-- Ids and idempotency keys chosen by callers: a repeated call finds its first one.
CREATE TABLE submission_keys (
    -- id: the key names the job; idempotency_key: it came as Idempotency-Key.
    kind TEXT NOT NULL CHECK (kind IN ('id', 'idempotency_key')),
    -- The caller's text.
    key TEXT NOT NULL,
    -- SHA-256 of the call; another call under the same key is a conflict.
    fingerprint TEXT NOT NULL,
    -- The job or batch that the call created.
    submission_id TEXT NOT NULL,
    -- Time of acceptance.
    created_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER)),
    PRIMARY KEY (kind, key)
) STRICT;
CREATE INDEX submission_keys_of_submission ON submission_keys (submission_id);

-- Reported outcomes of work outside this service; possibly before any task waits for it.
CREATE TABLE dependency_reports (
    -- The outside work's id.
    id TEXT NOT NULL PRIMARY KEY,
    -- The first report; later ones change nothing.
    outcome TEXT NOT NULL CHECK (outcome IN ('completed', 'failed')),
    -- Time of the first report.
    reported_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER))
) STRICT;
CREATE INDEX dependency_reports_in_time ON dependency_reports (reported_at);

-- Queues that hand out no work, to any process, until they are resumed.
CREATE TABLE paused_queues (
    -- matching_high, matching_standard or matching_bulk.
    queue TEXT NOT NULL PRIMARY KEY,
    -- Time of the pause.
    paused_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER)),
    -- The operator, as in operator_actions.
    actor TEXT NOT NULL DEFAULT 'unknown',
    -- The operator's reason.
    reason TEXT
) STRICT;

-- Running processes: each renews its row every few seconds, and deletes those of silent ones.
CREATE TABLE processes (
    -- Its number on its machine and a ULID; tasks.worker begins with it.
    id TEXT NOT NULL PRIMARY KEY,
    -- The command: serve or work.
    role TEXT NOT NULL CHECK (role IN ('serve', 'work')),
    -- The queues whose pools it runs; a JSON array.
    queues TEXT NOT NULL,
    -- Those of queues whose pools were down at seen_at; a JSON array.
    queues_down TEXT NOT NULL,
    faults TEXT NOT NULL,
    -- The version of the program.
    version TEXT NOT NULL,
    -- The name of its machine or container.
    host TEXT NOT NULL,
    -- Its number on that machine.
    system_id INTEGER NOT NULL,
    -- Time of its first sign of life.
    started_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER)),
    -- Time of its last sign of life.
    seen_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER))
) STRICT;

-- Audit log of retries, edits, purges, cancellations, resent webhooks, pauses and resumptions.
-- Kept for a year.
CREATE TABLE operator_actions (
    -- A ULID.
    id TEXT NOT NULL PRIMARY KEY,
    -- Begin of the action.
    at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER)),
    -- key: and a key's id, the first 8 hex digits of a configured key's digest, anonymous, or cli:
    -- and a user of the system.
    actor TEXT NOT NULL,
    -- The action.
    action TEXT NOT NULL CHECK (
        action IN ('retry', 'edit', 'purge', 'cancel', 'resend', 'pause', 'resume',
            'create_key', 'rotate_key', 'revoke_key')),
    -- Its target, a JSON object: the filter, the ids, the edits, the queue.
    target TEXT NOT NULL,
    -- Number of tasks that it changed.
    tasks INTEGER NOT NULL
) STRICT;
CREATE INDEX operator_actions_in_time ON operator_actions (at, id);

-- API keys. Rows are kept when a key has ended: a service that had a key never becomes open to
-- everyone.
CREATE TABLE api_keys (
    -- Part of the key's text, and no secret.
    id TEXT NOT NULL PRIMARY KEY,
    -- SHA-256 of the key's whole text, which has 160 random bits.
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    -- What the key is for, in the operator's words.
    name TEXT NOT NULL,
    -- What it permits: submit, read, profiles, operate; a JSON array.
    scopes TEXT NOT NULL CHECK (json_array_length(scopes) > 0),
    -- Its own rate limit; null for the configured one.
    requests_per_minute INTEGER CHECK (requests_per_minute > 0),
    -- Time of creation.
    created_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER)),
    -- The operator, as in operator_actions.
    created_by TEXT NOT NULL,
    -- The end of its validity; null without one.
    expires_at INTEGER,
    -- Time of its revocation.
    revoked_at INTEGER,
    -- Last use, at most a minute late.
    last_used_at INTEGER,
    -- The key that a rotation created in its place.
    replaced_by TEXT
) STRICT;
CREATE INDEX api_keys_in_time ON api_keys (created_at, id);

-- Results

-- The newest result of each pair.
CREATE TABLE results (
    -- The candidate.
    candidate_id INTEGER NOT NULL,
    -- The job posting.
    job_posting_id INTEGER NOT NULL,
    -- In [0, 1], rounded to 4 digits.
    score REAL NOT NULL CHECK (score BETWEEN 0 AND 1),
    -- excellent, good, moderate, weak or insufficient.
    category TEXT NOT NULL,
    -- The job that computed it.
    job_id TEXT NOT NULL,
    -- The result document, if small; text, so that it is served byte for byte.
    document TEXT,
    -- The document's key in the document store, if large.
    document_key TEXT,
    -- Time at which it was recorded.
    computed_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER)),
    -- The score of each criterion in [0, 1], to 4 digits, in the order of the result document; a
    -- JSON array, null without data.
    criterion_scores TEXT,
    -- Upper limit of the score after a failed knock-out; null without one.
    score_cap REAL CHECK (score_cap BETWEEN 0 AND 1),
    -- The weights of a later reweighing of score and category, a JSON object of all criteria; null
    -- if the document's weights hold.
    weights TEXT,
    PRIMARY KEY (candidate_id, job_posting_id),
    CONSTRAINT results_document CHECK ((document IS NULL) <> (document_key IS NULL))
) STRICT;
CREATE INDEX results_of_candidate ON results (candidate_id, score DESC, job_posting_id);
CREATE INDEX results_of_job_posting ON results (job_posting_id, score DESC, candidate_id);
-- For `matching doctor`, which reads no large values.
CREATE INDEX results_kept_elsewhere ON results (document_key) WHERE document IS NULL;

-- Documents without a row that points to them, until they are deleted from the document store.
-- Written before a document is stored as well, so that a run that records nothing leaves no
-- document behind.
CREATE TABLE orphaned_documents (
    -- The document's key.
    key TEXT NOT NULL PRIMARY KEY,
    -- Time at which its row was replaced or deleted (a reader may still be fetching the document);
    -- before a document is stored, the deadline for a row that points to it.
    since INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER))
) STRICT;
CREATE INDEX orphaned_documents_in_time ON orphaned_documents (since);

-- Record the document of a replaced or deleted row, in the same transaction.
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

-- Webhooks

-- Webhooks, recorded in the transaction of the outcome that they report.
CREATE TABLE webhook_deliveries (
    -- The webhook-id of all attempts.
    id TEXT NOT NULL PRIMARY KEY,
    -- match.completed, match.failed or batch.completed.
    event_type TEXT NOT NULL,
    -- The job or batch it reports.
    job_id TEXT NOT NULL,
    -- The receiver's URL.
    url TEXT NOT NULL,
    -- The exact text that is signed and sent.
    body TEXT NOT NULL,
    -- pending, delivered or failed (given up).
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    -- Attempts begun, without those that did not count.
    attempts INTEGER NOT NULL DEFAULT 0,
    -- Earliest time of the next attempt; during an attempt, the time from which it counts as lost.
    next_attempt_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER)),
    -- The receiver's last HTTP status.
    last_status INTEGER,
    -- The last error in words, with its causes.
    last_error TEXT,
    -- Time at which the outcome was recorded.
    created_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER)),
    -- Time at which it was received or given up.
    finished_at INTEGER,
    -- The endpoint's id: host, port, ~ and a hash of the URL without its query. Deliveries of one
    -- endpoint are paused together.
    endpoint TEXT NOT NULL,
    -- 1 from the time of the next attempt until it begins. Claims set it, so that they find
    -- endpoints with due deliveries by an index.
    is_due INTEGER NOT NULL DEFAULT 1 CHECK (is_due IN (0, 1)),
    -- Time at which it was recorded, or last resent by an operator.
    pending_since INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER)),
    -- The last action of an operator on it.
    operator_action TEXT
) STRICT;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint, pending_since, id)
    WHERE state = 'pending' AND is_due = 1;
CREATE INDEX webhook_deliveries_scheduled ON webhook_deliveries (next_attempt_at)
    WHERE state = 'pending' AND is_due = 0;
CREATE INDEX webhook_deliveries_postponed ON webhook_deliveries (endpoint, next_attempt_at)
    WHERE state = 'pending' AND is_due = 0;
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (finished_at) WHERE state <> 'pending';
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (id) WHERE state = 'failed';
CREATE INDEX webhook_deliveries_given_up ON webhook_deliveries (finished_at) WHERE state = 'failed';
CREATE INDEX webhook_deliveries_of_job ON webhook_deliveries (job_id);

-- Endpoints that are paused, or have not accepted a webhook since their pause.
CREATE TABLE webhook_endpoints (
    -- The endpoint's id, as in webhook_deliveries.
    endpoint TEXT NOT NULL PRIMARY KEY,
    -- End of the pause. Afterwards one webhook at a time is sent until one is answered.
    paused_until INTEGER NOT NULL,
    -- The reason for the pause, in words.
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX webhook_endpoints_paused ON webhook_endpoints (paused_until);
