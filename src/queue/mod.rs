//! The queues: apalis on Redis, or in-process when embedded.
//!
//! A queue only points: what it carries is a task's id, and all of it may be lost at any time. The
//! ledger says what there is to do; `dispatcher` refills a queue that lost its pointers.

mod error;
mod in_process;
mod redis;
mod wake;

use std::{pin::pin, sync::Arc};

use apalis::prelude::Monitor;
use async_trait::async_trait;
use futures::future::{BoxFuture, Either, select};
use tokio::sync::broadcast;

pub use self::{
    error::{PoolEnded, QueueError},
    in_process::InProcessQueues,
    redis::{RedisQueueSettings, RedisQueues},
    wake::Wake,
};
use crate::{
    breaker::Breaker,
    domain::{identifiers::TaskId, queue_name::QueueName, task::Withdrawal},
};

/// What a pool does with a pointer.
#[async_trait]
pub trait PointerHandler: Send + Sync + 'static {
    /// Runs what the ledger holds under this id. Failures are the ledger's to record, so the only
    /// thing left to say is whether the task is a dead letter now.
    async fn handle(&self, id: TaskId) -> PointerOutcome;
}

/// What a queue has to know of a handled pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PointerOutcome {
    /// Done with: completed, to be retried by the ledger, or nothing to do.
    Settled,
    /// The task became a dead letter; the queue keeps its pointer in its dead set.
    DeadLetter {
        /// The error's stable code.
        code: String,
    },
}

/// A worker pool to run on a queue.
pub struct Pool {
    /// The queue.
    pub queue: QueueName,
    /// How many tasks run at once.
    pub concurrency: usize,
    /// What is done with each pointer.
    pub handler: Arc<dyn PointerHandler>,
}

/// A part of a queue's dead set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadPointers {
    /// The pointers, in no order; one may be listed twice.
    pub pointers: Vec<DeadPointer>,
    /// Where the next part begins; 0 after the last.
    pub next: u64,
}

/// A pointer in a queue's dead set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadPointer {
    /// The queue's own name for it.
    pub id: String,
    /// The task it points to; none where that is lost.
    pub task_id: Option<TaskId>,
}

/// How many announcements of withdrawals wait for a slow listener. What it misses, it finds out when
/// it renews its leases.
const WITHDRAWALS_KEPT: usize = 256;

/// The port to the queues. `RedisQueues` and `InProcessQueues` are its adapters.
#[async_trait]
pub trait TaskQueues: Send + Sync + 'static {
    /// Appends pointers, in order.
    async fn push(&self, queue: QueueName, ids: &[TaskId]) -> Result<(), QueueError>;

    /// How many pointers no worker has fetched yet.
    async fn pending(&self, queue: QueueName) -> Result<u64, QueueError>;

    /// Whether the queues can be reached.
    async fn check(&self) -> Result<(), QueueError>;

    /// The breaker before queues that can be away.
    fn breaker(&self) -> Option<&Breaker> {
        None
    }

    /// Removes what finished tasks left behind, and what is too much in the dead set, in small steps;
    /// returns how many it removed.
    async fn tidy(&self, queue: QueueName) -> Result<u64, QueueError>;

    /// A part of the dead set, some hundred pointers from this place on; 0 is the beginning.
    async fn dead_pointers(&self, queue: QueueName, from: u64) -> Result<DeadPointers, QueueError>;

    /// Takes pointers out of the dead set.
    async fn remove_dead(
        &self,
        queue: QueueName,
        pointers: &[DeadPointer],
    ) -> Result<(), QueueError>;

    /// Tells every process that these runs work in vain.
    async fn announce_withdrawals(&self, withdrawn: &[Withdrawal]) -> Result<(), QueueError>;

    /// What is announced from now on, by this process or by others.
    fn withdrawals(&self) -> broadcast::Receiver<Vec<Withdrawal>>;

    /// Runs one worker under a name of its own until `stop` resolves or the backend fails. Running
    /// tasks are awaited after `stop`. A pool is run again, under a fresh name, by its supervisor.
    fn run_pool(
        &self,
        pool: Pool,
        worker_name: String,
        stop: BoxFuture<'static, ()>,
    ) -> BoxFuture<'static, Result<(), PoolEnded>>;
}

/// Runs a monitor until `stop` resolves, then until its running tasks have ended; or until its
/// worker fails. (`Monitor::run_with_signal` would wait for the signal even after a failure.)
async fn run_until(monitor: Monitor, stop: BoxFuture<'static, ()>) -> Result<(), PoolEnded> {
    let context = monitor.context();
    let running = pin!(monitor.run());
    let ended = match select(running, stop).await {
        Either::Left((ended, _)) => ended,
        Either::Right(((), running)) => {
            context
                .shutdown()
                .map_err(|error| PoolEnded(error.to_string()))?;
            running.await
        }
    };
    ended.map_err(|error| PoolEnded(error.to_string()))
}
