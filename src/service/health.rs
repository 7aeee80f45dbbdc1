//! Readiness: checks the dependencies of this process on request.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use metrics::gauge;
use tokio::{sync::Notify, time::Instant};

use super::{
    encoder::TextEncoder,
    progress::{ProgressCheck, judge, read_progress, warning_of_paused_endpoints},
};
use crate::{
    breaker::{Breaker, BreakerState, explained},
    documents::DocumentStore,
    domain::{process::ProcessState, queue_name::QueueName, task::TaskState},
    queue::TaskQueues,
    store::{Jobs, Progress, Schema, WorkProgress},
};

/// The time after which a dependency that has not answered counts as away. Probes of orchestrators
/// and monitoring are usually given up after some seconds, so each must have its answer within two.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// The time for which the answers of dependencies are reused, so that many probes cost no more than
/// one.
const FRESH_FOR: Duration = Duration::from_secs(1);

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
    /// A dependency is unavailable that work can wait for, or work that is ready does not move.
    Degraded,
    /// The process can't work.
    Unavailable,
}

impl ReadinessGrade {
    /// All grades, the best first.
    pub const ALL: [Self; 3] = [Self::Ready, Self::Degraded, Self::Unavailable];

    /// Returns the wire name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Degraded => "degraded",
            Self::Unavailable => "unavailable",
        }
    }
}

/// The grade, with the checks that it is based on.
#[derive(Debug, Clone)]
pub struct Readiness {
    /// The overall grade.
    pub grade: ReadinessGrade,
    /// The state of each dependency and each queue: `ok`, or the fault and what to do.
    pub checks: BTreeMap<String, String>,
    /// Conditions that don't stop work, but break a promise or delay work.
    pub warnings: BTreeSet<String>,
    /// The state of each circuit breaker: `closed`, `half open` or `open; …`.
    pub circuit_breakers: BTreeMap<String, String>,
}

/// The dependencies whose readiness is checked.
pub struct Health {
    database: Arc<dyn Schema>,
    jobs: Arc<dyn Jobs>,
    progress: Arc<dyn Progress>,
    documents: Arc<dyn DocumentStore>,
    queues: Arc<dyn TaskQueues>,
    /// Not checked, since no work waits for the encoder; only its breaker is shown.
    encoder: Option<Arc<dyn TextEncoder>>,
    /// The pools of this process; a pool that is down with the reason.
    pools: Mutex<BTreeMap<QueueName, Result<(), String>>>,
    state_changed: Notify,
    warnings: Mutex<BTreeSet<String>>,
    /// Locked while dependencies are asked, so that concurrent probes share one answer.
    answers: tokio::sync::Mutex<Option<Answers>>,
    /// The last time at which counts were published. Locked while they are computed.
    published: tokio::sync::Mutex<Option<Instant>>,
}

/// The answers of all dependencies.
#[derive(Clone)]
struct Answers {
    at: Instant,
    database: Result<(), String>,
    queues: Result<(), String>,
    documents: Result<(), String>,
    progress: Result<WorkProgress, String>,
}

impl Answers {
    /// Returns the dependencies that failed, with their errors.
    fn faults(&self) -> BTreeMap<String, String> {
        let parts = [
            ("database", &self.database),
            ("queues", &self.queues),
            ("documents", &self.documents),
        ];
        let failed = parts.into_iter().filter_map(|(part, answer)| {
            let error = answer.as_ref().err()?;
            Some((part.to_owned(), error.clone()))
        });
        failed.collect()
    }
}

