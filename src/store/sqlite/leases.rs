//! Claims and leases: which worker runs a task, and for how long it counts as alive.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::types::Json;
use tracing::instrument;

use super::{SqliteStore, attempts, milliseconds, outcomes};
use crate::{
    domain::{
        dead_letter::AttemptOutcome,
        identifiers::TaskId,
        task::{ClaimedTask, TaskError},
    },
    store::{
        ExpiredLeases, Guarded, Leases, StoreError,
        rows::{LEASE_EXPIRED, TaskRow, lost, task_columns, worker_lost},
    },
};

/// The condition of a task whose process has shown a sign of life within `?2` milliseconds. A
/// worker's name begins with the id of its process.
macro_rules! has_living_process {
    () => {
        "EXISTS (SELECT 1 FROM processes
             WHERE processes.id = substr(tasks.worker, 1, instr(tasks.worker || '/', '/') - 1)
                 AND seen_at > (SELECT now FROM clock) - ?2)"
    };
}

#[async_trait]
impl Leases for SqliteStore {
    #[instrument(name = "store.claim", level = "debug", skip_all, fields(task.id = %id))]
    async fn claim(
        &self,
        id: &TaskId,
        worker: &str,
        lease: Duration,
    ) -> Result<Option<ClaimedTask>, StoreError> {
        // A claim whose answer was lost is repeated: under the same worker's name it finds the task
        // that it took, and only renews the lease.
        let mut rows: Vec<TaskRow> = sqlx::query_as(concat!(
            "UPDATE tasks SET state = 'processing', worker = ?2, dispatched_at = NULL,
                 attempts = attempts + CASE state WHEN 'queued' THEN 1 ELSE 0 END,
                 lease_token = lease_token + CASE state WHEN 'queued' THEN 1 ELSE 0 END,
                 lease_until = (SELECT now FROM clock) + ?3,
                 started_at = CASE state WHEN 'queued' THEN (SELECT now FROM clock)
                     ELSE started_at END
             WHERE id = ?1 AND (
                 state = 'queued' AND next_attempt_at <= (SELECT now FROM clock)
                     AND NOT EXISTS (SELECT 1 FROM paused_queues WHERE queue = tasks.queue)
                 OR state = 'processing' AND worker = ?2)
             RETURNING ",
            task_columns!()
        ))
        .bind(id.as_str())
        .bind(worker)
        .bind(milliseconds(lease))
        .fetch_all(&self.writer)
        .await?;
        if rows.is_empty() {
            leave(self, id).await?;
        }
        rows.pop().map(TaskRow::into_claimed).transpose()
    }

    #[instrument(name = "store.renew_leases", level = "debug", skip_all)]
    async fn renew_leases(
        &self,
        leases: &[(TaskId, i64)],
        lease: Duration,
    ) -> Result<Vec<TaskId>, StoreError> {
        let held: Vec<(&str, i64)> = leases
            .iter()
            .map(|(id, token)| (id.as_str(), *token))
            .collect();
        let renewed: Vec<String> = sqlx::query_scalar(
            "UPDATE tasks SET lease_until = (SELECT now FROM clock) + ?2
             FROM json_each(?1) AS held
             WHERE tasks.id = held.value ->> 0 AND tasks.lease_token = held.value ->> 1
                 AND state = 'processing'
             RETURNING tasks.id",
        )
        .bind(Json(held))
        .bind(milliseconds(lease))
        .fetch_all(&self.writer)
        .await?;
        Ok(lost(leases, &renewed))
    }

