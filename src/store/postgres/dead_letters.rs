//! Failed tasks: listing them, queueing them again, deleting them.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgPool};

use super::{outcome::id_texts, rows::read};
use crate::{
    domain::{
        identifiers::{BatchId, JobId, TaskId},
        profile_kind::ProfileKind,
        queue_name::QueueName,
        task::TaskError,
    },
    store::{DeadLetter, StoreError},
};

#[derive(FromRow)]
struct DeadLetterRow {
    id: String,
    job_id: Option<String>,
    batch_id: Option<String>,
    first_position: i32,
    match_count: i32,
    queue: String,
    subject_kind: String,
    subject_id: i64,
    attempts: i32,
    error_code: String,
    error_detail: String,
    finished_at: DateTime<Utc>,
}

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
        .map(|row| {
            let job_id = match (row.job_id, row.batch_id) {
                (None, Some(batch)) => {
                    JobId::of_batch(&BatchId::from_trusted(batch), row.first_position)
                }
                (job, _) => JobId::from_trusted(job.unwrap_or_else(|| row.id.clone())),
            };
            Ok(DeadLetter {
                task_id: TaskId::from_trusted(row.id),
                job_id,
                match_count: i64::from(row.match_count),
                queue: read("tasks.queue", &row.queue, QueueName::parse)?,
                subject_kind: read("tasks.subject_kind", &row.subject_kind, ProfileKind::parse)?,
                subject_id: row.subject_id,
                attempts: row.attempts,
                error: TaskError::new(row.error_code, row.error_detail),
                failed_at: row.finished_at,
            })
        })
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
    // Batches are open again; counted together, so that each row is touched once.
    let mut reopened = std::collections::BTreeMap::<&str, i32>::new();
    for (batch, matches) in &retried {
        if let Some(batch) = batch {
            *reopened.entry(batch).or_default() += matches;
        }
    }
    let (batches, matches): (Vec<&str>, Vec<i32>) = reopened.into_iter().unzip();
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
    Ok(retried.len() as u64)
}

pub(super) async fn purge(pool: &PgPool, ids: Option<&[TaskId]>) -> Result<u64, StoreError> {
    Ok(sqlx::query(
        "DELETE FROM tasks WHERE state = 'failed' AND ($1::text[] IS NULL OR id = ANY ($1))",
    )
    .bind(ids.map(id_texts))
    .execute(pool)
    .await?
    .rows_affected())
}
