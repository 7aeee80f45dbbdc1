//! The leases of this process: renewed together while their tasks run, and released if the process
//! stops before the tasks end.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::{
    domain::{
        identifiers::TaskId,
        task::{ClaimedTask, Withdrawal},
    },
    outage::{OutageReports, with_causes},
    store::Leases,
};

/// The time limit for releasing all leases; those that were not released expire.
const RELEASE_LIMIT: Duration = Duration::from_secs(3);

/// All leases of this process.
pub struct LeaseKeeper {
    ledger: Arc<dyn Leases>,
    lease: Duration,
    held: Mutex<HashMap<TaskId, HeldLease>>,
    /// Notified when no lease is held any more.
    none_held: Notify,
}

struct HeldLease {
    claimed: ClaimedTask,
    lost: CancellationToken,
}

/// Keeps one lease until it is dropped.
pub struct LeaseGuard {
    keeper: Arc<LeaseKeeper>,
    id: TaskId,
    token: i64,
    /// Cancelled when the lease has passed to another worker or was released: the run can't record
    /// anything any more.
    pub lost: CancellationToken,
}

impl Drop for LeaseGuard {
    fn drop(&mut self) {
        let mut held = self.keeper.held();
        // The same task may have been claimed again by this process meanwhile.
        if held
            .get(&self.id)
            .is_some_and(|lease| lease.claimed.lease_token == self.token)
        {
            held.remove(&self.id);
        }
        if held.is_empty() {
            self.keeper.none_held.notify_waiters();
        }
    }
}

impl LeaseKeeper {
    /// Creates a keeper of leases of this length.
    pub fn new(ledger: Arc<dyn Leases>, lease: Duration) -> Arc<Self> {
        Arc::new(Self {
            ledger,
            lease,
            held: Mutex::default(),
            none_held: Notify::new(),
        })
    }

    /// Returns the length of a lease without renewal.
    pub fn lease(&self) -> Duration {
        self.lease
    }

    /// Keeps this lease until the guard is dropped. Of two leases of a task only the newer one is
    /// kept: the answer to the older claim may arrive last, and its run can't record anything.
    pub fn keep(self: &Arc<Self>, claimed: &ClaimedTask) -> LeaseGuard {
        let lost = CancellationToken::new();
        let lease = HeldLease {
            claimed: claimed.clone(),
            lost: lost.clone(),
        };
        let mut held = self.held();
        let known = held.get(&claimed.task.id);
        if known.is_some_and(|known| known.claimed.lease_token > claimed.lease_token) {
            lost.cancel();
        } else if let Some(older) = held.insert(claimed.task.id.clone(), lease) {
            older.lost.cancel();
        }
        drop(held);
        LeaseGuard {
            keeper: Arc::clone(self),
            id: claimed.task.id.clone(),
            token: claimed.lease_token,
            lost,
        }
    }

