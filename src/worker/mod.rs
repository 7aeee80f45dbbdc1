//! Supervises worker pools.
//!
//! A pool ends when its backend fails (any failed Redis call ends an apalis worker). Its supervisor
//! logs that, waits until the queue answers, and runs the pool again under a new name, since a name
//! can register again only after its timeout.

use std::{sync::Arc, time::Duration};

use futures::FutureExt;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use ulid::Ulid;

use crate::{
    domain::queue_name::QueueName,
    queue::{PointerHandler, Pool, TaskQueues},
    service::health::Health,
};

/// The pause before a pool that ended runs again; doubles up to [`LONGEST_PAUSE`].
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The pool of one queue.
pub(crate) struct SupervisedPool {
    pub(crate) queue: QueueName,
    /// The number of concurrent tasks.
    pub(crate) concurrency: usize,
    pub(crate) handler: Arc<dyn PointerHandler>,
    pub(crate) queues: Arc<dyn TaskQueues>,
    /// Notified whether the pool is up.
    pub(crate) health: Arc<Health>,
}

impl SupervisedPool {
    /// Runs the pool until `stop` is cancelled, and then until its running tasks have ended.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let name = self.queue.as_str();
        let mut pause = SHORTEST_PAUSE;
        self.health.set_pool(self.queue, false);
        while !stop.is_cancelled() {
            if self.queues.check().await.is_err() {
                rest(&mut pause, &stop).await;
                continue;
            }
            self.health.set_pool(self.queue, true);
            let began = tokio::time::Instant::now();
            let pool = Pool {
                queue: self.queue,
                concurrency: self.concurrency,
                handler: Arc::clone(&self.handler),
            };
            let stopped = stop.clone().cancelled_owned().boxed();
            let ended = self
                .queues
                .run_pool(pool, format!("{name}-{}", Ulid::generate()), stopped)
                .await;
            if stop.is_cancelled() {
                break;
            }
            self.health.set_pool(self.queue, false);
            let reason = ended.err().map(|error| error.to_string());
            warn!(queue.name = name, reason, "pool ended; it starts again");
            if began.elapsed() > LONGEST_PAUSE {
                pause = SHORTEST_PAUSE;
            }
            rest(&mut pause, &stop).await;
        }
        self.health.set_pool(self.queue, false);
        info!(queue.name = name, "pool stopped");
    }
}

async fn rest(pause: &mut Duration, stop: &CancellationToken) {
    // After the pause or the stop the caller checks again.
    let _ = tokio::time::timeout(*pause, stop.cancelled()).await;
    *pause = (*pause * 2).min(LONGEST_PAUSE);
}
