//! The sweeps that make every promise level-triggered: whatever a crashed process left half done is
//! found by looking at the ledger, not by remembering.

use std::{collections::HashSet, sync::Arc, time::Duration};

use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::{
    dependencies,
    dispatcher::Dispatcher,
    documents_of_results::{ReportError, save_batch_report},
};
use crate::{
    documents::DocumentStore,
    domain::{identifiers::TaskId, queue_name::QueueName},
    queue::{DeadPointer, TaskQueues},
    store::{Store, StoreError},
};

/// How many rows one step of a sweep touches.
const STEP: u32 = 500;
/// A dispatched task that an empty queue has not handed out for this long has lost its pointer.
const LOST_AFTER: Duration = Duration::from_secs(3);
/// And so has one that a busy queue has not handed out for this long.
const LOST_FOR_SURE_AFTER: Duration = Duration::from_mins(10);
/// How many documents one step deletes.
const DOCUMENT_STEP: u32 = 100;
/// How long it is known what operators did.
const OPERATOR_ACTIONS_KEPT: Duration = Duration::from_hours(365 * 24);

/// What the sweeps need.
pub struct Housekeeping {
    /// The ledger.
    pub store: Arc<dyn Store>,
    /// The queues.
    pub queues: Arc<dyn TaskQueues>,
    /// The document store, for batch reports and for what nothing points to any more.
    pub documents: Arc<dyn DocumentStore>,
    /// Nudged when a sweep queued something.
    pub dispatcher: Arc<Dispatcher>,
    /// The queues this process dispatches to.
    pub queues_served: Vec<QueueName>,
    /// The size in bytes up to which a batch report stays in the database.
    pub inline_limit: usize,
    /// The most tasks of a queue that are handed out at once.
    pub window: u32,
    /// How long ended jobs are remembered; `None` for ever.
    pub job_ttl: Option<Duration>,
    /// How long dead letters are kept; `None` for ever.
    pub dead_letter_ttl: Option<Duration>,
    /// How long a document stays after its row was replaced, for those who are about to read it.
    pub replaced_document_ttl: Duration,
    /// How long a lease lasts.
    pub lease: Duration,
    /// The pause between sweeps.
    pub interval: Duration,
}

impl Housekeeping {
    /// Sweeps for as long as it is polled. What may wait for a slow document store has a loop of its
    /// own, so that no dead worker's task waits with it.
    pub async fn run(self) {
        tokio::join!(self.watch_tasks(), self.tidy_up());
    }

    async fn watch_tasks(&self) {
        let mut failing = false;
        // While the database was away nobody could renew a lease, so none that ran out then says
        // anything about its worker. It may have been away just before this process began.
        let mut leases_trusted_from = Instant::now() + self.lease;
        loop {
            tokio::time::sleep(self.interval).await;
            let outcome = self.sweep(Instant::now() >= leases_trusted_from).await;
            if outcome.as_ref().is_err_and(StoreError::is_retryable) {
                leases_trusted_from = Instant::now() + self.lease;
            }
            report(&outcome, &mut failing, "watching tasks waits");
        }
    }

    async fn tidy_up(&self) {
        let mut failing = false;
        let mut dead_sets: Vec<(QueueName, u64)> =
            self.queues_served.iter().map(|queue| (*queue, 0)).collect();
        loop {
            tokio::time::sleep(self.interval).await;
            let mut outcome = self.save_missing_reports().await;
            outcome = outcome.and(self.forget_ended().await);
            outcome = outcome.and(self.forget_old_letters_and_actions().await);
            outcome = outcome.and(self.delete_orphaned_documents().await);
            for (queue, place) in &mut dead_sets {
                outcome = outcome.and(self.tidy_dead_set(*queue, place).await);
            }
            report(&outcome, &mut failing, "tidying up waits");
        }
    }

    /// Every step is tried, whatever became of the one before; the first error is returned.
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
        let expired = self.store.expire_leases(STEP).await?;
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
        // With the queue away nothing is known; the dispatcher reports that.
        let Ok(pending) = self.queues.pending(queue).await else {
            return Ok(());
        };
        if let Some(age) = lost_after(pending, self.window) {
            let lost = self.store.undo_stale_dispatches(queue, age).await?;
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

    /// One small step at each sweep, so that nothing else waits for a large clean-up.
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
            "ended work was forgotten"
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

    /// One small step, since each document is a call. With the store away all of them wait.
    async fn delete_orphaned_documents(&self) -> Result<(), StoreError> {
        let orphaned = self
            .store
            .orphaned_documents(self.replaced_document_ttl, DOCUMENT_STEP)
            .await?;
        let mut deleted = Vec::with_capacity(orphaned.len());
        for key in orphaned {
            if let Err(error) = self.documents.delete(&key).await {
                debug!(key, %error, "a document that nothing points to stays for now");
                if error.is_retryable() {
                    break;
                }
                continue;
            }
            deleted.push(key);
        }
        if deleted.is_empty() {
            return Ok(());
        }
        self.store.forget_orphaned_documents(&deleted).await
    }

    /// Takes the pointers of tasks that are no dead letters any more out of the queue's dead set: one
    /// part of it, from `place` on.
    async fn tidy_dead_set(&self, queue: QueueName, place: &mut u64) -> Result<(), StoreError> {
        // With the queue away nothing is known; the dispatcher reports that.
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
                .which_are_dead(&tasks)
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

    async fn save_missing_reports(&self) -> Result<(), StoreError> {
        for batch in self.store.batches_without_report(10).await? {
            match save_batch_report(&*self.store, &*self.documents, self.inline_limit, &batch).await
            {
                Ok(()) => {}
                Err(ReportError::Store(error)) => return Err(error),
                Err(error) => {
                    warn!(batch.id = %batch, %error, "batch report not saved; tried again later");
                }
            }
        }
        Ok(())
    }
}

/// How long a task must have been handed out before its pointer counts as lost, in a queue with so
/// many pointers that nobody fetched. A queue that is rather full has no worker, or a slow one: its
/// tasks are old, not lost, and pushing them again and again would grow it beyond what apalis-redis
/// can bear.
fn lost_after(pending: u64, window: u32) -> Option<Duration> {
    match pending {
        0 => Some(LOST_AFTER),
        few if few < u64::from(window) / 2 => Some(LOST_FOR_SURE_AFTER),
        _ => None,
    }
}

/// Logs the first failure of a row of them.
fn report(outcome: &Result<(), StoreError>, failing: &mut bool, waits: &'static str) {
    if let Err(error) = outcome
        && !*failing
    {
        warn!(error = error as &dyn std::error::Error, "{waits}");
    }
    *failing = outcome.is_err();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_count_as_lost_soon_in_an_empty_queue_late_in_a_busy_one_and_never_in_a_full_one() {
        assert_eq!(lost_after(0, 2_000), Some(LOST_AFTER));
        assert_eq!(lost_after(1, 2_000), Some(LOST_FOR_SURE_AFTER));
        assert_eq!(lost_after(999, 2_000), Some(LOST_FOR_SURE_AFTER));
        assert_eq!(lost_after(1_000, 2_000), None);
        assert_eq!(lost_after(1, 1), None);
    }

    #[test]
    fn a_queue_without_a_worker_stops_growing_below_what_apalis_redis_bears() {
        let (window, mut pending) = (4_000_u64, 0);
        for _ in 0..1_000 {
            if lost_after(pending, 4_000).is_some() {
                pending += window;
            }
        }
        assert!(pending < 7_000, "{pending}");
    }
}
