//! Rankings of results, and the sets of results that they are taken from.

use chrono::{DateTime, Utc};

use super::{
    identifiers::{CandidateId, JobId, JobPostingId},
    paging::PageCursor,
    task::Pair,
};

/// One row of a ranking.
#[derive(Debug, Clone)]
pub struct RankedResult {
    /// The pair.
    pub pair: Pair,
    /// The id of the job that computed the newest result.
    pub job_id: JobId,
    /// The score, in [0, 1].
    pub score: f64,
    /// The category's wire name.
    pub category: String,
    /// The time at which it was recorded.
    pub computed_at: DateTime<Utc>,
    /// True if a profile was changed after it was read for this result.
    pub is_stale: bool,
}

impl RankedResult {
    /// Returns the cursor of a page that ends with this row.
    pub fn cursor(&self) -> PageCursor {
        PageCursor {
            score: self.score,
            candidate_id: self.pair.candidate_id,
            job_posting_id: self.pair.job_posting_id,
        }
    }
}

/// A set of results: all, or those of a candidate, of a job posting, or of one pair.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResultScope {
    /// Restricts the scope to this candidate.
    pub candidate_id: Option<CandidateId>,
    /// Restricts the scope to this job posting.
    pub job_posting_id: Option<JobPostingId>,
}
