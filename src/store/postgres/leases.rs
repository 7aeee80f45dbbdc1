//! Claims and leases: which worker runs a task, and for how long it counts as alive.

use std::{collections::HashMap, time::Duration};

use async_trait::async_trait;
use sqlx::{PgConnection, PgPool};
use sqlx_macros::FromRow;
use tracing::instrument;

use super::{PostgresStore, attempts, outcomes, seconds};
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

/// Selects the tasks `$1` that are still held under their tokens `$2` and locks them in id order,
/// as the cancellation of a batch does; any other order can deadlock.
macro_rules! held_in_order {
    () => {
        "WITH held AS (
             SELECT tasks.id FROM unnest($1::text[], $2::bigint[]) AS held (id, token)
             JOIN tasks ON tasks.id = held.id AND tasks.lease_token = held.token
             WHERE tasks.state = 'processing'
             ORDER BY tasks.id FOR NO KEY UPDATE OF tasks
         ) "
    };
}

/// The condition of a task whose process has shown a sign of life within `$2` seconds. A worker's
/// name begins with the id of its process.
macro_rules! has_living_process {
    () => {
        "EXISTS (SELECT 1 FROM processes
             WHERE processes.id = split_part(tasks.worker, '/', 1)
                 AND seen_at > now() - make_interval(secs => $2))"
    };
}

/// The condition of a task that this worker name may claim: queued and due, or already claimed
/// under the same name.
macro_rules! claimable {
    ($worker:literal) => {
        concat!(
            "(state = 'queued' AND next_attempt_at <= now()
                 AND NOT EXISTS (SELECT 1 FROM paused_queues WHERE queue = tasks.queue)
             OR state = 'processing' AND tasks.worker = ",
            $worker,
            ")"
        )
    };
}

/// The changes of a claim.
macro_rules! claimed {
    ($worker:literal, $lease:literal) => {
        concat!(
            "UPDATE tasks SET state = 'processing', dispatched_at = NULL,
                 attempts = attempts + CASE state WHEN 'queued' THEN 1 ELSE 0 END,
                 lease_token = lease_token + CASE state WHEN 'queued' THEN 1 ELSE 0 END,
                 started_at = CASE state WHEN 'queued' THEN now() ELSE started_at END,
                 worker = ",
            $worker,
            ", lease_until = now() + make_interval(secs => ",
            $lease,
            ")"
        )
    };
}

#[async_trait]
impl Leases for PostgresStore {
    #[instrument(name = "store.claim", level = "debug", skip_all, fields(task.id = %id))]
    async fn claim(
        &self,
        id: &TaskId,
        worker: &str,
        lease: Duration,
    ) -> Result<Option<ClaimedTask>, StoreError> {
        let claim = Claim {
            id: id.clone(),
            worker: worker.to_owned(),
            lease,
        };
        self.call(self.coalesced.claim(claim)).await
    }