    #[instrument(
        name = "store.schedule_retry",
        level = "debug",
        skip_all,
        fields(task.id = %claimed.task.id)
    )]
    async fn schedule_retry(
        &self,
        claimed: &ClaimedTask,
        after: Duration,
        error: &TaskError,
    ) -> Result<Guarded, StoreError> {
        give_back(self, claimed, after, Some(error), true).await
    }

    #[instrument(
        name = "store.release",
        level = "debug",
        skip_all,
        fields(task.id = %claimed.task.id)
    )]
    async fn release(
        &self,
        claimed: &ClaimedTask,
        after: Duration,
        reason: Option<&TaskError>,
    ) -> Result<Guarded, StoreError> {
        give_back(self, claimed, after, reason, false).await
    }

    #[instrument(name = "store.release_all", level = "debug", skip_all)]
    async fn release_all(&self, leases: &[(TaskId, i64)]) -> Result<u64, StoreError> {
        // These attempts don't count.
        let held: Vec<(&str, i64)> = leases
            .iter()
            .map(|(id, token)| (id.as_str(), *token))
            .collect();
        let written = sqlx::query(
            "UPDATE tasks SET state = 'queued', lease_until = NULL, dispatched_at = NULL,
                 next_attempt_at = (SELECT now FROM clock), attempts = attempts - 1,
                 error_code = NULL, error_detail = NULL
             FROM json_each(?1) AS held
             WHERE tasks.id = held.value ->> 0 AND tasks.lease_token = held.value ->> 1
                 AND state = 'processing'",
        )
        .bind(Json(held))
        .execute(&self.writer)
        .await?;
        Ok(written.rows_affected())
    }

    #[instrument(name = "store.expire_leases", level = "debug", skip_all)]
    async fn expire_leases(
        &self,
        limit: u32,
        alive_within: Duration,
    ) -> Result<ExpiredLeases, StoreError> {
        // The common case, nothing expired, does not take the writer's lock.
        let any_expired: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM tasks
                 WHERE state = 'processing' AND lease_until <= (SELECT now FROM clock))",
        )
        .fetch_one(&self.readers)
        .await?;
        if !any_expired {
            return Ok(ExpiredLeases::default());
        }
        let mut transaction = self.begin().await?;
        let released: Vec<String> = sqlx::query_scalar(concat!(
            "UPDATE tasks SET state = 'queued', lease_until = NULL, dispatched_at = NULL,
                 next_attempt_at = created_at, attempts = attempts - 1,
                 error_code = 'lease_expired', error_detail = ?3
             WHERE id IN (
                 SELECT id FROM tasks
                 WHERE state = 'processing' AND lease_until <= (SELECT now FROM clock) AND ",
            has_living_process!(),
            " ORDER BY lease_until LIMIT ?1)
             RETURNING id"
        ))
        .bind(limit)
        .bind(milliseconds(alive_within))
        .bind(LEASE_EXPIRED)
        .fetch_all(&mut *transaction)
        .await?;
        let requeued: Vec<String> = sqlx::query_scalar(concat!(
            "UPDATE tasks SET state = 'queued', lease_until = NULL, dispatched_at = NULL,
                 next_attempt_at = created_at, worker_losses = worker_losses + 1,
                 error_code = 'worker_lost',
                 error_detail = 'the worker died or lost touch; the task runs again'
             WHERE id IN (
                 SELECT id FROM tasks
                 WHERE state = 'processing' AND lease_until <= (SELECT now FROM clock)
                     AND worker_losses = 0 AND NOT ",
            has_living_process!(),
            " ORDER BY lease_until LIMIT ?1)
             RETURNING id"
        ))
        .bind(limit)
        .bind(milliseconds(alive_within))
        .fetch_all(&mut *transaction)
        .await?;
        let lost: Vec<TaskRow> = sqlx::query_as(concat!(
            "SELECT ",
            task_columns!(),
            " FROM tasks
             WHERE state = 'processing' AND lease_until <= (SELECT now FROM clock)
                 AND worker_losses > 0 AND NOT ",
            has_living_process!(),
            " ORDER BY lease_until LIMIT ?1"
        ))
        .bind(limit)
        .bind(milliseconds(alive_within))
        .fetch_all(&mut *transaction)
        .await?;
        let lost = worker_lost(lost)?;
        for (claimed, error) in &lost {
            outcomes::fail(&mut transaction, claimed, error).await?;
        }
        let lost_ids = lost.iter().map(|(claimed, _)| claimed.task.id.as_str());
        let ended: Vec<&str> = requeued
            .iter()
            .map(String::as_str)
            .chain(lost_ids)
            .collect();
        attempts::note(&mut transaction, &ended, AttemptOutcome::WorkerLost).await?;
        let released: Vec<&str> = released.iter().map(String::as_str).collect();
        attempts::note(&mut transaction, &released, AttemptOutcome::Released).await?;
        transaction.commit().await?;
        Ok(ExpiredLeases {
            requeued: requeued.len() as u64,
            released: released.len() as u64,
            quarantined: lost.len() as u64,
        })
    }
}

/// Takes a task's mark as dispatched back: its pointer was consumed although the task can't be
/// claimed now, because it is not due or its queue is paused. The task needs another pointer.
async fn leave(store: &SqliteStore, id: &TaskId) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE tasks SET dispatched_at = NULL
         WHERE id = ?1 AND state = 'queued' AND dispatched_at IS NOT NULL",
    )
    .bind(id.as_str())
    .execute(&store.writer)
    .await?;
    Ok(())
}

/// Queues a claimed task again. The attempt counts if `consumed` is true.
pub(super) async fn give_back(
    store: &SqliteStore,
    claimed: &ClaimedTask,
    after: Duration,
    error: Option<&TaskError>,
    consumed: bool,
) -> Result<Guarded, StoreError> {
    let mut transaction = store.begin().await?;
    let written = sqlx::query(
        "UPDATE tasks SET state = 'queued', lease_until = NULL, dispatched_at = NULL,
             next_attempt_at = (SELECT now FROM clock) + ?3,
             attempts = attempts - CASE WHEN ?6 THEN 0 ELSE 1 END,
             error_code = ?4, error_detail = ?5
         WHERE id = ?1 AND lease_token = ?2 AND state = 'processing'",
    )
    .bind(claimed.task.id.as_str())
    .bind(claimed.lease_token)
    .bind(milliseconds(after))
    .bind(error.map(|error| error.code.as_str()))
    .bind(error.map(|error| error.detail.as_str()))
    .bind(consumed)
    .execute(&mut *transaction)
    .await?
    .rows_affected();
    if written == 1 && error.is_some() {
        let ended = [claimed.task.id.as_str()];
        let outcome = AttemptOutcome::of_given_back(consumed);
        attempts::note(&mut transaction, &ended, outcome).await?;
    }
    transaction.commit().await?;
    Ok(Guarded::of_rows(written))
}
