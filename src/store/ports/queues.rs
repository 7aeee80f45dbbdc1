//! Queues as operators see them: paused or not, and their depth.

use std::time::Duration;

use async_trait::async_trait;

use crate::{
    domain::{queue_depth::QueueDepth, queue_name::QueueName},
    store::StoreError,
};

/// The ledger's side of the queues.
#[async_trait]
pub trait Queues: Send + Sync + 'static {
    /// Stops dispatching and claiming a queue's tasks, in all processes, until it is resumed.
    async fn pause_queue(&self, queue: QueueName) -> Result<(), StoreError>;

    /// Resumes a queue.
    async fn resume_queue(&self, queue: QueueName) -> Result<(), StoreError>;

    /// Returns the depth of each queue, most urgent first. `drained_over` is the period whose ended
    /// tasks are counted.
    async fn queue_depths(&self, drained_over: Duration) -> Result<Vec<QueueDepth>, StoreError>;
}