    #[instrument(name = "store.renew_leases", level = "debug", skip_all)]
    async fn renew_leases(
        &self,
        leases: &[(TaskId, i64)],
        lease: Duration,
    ) -> Result<Vec<TaskId>, StoreError> {
        self.call(async {
            let (ids, tokens): (Vec<&str>, Vec<i64>) = leases
                .iter()
                .map(|(id, token)| (id.as_str(), *token))
                .unzip();
            let held: Vec<String> = sqlx::query_scalar(
                "WITH held AS (
                     SELECT tasks.id FROM unnest($1::text[], $2::bigint[]) AS held (id, token)
                     JOIN tasks ON tasks.id = held.id AND tasks.lease_token = held.token
                     WHERE tasks.state = 'processing'
                 ), free AS (
                     SELECT tasks.id FROM unnest($1::text[], $2::bigint[]) AS held (id, token)
                     JOIN tasks ON tasks.id = held.id AND tasks.lease_token = held.token
                     WHERE tasks.state = 'processing'
                     FOR NO KEY UPDATE OF tasks SKIP LOCKED
                 ), renewed AS (
                     UPDATE tasks SET lease_until = now() + make_interval(secs => $3)
                     FROM free WHERE tasks.id = free.id
                 )
                 SELECT id FROM held",
            )
            .bind(&ids)
            .bind(&tokens)
            .bind(seconds(lease))
            .fetch_all(&self.work_pool)
            .await?;
            Ok(lost(leases, &held))
        })
        .await
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
        let queueing = give_back(&self.work_pool, claimed, after, Some(error), true);
        self.call(queueing).await
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
        let queueing = give_back(&self.work_pool, claimed, after, reason, false);
        self.call(queueing).await
    }

    #[instrument(name = "store.release_all", level = "debug", skip_all)]
    async fn release_all(&self, leases: &[(TaskId, i64)]) -> Result<u64, StoreError> {
        // These attempts don't count.
        self.call(async {
            let (ids, tokens): (Vec<&str>, Vec<i64>) = leases
                .iter()
                .map(|(id, token)| (id.as_str(), *token))
                .unzip();
            let written = sqlx::query(concat!(
                held_in_order!(),
                "UPDATE tasks SET state = 'queued', lease_until = NULL, dispatched_at = NULL,
                     next_attempt_at = now(), attempts = attempts - 1,
                     error_code = NULL, error_detail = NULL
                 FROM held WHERE tasks.id = held.id"
            ))
            .bind(&ids)
            .bind(&tokens)
            .execute(&self.work_pool)
            .await?;
            Ok(written.rows_affected())
        })
        .await
    }

    #[instrument(name = "store.expire_leases", level = "debug", skip_all)]
    async fn expire_leases(
        &self,
        limit: u32,
        alive_within: Duration,
    ) -> Result<ExpiredLeases, StoreError> {
        self.call(async {
            let mut transaction = self.work_pool.begin().await?;
            let released: Vec<String> = sqlx::query_scalar(concat!(
                "WITH expired AS (
                     SELECT id FROM tasks
                     WHERE state = 'processing' AND lease_until <= now() AND ",
                has_living_process!(),
                " ORDER BY lease_until LIMIT $1 FOR UPDATE SKIP LOCKED
                 )
                 UPDATE tasks SET state = 'queued', lease_until = NULL, dispatched_at = NULL,
                     next_attempt_at = tasks.created_at, attempts = attempts - 1,
                     error_code = 'lease_expired', error_detail = $3
                 FROM expired WHERE tasks.id = expired.id
                 RETURNING tasks.id"
            ))
            .bind(i64::from(limit))
            .bind(seconds(alive_within))
            .bind(LEASE_EXPIRED)
            .fetch_all(&mut *transaction)
            .await?;
            let requeued: Vec<String> = sqlx::query_scalar(concat!(
                "WITH expired AS (
                     SELECT id FROM tasks
                     WHERE state = 'processing' AND lease_until <= now() AND worker_losses = 0
                         AND NOT ",
                has_living_process!(),
                " ORDER BY lease_until LIMIT $1 FOR UPDATE SKIP LOCKED
                 )
                 UPDATE tasks SET state = 'queued', lease_until = NULL, dispatched_at = NULL,
                     next_attempt_at = tasks.created_at, worker_losses = worker_losses + 1,
                     error_code = 'worker_lost',
                     error_detail = 'the worker died or lost touch; the task runs again'
                 FROM expired WHERE tasks.id = expired.id
                 RETURNING tasks.id"
            ))
            .bind(i64::from(limit))
            .bind(seconds(alive_within))
            .fetch_all(&mut *transaction)
            .await?;
            let lost: Vec<TaskRow> = sqlx::query_as(concat!(
                "SELECT ",
                task_columns!(),
                " FROM tasks
                 WHERE state = 'processing' AND lease_until <= now() AND worker_losses > 0
                     AND NOT ",
                has_living_process!(),
                " ORDER BY lease_until LIMIT $1 FOR UPDATE SKIP LOCKED"
            ))
            .bind(i64::from(limit))
            .bind(seconds(alive_within))
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
        })
        .await
    }
}

/// A claim that is coalesced with others.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    pub(super) id: TaskId,
    /// The name of the worker, unique to this claim.
    pub(super) worker: String,
    pub(super) lease: Duration,
}

