//! Waiting for jobs and batches. One watcher for each process asks the database for the states of
//! all work that its callers wait for, however many they are, and only while there are any.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use metrics::gauge;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    domain::{
        identifiers::{BatchId, JobId},
        progress::{BatchState, JobState},
    },
    outage::{OutageReports, with_causes},
    store::{StoreError, Watching},
};

/// The pause between two looks at the database.
const INTERVAL: Duration = Duration::from_millis(100);
/// The number of looks after which one reads all states, to find work that was deleted; the others
/// leave out what has not changed.
const LOOKS_FOR_DELETIONS: u32 = 100;

/// The process has as many waiting callers as it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{limit} callers are waiting already (http.waiting_callers); poll, or try again later")]
pub struct TooManyWaiting {
    /// The limit.
    pub limit: usize,
}

/// The state of watched work, as it was seen last.
#[derive(Debug)]
pub enum Seen<S> {
    /// The database has not been asked yet.
    NotYet,
    /// The state.
    State(Arc<S>),
    /// The work does not exist any more.
    Deleted,
}

impl<S> Clone for Seen<S> {
    fn clone(&self) -> Self {
        match self {
            Self::NotYet => Self::NotYet,
            Self::State(state) => Self::State(Arc::clone(state)),
            Self::Deleted => Self::Deleted,
        }
    }
}

/// A state with its key and version.
pub trait Watchable: Send + Sync + 'static {
    /// The id of the work.
    type Key: Clone + Eq + Hash + Send + Sync + 'static;

    /// Returns the id of the work.
    fn key(&self) -> &Self::Key;

    /// Returns the version of the state.
    fn version(&self) -> &str;

    /// Returns true if the work has ended.
    fn has_ended(&self) -> bool;
}

impl Watchable for JobState {
    type Key = JobId;

    fn key(&self) -> &JobId {
        &self.view.job_id
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn has_ended(&self) -> bool {
        self.view.state.is_final()
    }
}

impl Watchable for BatchState {
    type Key = BatchId;

    fn key(&self) -> &BatchId {
        &self.view.id
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn has_ended(&self) -> bool {
        self.view.finished_at.is_some()
    }
}

/// The watched work of one kind.
struct Watched<S: Watchable>(Mutex<HashMap<S::Key, Entry<S>>>);

struct Entry<S> {
    seen: watch::Sender<Seen<S>>,
    callers: usize,
}

impl<S: Watchable> Default for Watched<S> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<S: Watchable> Watched<S> {
    fn entries(&self) -> MutexGuard<'_, HashMap<S::Key, Entry<S>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, key: &S::Key) -> watch::Receiver<Seen<S>> {
        let mut entries = self.entries();
        let entry = entries.entry(key.clone()).or_insert_with(|| Entry {
            seen: watch::Sender::new(Seen::NotYet),
            callers: 0,
        });
        entry.callers += 1;
        entry.seen.subscribe()
    }

    fn leave(&self, key: &S::Key) {
        let mut entries = self.entries();
        if let Some(entry) = entries.get_mut(key) {
            entry.callers -= 1;
            if entry.callers == 0 {
                entries.remove(key);
            }
        }
    }

    /// Returns the keys, each with the version that was seen last.
    fn wanted(&self) -> Vec<(S::Key, Option<String>)> {
        let entries = self.entries();
        let wanted = entries.iter().map(|(key, entry)| {
            let version = match &*entry.seen.borrow() {
                Seen::State(state) => Some(state.version().to_owned()),
                Seen::NotYet | Seen::Deleted => None,
            };
            (key.clone(), version)
        });
        wanted.collect()
    }

    /// Passes new states to the callers.
    fn show(&self, states: Vec<S>) {
        let entries = self.entries();
        for state in states {
            if let Some(entry) = entries.get(state.key()) {
                entry.seen.send_if_modified(|seen| {
                    let is_new =
                        !matches!(seen, Seen::State(old) if old.version() == state.version());
                    if is_new {
                        *seen = Seen::State(Arc::new(state));
                    }
                    is_new
                });
            }
        }
    }

