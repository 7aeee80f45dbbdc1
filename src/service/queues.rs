//! Queues as operators see them: their depth and limits; pausing and resuming.

use std::sync::Arc;

use super::{
    ServiceError,
    backlog::{Backlog, DRAIN_WINDOW, drained_per_second},
    dispatcher::Dispatcher,
    operator_actions::{new_action, report},
};
use crate::{
    domain::{operator_action::OperatorActionKind, queue_depth::QueueDepth, queue_name::QueueName},
    store::Queues,
};

/// Shows and controls queues.
pub struct QueueService {
    queues: Arc<dyn Queues>,
    backlog: Arc<Backlog>,
    /// Notified when a queue is resumed; `None` in a process that does not dispatch.
    dispatcher: Option<Arc<Dispatcher>>,
}

/// A queue with its limits.
#[derive(Debug, Clone)]
pub struct QueueView {
    /// Its depth.
    pub depth: QueueDepth,
    /// The number of tasks from which on requests are refused, if there is a limit.
    pub backlog_limit: Option<i64>,
    /// The number of tasks that end per second.
    pub drained_per_second: f64,
}

impl QueueService {
    /// Creates the service of these queues.
    pub fn new(
        queues: Arc<dyn Queues>,
        backlog: Arc<Backlog>,
        dispatcher: Option<Arc<Dispatcher>>,
    ) -> Self {
        Self {
            queues,
            backlog,
            dispatcher,
        }
    }

    /// Returns all queues, most urgent first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn all(&self) -> Result<Vec<QueueView>, ServiceError> {
        let depths = self.queues.queue_depths(DRAIN_WINDOW).await?.into_iter();
        let views = depths.map(|depth| QueueView {
            backlog_limit: self.backlog.limit(depth.queue),
            drained_per_second: drained_per_second(&depth),
            depth,
        });
        Ok(views.collect())
    }

    /// Stops dispatching and claiming a queue's tasks, in all processes, until it is resumed.
    /// Running tasks continue. A queue that is already paused keeps its pause.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn pause(
        &self,
        queue: QueueName,
        reason: Option<&str>,
        actor: &str,
    ) -> Result<(), ServiceError> {
        let action = new_action(OperatorActionKind::Pause, actor, target(queue, reason));
        if self.queues.pause_queue(queue, reason, &action).await? {
            report(&action, 0);
        }
        Ok(())
    }

    /// Resumes a queue: this process dispatches its tasks at once, others with their next round.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn resume(
        &self,
        queue: QueueName,
        reason: Option<&str>,
        actor: &str,
    ) -> Result<(), ServiceError> {
        let action = new_action(OperatorActionKind::Resume, actor, target(queue, reason));
        if self.queues.resume_queue(queue, &action).await? {
            report(&action, 0);
        }
        if let Some(dispatcher) = &self.dispatcher {
            dispatcher.nudge();
        }
        Ok(())
    }
}

/// Returns the target of an action on a queue, as the audit log keeps it.
fn target(queue: QueueName, reason: Option<&str>) -> serde_json::Value {
    serde_json::json!({"queue": queue.as_str(), "reason": reason})
}
