//! Pausing and resuming queues.

use super::dispatcher::Dispatcher;
use crate::{
    domain::queue_name::QueueName,
    store::{Store, StoreError},
};

/// Stops handing out a queue's tasks, in all processes, until it is resumed. Tasks that run end.
///
/// # Errors
/// When the database fails.
pub async fn pause(store: &dyn Store, queue: QueueName) -> Result<(), StoreError> {
    store.pause_queue(queue).await
}

/// Hands out a queue's tasks again: at once from here, with their next look from other processes.
///
/// # Errors
/// When the database fails.
pub async fn resume(
    store: &dyn Store,
    dispatcher: &Dispatcher,
    queue: QueueName,
) -> Result<(), StoreError> {
    store.resume_queue(queue).await?;
    dispatcher.nudge();
    Ok(())
}
