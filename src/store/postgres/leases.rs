//! Claims and leases: who works on a task, and until when that is believed.

use std::{collections::HashMap, time::Duration};

use sqlx::{PgConnection, PgPool};
use sqlx_macros::FromRow;

use super::{attempts, outcome, seconds};
use crate::{
    domain::{
        identifiers::TaskId,
        task::{ClaimedTask, TaskError},
    },
    store::{
        AttemptOutcome, ExpiredLeases, Guarded, StoreError, leases,
        rows::{TaskRow, task_columns},
    },
};

/// Those of the leases `$1` that are still held under their tokens `$2`, locked in the order of their
/// ids, as a cancelled batch locks its tasks: whoever locks in another order may wait for each other.
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

/// What a worker may take under its name: what is queued and due, or what it took before.
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

/// What a claim changes.
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

/// A claim as it waits for others.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    pub(super) id: TaskId,
    /// A name that no other run has.
    pub(super) worker: String,
    pub(super) lease: Duration,
}

/// Makes claims in one statement. None where somebody else has the row at this moment, or nothing is to
/// be claimed: that is found out alone, so that nobody's claim waits for another's row.
pub(super) async fn claim_together(
    connection: &mut PgConnection,
    claims: &[Claim],
) -> Result<Vec<Option<ClaimedTask>>, StoreError> {
    let rows: Vec<NamedTaskRow> = sqlx::query_as(concat!(
        "WITH free AS (
             SELECT tasks.id AS free_id, claim.worker AS free_worker, claim.lease AS free_lease
             FROM unnest($1::text[], $2::text[], $3::double precision[]) AS claim (id, worker, lease)
             JOIN tasks ON tasks.id = claim.id
             WHERE tasks.id = ANY ($1) AND ",
        claimable!("claim.worker"),
        " FOR NO KEY UPDATE OF tasks SKIP LOCKED
         ) ",
        claimed!("free_worker", "free_lease"),
        " FROM free WHERE id = free_id RETURNING worker, ",
        task_columns!()
    ))
    .bind(outcome::column(claims, |claim| claim.id.as_str()))
    .bind(outcome::column(claims, |claim| claim.worker.as_str()))
    .bind(outcome::column(claims, |claim| seconds(claim.lease)))
    .fetch_all(connection)
    .await?;
    // Of two claims of one task, one has it: it is told by its name.
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

/// A task with the name it was claimed under.
#[derive(FromRow)]
struct NamedTaskRow {
    worker: String,
    #[sqlx(flatten)]
    task: TaskRow,
}

/// A claim whose answer was lost is made again: under the same worker's name it finds what it took,
/// and only prolongs the lease.
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

/// The pointer was used up on a task that is left for later, because it is not due or its queue is
/// paused: the task waits for another pointer.
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

pub(super) async fn renew(
    pool: &PgPool,
    leases: &[(TaskId, i64)],
    lease: Duration,
) -> Result<Vec<TaskId>, StoreError> {
    let (ids, tokens): (Vec<&str>, Vec<i64>) = leases
        .iter()
        .map(|(id, token)| (id.as_str(), *token))
        .unzip();
    let renewed: Vec<String> = sqlx::query_scalar(concat!(
        held_in_order!(),
        "UPDATE tasks SET lease_until = now() + make_interval(secs => $3)
         FROM held WHERE tasks.id = held.id RETURNING tasks.id"
    ))
    .bind(&ids)
    .bind(&tokens)
    .bind(seconds(lease))
    .fetch_all(pool)
    .await?;
    Ok(leases::lost(leases, &renewed))
}

/// Queues a claimed task again: after a failed attempt, or (`consumed` false) untried.
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

/// Queues tasks that are still held again, untried and due at once.
pub(super) async fn release_all(
    pool: &PgPool,
    leases: &[(TaskId, i64)],
) -> Result<u64, StoreError> {
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
    .execute(pool)
    .await?;
    Ok(written.rows_affected())
}

pub(super) async fn expire(pool: &PgPool, limit: u32) -> Result<ExpiredLeases, StoreError> {
    let mut transaction = pool.begin().await?;
    let requeued: Vec<String> = sqlx::query_scalar(
        "WITH expired AS (
             SELECT id FROM tasks
             WHERE state = 'processing' AND lease_until <= now() AND worker_losses = 0
             ORDER BY lease_until LIMIT $1 FOR UPDATE SKIP LOCKED
         )
         UPDATE tasks SET state = 'queued', lease_until = NULL, dispatched_at = NULL,
             next_attempt_at = tasks.created_at, worker_losses = worker_losses + 1,
             error_code = 'worker_lost',
             error_detail = 'the worker died or lost touch; the task runs again'
         FROM expired WHERE tasks.id = expired.id
         RETURNING tasks.id",
    )
    .bind(i64::from(limit))
    .fetch_all(&mut *transaction)
    .await?;
    let lost: Vec<TaskRow> = sqlx::query_as(concat!(
        "SELECT ",
        task_columns!(),
        " FROM tasks
         WHERE state = 'processing' AND lease_until <= now() AND worker_losses > 0
         ORDER BY lease_until LIMIT $1 FOR UPDATE SKIP LOCKED"
    ))
    .bind(i64::from(limit))
    .fetch_all(&mut *transaction)
    .await?;
    let lost = leases::worker_lost(lost)?;
    for (claimed, error) in &lost {
        outcome::fail(&mut transaction, claimed, error).await?;
    }
    let lost_ids = lost.iter().map(|(claimed, _)| claimed.task.id.as_str());
    let ended: Vec<&str> = requeued
        .iter()
        .map(String::as_str)
        .chain(lost_ids)
        .collect();
    attempts::note(&mut transaction, &ended, AttemptOutcome::WorkerLost).await?;
    transaction.commit().await?;
    Ok(ExpiredLeases {
        requeued: requeued.len() as u64,
        quarantined: lost.len() as u64,
    })
}
