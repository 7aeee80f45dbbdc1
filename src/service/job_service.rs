//! Jobs and batches as their callers poll them.

use std::sync::Arc;

use super::ServiceError;
use crate::{
    domain::{
        delivery::{Delivery, DeliveryFilter, DeliveryPage},
        identifiers::{BatchId, JobId},
        job_filter::{JobCursor, JobFilter, JobPage},
        paging::Listing,
        progress::{BatchView, JobState, JobView},
    },
    store::{Deliveries, JobLists, Jobs, StoreError, Watching},
};

/// The most webhooks that the state of a job shows: each retry of a dead letter makes one.
const SHOWN_WEBHOOKS: u32 = 10;

/// Reads the progress of submitted work.
pub struct JobService {
    jobs: Arc<dyn Jobs>,
    deliveries: Arc<dyn Deliveries>,
    watching: Arc<dyn Watching>,
    lists: Arc<dyn JobLists>,
}

impl JobService {
    /// Creates a reader of this ledger.
    pub fn new(
        jobs: Arc<dyn Jobs>,
        deliveries: Arc<dyn Deliveries>,
        watching: Arc<dyn Watching>,
        lists: Arc<dyn JobLists>,
    ) -> Self {
        Self {
            jobs,
            deliveries,
            watching,
            lists,
        }
    }

    /// Returns the state of a match.
    ///
    /// # Errors
    /// If there is no such job, or the database fails.
    pub async fn job(&self, id: &JobId) -> Result<JobView, ServiceError> {
        find_job(&*self.jobs, id).await
    }

    /// Returns the state of a match with its version.
    ///
    /// # Errors
    /// If there is no such job, or the database fails.
    pub async fn job_state(&self, id: &JobId) -> Result<JobState, ServiceError> {
        let states = self.watching.job_states(&[(id.clone(), None)]).await;
        found(states.map(|mut states| states.pop()), NO_SUCH_JOB)
    }

    /// Returns a page of jobs, the newest first. A page may be short, or even empty, and yet have a
    /// next one.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list(
        &self,
        filter: &JobFilter,
        page: &JobPage,
    ) -> Result<Listing<JobView, JobCursor>, ServiceError> {
        Ok(self.lists.jobs(filter, page).await?)
    }

    /// Returns the webhooks about a match, the newest first. Only an ended match can have any, so
    /// that polling a running one costs no second call to the database. Webhooks about an earlier
    /// job of the same id, which was purged or has expired, are not among them.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn webhooks(&self, job: &JobView) -> Result<Vec<Delivery>, ServiceError> {
        if !job.has_receiver || job.finished_at.is_none() {
            return Ok(vec![]);
        }
        let filter = DeliveryFilter {
            job_id: Some(job.job_id.clone().into()),
            from: Some(job.created_at),
            ..DeliveryFilter::default()
        };
        let page = DeliveryPage {
            limit: SHOWN_WEBHOOKS,
            after: None,
        };
        Ok(self.deliveries.deliveries(&filter, &page).await?)
    }

    /// Returns the progress of a batch.
    ///
    /// # Errors
    /// If there is no such batch, or the database fails.
    pub async fn batch(&self, id: &BatchId) -> Result<BatchView, ServiceError> {
        find_batch(&*self.jobs, id).await
    }
}

const NO_SUCH_JOB: &str = "there is no job of this id here; see its batch, or queue it";

/// Returns the state of a match, or the error of a job that does not exist.
pub(super) async fn find_job(
    jobs: &(impl Jobs + ?Sized),
    id: &JobId,
) -> Result<JobView, ServiceError> {
    found(jobs.job(id).await, NO_SUCH_JOB)
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
