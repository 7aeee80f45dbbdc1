-- The complete first schema. It runs in the schema of `database.schema`, which is the whole search path, so no
-- name is qualified. Functions keep that search path (`FROM CURRENT`): a trigger also works if a
-- session with another search path changes a row.

-- Profiles

CREATE TABLE candidates (
    id bigint PRIMARY KEY CHECK (id >= 1),
    document text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    version bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint
);
COMMENT ON TABLE candidates IS 'Candidate profiles as the platform put them.';
COMMENT ON COLUMN candidates.id IS 'The platform''s id.';
COMMENT ON COLUMN candidates.document IS 'JSON text, kept byte for byte; unknown fields included.';
COMMENT ON COLUMN candidates.updated_at IS 'Time of the last write of the document.';
COMMENT ON COLUMN candidates.version IS 'The transaction that wrote the profile last.';
CREATE INDEX candidates_changed ON candidates (version, id);

CREATE TABLE job_postings (
    id bigint PRIMARY KEY CHECK (id >= 1),
    document text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    version bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint
);
COMMENT ON TABLE job_postings IS 'Job postings as the platform put them.';
COMMENT ON COLUMN job_postings.id IS 'The platform''s id.';
COMMENT ON COLUMN job_postings.document IS 'JSON text, kept byte for byte; unknown fields included.';
COMMENT ON COLUMN job_postings.updated_at IS 'Time of the last write of the document.';
COMMENT ON COLUMN job_postings.version IS 'The transaction that wrote the profile last.';
CREATE INDEX job_postings_changed ON job_postings (version, id);

CREATE TABLE deleted_profiles (
    kind text NOT NULL CHECK (kind IN ('candidate', 'job_posting')),
    profile_id bigint NOT NULL,
    version bigint NOT NULL,
    deleted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, profile_id)
);
COMMENT ON TABLE deleted_profiles IS 'Deletions of the last day, recorded by triggers, so that a process that holds profiles in memory learns of them.';
COMMENT ON COLUMN deleted_profiles.kind IS 'The table that the profile was in.';
COMMENT ON COLUMN deleted_profiles.profile_id IS 'The platform''s id; it may be in use again.';
COMMENT ON COLUMN deleted_profiles.version IS 'The transaction that deleted it.';
COMMENT ON COLUMN deleted_profiles.deleted_at IS 'Time of the deletion.';
CREATE INDEX deleted_profiles_noted ON deleted_profiles (kind, version);
CREATE INDEX deleted_profiles_age ON deleted_profiles (deleted_at);

-- Sets the version of a written row, also if the statement came with a version of its own, and
-- records a changed id as a deletion of the old one.
CREATE FUNCTION renew_profile_version() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    NEW.version := pg_current_xact_id()::text::bigint;
    IF TG_OP = 'UPDATE' AND NEW.id <> OLD.id THEN
        INSERT INTO deleted_profiles (kind, profile_id, version) VALUES (TG_ARGV[0], OLD.id, NEW.version)
        ON CONFLICT (kind, profile_id)
            DO UPDATE SET version = excluded.version, deleted_at = excluded.deleted_at;
    END IF;
    RETURN NEW;
END
$$;

-- Records deleted rows. TRUNCATE offers no transition table, so all rows are recorded before it.
CREATE FUNCTION note_deleted_profiles() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        EXECUTE format(
            'INSERT INTO deleted_profiles (kind, profile_id, version)
             SELECT %L, id, pg_current_xact_id()::text::bigint FROM %I.%I ORDER BY id
             ON CONFLICT (kind, profile_id)
                 DO UPDATE SET version = excluded.version, deleted_at = excluded.deleted_at',
            TG_ARGV[0], TG_TABLE_SCHEMA, TG_TABLE_NAME);
    ELSE
        INSERT INTO deleted_profiles (kind, profile_id, version)
        SELECT TG_ARGV[0], id, pg_current_xact_id()::text::bigint FROM gone ORDER BY id
        ON CONFLICT (kind, profile_id)
            DO UPDATE SET version = excluded.version, deleted_at = excluded.deleted_at;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER candidates_inserted BEFORE INSERT ON candidates FOR EACH ROW
    WHEN (NEW.version <> pg_current_xact_id()::text::bigint)
    EXECUTE FUNCTION renew_profile_version('candidate');
