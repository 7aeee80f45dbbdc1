//! Cancellation of jobs and batches that have not ended.

use async_trait::async_trait;

use crate::{
    domain::{
        identifiers::{BatchId, JobId, TaskId},
        operator_action::OperatorAction,
        task::Withdrawal,
    },
    store::StoreError,
};

/// The cancellation of work. A run under way can't record anything once its task is cancelled.
#[async_trait]
pub trait Cancellation: Send + Sync + 'static {
    /// Cancels a job that has not ended. If its task holds other matches too, the cancelled match
    /// moves to a row of its own, `split_task_id`, and a task that was running is queued again with
    /// the others.
    async fn cancel_job(
        &self,
        id: &JobId,
        split_task_id: &TaskId,
        action: &OperatorAction,
    ) -> Result<Cancelled, StoreError>;

    /// Cancels all matches of a batch that have not ended.
    async fn cancel_batch(
        &self,
        id: &BatchId,
        action: &OperatorAction,
    ) -> Result<Cancelled, StoreError>;
}

/// The effect of cancelling a job or a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancelled {
    /// The job or batch is cancelled now.
    Now {
        /// The number of cancelled tasks.
        tasks: u64,
        /// The runs to interrupt.
        withdrawn: Vec<Withdrawal>,
        /// The batch, if the cancellation ended it.
        ended_batch: Option<BatchId>,
    },
    /// The job or batch had been cancelled before; nothing changed.
    Before,
    /// The job or batch had already ended otherwise; nothing changed.
    TooLate,
    /// There is no such job or batch.
    Unknown,
}
