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
    breaker::explained,
    domain::queue_name::QueueName,
    outage::{OutageReports, with_causes},
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
        let reports = OutageReports::default();
        let mut pause = SHORTEST_PAUSE;
        while !stop.is_cancelled() {
            if let Err(error) = self.queues.check().await {
                self.down(&reports, explained(&error, self.queues.breaker()));
                rest(&mut pause, &stop).await;
                continue;
            }
            let pool = Pool {
                queue: self.queue,
                concurrency: self.concurrency,
                handler: Arc::clone(&self.handler),
            };
            let stopped = stop.clone().cancelled_owned().boxed();
            let mut running =
                self.queues
                    .run_pool(pool, format!("{name}-{}", Ulid::generate()), stopped);
            // After a run that ended soon, the pool counts as down until it has run for longer.
            if pause == SHORTEST_PAUSE {
                self.up(&reports);
            }
            let early_end = tokio::time::timeout(LONGEST_PAUSE, &mut running).await;
            let ended = if let Ok(ended) = early_end {
                ended
            } else {
                self.up(&reports);
                pause = SHORTEST_PAUSE;
                running.await
            };
            if stop.is_cancelled() {
                break;
            }
            let ended = ended.err();
            self.down(
                &reports,
                ended.map_or("it ended".to_owned(), |error| with_causes(&error)),
            );
            rest(&mut pause, &stop).await;
        }
        self.health
            .set_pool(self.queue, Err("it was stopped".to_owned()));
        info!(queue.name = name, "pool stopped");
    }

    fn up(&self, reports: &OutageReports) {
        self.health.set_pool(self.queue, Ok(()));
        if reports.succeeded() {
            info!(queue.name = self.queue.as_str(), "pool runs again");
        }
    }

    fn down(&self, reports: &OutageReports, reason: String) {
        if let Some(failures) = reports.failed() {
            warn!(
                queue.name = self.queue.as_str(),
                reason, failures, "pool down; it starts again"
            );
        }
        self.health.set_pool(self.queue, Err(reason));
    }
}

async fn rest(pause: &mut Duration, stop: &CancellationToken) {
    // After the pause or the stop the caller checks again.
    let _ = tokio::time::timeout(*pause, stop.cancelled()).await;
    *pause = (*pause * 2).min(LONGEST_PAUSE);
}
