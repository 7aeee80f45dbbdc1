//! Housekeeping: sweeps that complete work that a crashed process left half done. They find it in
//! the ledger's rows, never in memory.

use std::{collections::HashSet, sync::Arc, time::Duration};

use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::{
    dependencies,
    dispatcher::Dispatcher,
    result_documents::{BatchReporter, ReportError},
};
use crate::{
    documents::{DocumentError, DocumentStore},
    domain::{identifiers::TaskId, queue_name::QueueName},
    outage::{OutageReports, with_causes},
    queue::{DeadPointer, TaskQueues},
    store::{
        BatchReports, DeadLetters, Dependencies, Dispatch, KeptDocuments, Leases, OperatorActions,
        Retention, StoreError,
    },
};

/// The most rows that one step of a sweep changes.
const STEP: u32 = 500;
/// The age from which on a dispatched task counts as one without a pointer, if the queue is empty.
const LOST_AFTER: Duration = Duration::from_secs(3);
/// The same age for a queue that is less than half full.
const LOST_FOR_SURE_AFTER: Duration = Duration::from_mins(10);
/// The same age for a fuller queue. A sweep pushes only a few of these tasks, since most of them
/// may merely be old.
const LOST_IN_A_BACKLOG_AFTER: Duration = Duration::from_hours(1);
const LOST_STEP: u32 = 100;
/// The pause after a failure of the document store.
const DOCUMENT_PAUSE: Duration = Duration::from_secs(10);
/// The most documents that one step deletes.
const DOCUMENT_STEP: u32 = 100;
/// The time for which operator actions are kept.
const OPERATOR_ACTIONS_KEPT: Duration = Duration::from_hours(365 * 24);

/// The ports of the ledger that the sweeps need.
pub trait HousekeepingPorts:
    Leases
    + Dispatch
    + Dependencies
    + Retention
    + DeadLetters
    + OperatorActions
    + KeptDocuments
    + BatchReports
{
}

impl<T> HousekeepingPorts for T where
    T: Leases
        + Dispatch
        + Dependencies
        + Retention
        + DeadLetters
        + OperatorActions
        + KeptDocuments
        + BatchReports
        + ?Sized
{
}

/// The ports and settings of the sweeps.
pub struct Housekeeping<S: ?Sized> {
    /// The ledger.
    pub store: Arc<S>,
    /// The queues.
    pub queues: Arc<dyn TaskQueues>,
    /// The document store, for deleting orphaned documents.
    pub documents: Arc<dyn DocumentStore>,
    /// Notified when a sweep queued tasks.
    pub dispatcher: Arc<Dispatcher>,
    /// The queues that this process dispatches to.
    pub queues_served: Vec<QueueName>,
    /// Saves the reports of ended batches.
    pub reporter: Arc<dyn BatchReporter>,
    /// The maximum number of dispatched tasks of a queue.
    pub window: u32,
    /// The time for which ended jobs are kept; `None` keeps them for ever.
    pub job_ttl: Option<Duration>,
    /// The time for which dead letters are kept; `None` keeps them for ever.
    pub dead_letter_ttl: Option<Duration>,
    /// The time for which a document is kept after its row was replaced, for readers that have its
    /// key.
    pub replaced_document_ttl: Duration,
    /// The length of a lease.
    pub lease: Duration,
    /// The pause between sweeps.
    pub interval: Duration,
}

impl<S: HousekeepingPorts + ?Sized> Housekeeping<S> {
    /// Sweeps for as long as it is polled. Work that a slow document store can delay has its own
    /// loop, so that it does not delay the tasks of dead workers.
    pub async fn run(self) {
        tokio::join!(self.watch_tasks(), self.tidy_up());
    }

    async fn watch_tasks(&self) {
        let reports = OutageReports::default();
        // While the database is unavailable, or a lock blocks the ledger, no worker can renew its
        // lease, so a lease that expired during that time does not mean that its worker died. Other
        // failures, such as a row that can't be read, last, and must not end the recovery of tasks.
        // The database may have been away just before this process started.
        let mut leases_trusted_from = Instant::now() + self.lease;
        loop {
            tokio::time::sleep(self.interval).await;
            let outcome = self.sweep(Instant::now() >= leases_trusted_from).await;
            if outcome.as_ref().is_err_and(StoreError::is_retryable) {
                leases_trusted_from = Instant::now() + self.lease;
            }
            report(&outcome, &reports, "watching tasks waits");
        }
    }

