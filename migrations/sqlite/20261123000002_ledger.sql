-- What one bulk call made.
CREATE TABLE batches (
    -- A ULID, or the caller's own name.
    id TEXT NOT NULL PRIMARY KEY,
    -- The queue of its tasks.
    queue TEXT NOT NULL,
    -- Which profile all its matches share.
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('candidate', 'job_posting')),
    -- That profile's id.
    subject_id INTEGER NOT NULL,
    -- The platform's user, for the platform's searches.
    user_id TEXT,
    -- Matches asked for.
    total INTEGER NOT NULL CHECK (total > 0),
    -- Matches that have not ended; whoever brings it to 0 ends the batch.
    remaining INTEGER NOT NULL CHECK (remaining BETWEEN 0 AND total),
    -- Failed matches whose dead letters were deleted; they still count as failed.
    purged INTEGER NOT NULL DEFAULT 0 CHECK (purged BETWEEN 0 AND total),
    -- The ranking when the batch ended, as NDJSON, if small.
    report TEXT,
    -- Where the document store keeps the ranking, if large.
    report_key TEXT,
    -- When it was accepted.
    created_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER)),
    -- When its last match ended; null again while a dead letter is retried.
    finished_at INTEGER
) STRICT;
CREATE INDEX batches_ended ON batches (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX batches_without_report ON batches (finished_at)
    WHERE finished_at IS NOT NULL AND report IS NULL AND report_key IS NULL;

-- The ledger: every unit of dispatch, the truth that queues only point to.
CREATE TABLE tasks (
    -- A ULID; all that a queue carries.
    id TEXT NOT NULL PRIMARY KEY,
    -- The id of a single match, for its caller; matches of a batch derive theirs.
    job_id TEXT UNIQUE,
    -- The batch it belongs to.
    batch_id TEXT REFERENCES batches ON DELETE CASCADE,
    -- matching_high, matching_standard or matching_bulk.
    queue TEXT NOT NULL,
    -- One state for all its matches; matches that fail alone move to a row of their own.
    state TEXT NOT NULL CHECK (state IN ('waiting', 'queued', 'processing', 'completed', 'failed', 'cancelled')),
    -- Which profile all its matches share.
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('candidate', 'job_posting')),
    -- That profile's id.
    subject_id INTEGER NOT NULL,
    -- The other side's ids, one for each match; a JSON array of integers.
    counterpart_ids TEXT NOT NULL,
    -- The matches' places in the batch, from 1, parallel to counterpart_ids; a JSON array.
    positions TEXT NOT NULL,
    -- The smallest of positions.
    first_position INTEGER NOT NULL,
    -- The largest of positions.
    last_position INTEGER NOT NULL,
    -- Attempts begun, without those given back untried.
    attempts INTEGER NOT NULL DEFAULT 0,
    -- Attempts whose worker died; the second quarantines the task.
    worker_losses INTEGER NOT NULL DEFAULT 0,
    -- Grows with each claim; a write with an older token is refused.
    lease_token INTEGER NOT NULL DEFAULT 0,
    -- When a processing task counts as abandoned.
    lease_until INTEGER,
    -- Who claimed it last.
    worker TEXT,
    -- Not before this time.
    next_attempt_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER)),
    -- When its pointer was given to the queue; null while it waits here.
    dispatched_at INTEGER,
    -- The job, batch or outside work it waits for.
    depends_on TEXT,
    -- The batch, where depends_on reads as BATCH-n.
    depends_on_batch TEXT,
    -- The n of BATCH-n.
    depends_on_position INTEGER,
    -- When waiting fails as dependency_expired.
    waits_until INTEGER,
    -- Where outcomes are reported.
    webhook_url TEXT,
    -- One event for each match, or one for the batch.
    webhook_events TEXT NOT NULL CHECK (webhook_events IN ('each', 'batch')),
    -- The platform's user, for the platform's searches.
    user_id TEXT,
    -- The last error's stable code.
    error_code TEXT,
    -- The last error in words.
    error_detail TEXT,
    -- When it was accepted.
    created_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER)),
    -- When its last attempt began.
    started_at INTEGER,
    -- When it ended.
    finished_at INTEGER,
    CONSTRAINT tasks_single_or_batch CHECK ((job_id IS NULL) <> (batch_id IS NULL)),
    CONSTRAINT tasks_matches CHECK (json_array_length(counterpart_ids) BETWEEN 1 AND 500
        AND json_array_length(counterpart_ids) = json_array_length(positions)),
    CONSTRAINT tasks_lease CHECK ((state = 'processing') = (lease_until IS NOT NULL))
) STRICT;
CREATE INDEX tasks_due ON tasks (queue, next_attempt_at, id) WHERE state = 'queued' AND dispatched_at IS NULL;
CREATE INDEX tasks_dispatched ON tasks (queue, dispatched_at) WHERE state = 'queued' AND dispatched_at IS NOT NULL;
CREATE INDEX tasks_leased ON tasks (lease_until) WHERE state = 'processing';
CREATE INDEX tasks_waiting ON tasks (depends_on) WHERE state = 'waiting';
CREATE INDEX tasks_waiting_batch ON tasks (depends_on_batch) WHERE state = 'waiting';
CREATE INDEX tasks_of_batch ON tasks (batch_id, first_position);
CREATE INDEX tasks_ended ON tasks (finished_at) WHERE batch_id IS NULL AND state IN ('completed', 'cancelled');
CREATE INDEX tasks_dead ON tasks (finished_at) WHERE state = 'failed';

-- Ids and idempotency keys that callers chose: a repeated call finds its first one.
CREATE TABLE submission_keys (
    -- Whether the key named the job or came as Idempotency-Key.
    kind TEXT NOT NULL CHECK (kind IN ('id', 'idempotency_key')),
    -- The caller's text.
    key TEXT NOT NULL,
    -- SHA-256 of the call; another call under the same key is a conflict.
    fingerprint TEXT NOT NULL,
    -- The job or batch the call made.
    submission_id TEXT NOT NULL,
    -- When the call was accepted.
    created_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER)),
    PRIMARY KEY (kind, key)
) STRICT;
CREATE INDEX submission_keys_of_submission ON submission_keys (submission_id);

-- How work outside this service ended, as reported; possibly before anything waits for it.
CREATE TABLE dependency_reports (
    -- The outside work's id.
    id TEXT NOT NULL PRIMARY KEY,
    -- The first report; later ones change nothing.
    outcome TEXT NOT NULL CHECK (outcome IN ('completed', 'failed')),
    -- When it came.
    reported_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER))
) STRICT;
