//! Pools whose runs the test ends itself, one by one.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use matching::{
    domain::{identifiers::TaskId, queue_name::QueueName},
    queue::{PointerHandler, PointerOutcome, Pool, PoolEnded, QueueError, TaskQueues},
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};

/// The time limit for each event before a test fails.
const PATIENCE: Duration = Duration::from_mins(1);

/// Returns task ids, one for each word.
pub fn ids(words: &str) -> Vec<TaskId> {
    words.split(' ').map(|id| id.parse().unwrap()).collect()
}

/// A handled pointer, until the test ends its run. Dropping it settles the pointer.
pub struct Run {
    pub id: TaskId,
    outcome: oneshot::Sender<PointerOutcome>,
}

impl Run {
    pub fn settle(self) {
        self.outcome.send(PointerOutcome::Settled).unwrap();
    }

    pub fn fail(self) {
        let code = "broken".to_owned();
        let dead = PointerOutcome::DeadLetter { code };
        self.outcome.send(dead).unwrap();
    }
}

/// Hands each run to the test, and counts the open ones.
struct Handler {
    runs: mpsc::UnboundedSender<Run>,
    open: AtomicUsize,
    most_open: AtomicUsize,
}

#[async_trait]
impl PointerHandler for Handler {
    async fn handle(&self, id: TaskId) -> PointerOutcome {
        let open = self.open.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_open.fetch_max(open, Ordering::SeqCst);
        let (outcome, ended) = oneshot::channel();
        // A test that has ended takes no more runs.
        let _ = self.runs.send(Run { id, outcome });
        let outcome = ended.await.unwrap_or(PointerOutcome::Settled);
        self.open.fetch_sub(1, Ordering::SeqCst);
        outcome
    }
}

/// A pool that runs as a task of its own.
pub struct RunningPool {
    /// The unique name of its worker.
    pub worker: String,
    runs: mpsc::UnboundedReceiver<Run>,
    handler: Arc<Handler>,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<Result<(), PoolEnded>>,
}

impl RunningPool {
    /// Starts a pool; returns once pointers can be pushed.
    pub async fn start(queues: &dyn TaskQueues, queue: QueueName, concurrency: usize) -> Self {
        let pool = Self::spawn(queues, queue, concurrency);
        while let Err(QueueError::NoReader) = queues.push(queue, &[]).await {
            tokio::task::yield_now().await;
        }
        pool
    }

    /// Starts a pool without waiting for it.
    pub fn spawn(queues: &dyn TaskQueues, queue: QueueName, concurrency: usize) -> Self {
        let (run_sender, runs) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel();
        let handler = Arc::new(Handler {
            runs: run_sender,
            open: AtomicUsize::new(0),
            most_open: AtomicUsize::new(0),
        });
        let pool = Pool {
            queue,
            concurrency,
            handler: Arc::<Handler>::clone(&handler),
        };
        let worker = format!("worker-{}", ulid::Ulid::generate());
        let stopped = Box::pin(async move {
            // A dropped pool does not stop; its task is aborted.
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
        });
        let running = tokio::spawn(queues.run_pool(pool, worker.clone(), stopped));
        Self {
            worker,
            runs,
            handler,
            stop: Some(stop),
            running,
        }
    }

    /// Returns the next run, which stays open until the test ends it.
    pub async fn next(&mut self) -> Run {
        let run = timeout(PATIENCE, self.runs.recv()).await;
        run.expect("no pointer was handled").unwrap()
    }

    /// Settles runs until each of these tasks had one; returns the ids of all settled runs.
    pub async fn settle_all(&mut self, expected: &[TaskId]) -> Vec<TaskId> {
        let mut missing: HashSet<&TaskId> = expected.iter().collect();
        let mut handled = Vec::new();
        while !missing.is_empty() {
            let run = self.next().await;
            missing.remove(&run.id);
            handled.push(run.id.clone());
            run.settle();
        }
        handled
    }

    /// Returns the largest number of runs that were open at once.
    pub fn most_open(&self) -> usize {
        self.handler.most_open.load(Ordering::SeqCst)
    }

    /// Tells it to stop, without waiting for its end.
    pub fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    pub fn is_running(&self) -> bool {
        !self.running.is_finished()
    }

    /// Waits until it has ended.
    pub async fn ended(mut self) -> Result<(), PoolEnded> {
        let ended = timeout(PATIENCE, &mut self.running).await;
        ended.expect("the pool does not end").unwrap()
    }

    /// Interrupts it without notice, as a crash does; returns the name of its worker.
    pub async fn interrupt(mut self) -> String {
        self.running.abort();
        assert!((&mut self.running).await.unwrap_err().is_cancelled());
        self.worker
    }
}