    async fn tidy_up(&self) {
        let reports = OutageReports::default();
        let mut documents = DocumentPatience::default();
        let mut dead_sets: Vec<(QueueName, u64)> =
            self.queues_served.iter().map(|queue| (*queue, 0)).collect();
        loop {
            tokio::time::sleep(self.interval).await;
            let mut outcome = self.save_missing_reports(&mut documents).await;
            outcome = outcome.and(self.forget_ended().await);
            outcome = outcome.and(self.forget_old_letters_and_actions().await);
            let kept_for = self.replaced_document_ttl;
            let deleting =
                delete_orphaned_documents(&*self.store, &*self.documents, kept_for, &mut documents);
            outcome = outcome.and(deleting.await);
            for (queue, place) in &mut dead_sets {
                outcome = outcome.and(self.tidy_dead_set(*queue, place).await);
            }
            report(&outcome, &reports, "tidying up waits");
        }
    }

    /// Runs every step, even after a failed one; returns the first error.
    async fn sweep(&self, leases_trusted: bool) -> Result<(), StoreError> {
        let mut outcome = Ok(());
        if leases_trusted {
            outcome = outcome.and(self.expire_leases().await);
        }
        let resolved = dependencies::resolve(&*self.store, &self.dispatcher, None).await;
        outcome = outcome.and(resolved);
        for queue in &self.queues_served {
            let found = self.find_lost_pointers(*queue).await;
            outcome = outcome.and(found);
        }
        outcome
    }

    async fn expire_leases(&self) -> Result<(), StoreError> {
        // Leases are renewed three times in each lease length. So a process that died and whose
        // lease has expired showed its last sign of life at least two thirds of a lease length ago.
        let alive_within = self.lease * 2 / 3;
        let expired = self.store.expire_leases(STEP, alive_within).await?;
        if expired.released > 0 {
            warn!(
                tasks = expired.released,
                "leases expired although their processes run; their tasks are queued again, and \
                 their attempts don't count. Look for long locks in the database"
            );
            self.dispatcher.nudge();
        }
        if expired.requeued > 0 {
            warn!(
                tasks = expired.requeued,
                "workers died; their tasks are queued again"
            );
            self.dispatcher.nudge();
        }
        if expired.quarantined > 0 {
            warn!(
                tasks = expired.quarantined,
                "tasks lost their worker twice and are dead letters"
            );
        }
        Ok(())
    }

    async fn find_lost_pointers(&self, queue: QueueName) -> Result<(), StoreError> {
        // If the queue is unavailable, nothing is known about its pointers; the dispatcher reports
        // the outage.
        let Ok(pending) = self.queues.pending(queue).await else {
            return Ok(());
        };
        if let Some((age, limit)) = lost_after(pending, self.window) {
            let undoing = self.store.undo_stale_dispatches(queue, age, limit);
            let lost = undoing.await?;
            if lost > 0 {
                info!(queue.name = %queue, tasks = lost, "pointers were lost; dispatching again");
                self.dispatcher.nudge();
            }
        }
        if let Ok(removed) = self.queues.tidy(queue).await
            && removed > 0
        {
            debug!(queue.name = %queue, tasks = removed, "finished tasks removed from the queue");
        }
        Ok(())
    }

    /// Deletes ended work, in one small step for each sweep, so that a large clean-up delays
    /// nothing else.
    async fn forget_ended(&self) -> Result<(), StoreError> {
        let Some(job_ttl) = self.job_ttl else {
            return Ok(());
        };
        let forgotten = self.store.forget_ended(job_ttl, STEP).await?;
        if forgotten.is_empty() {
            return Ok(());
        }
        debug!(
            submissions = forgotten.submissions,
            deliveries = forgotten.deliveries,
            dependency_reports = forgotten.dependency_reports,
            "ended work was deleted"
        );
        Ok(())
    }

    async fn forget_old_letters_and_actions(&self) -> Result<(), StoreError> {
        if let Some(ttl) = self.dead_letter_ttl {
            let letters = self.store.forget_dead_letters(ttl, STEP).await?;
            if letters > 0 {
                info!(letters, "old dead letters were deleted");
            }
        }
        self.store
            .forget_operator_actions(OPERATOR_ACTIONS_KEPT, STEP)
            .await?;
        Ok(())
    }

