//! Failed tasks: listing them, queueing them again, deleting them.

use sqlx::{PgPool, PgTransaction};

use super::outcome::id_texts;
use crate::{
    domain::{identifiers::TaskId, queue_name::QueueName},
    store::{DeadLetter, StoreError, outcome::matches_by_batch, rows::DeadLetterRow},
};

pub(super) async fn list(
    pool: &PgPool,
    queue: Option<QueueName>,
    limit: u32,
) -> Result<Vec<DeadLetter>, StoreError> {
    let rows: Vec<DeadLetterRow> = sqlx::query_as(
        "SELECT id, job_id, batch_id, first_position, cardinality(positions) AS match_count, queue,
             subject_kind, subject_id, attempts, coalesce(error_code, '') AS error_code,
             coalesce(error_detail, '') AS error_detail, finished_at
         FROM tasks WHERE state = 'failed' AND ($1::text IS NULL OR queue = $1)
         ORDER BY finished_at DESC, id DESC LIMIT $2",
    )
    .bind(queue.map(QueueName::as_str))
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(DeadLetterRow::into_dead_letter)
        .collect()
}

pub(super) async fn retry(pool: &PgPool, ids: Option<&[TaskId]>) -> Result<u64, StoreError> {
    let mut transaction = pool.begin().await?;
    let retried: Vec<(Option<String>, i32)> = sqlx::query_as(
        "UPDATE tasks SET state = 'queued', attempts = 0, worker_losses = 0, finished_at = NULL,
             dispatched_at = NULL, next_attempt_at = now()
         WHERE state = 'failed' AND ($1::text[] IS NULL OR id = ANY ($1))
         RETURNING batch_id, cardinality(positions)",
    )
    .bind(ids.map(id_texts))
    .fetch_all(&mut *transaction)
    .await?;
    let count = retried.len() as u64;
    // Their batches are open again.
    let (batches, matches): (Vec<String>, Vec<i32>) = matches_by_batch(retried).into_iter().unzip();
    sqlx::query(
        "UPDATE batches SET remaining = remaining + reopened.matches, finished_at = NULL,
             report = NULL, report_key = NULL
         FROM unnest($1::text[], $2::integer[]) AS reopened (id, matches)
         WHERE batches.id = reopened.id",
    )
    .bind(&batches)
    .bind(&matches)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(count)
}

/// A batch keeps counting its purged matches as failed. A purged single match leaves nothing, not
/// even its keys: the same call again is a new one.
pub(super) async fn purge(pool: &PgPool, ids: Option<&[TaskId]>) -> Result<u64, StoreError> {
    let mut transaction = pool.begin().await?;
    let purged: Vec<(Option<String>, Option<String>, i32)> = sqlx::query_as(
        "DELETE FROM tasks WHERE state = 'failed' AND ($1::text[] IS NULL OR id = ANY ($1))
         RETURNING job_id, batch_id, cardinality(positions)",
    )
    .bind(ids.map(id_texts))
    .fetch_all(&mut *transaction)
    .await?;
    let count = purged.len() as u64;
    let job_ids: Vec<&str> = purged
        .iter()
        .filter_map(|(job_id, ..)| job_id.as_deref())
        .collect();
    sqlx::query("DELETE FROM submission_keys WHERE submission_id = ANY ($1)")
        .bind(&job_ids)
        .execute(&mut *transaction)
        .await?;
    let of_batches = purged
        .into_iter()
        .map(|(_, batch, matches)| (batch, matches));
    count_purged(&mut transaction, matches_by_batch(of_batches)).await?;
    transaction.commit().await?;
    Ok(count)
}

async fn count_purged(
    transaction: &mut PgTransaction<'_>,
    purged: Vec<(String, i32)>,
) -> Result<(), StoreError> {
    let (batches, matches): (Vec<String>, Vec<i32>) = purged.into_iter().unzip();
    sqlx::query(
        "UPDATE batches SET purged = batches.purged + gone.matches
         FROM unnest($1::text[], $2::integer[]) AS gone (id, matches)
         WHERE batches.id = gone.id",
    )
    .bind(&batches)
    .bind(&matches)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
