//! Staleness of results, for the statements that show it.

/// The expression that is true if a profile of a result was changed after it was read. A deleted
/// profile is none that changed, and a result without versions is of an older release.
macro_rules! is_stale {
    () => {
        "(coalesce((SELECT document_version FROM candidates WHERE id = results.candidate_id)
             <> candidate_version, false)
         OR coalesce((SELECT document_version FROM job_postings WHERE id = results.job_posting_id)
             <> job_posting_version, false))"
    };
}

pub(super) use is_stale;