    /// Removes the pointers of tasks that are no longer dead letters from the queue's dead set: one
    /// page of it, from `place` on.
    async fn tidy_dead_set(&self, queue: QueueName, place: &mut u64) -> Result<(), StoreError> {
        // If the queue is unavailable, nothing is known about its pointers; the dispatcher reports
        // the outage.
        let Ok(part) = self.queues.dead_pointers(queue, *place).await else {
            return Ok(());
        };
        let tasks: Vec<TaskId> = part
            .pointers
            .iter()
            .filter_map(|pointer| pointer.task_id.clone())
            .collect();
        let dead: HashSet<TaskId> = if tasks.is_empty() {
            HashSet::new()
        } else {
            self.store
                .dead_letters_among(&tasks)
                .await?
                .into_iter()
                .collect()
        };
        let outlived: Vec<DeadPointer> = part
            .pointers
            .into_iter()
            .filter(|pointer| !pointer.task_id.as_ref().is_some_and(|id| dead.contains(id)))
            .collect();
        if self.queues.remove_dead(queue, &outlived).await.is_ok() {
            *place = part.next;
        }
        Ok(())
    }

    /// Saves reports of ended batches. After a failure of the document store all of them wait,
    /// since each attempt reads a whole ranking.
    async fn save_missing_reports(
        &self,
        patience: &mut DocumentPatience,
    ) -> Result<(), StoreError> {
        if !patience.allows_a_call() {
            return Ok(());
        }
        for batch in self.store.batches_without_report(10).await? {
            match self.reporter.save(&batch).await {
                Ok(()) => patience.answered(),
                Err(ReportError::Store(error)) => return Err(error),
                Err(ReportError::Document(error)) => {
                    patience.failed(&error, "batch reports are not saved for now");
                    return Ok(());
                }
                Err(error) => {
                    warn!(batch.id = %batch, error = with_causes(&error), "batch report not saved; it is retried later");
                }
            }
        }
        Ok(())
    }
}

/// Deletes documents that no row has pointed to for at least `kept_for`. One small step, since each
/// document takes a call; after a failure all of them wait.
async fn delete_orphaned_documents(
    kept_documents: &(impl KeptDocuments + ?Sized),
    documents: &dyn DocumentStore,
    kept_for: Duration,
    patience: &mut DocumentPatience,
) -> Result<(), StoreError> {
    if !patience.allows_a_call() {
        return Ok(());
    }
    let orphaned = kept_documents.orphaned_documents(kept_for, DOCUMENT_STEP);
    let orphaned = orphaned.await?;
    let mut deleted = Vec::with_capacity(orphaned.len());
    for key in orphaned {
        if let Err(error) = documents.delete(&key).await {
            patience.failed(&error, "documents that nothing points to stay for now");
            break;
        }
        patience.answered();
        deleted.push(key);
    }
    if deleted.is_empty() {
        return Ok(());
    }
    kept_documents.forget_orphaned_documents(&deleted).await
}

/// Returns the age from which on dispatched tasks count as tasks without a pointer, and the number
/// of them to push in one step, given the pointers that wait in the queue. A queue that is at least
/// half full has no worker or a slow one: its tasks are old, not lost, and pushing them again and
/// again would grow the queue beyond the size that apalis-redis can handle. If pointers were lost
/// nevertheless, the window has room for as many tasks, even with a steady backlog; a full queue
/// has lost none.
fn lost_after(pending: u64, window: u32) -> Option<(Duration, u32)> {
    let window = u64::from(window);
    match pending {
        0 => Some((LOST_AFTER, u32::MAX)),
        few if few < window / 2 => Some((LOST_FOR_SURE_AFTER, u32::MAX)),
        many if many < window => Some((LOST_IN_A_BACKLOG_AFTER, LOST_STEP)),
        _ => None,
    }
}

/// Backs off from the document store after a failure, with one warning for all consecutive
/// failures. Needed in the sweeps only: the breaker does not open if the store answers with a
/// refusal.
#[derive(Default)]
struct DocumentPatience {
    asked_from: Option<Instant>,
}

impl DocumentPatience {
    fn allows_a_call(&self) -> bool {
        self.asked_from.is_none_or(|from| Instant::now() >= from)
    }

    fn failed(&mut self, error: &DocumentError, consequence: &'static str) {
        if self.asked_from.is_none() {
            warn!(error = with_causes(error), "{consequence}");
        }
        self.asked_from = Some(Instant::now() + DOCUMENT_PAUSE);
    }

    fn answered(&mut self) {
        self.asked_from = None;
    }
}

