-- Counts writes of profiles. Writers take turns, so that their order is that of their commits.
CREATE TABLE profile_writes (
    -- There is one row.
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- How many there were.
    count INTEGER NOT NULL
) STRICT;
INSERT INTO profile_writes (id, count) VALUES (1, 0);

-- Which profile was written when, kept by triggers, so that a process that holds profiles in memory
-- finds what changed.
CREATE TABLE profile_versions (
    -- Which of the two tables the profile is in.
    kind TEXT NOT NULL CHECK (kind IN ('candidate', 'job_posting')),
    -- The platform's id.
    profile_id INTEGER NOT NULL,
    -- The number of the write that put or deleted it last; 0 for one from before this table.
    version INTEGER NOT NULL,
    -- When the profile was deleted; null while it is there. Kept for a day.
    deleted_at INTEGER,
    PRIMARY KEY (kind, profile_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX profile_versions_changed ON profile_versions (kind, version);
CREATE INDEX profile_versions_deleted ON profile_versions (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE TRIGGER candidates_inserted AFTER INSERT ON candidates BEGIN
    UPDATE profile_writes SET count = count + 1;
    INSERT INTO profile_versions (kind, profile_id, version)
    VALUES ('candidate', NEW.id, (SELECT count FROM profile_writes))
    ON CONFLICT (kind, profile_id) DO UPDATE SET version = excluded.version, deleted_at = NULL;
END;
CREATE TRIGGER candidates_updated AFTER UPDATE ON candidates BEGIN
    UPDATE profile_writes SET count = count + 1;
    INSERT INTO profile_versions (kind, profile_id, version)
    VALUES ('candidate', NEW.id, (SELECT count FROM profile_writes))
    ON CONFLICT (kind, profile_id) DO UPDATE SET version = excluded.version, deleted_at = NULL;
END;
CREATE TRIGGER candidates_deleted AFTER DELETE ON candidates BEGIN
    UPDATE profile_writes SET count = count + 1;
    INSERT INTO profile_versions (kind, profile_id, version, deleted_at)
    VALUES ('candidate', OLD.id, (SELECT count FROM profile_writes), (SELECT now FROM clock))
    ON CONFLICT (kind, profile_id)
        DO UPDATE SET version = excluded.version, deleted_at = excluded.deleted_at;
END;
CREATE TRIGGER job_postings_inserted AFTER INSERT ON job_postings BEGIN
    UPDATE profile_writes SET count = count + 1;
    INSERT INTO profile_versions (kind, profile_id, version)
    VALUES ('job_posting', NEW.id, (SELECT count FROM profile_writes))
    ON CONFLICT (kind, profile_id) DO UPDATE SET version = excluded.version, deleted_at = NULL;
END;
CREATE TRIGGER job_postings_updated AFTER UPDATE ON job_postings BEGIN
    UPDATE profile_writes SET count = count + 1;
    INSERT INTO profile_versions (kind, profile_id, version)
    VALUES ('job_posting', NEW.id, (SELECT count FROM profile_writes))
    ON CONFLICT (kind, profile_id) DO UPDATE SET version = excluded.version, deleted_at = NULL;
END;
CREATE TRIGGER job_postings_deleted AFTER DELETE ON job_postings BEGIN
    UPDATE profile_writes SET count = count + 1;
    INSERT INTO profile_versions (kind, profile_id, version, deleted_at)
    VALUES ('job_posting', OLD.id, (SELECT count FROM profile_writes), (SELECT now FROM clock))
    ON CONFLICT (kind, profile_id)
        DO UPDATE SET version = excluded.version, deleted_at = excluded.deleted_at;
END;

INSERT INTO profile_versions (kind, profile_id, version) SELECT 'candidate', id, 0 FROM candidates;
INSERT INTO profile_versions (kind, profile_id, version) SELECT 'job_posting', id, 0 FROM job_postings;