CREATE TRIGGER candidates_updated BEFORE UPDATE ON candidates
    FOR EACH ROW EXECUTE FUNCTION renew_profile_version('candidate');
CREATE TRIGGER candidates_deleted AFTER DELETE ON candidates REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION note_deleted_profiles('candidate');
CREATE TRIGGER candidates_truncated BEFORE TRUNCATE ON candidates
    FOR EACH STATEMENT EXECUTE FUNCTION note_deleted_profiles('candidate');
CREATE TRIGGER job_postings_inserted BEFORE INSERT ON job_postings FOR EACH ROW
    WHEN (NEW.version <> pg_current_xact_id()::text::bigint)
    EXECUTE FUNCTION renew_profile_version('job_posting');
CREATE TRIGGER job_postings_updated BEFORE UPDATE ON job_postings
    FOR EACH ROW EXECUTE FUNCTION renew_profile_version('job_posting');
CREATE TRIGGER job_postings_deleted AFTER DELETE ON job_postings REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION note_deleted_profiles('job_posting');
CREATE TRIGGER job_postings_truncated BEFORE TRUNCATE ON job_postings
    FOR EACH STATEMENT EXECUTE FUNCTION note_deleted_profiles('job_posting');

-- The ledger

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
    finished_at timestamptz,
    report_generation bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE batches IS 'One row for each bulk call.';
