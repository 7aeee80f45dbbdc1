CREATE TABLE batches (
    id text COLLATE "C" PRIMARY KEY,
    queue text NOT NULL,
    subject_kind text NOT NULL CHECK (subject_kind IN ('candidate', 'job_posting')),
    subject_id bigint NOT NULL,
    user_id text,
    total integer NOT NULL CHECK (total > 0),
    remaining integer NOT NULL CHECK (remaining BETWEEN 0 AND total),
    purged integer NOT NULL DEFAULT 0 CHECK (purged BETWEEN 0 AND total),
    report text,
    report_key text,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);
COMMENT ON TABLE batches IS 'What one bulk call made.';
COMMENT ON COLUMN batches.id IS 'A ULID, or the caller''s own name.';
COMMENT ON COLUMN batches.queue IS 'The queue of its tasks.';
COMMENT ON COLUMN batches.subject_kind IS 'Which profile all its matches share.';
COMMENT ON COLUMN batches.subject_id IS 'That profile''s id.';
COMMENT ON COLUMN batches.user_id IS 'The platform''s user, for the platform''s searches.';
COMMENT ON COLUMN batches.total IS 'Matches asked for.';
COMMENT ON COLUMN batches.remaining IS 'Matches that have not ended; whoever brings it to 0 ends the batch.';
COMMENT ON COLUMN batches.purged IS 'Failed matches whose dead letters were deleted; they still count as failed.';
COMMENT ON COLUMN batches.report IS 'The ranking when the batch ended, as NDJSON, if small.';
COMMENT ON COLUMN batches.report_key IS 'Where the document store keeps the ranking, if large.';
COMMENT ON COLUMN batches.created_at IS 'When it was accepted.';
COMMENT ON COLUMN batches.finished_at IS 'When its last match ended; null again while a dead letter is retried.';
CREATE INDEX batches_ended ON batches (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX batches_without_report ON batches (finished_at)
    WHERE finished_at IS NOT NULL AND report IS NULL AND report_key IS NULL;

CREATE TABLE tasks (
    id text COLLATE "C" PRIMARY KEY,
    job_id text COLLATE "C" UNIQUE,
    batch_id text COLLATE "C" REFERENCES batches ON DELETE CASCADE,
    queue text NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'queued', 'processing', 'completed', 'failed', 'cancelled')),
    subject_kind text NOT NULL CHECK (subject_kind IN ('candidate', 'job_posting')),
    subject_id bigint NOT NULL,
    counterpart_ids bigint[] NOT NULL,
    positions integer[] NOT NULL,
    first_position integer NOT NULL,
    last_position integer NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    worker_losses integer NOT NULL DEFAULT 0,
    lease_token bigint NOT NULL DEFAULT 0,
    lease_until timestamptz,
    worker text,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    dispatched_at timestamptz,
    depends_on text COLLATE "C",
    depends_on_batch text COLLATE "C",
    depends_on_position integer,
    waits_until timestamptz,
    webhook_url text,
    webhook_events text NOT NULL CHECK (webhook_events IN ('each', 'batch')),
    user_id text,
    error_code text,
    error_detail text,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    CONSTRAINT tasks_single_or_batch CHECK ((job_id IS NULL) <> (batch_id IS NULL)),
    CONSTRAINT tasks_matches CHECK (cardinality(counterpart_ids) BETWEEN 1 AND 500
        AND cardinality(counterpart_ids) = cardinality(positions)),
    CONSTRAINT tasks_lease CHECK ((state = 'processing') = (lease_until IS NOT NULL))
);
COMMENT ON TABLE tasks IS 'The ledger: every unit of dispatch, the truth that queues only point to.';
COMMENT ON COLUMN tasks.id IS 'A ULID; all that a queue carries.';
COMMENT ON COLUMN tasks.job_id IS 'The id of a single match, for its caller; matches of a batch derive theirs.';
COMMENT ON COLUMN tasks.batch_id IS 'The batch it belongs to.';
COMMENT ON COLUMN tasks.queue IS 'matching_high, matching_standard or matching_bulk.';
COMMENT ON COLUMN tasks.state IS 'One state for all its matches; matches that fail alone move to a row of their own.';
COMMENT ON COLUMN tasks.subject_kind IS 'Which profile all its matches share.';
COMMENT ON COLUMN tasks.subject_id IS 'That profile''s id.';
COMMENT ON COLUMN tasks.counterpart_ids IS 'The other side''s ids, one for each match.';
COMMENT ON COLUMN tasks.positions IS 'The matches'' places in the batch, from 1, parallel to counterpart_ids.';
COMMENT ON COLUMN tasks.first_position IS 'The smallest of positions.';
COMMENT ON COLUMN tasks.last_position IS 'The largest of positions.';
COMMENT ON COLUMN tasks.attempts IS 'Attempts begun, without those given back untried.';
COMMENT ON COLUMN tasks.worker_losses IS 'Attempts whose worker died; the second quarantines the task.';
COMMENT ON COLUMN tasks.lease_token IS 'Grows with each claim; a write with an older token is refused.';
COMMENT ON COLUMN tasks.lease_until IS 'When a processing task counts as abandoned.';
COMMENT ON COLUMN tasks.worker IS 'Who claimed it last.';
COMMENT ON COLUMN tasks.next_attempt_at IS 'Not before this time.';
COMMENT ON COLUMN tasks.dispatched_at IS 'When its pointer was given to the queue; null while it waits here.';
COMMENT ON COLUMN tasks.depends_on IS 'The job, batch or outside work it waits for.';
COMMENT ON COLUMN tasks.depends_on_batch IS 'The batch, where depends_on reads as BATCH-n.';
COMMENT ON COLUMN tasks.depends_on_position IS 'The n of BATCH-n.';
COMMENT ON COLUMN tasks.waits_until IS 'When waiting fails as dependency_expired.';
COMMENT ON COLUMN tasks.webhook_url IS 'Where outcomes are reported.';
COMMENT ON COLUMN tasks.webhook_events IS 'One event for each match, or one for the batch.';
COMMENT ON COLUMN tasks.user_id IS 'The platform''s user, for the platform''s searches.';
COMMENT ON COLUMN tasks.error_code IS 'The last error''s stable code.';
COMMENT ON COLUMN tasks.error_detail IS 'The last error in words.';
COMMENT ON COLUMN tasks.created_at IS 'When it was accepted.';
COMMENT ON COLUMN tasks.started_at IS 'When its last attempt began.';
COMMENT ON COLUMN tasks.finished_at IS 'When it ended.';
CREATE INDEX tasks_due ON tasks (queue, next_attempt_at, id) WHERE state = 'queued' AND dispatched_at IS NULL;
CREATE INDEX tasks_dispatched ON tasks (queue, dispatched_at) WHERE state = 'queued' AND dispatched_at IS NOT NULL;
CREATE INDEX tasks_leased ON tasks (lease_until) WHERE state = 'processing';
CREATE INDEX tasks_waiting ON tasks (depends_on) INCLUDE (queue) WHERE state = 'waiting';
CREATE INDEX tasks_waiting_batch ON tasks (depends_on_batch) WHERE state = 'waiting';
CREATE INDEX tasks_of_batch ON tasks (batch_id, first_position);
CREATE INDEX tasks_ended ON tasks (finished_at) WHERE batch_id IS NULL AND state IN ('completed', 'cancelled');
CREATE INDEX tasks_dead ON tasks (finished_at) WHERE state = 'failed';

