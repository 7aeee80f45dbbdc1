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
    -- Where the document store keeps it, if large.
    document_key TEXT,
    -- When it was recorded.
    computed_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER)),
    PRIMARY KEY (candidate_id, job_posting_id),
    CONSTRAINT results_document CHECK ((document IS NULL) <> (document_key IS NULL))
) STRICT;
CREATE INDEX results_of_candidate ON results (candidate_id, score DESC, job_posting_id);
CREATE INDEX results_of_job_posting ON results (job_posting_id, score DESC, candidate_id);

-- Webhooks, recorded in the transaction whose outcome they report.
CREATE TABLE webhook_deliveries (
    -- The webhook-id of all attempts.
    id TEXT NOT NULL PRIMARY KEY,
    -- match.completed, match.failed or batch.completed.
    event_type TEXT NOT NULL,
    -- The job or batch it is about.
    job_id TEXT NOT NULL,
    -- The receiver.
    url TEXT NOT NULL,
    -- The exact text that is signed and sent.
    body TEXT NOT NULL,
    -- pending, delivered or failed (given up).
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    -- Attempts begun.
    attempts INTEGER NOT NULL DEFAULT 0,
    -- Not before this time; during an attempt, when it counts as lost.
    next_attempt_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER)),
    -- The receiver's last HTTP status.
    last_status INTEGER,
    -- What went wrong last.
    last_error TEXT,
    -- When the outcome was recorded.
    created_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER)),
    -- When it was received or given up.
    finished_at INTEGER
) STRICT;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_attempt_at, id) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (finished_at) WHERE state <> 'pending';
CREATE INDEX webhook_deliveries_of_job ON webhook_deliveries (job_id);
