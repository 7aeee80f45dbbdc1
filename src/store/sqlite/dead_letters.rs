//! Failed tasks: listing them, queueing them again, deleting them.

use sqlx::types::Json;

use super::{SqliteStore, outcome::id_texts};
use crate::{
    domain::{identifiers::TaskId, queue_name::QueueName},
    store::{DeadLetter, StoreError, outcome::matches_by_batch, rows::DeadLetterRow},
};

pub(super) async fn list(
    store: &SqliteStore,
    queue: Option<QueueName>,
    limit: u32,
) -> Result<Vec<DeadLetter>, StoreError> {
    let rows: Vec<DeadLetterRow> = sqlx::query_as(
        "SELECT id, job_id, batch_id, first_position, json_array_length(positions) AS match_count,
             queue, subject_kind, subject_id, attempts, coalesce(error_code, '') AS error_code,
             coalesce(error_detail, '') AS error_detail, finished_at
         FROM tasks WHERE state = 'failed' AND (?1 IS NULL OR queue = ?1)
         ORDER BY finished_at DESC, id DESC LIMIT ?2",
    )
    .bind(queue.map(QueueName::as_str))
    .bind(limit)
    .fetch_all(&store.readers)
    .await?;
    rows.into_iter()
        .map(DeadLetterRow::into_dead_letter)
        .collect()
}

pub(super) async fn retry(store: &SqliteStore, ids: Option<&[TaskId]>) -> Result<u64, StoreError> {
    let mut transaction = store.begin().await?;
    let retried: Vec<(Option<String>, i32)> = sqlx::query_as(
        "UPDATE tasks SET state = 'queued', attempts = 0, worker_losses = 0, finished_at = NULL,
             dispatched_at = NULL, next_attempt_at = (SELECT now FROM clock)
         WHERE state = 'failed' AND (?1 IS NULL OR id IN (SELECT value FROM json_each(?1)))
         RETURNING batch_id, json_array_length(positions)",
    )
    .bind(ids.map(id_texts))
    .fetch_all(&mut *transaction)
    .await?;
    let count = retried.len() as u64;
    // Their batches are open again.
    sqlx::query(
        "UPDATE batches SET remaining = remaining + (reopened.value ->> 1), finished_at = NULL,
             report = NULL, report_key = NULL
         FROM json_each(?1) AS reopened WHERE batches.id = reopened.value ->> 0",
    )
    .bind(Json(matches_by_batch(retried)))
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(count)
}

/// A batch keeps counting its purged matches as failed. A purged single match leaves nothing, not
/// even its keys: the same call again is a new one.
pub(super) async fn purge(store: &SqliteStore, ids: Option<&[TaskId]>) -> Result<u64, StoreError> {
    let mut transaction = store.begin().await?;
    let purged: Vec<(Option<String>, Option<String>, i32)> = sqlx::query_as(
        "DELETE FROM tasks
         WHERE state = 'failed' AND (?1 IS NULL OR id IN (SELECT value FROM json_each(?1)))
         RETURNING job_id, batch_id, json_array_length(positions)",
    )
    .bind(ids.map(id_texts))
    .fetch_all(&mut *transaction)
    .await?;
    let count = purged.len() as u64;
    let job_ids: Vec<&str> = purged
        .iter()
        .filter_map(|(job_id, ..)| job_id.as_deref())
        .collect();
    sqlx::query(
        "DELETE FROM submission_keys WHERE submission_id IN (SELECT value FROM json_each(?1))",
    )
    .bind(Json(job_ids))
    .execute(&mut *transaction)
    .await?;
    let of_batches = purged
        .into_iter()
        .map(|(_, batch, matches)| (batch, matches));
    sqlx::query(
        "UPDATE batches SET purged = batches.purged + (gone.value ->> 1)
         FROM json_each(?1) AS gone WHERE batches.id = gone.value ->> 0",
    )
    .bind(Json(matches_by_batch(of_batches)))
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(count)
}
