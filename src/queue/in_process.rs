//! Queues inside one process: apalis's memory backend over this module's channels.
//!
//! They lose their content when the process ends: after a restart the dispatcher finds the ledger's
//! tasks missing here and pushes them again.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use apalis::prelude::{MemoryStorage, Monitor, TaskBuilder, WorkerBuilder, WorkerBuilderExt};
use apalis_core::{
    backend::memory::{MemorySink, MemoryStorageError},
    task::Task,
};
use async_trait::async_trait;
use futures::{
    FutureExt, SinkExt, StreamExt,
    channel::mpsc::{UnboundedSender, unbounded},
    future::BoxFuture,
};
use tokio::sync::broadcast;

use super::{
    DeadPointer, DeadPointers, Pool, PoolEnded, QueueError, TaskQueues, WITHDRAWALS_KEPT,
    handle_pointer, run_until,
};
use crate::domain::{identifiers::TaskId, queue_name::QueueName, task::Withdrawal};

/// The queues of an embedded service.
#[derive(Debug, Clone)]
pub struct InProcessQueues {
    channels: Arc<[Channel; 3]>,
    withdrawals: broadcast::Sender<Vec<Withdrawal>>,
}

impl Default for InProcessQueues {
    fn default() -> Self {
        Self {
            channels: Arc::default(),
            withdrawals: broadcast::Sender::new(WITHDRAWALS_KEPT),
        }
    }
}

#[derive(Debug, Default)]
struct Channel {
    /// The channel that the running pool reads from; `None` while no pool runs.
    sender: Mutex<Option<UnboundedSender<Task<String>>>>,
    pending: AtomicU64,
}

impl Channel {
    fn sender(&self) -> Option<UnboundedSender<Task<String>>> {
        self.sender
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set_sender(&self, sender: Option<UnboundedSender<Task<String>>>) {
        *self.sender.lock().unwrap_or_else(PoisonError::into_inner) = sender;
    }
}

#[async_trait]
impl TaskQueues for InProcessQueues {
    async fn push(&self, queue: QueueName, ids: &[TaskId]) -> Result<(), QueueError> {
        let channel = &self.channels[queue.index()];
        // The channel of a pool that was interrupted is closed.
        let sender = channel.sender().filter(|sender| !sender.is_closed());
        let sender = sender.ok_or(QueueError::NoReader)?;
        for id in ids {
            let pointer = TaskBuilder::new(id.as_str().to_owned())
                .task_id(apalis_core::task::task_id::TaskId::from_string(id.as_str()))
                .build();
            sender
                .unbounded_send(pointer)
                .map_err(|_| QueueError::NoReader)?;
            channel.pending.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    async fn pending(&self, queue: QueueName) -> Result<u64, QueueError> {
        Ok(self.channels[queue.index()].pending.load(Ordering::Relaxed))
    }

    async fn check(&self) -> Result<(), QueueError> {
        Ok(())
    }

    async fn tidy(&self, _queue: QueueName) -> Result<u64, QueueError> {
        Ok(0)
    }

    /// Returns no pointers: apalis's memory backend drops handled ones and has no dead set.
    async fn dead_pointers(
        &self,
        _queue: QueueName,
        _from: u64,
    ) -> Result<DeadPointers, QueueError> {
        Ok(DeadPointers::default())
    }

    async fn remove_dead(
        &self,
        _queue: QueueName,
        _pointers: &[DeadPointer],
    ) -> Result<(), QueueError> {
        Ok(())
    }

    async fn announce_withdrawals(&self, withdrawn: &[Withdrawal]) -> Result<(), QueueError> {
        // Fails without receivers, which is the case in a process without pools.
        let _ = self.withdrawals.send(withdrawn.to_vec());
        Ok(())
    }

    fn withdrawals(&self) -> broadcast::Receiver<Vec<Withdrawal>> {
        self.withdrawals.subscribe()
    }

    fn run_pool(
        &self,
        pool: Pool,
        worker_name: String,
        stop: BoxFuture<'static, ()>,
    ) -> BoxFuture<'static, Result<(), PoolEnded>> {
        let channels = Arc::clone(&self.channels);
        async move {
            let index = pool.queue.index();
            let (sender, receiver) = unbounded::<Task<String>>();
            let counted = {
                let channels = Arc::clone(&channels);
                receiver.inspect(move |_| {
                    channels[index].pending.fetch_sub(1, Ordering::Relaxed);
                })
            };
            // The backend requires a sink of its own. Pushes use the channel's sender instead, so
            // that a new pool simply replaces that sender.
            let sink: Box<
                dyn futures::Sink<Task<String>, Error = MemoryStorageError> + Send + Sync + Unpin,
            > = Box::new(sender.clone().sink_map_err(MemoryStorageError::from));
            let sink = MemorySink::new(Arc::new(futures::lock::Mutex::new(sink)));
            let source = Mutex::new(Some(MemoryStorage::new_with(sink, counted.boxed())));
            channels[index].pending.store(0, Ordering::Relaxed);
            channels[index].set_sender(Some(sender));
            let handler = pool.handler;
            let concurrency = pool.concurrency;
            let monitor = Monitor::new().register(move |_| {
                let handler = Arc::clone(&handler);
                let source = source.lock().unwrap_or_else(PoisonError::into_inner).take();
                WorkerBuilder::new(worker_name.as_str())
                    .backend(source.unwrap_or_default())
                    .concurrency(concurrency)
                    .build(move |pointer: String| {
                        let handler = Arc::clone(&handler);
                        async move { handle_pointer(&*handler, pointer).await }
                    })
            });
            let ended = run_until(monitor, stop).await;
            channels[index].set_sender(None);
            ended
        }
        .boxed()
    }
}
