//! Lists of jobs.

use async_trait::async_trait;

use crate::{
    domain::{
        job_filter::{JobCursor, JobFilter, JobPage},
        paging::Listing,
        progress::JobView,
    },
    store::StoreError,
};

/// The most tasks that one call examines where no index finds the jobs of a filter.
pub const EXAMINED_TASKS: u32 = 10_000;

/// Lists jobs.
#[async_trait]
pub trait JobLists: Send + Sync + 'static {
    /// Returns a page of jobs, the newest first. The work is bounded, however large the ledger: if
    /// no index finds the jobs of a filter, at most [`EXAMINED_TASKS`] tasks are examined, and the
    /// page may be short, or even empty, and yet have a next one.
    async fn jobs(
        &self,
        filter: &JobFilter,
        page: &JobPage,
    ) -> Result<Listing<JobView, JobCursor>, StoreError>;
}