/// Makes several claims in one statement. Returns `None` for a row that is locked or can't be
/// claimed: the caller repeats such a claim alone, so that locked rows don't delay other callers.
pub(super) async fn claim_coalesced(
    connection: &mut PgConnection,
    claims: &[Claim],
) -> Result<Vec<Option<ClaimedTask>>, StoreError> {
    let rows: Vec<NamedTaskRow> = sqlx::query_as(concat!(
        "WITH free AS (
             SELECT tasks.id AS free_id, claim.worker AS free_worker, claim.lease AS free_lease
             FROM unnest($1::text[], $2::text[], $3::double precision[])
                 AS claim (id, worker, lease)
             JOIN tasks ON tasks.id = claim.id
             WHERE tasks.id = ANY ($1) AND ",
        claimable!("claim.worker"),
        " FOR NO KEY UPDATE OF tasks SKIP LOCKED
         ) ",
        claimed!("free_worker", "free_lease"),
        " FROM free WHERE id = free_id RETURNING worker, ",
        task_columns!()
    ))
    .bind(outcomes::column(claims, |claim| claim.id.as_str()))
    .bind(outcomes::column(claims, |claim| claim.worker.as_str()))
    .bind(outcomes::column(claims, |claim| seconds(claim.lease)))
    .fetch_all(connection)
    .await?;
    // Of two claims of one task, one succeeds; the worker's name identifies it.
    let mut taken = HashMap::with_capacity(rows.len());
    for row in rows {
        let claimed = row.task.into_claimed()?;
        taken.insert((claimed.task.id.clone(), row.worker), claimed);
    }
    let answers = claims.iter().map(|claim| {
        let key = (claim.id.clone(), claim.worker.clone());
        taken.remove(&key)
    });
    Ok(answers.collect())
}

/// A task with the name of the worker that claimed it.
#[derive(FromRow)]
struct NamedTaskRow {
    worker: String,
    #[sqlx(flatten)]
    task: TaskRow,
}

/// Makes a claim. A claim whose answer was lost can be repeated: under the same worker's name it
/// finds the task that it took, and only renews the lease.
pub(super) async fn claim(
    pool: &PgPool,
    Claim { id, worker, lease }: &Claim,
) -> Result<Option<ClaimedTask>, StoreError> {
    let row: Option<TaskRow> = sqlx::query_as(concat!(
        claimed!("$2", "$3"),
        " WHERE id = $1 AND ",
        claimable!("$2"),
        " RETURNING ",
        task_columns!()
    ))
    .bind(id.as_str())
    .bind(worker)
    .bind(seconds(*lease))
    .fetch_optional(pool)
    .await?;
    if row.is_none() {
        leave(pool, id).await?;
    }
    row.map(TaskRow::into_claimed).transpose()
}

/// Takes a task's mark as dispatched back: its pointer was consumed although the task can't be
/// claimed now, because it is not due or its queue is paused. The task needs another pointer.
async fn leave(pool: &PgPool, id: &TaskId) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE tasks SET dispatched_at = NULL
         WHERE id = $1 AND state = 'queued' AND dispatched_at IS NOT NULL",
    )
    .bind(id.as_str())
    .execute(pool)
    .await?;
    Ok(())
}

/// Queues a claimed task again. The attempt counts if `consumed` is true.
pub(super) async fn give_back(
    pool: &PgPool,
    claimed: &ClaimedTask,
    after: Duration,
    error: Option<&TaskError>,
    consumed: bool,
) -> Result<Guarded, StoreError> {
    let mut transaction = pool.begin().await?;
    let written = sqlx::query(
        "UPDATE tasks SET state = 'queued', lease_until = NULL, dispatched_at = NULL,
             next_attempt_at = now() + make_interval(secs => $3),
             attempts = attempts - CASE WHEN $6 THEN 0 ELSE 1 END,
             error_code = $4, error_detail = $5
         WHERE id = $1 AND lease_token = $2 AND state = 'processing'",
    )
    .bind(claimed.task.id.as_str())
    .bind(claimed.lease_token)
    .bind(seconds(after))
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