    /// Renews all leases three times per lease length, for as long as it is polled. A call that
    /// does not answer is dropped for the next one, which uses another connection. A failed call is
    /// repeated sooner, since other workers may take the tasks one lease length after the database
    /// is back.
    pub async fn renew_forever(self: Arc<Self>) {
        let interval = self.lease / 3;
        let reports = OutageReports::default();
        let mut ticks = tokio::time::interval(interval);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let leases = self.leases_held();
            if leases.is_empty() {
                continue;
            }
            let renewing = self.ledger.renew_leases(&leases, self.lease);
            match tokio::time::timeout(interval, renewing).await {
                Ok(Ok(lost)) => {
                    self.cancel(&lost, &leases);
                    if reports.succeeded() {
                        info!("leases are renewed again");
                    }
                }
                Ok(Err(error)) => {
                    if let Some(failures) = reports.failed() {
                        let error = with_causes(&error);
                        warn!(
                            error,
                            failures,
                            count = leases.len(),
                            "leases could not be renewed"
                        );
                    }
                    let pause = error.retry_after().unwrap_or(interval / 4);
                    ticks.reset_after(pause.min(interval));
                }
                Err(_) => {
                    if let Some(failures) = reports.failed() {
                        warn!(
                            failures,
                            count = leases.len(),
                            "leases were not renewed in time"
                        );
                    }
                }
            }
        }
    }

    fn leases_held(&self) -> Vec<(TaskId, i64)> {
        self.held()
            .iter()
            .map(|(id, lease)| (id.clone(), lease.claimed.lease_token))
            .collect()
    }

    /// Interrupts withdrawn runs as soon as the withdrawal is announced, for as long as it is
    /// polled.
    pub async fn apply_withdrawals(
        self: Arc<Self>,
        mut announced: broadcast::Receiver<Vec<Withdrawal>>,
    ) {
        loop {
            match announced.recv().await {
                Ok(withdrawn) => withdrawn.iter().for_each(|run| self.interrupt(run)),
                // The next renewal detects missed withdrawals.
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    }

    /// Interrupts a run, but not a newer run of the same task that was claimed since.
    fn interrupt(&self, withdrawn: &Withdrawal) {
        if let Some(lease) = self.held().get(&withdrawn.task_id)
            && lease.claimed.lease_token <= withdrawn.lease_token
        {
            debug!(task.id = %withdrawn.task_id, "the task was cancelled while it ran");
            lease.lost.cancel();
        }
    }

    fn cancel(&self, lost: &[TaskId], asked: &[(TaskId, i64)]) {
        let held = self.held();
        for id in lost {
            let asked_token = asked
                .iter()
                .find(|(asked, _)| asked == id)
                .map(|(_, token)| *token);
            if let Some(lease) = held.get(id)
                && Some(lease.claimed.lease_token) == asked_token
            {
                debug!(task.id = %id, "lease lost, or the task ended meanwhile");
                lease.lost.cancel();
            }
        }
    }

    /// Completes once no lease is held.
    pub async fn all_given_back(&self) {
        loop {
            let mut none_held = std::pin::pin!(self.none_held.notified());
            // Listens before it checks, so that it misses no notification.
            none_held.as_mut().enable();
            if self.held().is_empty() {
                return;
            }
            none_held.await;
        }
    }

    /// Releases all tasks that are still held, without counting their attempts, so that other
    /// workers can take them at once, and ends their runs. The last action of a process whose grace
    /// period is over. Returns the number of released tasks.
    pub async fn release_all(&self) -> u64 {
        let leases = self.leases_held();
        let releasing = self.ledger.release_all(&leases);
        let released = match tokio::time::timeout(RELEASE_LIMIT, releasing).await {
            Ok(Ok(released)) => released,
            Ok(Err(error)) => {
                warn!(
                    error = with_causes(&error),
                    count = leases.len(),
                    "leases not released; they will expire"
                );
                0
            }
            Err(_) => {
                warn!(
                    count = leases.len(),
                    "leases not released in time; they will expire"
                );
                0
            }
        };
        for lease in self.held().values() {
            lease.lost.cancel();
        }
        released
    }

    fn held(&self) -> MutexGuard<'_, HashMap<TaskId, HeldLease>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;

    use super::*;
    use crate::{
        domain::{
            identifiers::JobId,
            queue_name::QueueName,
            submission::WebhookEvents,
            task::{Task, TaskError},
        },
        service::fakes::id_of,
        store::{ExpiredLeases, Guarded, StoreError},
    };
    use matching_engine::profiles::profile_kind::ProfileKind;

    const LEASE: Duration = Duration::from_secs(15);

    /// A ledger in which the task `lost` has passed to another worker, and which can't release
    /// leases.
    struct Ledger;

    #[async_trait]
    impl Leases for Ledger {
        async fn claim(
            &self,
            _: &TaskId,
            _: &str,
            _: Duration,
        ) -> Result<Option<ClaimedTask>, StoreError> {
            unreachable!()
        }

        async fn renew_leases(
            &self,
            leases: &[(TaskId, i64)],
            _: Duration,
        ) -> Result<Vec<TaskId>, StoreError> {
            let ids = leases.iter().map(|(id, _)| id.clone());
            Ok(ids.filter(|id| id.as_str() == "lost").collect())
        }

        async fn schedule_retry(
            &self,
            _: &ClaimedTask,
            _: Duration,
            _: &TaskError,
        ) -> Result<Guarded, StoreError> {
            unreachable!()
        }

        async fn release(
            &self,
            _: &ClaimedTask,
            _: Duration,
            _: Option<&TaskError>,
        ) -> Result<Guarded, StoreError> {
            unreachable!()
        }

        async fn release_all(&self, _: &[(TaskId, i64)]) -> Result<u64, StoreError> {
            Err(StoreError::TimedOut { limit: LEASE })
        }

        async fn expire_leases(&self, _: u32, _: Duration) -> Result<ExpiredLeases, StoreError> {
            unreachable!()
        }
    }

    fn claimed(id: &str, lease_token: i64) -> ClaimedTask {
        ClaimedTask {
            task: Task {
                id: id.parse::<TaskId>().unwrap(),
                job_id: Some(id.parse::<JobId>().unwrap()),
                batch_id: None,
                queue: QueueName::Standard,
                subject_kind: ProfileKind::Candidate,
                subject_id: id_of(1),
                matches: vec![],
                webhook_url: None,
                webhook_events: WebhookEvents::Each,
                weights: None,
                trace: None,
            },
            attempt: 1,
            lease_token,
        }
    }

    #[tokio::test]
    async fn a_renewal_ends_only_the_run_whose_lease_is_lost() {
        let keeper = LeaseKeeper::new(Arc::new(Ledger), LEASE);
        let (lost, kept) = (
            keeper.keep(&claimed("lost", 1)),
            keeper.keep(&claimed("kept", 1)),
        );
        let renewing = tokio::spawn(Arc::clone(&keeper).renew_forever());
        lost.lost.cancelled().await;
        assert!(!kept.lost.is_cancelled());
        renewing.abort();
    }

    #[test]
    fn a_task_that_was_claimed_again_meanwhile_keeps_its_newer_run() {
        let keeper = LeaseKeeper::new(Arc::new(Ledger), LEASE);
        let asked = [("lost".parse::<TaskId>().unwrap(), 1)];
        let newer = keeper.keep(&claimed("lost", 2));
        keeper.cancel(&["lost".parse::<TaskId>().unwrap()], &asked);
        assert!(!newer.lost.is_cancelled());
    }

    #[test]
    fn of_two_leases_of_a_task_the_newer_one_is_kept() {
        let keeper = LeaseKeeper::new(Arc::new(Ledger), LEASE);
        let newer = keeper.keep(&claimed("task", 2));
        let older = keeper.keep(&claimed("task", 1));
        assert!(older.lost.is_cancelled());
        drop(older);
        assert!(!newer.lost.is_cancelled());
        assert_eq!(keeper.leases_held(), [("task".parse().unwrap(), 2)]);
        let newest = keeper.keep(&claimed("task", 3));
        assert!(newer.lost.is_cancelled());
        assert!(!newest.lost.is_cancelled());
    }

    #[tokio::test]
    async fn a_process_that_stops_ends_its_runs_even_if_their_leases_can_not_be_given_back() {
        let keeper = LeaseKeeper::new(Arc::new(Ledger), LEASE);
        let held = keeper.keep(&claimed("kept", 1));
        assert_eq!(keeper.release_all().await, 0);
        assert!(held.lost.is_cancelled());
    }
}
