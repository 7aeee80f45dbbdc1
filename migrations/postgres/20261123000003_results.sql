CREATE TABLE results (
    candidate_id bigint NOT NULL,
    job_posting_id bigint NOT NULL,
    score double precision NOT NULL CHECK (score BETWEEN 0 AND 1),
    category text NOT NULL,
    job_id text COLLATE "C" NOT NULL,
    document text,
    document_key text,
    computed_at timestamptz NOT NULL DEFAULT now(),
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
COMMENT ON COLUMN results.document_key IS 'Where the document store keeps it, if large.';
COMMENT ON COLUMN results.computed_at IS 'When it was recorded.';
CREATE INDEX results_of_candidate ON results (candidate_id, score DESC, job_posting_id);
CREATE INDEX results_of_job_posting ON results (job_posting_id, score DESC, candidate_id);

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
    finished_at timestamptz
);
COMMENT ON TABLE webhook_deliveries IS 'Webhooks, recorded in the transaction whose outcome they report.';
COMMENT ON COLUMN webhook_deliveries.id IS 'The webhook-id of all attempts.';
COMMENT ON COLUMN webhook_deliveries.event_type IS 'match.completed, match.failed or batch.completed.';
COMMENT ON COLUMN webhook_deliveries.job_id IS 'The job or batch it is about.';
COMMENT ON COLUMN webhook_deliveries.url IS 'The receiver.';
COMMENT ON COLUMN webhook_deliveries.body IS 'The exact text that is signed and sent.';
COMMENT ON COLUMN webhook_deliveries.state IS 'pending, delivered or failed (given up).';
COMMENT ON COLUMN webhook_deliveries.attempts IS 'Attempts begun.';
COMMENT ON COLUMN webhook_deliveries.next_attempt_at IS 'Not before this time; during an attempt, when it counts as lost.';
COMMENT ON COLUMN webhook_deliveries.last_status IS 'The receiver''s last HTTP status.';
COMMENT ON COLUMN webhook_deliveries.last_error IS 'What went wrong last.';
COMMENT ON COLUMN webhook_deliveries.created_at IS 'When the outcome was recorded.';
COMMENT ON COLUMN webhook_deliveries.finished_at IS 'When it was received or given up.';
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_attempt_at, id) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (finished_at) WHERE state <> 'pending';
CREATE INDEX webhook_deliveries_of_job ON webhook_deliveries (job_id);
