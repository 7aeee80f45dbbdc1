-- Times are milliseconds since the epoch. The database's clock sets them, as in PostgreSQL.
CREATE VIEW clock (now) AS
    SELECT CAST(round(unixepoch('subsec') * 1000) AS INTEGER);

-- Candidate profiles as the platform put them.
CREATE TABLE candidates (
    -- The platform's id.
    id INTEGER PRIMARY KEY CHECK (id >= 1),
    -- JSON text, kept byte for byte; unknown fields included.
    document TEXT NOT NULL,
    -- When the document was put last.
    updated_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER))
) STRICT;

-- Job postings as the platform put them.
CREATE TABLE job_postings (
    -- The platform's id.
    id INTEGER PRIMARY KEY CHECK (id >= 1),
    -- JSON text, kept byte for byte; unknown fields included.
    document TEXT NOT NULL,
    -- When the document was put last.
    updated_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER))
) STRICT;