/// Logs the first failure of an outage, and one line a minute while it lasts.
fn report(outcome: &Result<(), StoreError>, reports: &OutageReports, waits: &'static str) {
    match outcome {
        Ok(()) => {
            reports.succeeded();
        }
        Err(error) => {
            if let Some(failures) = reports.failed() {
                warn!(error = with_causes(error), failures, "{waits}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;

    use super::*;
    use crate::store::KeptDocument;

    /// The orphaned documents `a`, `b` and `c`, and a document store that deletes only `a`.
    #[derive(Default)]
    struct Orphans {
        asked: Mutex<u32>,
        forgotten: Mutex<Vec<String>>,
    }

    #[async_trait]
    impl KeptDocuments for Orphans {
        async fn orphaned_documents(&self, _: Duration, _: u32) -> Result<Vec<String>, StoreError> {
            *self.asked.lock().unwrap() += 1;
            Ok(["a", "b", "c"].map(str::to_owned).to_vec())
        }

        async fn forget_orphaned_documents(&self, keys: &[String]) -> Result<(), StoreError> {
            self.forgotten.lock().unwrap().extend_from_slice(keys);
            Ok(())
        }

        async fn kept_documents(&self, _: &str, _: u32) -> Result<Vec<KeptDocument>, StoreError> {
            unreachable!()
        }

        async fn keeps_document(&self, _: &str) -> Result<bool, StoreError> {
            unreachable!()
        }
    }

    #[async_trait]
    impl DocumentStore for Orphans {
        async fn put(&self, _: &str, _: &str, _: Vec<u8>) -> Result<(), DocumentError> {
            unreachable!()
        }

        async fn get(&self, _: &str) -> Result<Option<Vec<u8>>, DocumentError> {
            unreachable!()
        }

        async fn delete(&self, key: &str) -> Result<(), DocumentError> {
            match key {
                "a" => Ok(()),
                "b" => Err(DocumentError::Unavailable("no route to host".into())),
                other => panic!("{other} is asked for although the document store is unavailable"),
            }
        }

        async fn check(&self) -> Result<(), DocumentError> {
            unreachable!()
        }
    }

    #[tokio::test]
    async fn only_documents_that_were_deleted_are_forgotten_and_a_failing_store_is_left_alone() {
        let orphans = Orphans::default();
        let mut patience = DocumentPatience::default();
        for _sweep in 0..2 {
            let deleting =
                delete_orphaned_documents(&orphans, &orphans, Duration::ZERO, &mut patience);
            deleting.await.unwrap();
        }
        assert_eq!(*orphans.forgotten.lock().unwrap(), ["a"]);
        assert_eq!(*orphans.asked.lock().unwrap(), 1);
    }

    #[test]
    fn pointers_count_as_lost_soon_in_an_empty_queue_late_in_a_busy_one_and_never_in_a_full_one() {
        let age = |pending, window| lost_after(pending, window).map(|(age, _)| age);
        assert_eq!(age(0, 2_000), Some(LOST_AFTER));
        assert_eq!(age(1, 2_000), Some(LOST_FOR_SURE_AFTER));
        assert_eq!(age(999, 2_000), Some(LOST_FOR_SURE_AFTER));
        assert_eq!(age(2_000, 2_000), None);
        assert_eq!(age(1, 1), None);
    }

    #[test]
    fn under_a_steady_backlog_pointers_are_missed_after_an_hour_and_a_few_at_a_time() {
        let few = Some((LOST_IN_A_BACKLOG_AFTER, LOST_STEP));
        assert_eq!(lost_after(1_000, 2_000), few);
        assert_eq!(lost_after(1_999, 2_000), few);
    }

    #[test]
    fn a_document_store_that_refuses_is_left_alone_for_a_while() {
        let mut patience = DocumentPatience::default();
        assert!(patience.allows_a_call());
        let refused = DocumentError::Refused {
            status: 403,
            code: "AccessDenied".to_owned(),
        };
        patience.failed(&refused, "documents stay");
        assert!(!patience.allows_a_call());
        patience.answered();
        assert!(patience.allows_a_call());
    }

    #[test]
    fn a_queue_without_a_worker_stops_growing_below_what_apalis_redis_bears() {
        let (window, mut pending) = (4_000_u64, 0);
        for _ in 0..1_000 {
            if let Some((_, limit)) = lost_after(pending, 4_000) {
                pending += window.min(u64::from(limit));
            }
        }
        assert!(pending < 7_000, "{pending}");
    }
}