COMMENT ON COLUMN batches.id IS 'A ULID, or the caller''s own name.';
COMMENT ON COLUMN batches.queue IS 'The queue of its tasks.';
COMMENT ON COLUMN batches.subject_kind IS 'The kind of the profile that all its matches share.';
COMMENT ON COLUMN batches.subject_id IS 'That profile''s id.';
COMMENT ON COLUMN batches.user_id IS 'The platform''s user, for the platform''s searches.';
COMMENT ON COLUMN batches.total IS 'Number of requested matches.';
COMMENT ON COLUMN batches.remaining IS 'Matches that have not ended; the transaction that sets it to 0 ends the batch.';
COMMENT ON COLUMN batches.purged IS 'Failed matches whose dead letters were deleted; they still count as failed.';
COMMENT ON COLUMN batches.report IS 'The ranking at the end of the batch, as NDJSON, if small.';
COMMENT ON COLUMN batches.report_key IS 'The key of the ranking in the document store, if large.';
COMMENT ON COLUMN batches.created_at IS 'Time of acceptance.';
COMMENT ON COLUMN batches.finished_at IS 'Time at which the last match ended; null again while a dead letter is retried.';
COMMENT ON COLUMN batches.report_generation IS 'Grows whenever the ranking may have changed: dead letters are retried, results get other weights. A report of an older generation is not saved.';
CREATE INDEX batches_ended ON batches (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX batches_without_report ON batches (finished_at)
    WHERE finished_at IS NOT NULL AND report IS NULL AND report_key IS NULL;
-- For `matching doctor`, which reads no large values.
CREATE INDEX batches_reported_elsewhere ON batches (report_key) WHERE report_key IS NOT NULL;
CREATE INDEX batches_open ON batches (id) WHERE finished_at IS NULL;

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
    weights text,
    error_fingerprint text,
    operator_action text COLLATE "C",
    on_parent_failure text NOT NULL DEFAULT 'fail' CHECK (on_parent_failure IN ('fail', 'run')),
    CONSTRAINT tasks_single_or_batch CHECK ((job_id IS NULL) <> (batch_id IS NULL)),
    CONSTRAINT tasks_matches CHECK (cardinality(counterpart_ids) BETWEEN 1 AND 500
        AND cardinality(counterpart_ids) = cardinality(positions)),
    CONSTRAINT tasks_lease CHECK ((state = 'processing') = (lease_until IS NOT NULL))
);
COMMENT ON TABLE tasks IS 'The ledger: every unit of dispatch. Queues hold only pointers to its rows.';
COMMENT ON COLUMN tasks.id IS 'A ULID; the only content of a queue entry.';
COMMENT ON COLUMN tasks.job_id IS 'The caller''s id of a single match; ids of a batch''s matches are derived from the batch.';
COMMENT ON COLUMN tasks.batch_id IS 'The batch it belongs to.';
COMMENT ON COLUMN tasks.queue IS 'matching_high, matching_standard or matching_bulk.';
COMMENT ON COLUMN tasks.state IS 'One state for all its matches; matches that fail alone move to a row of their own.';
COMMENT ON COLUMN tasks.subject_kind IS 'The kind of the profile that all its matches share.';
COMMENT ON COLUMN tasks.subject_id IS 'That profile''s id.';
COMMENT ON COLUMN tasks.counterpart_ids IS 'The other side''s ids, one for each match.';
COMMENT ON COLUMN tasks.positions IS 'The matches'' positions in the batch, from 1, parallel to counterpart_ids.';
COMMENT ON COLUMN tasks.first_position IS 'The smallest of positions.';
COMMENT ON COLUMN tasks.last_position IS 'The largest of positions.';
COMMENT ON COLUMN tasks.attempts IS 'Attempts begun, without those given back untried.';
COMMENT ON COLUMN tasks.worker_losses IS 'Attempts whose worker died; the second quarantines the task.';
COMMENT ON COLUMN tasks.lease_token IS 'Fencing token: grows with each claim; a write with an older token is refused.';
COMMENT ON COLUMN tasks.lease_until IS 'End of the lease: from then on a processing task counts as abandoned.';
COMMENT ON COLUMN tasks.worker IS 'The worker that claimed it last.';
COMMENT ON COLUMN tasks.next_attempt_at IS 'Earliest time of the next attempt.';
COMMENT ON COLUMN tasks.dispatched_at IS 'Time at which its pointer was given to the queue; null before.';
COMMENT ON COLUMN tasks.depends_on IS 'The job, batch or outside work it waits for.';
COMMENT ON COLUMN tasks.depends_on_batch IS 'The batch, if depends_on reads as BATCH-n.';
COMMENT ON COLUMN tasks.depends_on_position IS 'The n of BATCH-n.';
COMMENT ON COLUMN tasks.waits_until IS 'Time at which waiting fails as dependency_expired.';
COMMENT ON COLUMN tasks.webhook_url IS 'The receiver of outcomes.';
COMMENT ON COLUMN tasks.webhook_events IS 'One event for each match, or one for the batch.';
COMMENT ON COLUMN tasks.user_id IS 'The platform''s user, for the platform''s searches.';
COMMENT ON COLUMN tasks.error_code IS 'The last error''s stable code.';
COMMENT ON COLUMN tasks.error_detail IS 'The last error in words.';
COMMENT ON COLUMN tasks.created_at IS 'Time of acceptance.';
COMMENT ON COLUMN tasks.started_at IS 'Begin of the last attempt.';
COMMENT ON COLUMN tasks.finished_at IS 'Time at which it ended.';
COMMENT ON COLUMN tasks.weights IS 'The requested weights, a JSON object of all criteria; null for the service''s weights.';
COMMENT ON COLUMN tasks.error_fingerprint IS 'Equal for failures of the same kind; if null, error_code stands for it.';
COMMENT ON COLUMN tasks.operator_action IS 'The operator action that changed it last.';
COMMENT ON COLUMN tasks.on_parent_failure IS 'The reaction to a parent in depends_on that fails, is cancelled or expires: fail as well, or run.';
CREATE INDEX tasks_due ON tasks (queue, next_attempt_at, id) WHERE state = 'queued' AND dispatched_at IS NULL;
CREATE INDEX tasks_dispatched ON tasks (queue, dispatched_at) WHERE state = 'queued' AND dispatched_at IS NOT NULL;
CREATE INDEX tasks_leased ON tasks (lease_until) WHERE state = 'processing';
CREATE INDEX tasks_waiting ON tasks (depends_on) INCLUDE (queue) WHERE state = 'waiting';
-- By name and number, so that one look-up passes over many tasks that wait for one match.
CREATE INDEX tasks_waiting_match ON tasks (depends_on_batch, depends_on_position) WHERE state = 'waiting';
CREATE INDEX tasks_wait_ends ON tasks (waits_until) WHERE state = 'waiting';
-- Partial, since single matches need no entry.
CREATE INDEX tasks_of_one_batch ON tasks (batch_id, first_position) WHERE batch_id IS NOT NULL;
CREATE INDEX tasks_ended ON tasks (finished_at) WHERE batch_id IS NULL AND state IN ('completed', 'cancelled');
CREATE INDEX tasks_dead ON tasks (finished_at) WHERE state = 'failed';
CREATE INDEX tasks_dead_alike ON tasks ((coalesce(error_fingerprint, error_code)), finished_at)
    WHERE state = 'failed';
