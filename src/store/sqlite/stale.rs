//! Staleness of results, for the statements that show it.

/// The expression that is true if a profile of a result was changed after it was read. A deleted
/// profile is none that changed, and a result without versions is of an older release.
macro_rules! is_stale {
    () => {
        "(coalesce((SELECT document_version FROM profile_versions WHERE kind = 'candidate'
                 AND profile_id = results.candidate_id AND deleted_at IS NULL)
             <> candidate_version, false)
         OR coalesce((SELECT document_version FROM profile_versions WHERE kind = 'job_posting'
                 AND profile_id = results.job_posting_id AND deleted_at IS NULL)
             <> job_posting_version, false))"
    };
}

pub(super) use is_stale;
