//! Dispatch: the marks of tasks whose pointers are in a queue.

use std::time::Duration;

use async_trait::async_trait;

use crate::{
    domain::{identifiers::TaskId, queue_name::QueueName},
    store::StoreError,
};

/// The dispatcher's side of the ledger.
#[async_trait]
pub trait Dispatch: Send + Sync + 'static {
    /// Marks due tasks as dispatched, oldest first, while fewer than `window` are, and returns
    /// them. Only one process does this at a time; the others get no tasks. A paused queue has
    /// neither tasks nor room.
    async fn dispatch_due(
        &self,
        queue: QueueName,
        window: u32,
    ) -> Result<DispatchRound, StoreError>;

    /// Takes the marks of these tasks back, because their pointers did not reach the queue.
    async fn undo_dispatch(&self, ids: &[TaskId]) -> Result<(), StoreError>;

    /// Takes the marks of at most `limit` tasks back that were marked at least this long ago and
    /// have not been claimed since, oldest first. Returns the number of these tasks.
    async fn undo_stale_dispatches(
        &self,
        queue: QueueName,
        older_than: Duration,
        limit: u32,
    ) -> Result<u64, StoreError>;
}

/// The outcome of one round of dispatching.
#[derive(Debug, Clone, Default)]
pub struct DispatchRound {
    /// The tasks to push, in this order.
    pub tasks: Vec<TaskId>,
    /// True if due tasks remain for which the window has no room.
    pub backlog: bool,
    /// The number of further tasks that fit into the window.
    pub room: u32,
}