-- For a queue's throughput and its numbers of waiting tasks and dead letters.
CREATE INDEX tasks_finished ON tasks (queue, finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX tasks_waiting_of_queue ON tasks (queue) WHERE state = 'waiting';
CREATE INDEX tasks_dead_of_queue ON tasks (queue) WHERE state = 'failed';

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
COMMENT ON TABLE task_attempts IS 'Attempts that ended without a result; the newest 50 of each task.';
COMMENT ON COLUMN task_attempts.task_id IS 'The task.';
COMMENT ON COLUMN task_attempts.lease_token IS 'The run: each claim of a task has its own, growing.';
COMMENT ON COLUMN task_attempts.attempt IS 'Number of the attempt, from 1; one that did not count shares its number with the next, and a retry of a dead letter begins at 1 again.';
COMMENT ON COLUMN task_attempts.worker IS 'The worker that ran it.';
COMMENT ON COLUMN task_attempts.began_at IS 'Time of the claim.';
COMMENT ON COLUMN task_attempts.ended_at IS 'Time at which its end was recorded.';
COMMENT ON COLUMN task_attempts.outcome IS 'retry: another followed; released: given back, did not count; worker_lost: the lease ran out; failed: a dead letter.';
COMMENT ON COLUMN task_attempts.error_code IS 'The error''s stable code.';
COMMENT ON COLUMN task_attempts.error_detail IS 'The error in words.';

CREATE TABLE submission_keys (
    kind text NOT NULL CHECK (kind IN ('id', 'idempotency_key')),
    key text COLLATE "C" NOT NULL,
    fingerprint text NOT NULL,
    submission_id text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, key)
);
COMMENT ON TABLE submission_keys IS 'Ids and idempotency keys chosen by callers: a repeated call finds its first one.';
COMMENT ON COLUMN submission_keys.kind IS 'id: the key names the job; idempotency_key: it came as Idempotency-Key.';
COMMENT ON COLUMN submission_keys.key IS 'The caller''s text.';
COMMENT ON COLUMN submission_keys.fingerprint IS 'SHA-256 of the call; another call under the same key is a conflict.';
COMMENT ON COLUMN submission_keys.submission_id IS 'The job or batch that the call created.';
COMMENT ON COLUMN submission_keys.created_at IS 'Time of acceptance.';
CREATE INDEX submission_keys_of_submission ON submission_keys (submission_id);