impl Health {
    /// Creates the health check of these dependencies; pools report themselves.
    pub fn new(
        database: Arc<dyn Schema>,
        jobs: Arc<dyn Jobs>,
        progress: Arc<dyn Progress>,
        documents: Arc<dyn DocumentStore>,
        queues: Arc<dyn TaskQueues>,
        encoder: Option<Arc<dyn TextEncoder>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            database,
            jobs,
            progress,
            documents,
            queues,
            encoder,
            pools: Mutex::default(),
            state_changed: Notify::new(),
            warnings: Mutex::default(),
            answers: tokio::sync::Mutex::default(),
            published: tokio::sync::Mutex::default(),
        })
    }

    /// Records that a pool of this process runs, or the reason why it does not.
    pub fn set_pool(&self, queue: QueueName, state: Result<(), String>) {
        let up = state.is_ok();
        let number = if up { 1.0 } else { 0.0 };
        gauge!("matching_pool_up", "pool" => queue.as_str()).set(number);
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = pools.insert(queue, state);
        if earlier.is_none_or(|state| state.is_ok() != up) {
            self.state_changed.notify_one();
        }
    }

    /// Waits until a pool of this process goes up or down, or a dependency fails or recovers.
    pub async fn state_changed(&self) {
        self.state_changed.notified().await;
    }

    /// Returns the state of this process for the registry.
    pub async fn process_state(&self) -> ProcessState {
        ProcessState {
            queues_down: self.pools_down(),
            faults: self.answers().await.faults(),
        }
    }

    /// Returns the queues whose pools belong to this process and are down.
    fn pools_down(&self) -> Vec<QueueName> {
        let pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let down = pools.iter().filter(|(_, state)| state.is_err());
        down.map(|(queue, _)| *queue).collect()
    }

    /// Replaces the warnings; returns the earlier ones.
    pub fn set_warnings(&self, warnings: BTreeSet<String>) -> BTreeSet<String> {
        let mut shown = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut shown, warnings)
    }

    /// Sets the gauges of the breakers to their current states.
    pub fn publish_breakers(&self) {
        for (name, breaker) in self.breakers() {
            gauge!("matching_circuit_breaker_state", "dependency" => name)
                .set(breaker.state().level());
        }
    }

    /// Sets the gauges of the ledger's counts and of its progress, unless that was done within the
    /// last second. Counting reads whole indexes, so scrapes at the same time share one. Does
    /// nothing while the database is unavailable, or takes too long.
    pub async fn publish_counts(&self) {
        let called = Instant::now();
        let mut published = self.published.lock().await;
        // Counts that came while this call waited for them are new enough, however long they took.
        let oldest = called.checked_sub(FRESH_FOR).unwrap_or(called);
        if published.is_none_or(|at| at < oldest) {
            self.count_and_publish().await;
            *published = Some(Instant::now());
        }
    }

    async fn count_and_publish(&self) {
        let counts = tokio::time::timeout(PATIENCE, self.jobs.counts());
        let (counts, answers) = futures::join!(counts, self.answers());
        let (Ok(Ok(counts)), Ok(progress)) = (counts, answers.progress) else {
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
        for queue in progress.queues {
            let name = queue.queue.as_str();
            gauge!("matching_workers", "queue" => name).set(queue.workers as f64);
            let ready = queue.ready_for().unwrap_or_default().as_secs_f64();
            gauge!("matching_queue_oldest_ready_seconds", "queue" => name).set(ready);
        }
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

    /// Asks all dependencies, unless they were asked within the last second. A breaker that opened
    /// since knows more than these answers, and refuses calls at no cost. But answers that came
    /// while this call waited for them are used in any case: asking again could take as long.
    async fn answers(&self) -> Answers {
        let called = Instant::now();
        let mut answers = self.answers.lock().await;
        let is_closed = |(_, breaker): (_, &Breaker)| breaker.state() == BreakerState::Closed;
        let fresh_for = if self.breakers().all(is_closed) {
            FRESH_FOR
        } else {
            called.elapsed()
        };
        if let Some(answers) = answers.as_ref().filter(|one| one.at.elapsed() < fresh_for) {
            return answers.clone();
        }
        let (database, progress, queues, documents) = futures::join!(
            answer_of(self.database.check_writes(), self.database.breaker()),
            answer_of(read_progress(&*self.progress), self.database.breaker()),
            answer_of(self.queues.check(), self.queues.breaker()),
            answer_of(self.documents.check(), self.documents.breaker()),
        );
        let asked = Answers {
            at: Instant::now(),
            database,
            queues,
            documents,
            progress,
        };
        let before = answers.as_ref().map(Answers::faults).unwrap_or_default();
        if before.keys().ne(asked.faults().keys()) {
            self.state_changed.notify_one();
        }
        *answers = Some(asked.clone());
        asked
    }

    /// Checks all dependencies, and whether work that is ready moves.
    pub async fn readiness(&self) -> Readiness {
        let answers = self.answers().await;
        let own_faults = answers.faults();
        let Answers {
            database,
            queues,
            documents,
            progress,
            ..
        } = answers;
        let mut warning = None;
        let progress = match progress {
            Ok(mut progress) => {
                // Its own faults are checks by themselves, and newer than the registry.
                for running in &mut progress.faulty_processes {
                    running
                        .state
                        .faults
                        .retain(|part, _| !own_faults.contains_key(part));
                }
                warning = warning_of_paused_endpoints(&progress);
                judge(&progress)
            }
            Err(error) => vec![ProgressCheck {
                name: "progress".to_owned(),
                fault: Some(error),
            }],
        };
        let moves = progress.iter().all(|check| check.fault.is_none());
        let pools = self
            .pools
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        // Work that does not move is no fault of this process, which others may replace in vain.
        // Without queues or documents the API still accepts and stores all requests. Without the
        // database it can't, and a process whose pool is down does not process its tasks.
        let ready = database.is_ok() && pools.values().all(Result::is_ok);
        let grade = match (ready, queues.is_ok() && documents.is_ok() && moves) {
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
        checks.extend(
            progress.into_iter().map(|ProgressCheck { name, fault }| {
                (name, fault.unwrap_or_else(|| "ok".to_owned()))
            }),
        );
        checks.extend(pools.into_iter().map(|(queue, state)| {
            let down = |reason| format!("down; restarting: {reason}");
            (format!("pool {queue}"), word(state.map_err(down)))
        }));
        let circuit_breakers = self
            .breakers()
            .map(|(name, breaker)| (name.to_owned(), breaker.state().to_string()))
            .collect();
        let warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        Readiness {
            grade,
            checks,
            warnings: warnings.iter().cloned().chain(warning).collect(),
            circuit_breakers,
        }
    }
}

/// Makes a check. Its error has all causes in words.
async fn answer_of<T, E: std::error::Error>(
    check: impl Future<Output = Result<T, E>>,
    breaker: Option<&Breaker>,
) -> Result<T, String> {
    match tokio::time::timeout(PATIENCE, check).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(explained(&error, breaker)),
        Err(_) => Err("no answer".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use async_trait::async_trait;

    use super::*;
    use crate::{
        breaker::BreakerSettings,
        domain::{
            identifiers::{BatchId, JobId},
            progress::{BatchView, JobView},
        },
        queue::InProcessQueues,
        service::fakes::{NoDocuments, idle_queue},
        store::{DatabaseServer, LedgerCounts, ProgressLimits, QueueProgress, StoreError},
    };

    /// Dependencies that answer, and count how often they are asked. A task of the bulk queue has
    /// been ready for this long.
    #[derive(Default)]
    struct Dependencies {
        asked: AtomicU32,
        ready_for: Option<Duration>,
        /// True if the database does not answer.
        is_silent: bool,
        breaker: Option<Breaker>,
    }

    #[async_trait]
    impl Schema for Dependencies {
        async fn migrate(&self) -> Result<(), StoreError> {
            unreachable!()
        }

        async fn check(&self) -> Result<(), StoreError> {
            self.wait_if_silent().await;
            Ok(())
        }

        fn breaker(&self) -> Option<&Breaker> {
            self.breaker.as_ref()
        }

        async fn server(&self) -> Result<DatabaseServer, StoreError> {
            unreachable!()
        }
    }

    #[async_trait]
    impl Jobs for Dependencies {
        async fn job(&self, _: &JobId) -> Result<Option<JobView>, StoreError> {
            unreachable!()
        }

        async fn batch(&self, _: &BatchId) -> Result<Option<BatchView>, StoreError> {
            unreachable!()
        }

        async fn counts(&self) -> Result<LedgerCounts, StoreError> {
            self.wait_if_silent().await;
            unreachable!()
        }
    }

    impl Dependencies {
        async fn wait_if_silent(&self) {
            if self.is_silent {
                std::future::pending::<()>().await;
            }
        }
    }

    #[async_trait]
    impl Progress for Dependencies {
        async fn work_progress(&self, _: &ProgressLimits) -> Result<WorkProgress, StoreError> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Ok(WorkProgress {
                queues: vec![QueueProgress {
                    undispatched_for: self.ready_for,
                    ..idle_queue(QueueName::Bulk)
                }],
                ..WorkProgress::default()
            })
        }
    }

    fn health(ready_for: Option<Duration>) -> (Arc<Health>, Arc<Dependencies>) {
        health_of(Dependencies {
            ready_for,
            ..Dependencies::default()
        })
    }

    fn health_of(dependencies: Dependencies) -> (Arc<Health>, Arc<Dependencies>) {
        let dependencies = Arc::new(dependencies);
        let health = Health::new(
            dependencies.clone(),
            dependencies.clone(),
            dependencies.clone(),
            Arc::new(NoDocuments),
            Arc::<InProcessQueues>::default(),
            None,
        );
        (health, dependencies)
    }

    #[tokio::test]
    async fn concurrent_probes_share_the_answers_of_dependencies() {
        let (health, dependencies) = health(None);
        let probes = (0..100).map(|_| health.readiness());
        for readiness in futures::future::join_all(probes).await {
            assert_eq!(readiness.grade, ReadinessGrade::Ready);
        }
        // More than once only if the machine stops for longer than answers stay fresh.
        assert!(dependencies.asked.load(Ordering::Relaxed) < 10);
    }

    #[tokio::test]
    async fn a_pool_that_goes_down_is_seen_at_once() {
        let (health, _) = health(None);
        health.set_pool(QueueName::High, Ok(()));
        assert_eq!(health.readiness().await.grade, ReadinessGrade::Ready);
        health.set_pool(QueueName::High, Err("gone".to_owned()));
        assert_eq!(health.readiness().await.grade, ReadinessGrade::Unavailable);
        assert_eq!(health.pools_down(), [QueueName::High]);
    }

    #[tokio::test]
    async fn work_that_does_not_move_degrades_and_never_makes_unavailable() {
        let (health, _) = health(Some(Duration::from_hours(1)));
        let readiness = health.readiness().await;
        assert_eq!(readiness.grade, ReadinessGrade::Degraded);
        assert!(readiness.checks["queue matching_bulk"].contains("work has been ready for 1 h"));
        assert_eq!(readiness.checks["webhooks"], "ok");
    }

    /// The limit within which probes are answered.
    const PROBE_LIMIT: Duration = Duration::from_secs(2);

    #[tokio::test(start_paused = true)]
    async fn metrics_are_published_within_two_seconds_while_the_database_is_silent() {
        let (health, _) = health_of(Dependencies {
            is_silent: true,
            ..Dependencies::default()
        });
        let began = Instant::now();
        health.publish_counts().await;
        assert!(began.elapsed() < PROBE_LIMIT);
    }

    #[tokio::test(start_paused = true)]
    async fn probes_that_wait_for_one_another_are_answered_within_two_seconds() {
        let settings = BreakerSettings {
            failure_threshold: 1,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(1),
        };
        let breaker = Breaker::new("the database", settings);
        while breaker.state() == BreakerState::Closed {
            breaker.permit().unwrap().failed();
        }
        let (health, _) = health_of(Dependencies {
            is_silent: true,
            breaker: Some(breaker),
            ..Dependencies::default()
        });
        let began = Instant::now();
        let probes = (0..3).map(|_| health.readiness());
        for readiness in futures::future::join_all(probes).await {
            assert_eq!(readiness.grade, ReadinessGrade::Unavailable);
        }
        assert!(began.elapsed() < PROBE_LIMIT);
    }
}
