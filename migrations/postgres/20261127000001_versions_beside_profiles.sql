-- A version that stands beside its profile costs a fraction of one in a row of its own. What is there
-- has version 0: whoever holds profiles in memory does so since its start, after this. Nothing that reads
-- the table of before has been released, so it goes at once.
ALTER TABLE candidates ADD COLUMN version bigint NOT NULL DEFAULT 0;
ALTER TABLE job_postings ADD COLUMN version bigint NOT NULL DEFAULT 0;
ALTER TABLE candidates ALTER COLUMN version SET DEFAULT pg_current_xact_id()::text::bigint;
ALTER TABLE job_postings ALTER COLUMN version SET DEFAULT pg_current_xact_id()::text::bigint;
COMMENT ON COLUMN candidates.version IS 'The transaction that wrote the profile last; 0 for one from before this column.';
COMMENT ON COLUMN job_postings.version IS 'The transaction that wrote the profile last; 0 for one from before this column.';
CREATE INDEX candidates_changed ON candidates (version, id);
CREATE INDEX job_postings_changed ON job_postings (version, id);

CREATE TABLE deleted_profiles (
    kind text NOT NULL CHECK (kind IN ('candidate', 'job_posting')),
    profile_id bigint NOT NULL,
    version bigint NOT NULL,
    deleted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, profile_id)
);
COMMENT ON TABLE deleted_profiles IS 'Deletions of the last day, kept by triggers, so that a process that holds profiles in memory finds what is gone.';
COMMENT ON COLUMN deleted_profiles.kind IS 'Which of the two tables the profile was in.';
COMMENT ON COLUMN deleted_profiles.profile_id IS 'The platform''s id; it may be in use again.';
COMMENT ON COLUMN deleted_profiles.version IS 'The transaction that deleted it.';
COMMENT ON COLUMN deleted_profiles.deleted_at IS 'When it was deleted.';
CREATE INDEX deleted_profiles_noted ON deleted_profiles (kind, version);
CREATE INDEX deleted_profiles_age ON deleted_profiles (deleted_at);
INSERT INTO deleted_profiles (kind, profile_id, version, deleted_at)
SELECT kind, profile_id, version, deleted_at FROM profile_versions WHERE deleted_at IS NOT NULL;

DROP TABLE profile_versions;
DROP FUNCTION note_profile_versions() CASCADE;

-- Whoever writes profiles, by SQL of their own included, is noticed here: with a version that came from
-- elsewhere, and under another id as well.
CREATE FUNCTION renew_profile_version() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE FUNCTION note_deleted_profiles() RETURNS trigger LANGUAGE plpgsql AS $$
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
