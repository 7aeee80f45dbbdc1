CREATE TABLE candidates (
    id bigint PRIMARY KEY CHECK (id >= 1),
    document text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE candidates IS 'Candidate profiles as the platform put them.';
COMMENT ON COLUMN candidates.id IS 'The platform''s id.';
COMMENT ON COLUMN candidates.document IS 'JSON text, kept byte for byte; unknown fields included.';
COMMENT ON COLUMN candidates.updated_at IS 'When the document was put last.';

CREATE TABLE job_postings (
    id bigint PRIMARY KEY CHECK (id >= 1),
    document text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE job_postings IS 'Job postings as the platform put them.';
COMMENT ON COLUMN job_postings.id IS 'The platform''s id.';
COMMENT ON COLUMN job_postings.document IS 'JSON text, kept byte for byte; unknown fields included.';
COMMENT ON COLUMN job_postings.updated_at IS 'When the document was put last.';
