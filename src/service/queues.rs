//! Pausing and resuming queues.

use super::dispatcher::Dispatcher;
use crate::{
    domain::queue_name::QueueName,
    store::{Queues, StoreError},
};

/// Stops dispatching and claiming a queue's tasks, in all processes, until it is resumed. Running
/// tasks continue.
///
/// # Errors
/// If the database fails.
pub async fn pause(store: &(impl Queues + ?Sized), queue: QueueName) -> Result<(), StoreError> {
    store.pause_queue(queue).await
}

/// Resumes a queue: this process dispatches its tasks at once, others with their next round.
///
/// # Errors
/// If the database fails.
pub async fn resume(
    store: &(impl Queues + ?Sized),
    dispatcher: &Dispatcher,
    queue: QueueName,
) -> Result<(), StoreError> {
    store.resume_queue(queue).await?;
    dispatcher.nudge();
    Ok(())
}