CREATE TABLE submission_keys (
    kind text NOT NULL CHECK (kind IN ('id', 'idempotency_key')),
    key text COLLATE "C" NOT NULL,
    fingerprint text NOT NULL,
    submission_id text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, key)
);
CREATE INDEX submission_keys_of_submission ON submission_keys (submission_id);
COMMENT ON TABLE submission_keys IS 'Ids and idempotency keys that callers chose: a repeated call finds its first one.';
COMMENT ON COLUMN submission_keys.kind IS 'Whether the key named the job or came as Idempotency-Key.';
COMMENT ON COLUMN submission_keys.key IS 'The caller''s text.';
COMMENT ON COLUMN submission_keys.fingerprint IS 'SHA-256 of the call; another call under the same key is a conflict.';
COMMENT ON COLUMN submission_keys.submission_id IS 'The job or batch the call made.';
COMMENT ON COLUMN submission_keys.created_at IS 'When the call was accepted.';

CREATE TABLE dependency_reports (
    id text COLLATE "C" PRIMARY KEY,
    outcome text NOT NULL CHECK (outcome IN ('completed', 'failed')),
    reported_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE dependency_reports IS 'How work outside this service ended, as reported; possibly before anything waits for it.';
COMMENT ON COLUMN dependency_reports.id IS 'The outside work''s id.';
COMMENT ON COLUMN dependency_reports.outcome IS 'The first report; later ones change nothing.';
COMMENT ON COLUMN dependency_reports.reported_at IS 'When it came.';
