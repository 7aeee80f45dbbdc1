//! Admission control: counts each queue's backlog and refuses requests for a full queue.
//!
//! Accepting a request must not count rows. Every process that accepts requests reads the ledger's
//! counts about once a second and adds what it has accepted since. So the limit is exact within one
//! process, except for the tasks of one call; with several processes, each may exceed it by the
//! number of tasks that the others accepted since its last count.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use metrics::{counter, gauge};
use tokio::{sync::OnceCell, time::Instant};
use tracing::{info, warn};

use crate::{
    domain::{queue_depth::QueueDepth, queue_name::QueueName},
    outage::{OutageReports, with_causes},
    store::{Queues, StoreError},
};

/// The period over which ended tasks are counted: long enough that tasks of a few seconds give a
/// steady rate.
pub const DRAIN_WINDOW: Duration = Duration::from_secs(30);

/// The minimum pause between counts. The pause is longer if counting takes so long that it would
/// keep the database busy.
const LOOK_PAUSE: Duration = Duration::from_secs(1);
/// The minimum pause after a count, as a multiple of the count's duration.
const LOOK_SHARE: u32 = 9;

/// The share of the limit to which a backlog has to fall before callers retry. At the limit itself,
/// one call would be accepted and the next refused again.
const RELIEVED_SHARE: f64 = 0.9;
/// The longest `Retry-After`, in seconds. The rate of the last seconds predicts no more than that:
/// workers may start, or a pause may end.
const LONGEST_WAIT: f64 = 60.0;

/// The error of a full queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the request was not accepted: {queue} holds {tasks} tasks that have not begun, and takes no more \
     from {limit} on; nothing was stored, send it again later"
)]
pub struct BacklogFull {
    /// The queue.
    pub queue: QueueName,
    /// Its backlog, in tasks.
    pub tasks: i64,
    /// Its limit, in tasks.
    pub limit: i64,
    /// The time until the queue probably has room again: 1 s to 1 minute, in whole seconds.
    pub retry_after: Duration,
}

/// The backlogs of all queues.
pub struct Backlog {
    queues: Arc<dyn Queues>,
    states: [QueueState; QueueName::ALL.len()],
    looked: OnceCell<()>,
}

struct QueueState {
    limit: Option<i64>,
    known: Mutex<Known>,
}

/// The state of a queue as this process knows it, in tasks.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// The backlog at the last count.
    counted: i64,
    /// Tasks that this process accepted since the last count began.
    accepted: i64,
    /// Tasks of calls that this process is accepting.
    in_flight: i64,
    /// Tasks that end per second.
    drained_per_second: f64,
}

impl Known {
    fn tasks(&self) -> i64 {
        self.counted + self.accepted + self.in_flight
    }
}

impl QueueState {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backlog {
    /// Creates backlogs with these limits, in the order of [`QueueName::ALL`]. A queue without a
    /// limit is never full.
    pub fn new(queues: Arc<dyn Queues>, limits: [Option<i64>; QueueName::ALL.len()]) -> Arc<Self> {
        Arc::new(Self {
            queues,
            states: limits.map(|limit| QueueState {
                limit,
                known: Mutex::default(),
            }),
            looked: OnceCell::new(),
        })
    }

    /// Returns the number of tasks from which on the queue is full, if it has a limit.
    pub fn limit(&self, queue: QueueName) -> Option<i64> {
        self.states[queue.index()].limit
    }

    /// Counts a call's tasks while the call is being accepted, unless the queue is full.
    ///
    /// # Errors
    /// If the backlog has never been counted and the database fails.
    pub async fn admit(
        &self,
        queue: QueueName,
        tasks: usize,
    ) -> Result<Result<Admission<'_>, BacklogFull>, StoreError> {
        let state = &self.states[queue.index()];
        if state.limit.is_some() {
            self.looked.get_or_try_init(|| self.look()).await?;
        }
        let mut known = state.known();
        let backlog = known.tasks();
        if let Some(limit) = state.limit.filter(|limit| backlog >= *limit) {
            counter!("matching_refused_total", "queue" => queue.as_str()).increment(1);
            return Ok(Err(BacklogFull {
                queue,
                tasks: backlog,
                limit,
                retry_after: relieved_in(backlog, limit, known.drained_per_second),
            }));
        }
        let tasks = i64::try_from(tasks).unwrap_or(i64::MAX);
        known.in_flight += tasks;
        Ok(Ok(Admission { state, tasks }))
    }

