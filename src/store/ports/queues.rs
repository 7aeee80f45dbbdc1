//! Queues as operators see them: paused or not, and their depth.

use std::time::Duration;

use async_trait::async_trait;

use crate::{
    domain::{operator_action::OperatorAction, queue_depth::QueueDepth, queue_name::QueueName},
    store::StoreError,
};

/// The ledger's side of the queues.
#[async_trait]
pub trait Queues: Send + Sync + 'static {
    /// Stops dispatching and claiming a queue's tasks, in all processes, until it is resumed.
    /// Returns true if the queue was not paused before; only then is the action recorded.
    async fn pause_queue(
        &self,
        queue: QueueName,
        reason: Option<&str>,
        action: &OperatorAction,
    ) -> Result<bool, StoreError>;

    /// Resumes a queue. Returns true if it was paused; only then is the action recorded.
    async fn resume_queue(
        &self,
        queue: QueueName,
        action: &OperatorAction,
    ) -> Result<bool, StoreError>;

    /// Returns the depth of each queue, most urgent first. `drained_over` is the period whose ended
    /// tasks are counted.
    async fn queue_depths(&self, drained_over: Duration) -> Result<Vec<QueueDepth>, StoreError>;
}