    /// Tells the callers of these keys that the work was deleted.
    fn show_deleted<'a>(&self, keys: impl Iterator<Item = &'a S::Key>)
    where
        S::Key: 'a,
    {
        let entries = self.entries();
        for entry in keys.filter_map(|key| entries.get(key)) {
            entry.seen.send_if_modified(|seen| {
                let is_new = !matches!(seen, Seen::Deleted);
                *seen = Seen::Deleted;
                is_new
            });
        }
    }
}

/// Watches work for the callers of this process.
pub struct Watcher {
    store: Arc<dyn Watching>,
    jobs: Arc<Watched<JobState>>,
    batches: Arc<Watched<BatchState>>,
    limit: usize,
    slots: Arc<Semaphore>,
    arrived: Notify,
    stopping: CancellationToken,
    outages: OutageReports,
}

impl Watcher {
    /// Creates a watcher for at most `limit` callers at once, who are answered with the state that
    /// was seen last as soon as `stopping` is cancelled.
    pub fn new(store: Arc<dyn Watching>, limit: usize, stopping: CancellationToken) -> Self {
        Self {
            store,
            jobs: Arc::default(),
            batches: Arc::default(),
            limit,
            slots: Arc::new(Semaphore::new(limit)),
            arrived: Notify::new(),
            stopping,
            outages: OutageReports::default(),
        }
    }

    /// Begins to watch a job, until the watch is dropped.
    ///
    /// # Errors
    /// If too many callers wait.
    pub fn job(&self, id: &JobId) -> Result<Watch<JobState>, TooManyWaiting> {
        self.watch(&self.jobs, id)
    }

    /// Begins to watch a batch, until the watch is dropped.
    ///
    /// # Errors
    /// If too many callers wait.
    pub fn batch(&self, id: &BatchId) -> Result<Watch<BatchState>, TooManyWaiting> {
        self.watch(&self.batches, id)
    }

    fn watch<S: Watchable>(
        &self,
        watched: &Arc<Watched<S>>,
        key: &S::Key,
    ) -> Result<Watch<S>, TooManyWaiting> {
        let limit = self.limit;
        let slot = Arc::clone(&self.slots).try_acquire_owned();
        let slot = slot.map_err(|_| TooManyWaiting { limit })?;
        let watch = Watch {
            seen: watched.enter(key),
            key: key.clone(),
            watched: Arc::clone(watched),
            stopping: self.stopping.clone(),
            _slot: slot,
        };
        self.arrived.notify_one();
        Ok(watch)
    }

