//! Claims and leases: which worker runs a task, and for how long it counts as alive.

use std::{collections::HashSet, time::Duration};

use async_trait::async_trait;
use matching::{
    domain::{
        dead_letter::AttemptOutcome,
        identifiers::TaskId,
        task::{ClaimedTask, TaskError, TaskState},
    },
    store::{ExpiredLeases, Guarded, Leases, StoreError},
};

use super::{Ledger, ModelStore, TaskRow, ledger::FAILED_IN_A_STEP};

#[async_trait]
impl Leases for ModelStore {
    async fn claim(
        &self,
        id: &TaskId,
        worker: &str,
        lease: Duration,
    ) -> Result<Option<ClaimedTask>, StoreError> {
        let mut ledger = self.ledger();
        let now = ledger.now;
        let Some(index) = ledger.find(id) else {
            return Ok(None);
        };
        let is_paused = ledger.paused.contains_key(&ledger.tasks[index].task.queue);
        let row = &mut ledger.tasks[index];
        match row.state {
            TaskState::Queued if row.next_attempt_at <= now && !is_paused => {
                row.state = TaskState::Processing;
                row.attempts += 1;
                row.lease_token += 1;
                row.started_at = Some(now);
                row.worker = Some(worker.to_owned());
            }
            TaskState::Processing if row.worker.as_deref() == Some(worker) => {}
            TaskState::Queued => {
                // Its pointer was consumed although it can't be claimed: it needs another one.
                row.dispatched_at = None;
                return Ok(None);
            }
            _ => return Ok(None),
        }
        row.dispatched_at = None;
        row.lease_until = Some(now + lease);
        Ok(Some(row.claimed()))
    }

    async fn renew_leases(
        &self,
        leases: &[(TaskId, i64)],
        lease: Duration,
    ) -> Result<Vec<TaskId>, StoreError> {
        let mut ledger = self.ledger();
        let until = ledger.now + lease;
        let mut lost = Vec::new();
        for (id, token) in leases {
            match ledger.held(id, *token) {
                Some(row) => row.lease_until = Some(until),
                None => lost.push(id.clone()),
            }
        }
        // Sorted, since callers list their leases in no particular order.
        lost.sort_by_key(|id| ledger.find(id));
        Ok(lost)
    }

    async fn schedule_retry(
        &self,
        claimed: &ClaimedTask,
        after: Duration,
        error: &TaskError,
    ) -> Result<Guarded, StoreError> {
        Ok(self.ledger().give_back(claimed, after, Some(error), true))
    }

    async fn release(
        &self,
        claimed: &ClaimedTask,
        after: Duration,
        reason: Option<&TaskError>,
    ) -> Result<Guarded, StoreError> {
        Ok(self.ledger().give_back(claimed, after, reason, false))
    }

    async fn release_all(&self, leases: &[(TaskId, i64)]) -> Result<u64, StoreError> {
        let mut ledger = self.ledger();
        let now = ledger.now;
        let mut released = 0;
        for (id, token) in leases {
            if let Some(row) = ledger.held(id, *token) {
                row.queue_again(now);
                row.attempts -= 1;
                row.error = None;
                released += 1;
            }
        }
        Ok(released)
    }

    async fn expire_leases(
        &self,
        limit: u32,
        alive_within: Duration,
    ) -> Result<ExpiredLeases, StoreError> {
        let mut ledger = self.ledger();
        let now = ledger.now;
        let living: HashSet<String> = ledger
            .running(alive_within)
            .map(|known| known.process.id.to_string())
            .collect();
        let lives = |row: &TaskRow| {
            let worker = row.worker.as_deref().unwrap_or_default();
            worker
                .split('/')
                .next()
                .is_some_and(|id| living.contains(id))
        };
        let is_expired = |row: &TaskRow| {
            row.state == TaskState::Processing && row.lease_until.is_some_and(|until| until <= now)
        };
        let first = |row: &TaskRow| row.worker_losses == 0;
        let released = ledger.first(
            limit,
            |row| is_expired(row) && lives(row),
            |row| row.lease_until,
        );
        let requeued = ledger.first(
            limit,
            |row| is_expired(row) && !lives(row) && first(row),
            |row| row.lease_until,
        );
        let mut lost = ledger.first(
            limit,
            |row| is_expired(row) && !lives(row) && !first(row),
            |row| row.lease_until,
        );
        let mut matches = 0;
        let fits = lost.iter().take_while(|index| {
            let before = matches;
            matches += ledger.tasks[**index].task.matches.len();
            before == 0 || matches <= FAILED_IN_A_STEP
        });
        lost.truncate(fits.count());
        for index in &released {
            let row = &mut ledger.tasks[*index];
            row.queue_again(row.created_at);
            row.attempts -= 1;
            row.error = Some(TaskError::new(
                "lease_expired",
                "the lease was not renewed in time although its process runs; the task runs \
                 again, and this attempt does not count",
            ));
            row.note(AttemptOutcome::Released, now);
        }
        for index in &requeued {
            let row = &mut ledger.tasks[*index];
            row.queue_again(row.created_at);
            row.worker_losses += 1;
            row.error = Some(TaskError::new(
                "worker_lost",
                "the worker died or lost touch; the task runs again",
            ));
            row.note(AttemptOutcome::WorkerLost, now);
        }
        let error = TaskError::new(
            "worker_lost",
            "the worker died twice while it ran this; retry it once the cause is known",
        );
        for index in &lost {
            ledger.fail(*index, &error);
            ledger.tasks[*index].note(AttemptOutcome::WorkerLost, now);
        }
        Ok(ExpiredLeases {
            requeued: requeued.len() as u64,
            released: released.len() as u64,
            quarantined: lost.len() as u64,
        })
    }
}

impl Ledger {
    /// The row of a task that still runs under this token.
    pub fn held(&mut self, id: &TaskId, token: i64) -> Option<&mut TaskRow> {
        let is_held = |row: &&mut TaskRow| {
            row.task.id == *id && row.lease_token == token && row.state == TaskState::Processing
        };
        self.tasks.iter_mut().find(is_held)
    }

    fn give_back(
        &mut self,
        claimed: &ClaimedTask,
        after: Duration,
        error: Option<&TaskError>,
        is_consumed: bool,
    ) -> Guarded {
        let now = self.now;
        let Some(row) = self.held(&claimed.task.id, claimed.lease_token) else {
            return Guarded::Fenced;
        };
        row.queue_again(now + after);
        row.attempts -= i32::from(!is_consumed);
        row.error = error.cloned();
        if error.is_some() {
            let outcome = if is_consumed {
                AttemptOutcome::Retry
            } else {
                AttemptOutcome::Released
            };
            row.note(outcome, now);
        }
        Guarded::Written
    }
}
