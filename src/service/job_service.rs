//! Jobs and batches as their callers poll them.

use std::sync::Arc;

use super::ServiceError;
use crate::{
    domain::{
        identifiers::{BatchId, JobId},
        progress::{BatchView, JobView},
    },
    store::{Jobs, StoreError},
};

/// Reads the progress of submitted work.
pub struct JobService {
    jobs: Arc<dyn Jobs>,
}

impl JobService {
    /// Creates a reader of this ledger.
    pub fn new(jobs: Arc<dyn Jobs>) -> Self {
        Self { jobs }
    }

    /// Returns the state of a match.
    ///
    /// # Errors
    /// If there is no such job, or the database fails.
    pub async fn job(&self, id: &JobId) -> Result<JobView, ServiceError> {
        find_job(&*self.jobs, id).await
    }

    /// Returns the progress of a batch.
    ///
    /// # Errors
    /// If there is no such batch, or the database fails.
    pub async fn batch(&self, id: &BatchId) -> Result<BatchView, ServiceError> {
        find_batch(&*self.jobs, id).await
    }
}

/// Returns the state of a match, or the error of a job that does not exist.
pub(super) async fn find_job(
    jobs: &(impl Jobs + ?Sized),
    id: &JobId,
) -> Result<JobView, ServiceError> {
    let missing = "there is no job of this id here; see its batch, or queue it";
    found(jobs.job(id).await, missing)
}

/// Returns the progress of a batch, or the error of a batch that does not exist.
pub(super) async fn find_batch(
    jobs: &(impl Jobs + ?Sized),
    id: &BatchId,
) -> Result<BatchView, ServiceError> {
    let missing = "there is no batch of this id here; X-Batch-Id of a bulk call names it";
    found(jobs.batch(id).await, missing)
}

fn found<T>(read: Result<Option<T>, StoreError>, missing: &'static str) -> Result<T, ServiceError> {
    read?.ok_or(ServiceError::NotFound(missing.into()))
}