CREATE TABLE dependency_reports (
    id text COLLATE "C" PRIMARY KEY,
    outcome text NOT NULL CHECK (outcome IN ('completed', 'failed')),
    reported_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE dependency_reports IS 'Reported outcomes of work outside this service; possibly before any task waits for it.';
COMMENT ON COLUMN dependency_reports.id IS 'The outside work''s id.';
COMMENT ON COLUMN dependency_reports.outcome IS 'The first report; later ones change nothing.';
COMMENT ON COLUMN dependency_reports.reported_at IS 'Time of the first report.';
CREATE INDEX dependency_reports_in_time ON dependency_reports (reported_at);

CREATE TABLE paused_queues (
    queue text PRIMARY KEY,
    paused_at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL DEFAULT 'unknown',
    reason text
);
COMMENT ON TABLE paused_queues IS 'Queues that hand out no work, to any process, until they are resumed.';
COMMENT ON COLUMN paused_queues.queue IS 'matching_high, matching_standard or matching_bulk.';
COMMENT ON COLUMN paused_queues.paused_at IS 'Time of the pause.';
COMMENT ON COLUMN paused_queues.actor IS 'The operator, as in operator_actions.';
COMMENT ON COLUMN paused_queues.reason IS 'The operator''s reason.';

CREATE TABLE processes (
    id text COLLATE "C" PRIMARY KEY,
    role text NOT NULL CHECK (role IN ('serve', 'work')),
    queues text[] NOT NULL,
    queues_down text[] NOT NULL,
    faults jsonb NOT NULL,
    version text NOT NULL,
    host text NOT NULL,
    system_id bigint NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE processes IS 'Running processes: each renews its row every few seconds, and deletes those of silent ones.';
COMMENT ON COLUMN processes.id IS 'Its number on its machine and a ULID; tasks.worker begins with it.';
COMMENT ON COLUMN processes.role IS 'The command: serve or work.';
COMMENT ON COLUMN processes.queues IS 'The queues whose pools it runs.';
COMMENT ON COLUMN processes.queues_down IS 'Those of queues whose pools were down at seen_at.';
COMMENT ON COLUMN processes.faults IS 'Dependencies that it could not use at seen_at, each with the error in words.';
COMMENT ON COLUMN processes.version IS 'The version of the program.';
COMMENT ON COLUMN processes.host IS 'The name of its machine or container.';
COMMENT ON COLUMN processes.system_id IS 'Its number on that machine.';
COMMENT ON COLUMN processes.started_at IS 'Time of its first sign of life.';
COMMENT ON COLUMN processes.seen_at IS 'Time of its last sign of life.';

CREATE TABLE operator_actions (
    id text COLLATE "C" PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL CHECK (
        action IN ('retry', 'edit', 'purge', 'cancel', 'resend', 'pause', 'resume',
            'create_key', 'rotate_key', 'revoke_key')),
    target text NOT NULL,
    tasks bigint NOT NULL
);
COMMENT ON TABLE operator_actions IS 'Audit log of retries, edits, purges, cancellations, resent webhooks, pauses, resumptions and changes of API keys. Kept for a year.';
COMMENT ON COLUMN operator_actions.id IS 'A ULID.';
COMMENT ON COLUMN operator_actions.at IS 'Begin of the action.';
COMMENT ON COLUMN operator_actions.actor IS 'key: and a key''s id, the first 8 hex digits of a configured key''s digest, anonymous, or cli: and a user of the system.';
COMMENT ON COLUMN operator_actions.action IS 'The action.';
COMMENT ON COLUMN operator_actions.target IS 'Its target, a JSON object: the filter, the ids, the edits, the queue.';
COMMENT ON COLUMN operator_actions.tasks IS 'Number of tasks that it changed.';
CREATE INDEX operator_actions_in_time ON operator_actions (at, id);

CREATE TABLE api_keys (
    id text COLLATE "C" PRIMARY KEY,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    name text NOT NULL,
    scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
    requests_per_minute bigint CHECK (requests_per_minute > 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    replaced_by text COLLATE "C"
);
COMMENT ON TABLE api_keys IS 'API keys. Rows are kept when a key has ended: a service that had a key never becomes open to everyone.';
COMMENT ON COLUMN api_keys.id IS 'Part of the key''s text, and no secret.';
COMMENT ON COLUMN api_keys.digest IS 'SHA-256 of the key''s whole text, which has 160 random bits.';
COMMENT ON COLUMN api_keys.name IS 'What the key is for, in the operator''s words.';
COMMENT ON COLUMN api_keys.scopes IS 'What it permits: submit, read, profiles, operate.';
COMMENT ON COLUMN api_keys.requests_per_minute IS 'Its own rate limit; null for the configured one.';
COMMENT ON COLUMN api_keys.created_at IS 'Time of creation.';
COMMENT ON COLUMN api_keys.created_by IS 'The operator, as in operator_actions.';
COMMENT ON COLUMN api_keys.expires_at IS 'The end of its validity; null without one.';
COMMENT ON COLUMN api_keys.revoked_at IS 'Time of its revocation.';
COMMENT ON COLUMN api_keys.last_used_at IS 'Last use, at most a minute late.';
COMMENT ON COLUMN api_keys.replaced_by IS 'The key that a rotation created in its place.';
CREATE INDEX api_keys_in_time ON api_keys (created_at, id);

-- Results

CREATE TABLE results (
    candidate_id bigint NOT NULL,
    job_posting_id bigint NOT NULL,
    score double precision NOT NULL CHECK (score BETWEEN 0 AND 1),
    category text NOT NULL,
    job_id text COLLATE "C" NOT NULL,
    document text,
    document_key text,
    computed_at timestamptz NOT NULL DEFAULT now(),
    criterion_scores double precision[],
    score_cap double precision CHECK (score_cap BETWEEN 0 AND 1),
    weights text,
    PRIMARY KEY (candidate_id, job_posting_id),
    CONSTRAINT results_document CHECK ((document IS NULL) <> (document_key IS NULL))
);
COMMENT ON TABLE results IS 'The newest result of each pair.';
COMMENT ON COLUMN results.candidate_id IS 'The candidate.';
COMMENT ON COLUMN results.job_posting_id IS 'The job posting.';
COMMENT ON COLUMN results.score IS 'In [0, 1], rounded to 4 digits.';
COMMENT ON COLUMN results.category IS 'excellent, good, moderate, weak or insufficient.';
COMMENT ON COLUMN results.job_id IS 'The job that computed it.';
COMMENT ON COLUMN results.document IS 'The result document, if small; text, so that it is served byte for byte.';
COMMENT ON COLUMN results.document_key IS 'The document''s key in the document store, if large.';
COMMENT ON COLUMN results.computed_at IS 'Time at which it was recorded.';
COMMENT ON COLUMN results.criterion_scores IS 'The score of each criterion in [0, 1], to 4 digits, in the order of the result document; null without data.';
COMMENT ON COLUMN results.score_cap IS 'Upper limit of the score after a failed knock-out; null without one.';
COMMENT ON COLUMN results.weights IS 'The weights of a later reweighing of score and category, a JSON object of all criteria; null if the document''s weights hold.';
CREATE INDEX results_of_candidate ON results (candidate_id, score DESC, job_posting_id);
CREATE INDEX results_of_job_posting ON results (job_posting_id, score DESC, candidate_id);
-- For `matching doctor`, which reads no large values.
CREATE INDEX results_kept_elsewhere ON results (document_key) WHERE document IS NULL;

CREATE TABLE orphaned_documents (
    key text COLLATE "C" PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE orphaned_documents IS 'Documents without a row that points to them, until they are deleted from the document store. Written before a document is stored as well, so that a run that records nothing leaves no document behind.';
COMMENT ON COLUMN orphaned_documents.key IS 'The document''s key.';
COMMENT ON COLUMN orphaned_documents.since IS 'Time at which its row was replaced or deleted (a reader may still be fetching the document); before a document is stored, the deadline for a row that points to it.';
CREATE INDEX orphaned_documents_in_time ON orphaned_documents (since);

-- Records the document of a replaced or deleted row, in the same transaction.
CREATE FUNCTION note_orphaned_document() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
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

-- Webhooks

CREATE TABLE webhook_deliveries (
    id text COLLATE "C" PRIMARY KEY,
    event_type text NOT NULL,
    job_id text COLLATE "C" NOT NULL,
    url text NOT NULL,
    body text NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    last_status integer,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    endpoint text COLLATE "C" NOT NULL,
    is_due boolean NOT NULL DEFAULT true,
    pending_since timestamptz NOT NULL DEFAULT now(),
    operator_action text
);
COMMENT ON TABLE webhook_deliveries IS 'Webhooks, recorded in the transaction of the outcome that they report.';
COMMENT ON COLUMN webhook_deliveries.id IS 'The webhook-id of all attempts.';
COMMENT ON COLUMN webhook_deliveries.event_type IS 'match.completed, match.failed or batch.completed.';
COMMENT ON COLUMN webhook_deliveries.job_id IS 'The job or batch it reports.';
COMMENT ON COLUMN webhook_deliveries.url IS 'The receiver''s URL.';
COMMENT ON COLUMN webhook_deliveries.body IS 'The exact text that is signed and sent.';
COMMENT ON COLUMN webhook_deliveries.state IS 'pending, delivered or failed (given up).';
COMMENT ON COLUMN webhook_deliveries.attempts IS 'Attempts begun, without those that did not count.';
COMMENT ON COLUMN webhook_deliveries.next_attempt_at IS 'Earliest time of the next attempt; during an attempt, the time from which it counts as lost.';
COMMENT ON COLUMN webhook_deliveries.last_status IS 'The receiver''s last HTTP status.';
COMMENT ON COLUMN webhook_deliveries.last_error IS 'The last error in words, with its causes.';
COMMENT ON COLUMN webhook_deliveries.created_at IS 'Time at which the outcome was recorded.';
COMMENT ON COLUMN webhook_deliveries.finished_at IS 'Time at which it was received or given up.';
COMMENT ON COLUMN webhook_deliveries.endpoint IS 'The endpoint''s id: host, port, ~ and a hash of the URL without its query. Deliveries of one endpoint are paused together.';
COMMENT ON COLUMN webhook_deliveries.is_due IS 'True from the time of the next attempt until it begins. Claims set it, so that they find endpoints with due deliveries by an index.';
COMMENT ON COLUMN webhook_deliveries.pending_since IS 'Time at which it was recorded, or last resent by an operator.';
COMMENT ON COLUMN webhook_deliveries.operator_action IS 'The last action of an operator on it.';
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint, pending_since, id)
    WHERE state = 'pending' AND is_due;
CREATE INDEX webhook_deliveries_scheduled ON webhook_deliveries (next_attempt_at)
    WHERE state = 'pending' AND NOT is_due;
CREATE INDEX webhook_deliveries_postponed ON webhook_deliveries (endpoint, next_attempt_at)
    WHERE state = 'pending' AND NOT is_due;
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (finished_at) WHERE state <> 'pending';
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (id) WHERE state = 'failed';
CREATE INDEX webhook_deliveries_given_up ON webhook_deliveries (finished_at) WHERE state = 'failed';
CREATE INDEX webhook_deliveries_of_job ON webhook_deliveries (job_id);

CREATE TABLE webhook_endpoints (
    endpoint text COLLATE "C" PRIMARY KEY,
    paused_until timestamptz NOT NULL,
    reason text NOT NULL
);
COMMENT ON TABLE webhook_endpoints IS 'Endpoints that are paused, or have not accepted a webhook since their pause.';
COMMENT ON COLUMN webhook_endpoints.endpoint IS 'The endpoint''s id, as in webhook_deliveries.';
COMMENT ON COLUMN webhook_endpoints.paused_until IS 'End of the pause. Afterwards one webhook at a time is sent until one is answered.';
COMMENT ON COLUMN webhook_endpoints.reason IS 'The reason for the pause, in words.';
CREATE INDEX webhook_endpoints_paused ON webhook_endpoints (paused_until);

-- Documents are a few kilobytes of JSON, written once and seldom read. LZ4 compresses them in a fraction of
-- the default method's time, into somewhat more space. A server built without LZ4 keeps the default.
DO $$
BEGIN
    ALTER TABLE results ALTER COLUMN document SET COMPRESSION lz4;
    ALTER TABLE batches ALTER COLUMN report SET COMPRESSION lz4;
    ALTER TABLE candidates ALTER COLUMN document SET COMPRESSION lz4;
    ALTER TABLE job_postings ALTER COLUMN document SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    NULL;
END
$$;
