-- Versions of the documents that a result was computed from, so that it shows whether a profile was
-- changed since. No write of a profile has to touch its results.

ALTER TABLE results ADD COLUMN candidate_version bigint, ADD COLUMN job_posting_version bigint;
COMMENT ON COLUMN results.candidate_version IS 'The document_version of the candidate that it was computed from; null in results of older releases.';
COMMENT ON COLUMN results.job_posting_version IS 'The document_version of the job posting that it was computed from; null in results of older releases.';
ALTER TABLE candidates ADD COLUMN document_version bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint;
COMMENT ON COLUMN candidates.document_version IS 'The transaction that changed the document last; equal documents that are written again keep it.';
ALTER TABLE job_postings ADD COLUMN document_version bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint;
COMMENT ON COLUMN job_postings.document_version IS 'The transaction that changed the document last; equal documents that are written again keep it.';
CREATE INDEX candidates_document_changed ON candidates (document_version, id);
CREATE INDEX job_postings_document_changed ON job_postings (document_version, id);

-- Sets the versions of a written row, also if the statement came with versions of its own, and
-- records a changed id as a deletion of the old one.
CREATE OR REPLACE FUNCTION renew_profile_version() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    NEW.version := pg_current_xact_id()::text::bigint;
    NEW.document_version := NEW.version;
    IF TG_OP = 'UPDATE' THEN
        IF NEW.id <> OLD.id THEN
            INSERT INTO deleted_profiles (kind, profile_id, version)
            VALUES (TG_ARGV[0], OLD.id, NEW.version)
            ON CONFLICT (kind, profile_id)
                DO UPDATE SET version = excluded.version, deleted_at = excluded.deleted_at;
        ELSIF NEW.document = OLD.document THEN
            NEW.document_version := OLD.document_version;
        END IF;
    END IF;
    RETURN NEW;
END
$$;
