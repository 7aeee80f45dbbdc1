-- Versions of the documents that a result was computed from, so that it shows whether a profile was
-- changed since. No write of a profile has to touch its results.

-- The document_version of the candidate that it was computed from; null in results of older releases.
ALTER TABLE results ADD COLUMN candidate_version INTEGER;
-- The document_version of the job posting that it was computed from; null in results of older releases.
ALTER TABLE results ADD COLUMN job_posting_version INTEGER;
-- Number of the write that changed the document last; equal documents that are written again keep it.
ALTER TABLE profile_versions ADD COLUMN document_version INTEGER NOT NULL DEFAULT 0;
CREATE INDEX profile_documents_changed ON profile_versions (kind, document_version, profile_id)
    WHERE deleted_at IS NULL;

-- Record each written profile under the next number.
DROP TRIGGER candidates_inserted;
CREATE TRIGGER candidates_inserted AFTER INSERT ON candidates BEGIN
    UPDATE profile_writes SET count = count + 1;
    INSERT INTO profile_versions (kind, profile_id, version, document_version)
    SELECT 'candidate', NEW.id, count, count FROM profile_writes WHERE true
    ON CONFLICT (kind, profile_id) DO UPDATE SET version = excluded.version,
        document_version = excluded.document_version, deleted_at = NULL;
END;
DROP TRIGGER candidates_updated;
CREATE TRIGGER candidates_updated AFTER UPDATE ON candidates BEGIN
    UPDATE profile_writes SET count = count + 1;
    INSERT INTO profile_versions (kind, profile_id, version, document_version)
    SELECT 'candidate', NEW.id, count, count FROM profile_writes WHERE true
    ON CONFLICT (kind, profile_id) DO UPDATE SET version = excluded.version,
        document_version = CASE WHEN NEW.document = OLD.document AND NEW.id = OLD.id
            THEN document_version ELSE excluded.document_version END,
        deleted_at = NULL;
END;
DROP TRIGGER job_postings_inserted;
CREATE TRIGGER job_postings_inserted AFTER INSERT ON job_postings BEGIN
    UPDATE profile_writes SET count = count + 1;
    INSERT INTO profile_versions (kind, profile_id, version, document_version)
    SELECT 'job_posting', NEW.id, count, count FROM profile_writes WHERE true
    ON CONFLICT (kind, profile_id) DO UPDATE SET version = excluded.version,
        document_version = excluded.document_version, deleted_at = NULL;
END;
DROP TRIGGER job_postings_updated;
CREATE TRIGGER job_postings_updated AFTER UPDATE ON job_postings BEGIN
    UPDATE profile_writes SET count = count + 1;
    INSERT INTO profile_versions (kind, profile_id, version, document_version)
    SELECT 'job_posting', NEW.id, count, count FROM profile_writes WHERE true
    ON CONFLICT (kind, profile_id) DO UPDATE SET version = excluded.version,
        document_version = CASE WHEN NEW.document = OLD.document AND NEW.id = OLD.id
            THEN document_version ELSE excluded.document_version END,
        deleted_at = NULL;
END;
