//! Readiness: checks the dependencies of this process on request.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use metrics::gauge;

use super::encoder::TextEncoder;
use crate::{
    breaker::{Breaker, explained},
    documents::DocumentStore,
    domain::{queue_name::QueueName, task::TaskState},
    queue::TaskQueues,
    store::{Jobs, Schema},
};

/// The time after which a dependency that has not answered counts as away.
const PATIENCE: Duration = Duration::from_secs(2);

/// The states whose counts operators monitor: unfinished work and failures.
const WATCHED_STATES: [TaskState; 4] = [
    TaskState::Waiting,
    TaskState::Queued,
    TaskState::Processing,
    TaskState::Failed,
];

/// The grade of a process's readiness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadinessGrade {
    /// All dependencies answer.
    Ready,
    /// A dependency is unavailable that work can wait for.
    Degraded,
    /// The process can't work.
    Unavailable,
}

/// The grade, with the checks that it is based on.
#[derive(Debug, Clone)]
pub struct Readiness {
    /// The overall grade.
    pub grade: ReadinessGrade,
    /// The state of each dependency: `ok`, or an error.
    pub checks: BTreeMap<String, String>,
    /// The state of each circuit breaker: `closed`, `half open` or `open; …`.
    pub circuit_breakers: BTreeMap<String, String>,
}

/// The dependencies whose readiness is checked.
pub struct Health {
    database: Arc<dyn Schema>,
    jobs: Arc<dyn Jobs>,
    documents: Arc<dyn DocumentStore>,
    queues: Arc<dyn TaskQueues>,
    /// Not checked, since no work waits for the encoder; only its breaker is shown.
    encoder: Option<Arc<dyn TextEncoder>>,
    /// The pools of this process; a pool that is down with the reason.
    pools: Mutex<BTreeMap<String, Result<(), String>>>,
}

impl Health {
    /// Creates the health check of these dependencies; pools report themselves.
    pub fn new(
        database: Arc<dyn Schema>,
        jobs: Arc<dyn Jobs>,
        documents: Arc<dyn DocumentStore>,
        queues: Arc<dyn TaskQueues>,
        encoder: Option<Arc<dyn TextEncoder>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            database,
            jobs,
            documents,
            queues,
            encoder,
            pools: Mutex::default(),
        })
    }

    /// Records that a pool of this process runs, or the reason why it does not.
    pub fn set_pool(&self, name: &str, state: Result<(), String>) {
        let number = if state.is_ok() { 1.0 } else { 0.0 };
        gauge!("matching_pool_up", "pool" => name.to_owned()).set(number);
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        pools.insert(name.to_owned(), state);
    }

    /// Sets the gauges of the breakers to their current states.
    pub fn publish_breakers(&self) {
        for (name, breaker) in self.breakers() {
            gauge!("matching_circuit_breaker_state", "dependency" => name)
                .set(breaker.state().level());
        }
    }

    /// Sets the gauges of the ledger's counts. Does nothing while the database is unavailable.
    pub async fn publish_counts(&self) {
        let Ok(counts) = self.jobs.counts().await else {
            return;
        };
        // A gauge keeps its last value, so counts that are no longer present are set to 0.
        for queue in QueueName::ALL {
            for state in WATCHED_STATES {
                let of_both = counts
                    .tasks
                    .iter()
                    .filter(|(q, s, _)| (*q, *s) == (queue, state));
                let count: i64 = of_both.map(|(_, _, count)| count).sum();
                gauge!("matching_tasks", "queue" => queue.as_str(), "state" => state.as_str())
                    .set(count as f64);
            }
        }
        gauge!("matching_webhook_deliveries_pending").set(counts.pending_deliveries as f64);
        gauge!("matching_webhook_deliveries_given_up").set(counts.given_up_deliveries as f64);
    }

    fn breakers(&self) -> impl Iterator<Item = (&'static str, &Breaker)> {
        let parts = [
            ("database", self.database.breaker()),
            ("queues", self.queues.breaker()),
            ("documents", self.documents.breaker()),
            (
                "encoder",
                self.encoder.as_ref().map(|encoder| encoder.breaker()),
            ),
        ];
        parts
            .into_iter()
            .filter_map(|(name, breaker)| Some((name, breaker?)))
    }

    /// Checks all dependencies.
    pub async fn readiness(&self) -> Readiness {
        let (database, queues, documents) = futures::join!(
            answers(self.database.check_writes(), self.database.breaker()),
            answers(self.queues.check(), self.queues.breaker()),
            answers(self.documents.check(), self.documents.breaker()),
        );
        let pools = self
            .pools
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        // Without queues or documents the API still accepts and stores all requests. Without the
        // database it can't, and a process whose pool is down does not process its tasks.
        let ready = database.is_ok() && pools.values().all(Result::is_ok);
        let grade = match (ready, queues.is_ok() && documents.is_ok()) {
            (false, _) => ReadinessGrade::Unavailable,
            (true, false) => ReadinessGrade::Degraded,
            (true, true) => ReadinessGrade::Ready,
        };
        let word = |check: Result<(), String>| check.err().unwrap_or_else(|| "ok".to_owned());
        let mut checks = BTreeMap::from([
            ("database".to_owned(), word(database)),
            ("queues".to_owned(), word(queues)),
            ("documents".to_owned(), word(documents)),
        ]);
        checks.extend(pools.into_iter().map(|(name, state)| {
            let down = |reason| format!("down; restarting: {reason}");
            (format!("pool {name}"), word(state.map_err(down)))
        }));
        let circuit_breakers = self
            .breakers()
            .map(|(name, breaker)| (name.to_owned(), breaker.state().to_string()))
            .collect();
        Readiness {
            grade,
            checks,
            circuit_breakers,
        }
    }
}

/// Makes a check. Its error has all causes in words.
async fn answers<E: std::error::Error>(
    check: impl Future<Output = Result<(), E>>,
    breaker: Option<&Breaker>,
) -> Result<(), String> {
    match tokio::time::timeout(PATIENCE, check).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(explained(&error, breaker)),
        Err(_) => Err("no answer".to_owned()),
    }
}