    /// Counts the backlogs periodically, for as long as it is polled.
    pub async fn watch(self: Arc<Self>) {
        let reports = OutageReports::default();
        loop {
            let began = Instant::now();
            match self.look().await {
                Ok(()) => {
                    if reports.succeeded() {
                        info!("the database is available again; backlogs are counted");
                    }
                }
                Err(error) => {
                    if let Some(failures) = reports.failed() {
                        warn!(
                            error = with_causes(&error),
                            failures, "backlogs are not counted until the database is available"
                        );
                    }
                }
            }
            tokio::time::sleep(LOOK_PAUSE.max(began.elapsed() * LOOK_SHARE)).await;
        }
    }

    async fn look(&self) -> Result<(), StoreError> {
        let accepted_before = self.states.each_ref().map(|state| state.known().accepted);
        let depths = self.queues.queue_depths(DRAIN_WINDOW).await?;
        for depth in &depths {
            let index = depth.queue.index();
            let mut known = self.states[index].known();
            known.counted = depth.backlog();
            // Tasks that were accepted while the database counted may be counted twice, until the
            // next count.
            known.accepted -= accepted_before[index];
            known.drained_per_second = drained_per_second(depth);
            show(depth);
        }
        Ok(())
    }
}

/// A call that is being accepted. If it is dropped without [`accepted`](Self::accepted), its tasks
/// no longer count.
pub struct Admission<'a> {
    state: &'a QueueState,
    tasks: i64,
}

impl Admission<'_> {
    /// Records that the call's tasks are in the ledger.
    pub fn accepted(self) {
        self.state.known().accepted += self.tasks;
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        self.state.known().in_flight -= self.tasks;
    }
}

/// Returns the number of the queue's tasks that end per second, in any process.
pub fn drained_per_second(depth: &QueueDepth) -> f64 {
    depth.ended as f64 / DRAIN_WINDOW.as_secs_f64()
}

fn show(depth: &QueueDepth) {
    let queue = depth.queue.as_str();
    gauge!("matching_queue_backlog", "queue" => queue).set(depth.backlog() as f64);
    gauge!("matching_queue_drained_per_second", "queue" => queue).set(drained_per_second(depth));
    let paused = f64::from(u8::from(depth.pause.is_some()));
    gauge!("matching_queue_paused", "queue" => queue).set(paused);
}

/// Estimates the time until a backlog falls to [`RELIEVED_SHARE`] of its limit.
fn relieved_in(backlog: i64, limit: i64, drained_per_second: f64) -> Duration {
    let excess = backlog as f64 - limit as f64 * RELIEVED_SHARE;
    // Infinite if no tasks end.
    let seconds = (excess / drained_per_second).ceil();
    Duration::from_secs_f64(seconds.clamp(1.0, LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_come_back_when_a_tenth_of_the_limit_is_free() {
        assert_eq!(relieved_in(1_000, 1_000, 10.0), Duration::from_secs(10));
        assert_eq!(relieved_in(1_500, 1_000, 10.0), Duration::from_mins(1));
        assert_eq!(relieved_in(1_001, 1_000, 10.0), Duration::from_secs(11));
    }

    #[test]
    fn the_wait_is_a_second_at_least_and_a_minute_at_most() {
        assert_eq!(relieved_in(10, 10, 1_000.0), Duration::from_secs(1));
        assert_eq!(relieved_in(10, 10, 0.0), Duration::from_mins(1));
        assert_eq!(relieved_in(1_000_000, 10, 0.01), Duration::from_mins(1));
    }
}
