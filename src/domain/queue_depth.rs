//! The depth of a queue, as operators see it.

use chrono::{DateTime, Utc};

use super::queue_name::QueueName;

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
    /// The pause, if the queue is paused.
    pub pause: Option<QueuePause>,
}

/// The pause of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuePause {
    /// The time at which it began.
    pub at: DateTime<Utc>,
    /// The operator, as in
    /// [`OperatorAction::actor`](super::operator_action::OperatorAction::actor).
    pub actor: String,
    /// The operator's reason.
    pub reason: Option<String>,
}

impl QueueDepth {
    /// Returns the number of tasks that were submitted and have not begun.
    pub fn backlog(&self) -> i64 {
        self.waiting + self.queued
    }
}
