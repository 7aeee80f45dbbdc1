//! Jobs and batches as callers poll them, and the counts of the ledger.

use async_trait::async_trait;

use crate::{
    domain::{
        identifiers::{BatchId, JobId},
        progress::{BatchView, JobView},
        queue_name::QueueName,
        task::TaskState,
    },
    store::StoreError,
};

/// The state of submitted work.
#[async_trait]
pub trait Jobs: Send + Sync + 'static {
    /// Returns the state of one match.
    async fn job(&self, id: &JobId) -> Result<Option<JobView>, StoreError>;

    /// Returns the state of a batch.
    async fn batch(&self, id: &BatchId) -> Result<Option<BatchView>, StoreError>;

    /// Counts tasks and deliveries by state.
    async fn counts(&self) -> Result<LedgerCounts, StoreError>;
}

/// Counts of the ledger's rows by state.
#[derive(Debug, Clone, Default)]
pub struct LedgerCounts {
    /// Unfinished tasks and dead letters by queue and state.
    pub tasks: Vec<(QueueName, TaskState, i64)>,
    /// The number of pending deliveries.
    pub pending_deliveries: i64,
    /// The number of deliveries that were given up.
    pub given_up_deliveries: i64,
}