    /// Watches for ever.
    pub async fn run(self: Arc<Self>) {
        let mut looks: u32 = 0;
        loop {
            let callers = self.limit - self.slots.available_permits();
            gauge!("matching_waiting_callers").set(callers as f64);
            if callers == 0 {
                self.arrived.notified().await;
            }
            match self.look(looks.is_multiple_of(LOOKS_FOR_DELETIONS)).await {
                Ok(()) => {
                    if self.outages.succeeded() {
                        info!("the states of work that callers wait for can be read again");
                    }
                }
                Err(error) => {
                    if let Some(failures) = self.outages.failed() {
                        let error = with_causes(&error);
                        warn!(error, failures, "work that callers wait for can't be read");
                    }
                }
            }
            looks = looks.wrapping_add(1);
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Reads the states of all watched work, once.
    async fn look(&self, finds_deletions: bool) -> Result<(), StoreError> {
        let mut jobs = self.jobs.wanted();
        if finds_deletions {
            for (_, held) in &mut jobs {
                *held = None;
            }
        }
        if !jobs.is_empty() {
            let states = self.store.job_states(&jobs).await?;
            let deleted = absent(jobs.iter().map(|(id, _)| id), &states);
            let deleted: Vec<JobId> = deleted.cloned().collect();
            self.jobs.show(states);
            if finds_deletions {
                self.jobs.show_deleted(deleted.iter());
            }
        }
        let batches: Vec<BatchId> = self
            .batches
            .wanted()
            .into_iter()
            .map(|(id, _)| id)
            .collect();
        if !batches.is_empty() {
            let states = self.store.batch_states(&batches).await?;
            let deleted: Vec<BatchId> = absent(batches.iter(), &states).cloned().collect();
            self.batches.show(states);
            self.batches.show_deleted(deleted.iter());
        }
        Ok(())
    }
}

/// Returns the keys without a state.
fn absent<'a, S: Watchable>(
    keys: impl Iterator<Item = &'a S::Key>,
    states: &[S],
) -> impl Iterator<Item = &'a S::Key>
where
    S::Key: 'a,
{
    let found: std::collections::HashSet<S::Key> =
        states.iter().map(|state| state.key().clone()).collect();
    keys.filter(move |key| !found.contains(key))
}

/// One caller's watch of a job or batch. Dropping it frees its slot.
pub struct Watch<S: Watchable> {
    key: S::Key,
    seen: watch::Receiver<Seen<S>>,
    watched: Arc<Watched<S>>,
    stopping: CancellationToken,
    _slot: OwnedSemaphorePermit,
}

impl<S: Watchable> Watch<S> {
    /// Waits until the work has ended, for at most `limit`, and returns its last state; `None` if
    /// the database did not answer, or the work was deleted. Ends at once when the process stops.
    pub async fn until_ended(mut self, limit: Duration) -> Option<Arc<S>> {
        let ended = self.seen.wait_for(|seen| match seen {
            Seen::State(state) => state.has_ended(),
            Seen::Deleted => true,
            Seen::NotYet => false,
        });
        tokio::select! {
            _ = tokio::time::timeout(limit, ended) => {}
            () = self.stopping.cancelled() => {}
        }
        match &*self.seen.borrow() {
            Seen::State(state) => Some(Arc::clone(state)),
            Seen::NotYet | Seen::Deleted => None,
        }
    }

