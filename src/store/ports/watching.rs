//! The states of jobs and batches that callers wait for.

use async_trait::async_trait;

use crate::{
    domain::{
        identifiers::{BatchId, JobId},
        progress::{BatchState, JobState},
    },
    store::StoreError,
};

/// Reads the states of all work that a process waits for, in one statement for each kind.
#[async_trait]
pub trait Watching: Send + Sync + 'static {
    /// Returns the states of the jobs that exist, in no particular order. A job whose version the
    /// caller holds is left out.
    async fn job_states(
        &self,
        wanted: &[(JobId, Option<String>)],
    ) -> Result<Vec<JobState>, StoreError>;

    /// Returns the states of the batches that exist, in no particular order.
    async fn batch_states(&self, wanted: &[BatchId]) -> Result<Vec<BatchState>, StoreError>;
}
