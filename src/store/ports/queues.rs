//! Queues as operators see them: paused or not, and their depth.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{domain::queue_name::QueueName, store::StoreError};

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

/// The depth of a queue, in tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueDepth {
    /// The queue.
    pub queue: QueueName,
    /// Tasks that wait for a dependency.
    pub waiting: i64,
    /// Tasks that are ready, or due later.
    pub queued: i64,
    /// Queued tasks with a pointer in the queue: the used part of the window.
    pub dispatched: i64,
    /// Tasks that are being run.
    pub processing: i64,
    /// Dead letters.
    pub dead: i64,
    /// Tasks that ended in the given period, with any outcome.
    pub ended: i64,
    /// The age in seconds of the task that has been ready for the longest time.
    pub oldest_seconds: Option<f64>,
    /// The time at which the queue was paused, if it is.
    pub paused_at: Option<DateTime<Utc>>,
}

impl QueueDepth {
    /// Returns the number of tasks that were submitted and have not begun.
    pub fn backlog(&self) -> i64 {
        self.waiting + self.queued
    }
}