    /// Waits for a state that this watch has not returned yet; `None` if the work was deleted or the
    /// process stops.
    pub async fn next(&mut self) -> Option<Arc<S>> {
        loop {
            tokio::select! {
                changed = self.seen.changed() => changed.ok()?,
                () = self.stopping.cancelled() => return None,
            }
            match &*self.seen.borrow_and_update() {
                Seen::State(state) => return Some(Arc::clone(state)),
                Seen::Deleted => return None,
                Seen::NotYet => {}
            }
        }
    }
}

impl<S: Watchable> Drop for Watch<S> {
    fn drop(&mut self) {
        self.watched.leave(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use async_trait::async_trait;
    use chrono::DateTime;
    use futures::future::join_all;
    use tokio::time::Instant;

    use super::*;
    use crate::{
        domain::{
            progress::JobView,
            queue_name::QueueName,
            task::{Pair, TaskState},
        },
        service::fakes::id_of,
    };

    /// A ledger whose jobs are all queued, and then all completed or deleted.
    #[derive(Default)]
    struct Ledger {
        looks: AtomicUsize,
        has_ended: AtomicBool,
        is_empty: AtomicBool,
    }

    #[async_trait]
    impl Watching for Ledger {
        async fn job_states(
            &self,
            wanted: &[(JobId, Option<String>)],
        ) -> Result<Vec<JobState>, StoreError> {
            self.looks.fetch_add(1, Ordering::Relaxed);
            if self.is_empty.load(Ordering::Relaxed) {
                return Ok(vec![]);
            }
            let state = if self.has_ended.load(Ordering::Relaxed) {
                TaskState::Completed
            } else {
                TaskState::Queued
            };
            let version = state.as_str();
            let changed = wanted
                .iter()
                .filter(|(_, held)| held.as_deref() != Some(version));
            let states = changed.map(|(id, _)| JobState {
                view: job(id, state),
                version: version.to_owned(),
            });
            Ok(states.collect())
        }

        async fn batch_states(&self, _: &[BatchId]) -> Result<Vec<BatchState>, StoreError> {
            unreachable!("no batch is watched")
        }
    }

    fn job(id: &JobId, state: TaskState) -> JobView {
        JobView {
            job_id: id.clone(),
            state,
            queue: QueueName::Standard,
            pair: Pair {
                candidate_id: id_of(1),
                job_posting_id: id_of(2),
            },
            batch_id: None,
            depends_on: None,
            user_id: None,
            trace: None,
            has_receiver: false,
            attempts: 0,
            next_attempt_at: None,
            error: None,
            created_at: DateTime::UNIX_EPOCH,
            started_at: None,
            finished_at: None,
        }
    }

    fn watching(limit: usize) -> (Arc<Ledger>, Arc<Watcher>, CancellationToken) {
        let (ledger, stopping) = (Arc::new(Ledger::default()), CancellationToken::new());
        let watcher = Watcher::new(ledger.clone(), limit, stopping.clone());
        let watcher = Arc::new(watcher);
        tokio::spawn(Arc::clone(&watcher).run());
        (ledger, watcher, stopping)
    }

    fn name(number: usize) -> JobId {
        format!("job{number}").parse().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn many_waiting_callers_cost_one_statement_for_each_interval() {
        let (ledger, watcher, _stopping) = watching(10_000);
        let callers: Vec<_> = (0..10_000)
            .map(|n| watcher.job(&name(n % 5_000)).unwrap())
            .collect();
        let limit = Duration::from_mins(1);
        let waiting = join_all(callers.into_iter().map(|caller| caller.until_ended(limit)));
        let ending = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            ledger.has_ended.store(true, Ordering::Relaxed);
        };
        let began = Instant::now();
        let (seen, ()) = tokio::join!(waiting, ending);
        assert!(seen.iter().flatten().all(|state| state.has_ended()));
        assert_eq!(seen.iter().flatten().count(), 10_000);
        assert!(began.elapsed() <= Duration::from_secs(1) + 2 * INTERVAL);
        assert!(ledger.looks.load(Ordering::Relaxed) <= 13);
    }

    #[tokio::test(start_paused = true)]
    async fn the_database_is_asked_only_while_callers_wait() {
        let (ledger, watcher, _stopping) = watching(10);
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert_eq!(ledger.looks.load(Ordering::Relaxed), 0);
        let watch = watcher.job(&name(1)).unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(watch);
        tokio::time::sleep(Duration::from_secs(1)).await;
        let looks = ledger.looks.load(Ordering::Relaxed);
        assert!((9..=12).contains(&looks), "{looks}");
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert_eq!(ledger.looks.load(Ordering::Relaxed), looks);
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_hangs_up_frees_its_slot() {
        let (_ledger, watcher, _stopping) = watching(1);
        let watch = watcher.job(&name(1)).unwrap();
        let refused = watcher.job(&name(1)).err();
        assert_eq!(refused, Some(TooManyWaiting { limit: 1 }));
        drop(watch);
        assert!(watcher.job(&name(1)).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends_with_the_last_state_when_time_is_up_or_the_process_stops() {
        let (_ledger, watcher, stopping) = watching(10);
        let queued = |seen: Option<Arc<JobState>>| seen.unwrap().view.state == TaskState::Queued;
        let watch = watcher.job(&name(1)).unwrap();
        assert!(queued(watch.until_ended(Duration::from_secs(5)).await));
        let watch = watcher.job(&name(1)).unwrap();
        let stop = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            stopping.cancel();
        };
        let began = Instant::now();
        let (seen, ()) = tokio::join!(watch.until_ended(Duration::from_mins(1)), stop);
        assert!(queued(seen));
        assert!(began.elapsed() < Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_watch_of_deleted_work_ends() {
        let (ledger, watcher, _stopping) = watching(10);
        let mut watch = watcher.job(&name(1)).unwrap();
        assert!(watch.next().await.is_some());
        ledger.is_empty.store(true, Ordering::Relaxed);
        assert!(watch.next().await.is_none());
    }
}
