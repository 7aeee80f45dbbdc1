CREATE TABLE profile_versions (
    kind text NOT NULL CHECK (kind IN ('candidate', 'job_posting')),
    profile_id bigint NOT NULL,
    version bigint NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (kind, profile_id)
);
COMMENT ON TABLE profile_versions IS 'Which profile was written by which transaction, kept by triggers, so that a process that holds profiles in memory finds what changed.';
COMMENT ON COLUMN profile_versions.kind IS 'Which of the two tables the profile is in.';
COMMENT ON COLUMN profile_versions.profile_id IS 'The platform''s id.';
COMMENT ON COLUMN profile_versions.version IS 'The transaction that wrote the profile last; 0 for one from before this table.';
COMMENT ON COLUMN profile_versions.deleted_at IS 'When the profile was deleted; null while it is there. Kept for a day.';
CREATE INDEX profile_versions_changed ON profile_versions (kind, version);
CREATE INDEX profile_versions_deleted ON profile_versions (deleted_at) WHERE deleted_at IS NOT NULL;

-- Whoever writes profiles, an older version of the service included, is noticed here.
CREATE FUNCTION note_profile_versions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO profile_versions (kind, profile_id, version, deleted_at)
        SELECT TG_ARGV[0], id, pg_current_xact_id()::text::bigint, now() FROM changed ORDER BY id
        ON CONFLICT (kind, profile_id)
            DO UPDATE SET version = excluded.version, deleted_at = excluded.deleted_at;
    ELSIF TG_OP = 'TRUNCATE' THEN
        UPDATE profile_versions SET version = pg_current_xact_id()::text::bigint, deleted_at = now()
        WHERE kind = TG_ARGV[0] AND deleted_at IS NULL;
    ELSE
        INSERT INTO profile_versions (kind, profile_id, version)
        SELECT TG_ARGV[0], id, pg_current_xact_id()::text::bigint FROM changed ORDER BY id
        ON CONFLICT (kind, profile_id)
            DO UPDATE SET version = excluded.version, deleted_at = NULL;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER candidates_inserted AFTER INSERT ON candidates REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_profile_versions('candidate');
CREATE TRIGGER candidates_updated AFTER UPDATE ON candidates REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_profile_versions('candidate');
CREATE TRIGGER candidates_deleted AFTER DELETE ON candidates REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_profile_versions('candidate');
CREATE TRIGGER candidates_truncated AFTER TRUNCATE ON candidates
    FOR EACH STATEMENT EXECUTE FUNCTION note_profile_versions('candidate');
CREATE TRIGGER job_postings_inserted AFTER INSERT ON job_postings REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_profile_versions('job_posting');
CREATE TRIGGER job_postings_updated AFTER UPDATE ON job_postings REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_profile_versions('job_posting');
CREATE TRIGGER job_postings_deleted AFTER DELETE ON job_postings REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION note_profile_versions('job_posting');
CREATE TRIGGER job_postings_truncated AFTER TRUNCATE ON job_postings
    FOR EACH STATEMENT EXECUTE FUNCTION note_profile_versions('job_posting');

-- The triggers' locks keep writers away, so that no profile is missed between them and this.
INSERT INTO profile_versions (kind, profile_id, version) SELECT 'candidate', id, 0 FROM candidates;
INSERT INTO profile_versions (kind, profile_id, version) SELECT 'job_posting', id, 0 FROM job_postings;
