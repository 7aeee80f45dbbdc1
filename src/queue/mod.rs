//! The queues: apalis on Redis, or in-process in the embedded service.
//!
//! A queue holds only pointers, which are task ids, and may lose all of them at any time. The
//! ledger has the work; `dispatcher` refills a queue that lost its pointers.

mod error;
mod in_process;
mod redis;
mod wake;

use std::{pin::pin, sync::Arc, time::Duration};

use apalis::prelude::Monitor;
use apalis_core::error::{AbortError, BoxDynError};
use async_trait::async_trait;
use futures::future::{BoxFuture, Either, select};
use tokio::sync::broadcast;
use tracing::warn;

pub use self::{
    error::{PoolEnded, QueueError},
    in_process::InProcessQueues,
    redis::{RedisQueueSettings, RedisQueues},
    wake::WakeSignals,
};
use crate::{
    breaker::Breaker,
    domain::{identifiers::TaskId, queue_name::QueueName, task::Withdrawal},
    outage::with_causes,
};

/// The handler of pointers in a pool.
#[async_trait]
pub trait PointerHandler: Send + Sync + 'static {
    /// Runs the task with this id. The ledger records failures, so the answer only says whether the
    /// task is a dead letter now.
    async fn handle(&self, id: TaskId) -> PointerOutcome;
}

/// The outcome of a handled pointer, as far as the queue needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PointerOutcome {
    /// The pointer is no longer needed: the task completed, will be retried by the ledger, or there
    /// was nothing to do.
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
    /// The number of concurrent tasks.
    pub concurrency: usize,
    /// The handler of its pointers.
    pub handler: Arc<dyn PointerHandler>,
}

/// A page of a queue's dead set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadPointers {
    /// The pointers, in no particular order; one may be listed twice.
    pub pointers: Vec<DeadPointer>,
    /// The start of the next page; 0 after the last page.
    pub next: u64,
}

/// A pointer in a queue's dead set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadPointer {
    /// The queue's own id of the pointer.
    pub id: String,
    /// The task that it points to; `None` if that is lost.
    pub task_id: Option<TaskId>,
}

/// Facts about the server of queues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueServer {
    /// Its clock, as the time since the Unix epoch.
    pub clock: Duration,
    /// Sentences about settings that delay work.
    pub risky_settings: Vec<String>,
    /// The ledgers that use these queues.
    pub ledgers: Vec<String>,
}

/// The number of announced withdrawals that are buffered for a slow receiver. Leases whose
/// withdrawal it missed are lost at their next renewal.
const WITHDRAWALS_KEPT: usize = 256;

/// The port to the queues. `RedisQueues` and `InProcessQueues` are its adapters.
#[async_trait]
pub trait TaskQueues: Send + Sync + 'static {
    /// Appends pointers, in order.
    async fn push(&self, queue: QueueName, ids: &[TaskId]) -> Result<(), QueueError>;

    /// Returns the number of pointers that no worker has fetched yet.
    async fn pending(&self, queue: QueueName) -> Result<u64, QueueError>;

    /// Checks that the queues take work: on a server, by a write.
    async fn check(&self) -> Result<(), QueueError>;

    /// Returns facts about the server of the queues; `None` without one.
    async fn server(&self) -> Result<Option<QueueServer>, QueueError> {
        Ok(None)
    }

    /// Records that the ledger of this name uses the queues, for a minute.
    async fn announce_ledger(&self, _ledger: &str) -> Result<(), QueueError> {
        Ok(())
    }

    /// Returns the circuit breaker before queues that can be away.
    fn breaker(&self) -> Option<&Breaker> {
        None
    }

    /// Removes data of finished tasks and the excess of the dead set, in small steps; returns the
    /// number of removed entries.
    async fn tidy(&self, queue: QueueName) -> Result<u64, QueueError>;

    /// Returns a page of the dead set, some hundred pointers from `from` on; 0 is the beginning.
    async fn dead_pointers(&self, queue: QueueName, from: u64) -> Result<DeadPointers, QueueError>;

    /// Removes pointers from the dead set.
    async fn remove_dead(
        &self,
        queue: QueueName,
        pointers: &[DeadPointer],
    ) -> Result<(), QueueError>;

    /// Announces to every process that these runs are withdrawn.
    async fn announce_withdrawals(&self, withdrawn: &[Withdrawal]) -> Result<(), QueueError>;

    /// Subscribes to announcements, of this process and others, from now on.
    fn withdrawals(&self) -> broadcast::Receiver<Vec<Withdrawal>>;

    /// Runs one worker under a unique name until `stop` completes or the backend fails. Waits for
    /// running tasks after `stop`. The supervisor runs a pool again under a new name.
    fn run_pool(
        &self,
        pool: Pool,
        worker_name: String,
        stop: BoxFuture<'static, ()>,
    ) -> BoxFuture<'static, Result<(), PoolEnded>>;
}

/// Runs a monitor until `stop` completes and its running tasks have ended, or until its worker
/// fails. (`Monitor::run_with_signal` would wait for the signal even after a failure.)
async fn run_until(monitor: Monitor, stop: BoxFuture<'static, ()>) -> Result<(), PoolEnded> {
    let context = monitor.context();
    let running = pin!(monitor.run());
    let ended = match select(running, stop).await {
        Either::Left((ended, _)) => ended,
        Either::Right(((), running)) => {
            context
                .shutdown()
                .map_err(|error| PoolEnded(with_causes(&error)))?;
            running.await
        }
    };
    ended.map_err(|error| PoolEnded(with_causes(&error)))
}

/// Passes a pointer to its handler. A text that is not a task's id has no task: it is settled.
async fn handle_pointer(handler: &dyn PointerHandler, pointer: String) -> Result<(), BoxDynError> {
    let id = match TaskId::try_from(pointer) {
        Ok(id) => id,
        Err(error) => {
            warn!(%error, "a pointer is not the id of a task");
            return Ok(());
        }
    };
    match handler.handle(id).await {
        PointerOutcome::Settled => Ok(()),
        PointerOutcome::DeadLetter { code } => Err(AbortError::new(code).into()),
    }
}
