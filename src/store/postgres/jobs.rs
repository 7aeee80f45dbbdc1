//! The ledger as callers poll it: single matches, batches, and counts.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgPool};

use super::rows::read;
use crate::{
    domain::{
        event::BatchCounts,
        identifiers::{BatchId, JobId},
        profile_kind::ProfileKind,
        queue_name::QueueName,
        task::{Pair, TaskError, TaskState},
    },
    store::{BatchView, JobView, LedgerCounts, StoreError},
};

#[derive(FromRow)]
struct JobRow {
    batch_id: Option<String>,
    queue: String,
    state: String,
    subject_kind: String,
    subject_id: i64,
    counterpart_id: i64,
    depends_on: Option<String>,
    user_id: Option<String>,
    attempts: i32,
    next_attempt_at: DateTime<Utc>,
    error_code: Option<String>,
    error_detail: Option<String>,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
}

impl JobRow {
    fn into_view(self, job_id: JobId) -> Result<JobView, StoreError> {
        let state = read("tasks.state", &self.state, TaskState::parse)?;
        let kind = read("tasks.subject_kind", &self.subject_kind, ProfileKind::parse)?;
        let (candidate_id, job_posting_id) = match kind {
            ProfileKind::Candidate => (self.subject_id, self.counterpart_id),
            ProfileKind::JobPosting => (self.counterpart_id, self.subject_id),
        };
        Ok(JobView {
            job_id,
            state,
            queue: read("tasks.queue", &self.queue, QueueName::parse)?,
            pair: Pair {
                candidate_id,
                job_posting_id,
            },
            batch_id: self.batch_id.map(BatchId::from_trusted),
            depends_on: self.depends_on,
            user_id: self.user_id,
            attempts: self.attempts,
            next_attempt_at: (state == TaskState::Queued).then_some(self.next_attempt_at),
            error: self
                .error_code
                .map(|code| TaskError::new(code, self.error_detail.unwrap_or_default())),
            created_at: self.created_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
        })
    }
}

pub(super) async fn job(pool: &PgPool, id: &JobId) -> Result<Option<JobView>, StoreError> {
    let single: Option<JobRow> = sqlx::query_as(
        "SELECT batch_id, queue, state, subject_kind, subject_id,
             counterpart_ids[1] AS counterpart_id, depends_on, user_id, attempts, next_attempt_at,
             error_code, error_detail, created_at, started_at, finished_at
         FROM tasks WHERE job_id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(pool)
    .await?;
    if let Some(row) = single {
        return row.into_view(id.clone()).map(Some);
    }
    let Some((batch_id, position)) = id.as_batch_position() else {
        return Ok(None);
    };
    let of_batch: Option<JobRow> = sqlx::query_as(
        "SELECT batch_id, queue, state, subject_kind, subject_id,
             counterpart_ids[array_position(positions, $2)] AS counterpart_id, depends_on, user_id,
             attempts, next_attempt_at, error_code, error_detail, created_at, started_at,
             finished_at
         FROM tasks
         WHERE batch_id = $1 AND $2 BETWEEN first_position AND last_position
             AND $2 = ANY (positions)",
    )
    .bind(batch_id.as_str())
    .bind(position)
    .fetch_optional(pool)
    .await?;
    of_batch.map(|row| row.into_view(id.clone())).transpose()
}

#[derive(FromRow)]
struct BatchRow {
    queue: String,
    subject_kind: String,
    subject_id: i64,
    user_id: Option<String>,
    total: i32,
    waiting: i64,
    queued: i64,
    processing: i64,
    completed: i64,
    failed: i64,
    cancelled: i64,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

pub(super) async fn batch(pool: &PgPool, id: &BatchId) -> Result<Option<BatchView>, StoreError> {
    let row: Option<BatchRow> = sqlx::query_as(
        "SELECT batches.queue, batches.subject_kind, batches.subject_id, batches.user_id,
             batches.total, batches.created_at, batches.finished_at, progress.*
         FROM batches
         CROSS JOIN LATERAL (
             SELECT coalesce(sum(cardinality(positions)) FILTER (WHERE state = 'waiting'), 0) AS waiting,
                 coalesce(sum(cardinality(positions)) FILTER (WHERE state = 'queued'), 0) AS queued,
                 coalesce(sum(cardinality(positions)) FILTER (WHERE state = 'processing'), 0) AS processing,
                 coalesce(sum(cardinality(positions)) FILTER (WHERE state = 'completed'), 0) AS completed,
                 coalesce(sum(cardinality(positions)) FILTER (WHERE state = 'failed'), 0) AS failed,
                 coalesce(sum(cardinality(positions)) FILTER (WHERE state = 'cancelled'), 0) AS cancelled
             FROM tasks WHERE batch_id = batches.id
         ) AS progress
         WHERE batches.id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(BatchView {
        id: id.clone(),
        queue: read("batches.queue", &row.queue, QueueName::parse)?,
        subject_kind: read(
            "batches.subject_kind",
            &row.subject_kind,
            ProfileKind::parse,
        )?,
        subject_id: row.subject_id,
        user_id: row.user_id,
        waiting: row.waiting,
        queued: row.queued,
        processing: row.processing,
        counts: BatchCounts {
            total: i64::from(row.total),
            completed: row.completed,
            failed: row.failed,
            cancelled: row.cancelled,
        },
        created_at: row.created_at,
        finished_at: row.finished_at,
    }))
}

pub(super) async fn counts(pool: &PgPool) -> Result<LedgerCounts, StoreError> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT queue, state, count(*) FROM tasks
         WHERE state IN ('waiting', 'queued', 'processing', 'failed') GROUP BY queue, state",
    )
    .fetch_all(pool)
    .await?;
    let pending_deliveries =
        sqlx::query_scalar("SELECT count(*) FROM webhook_deliveries WHERE state = 'pending'")
            .fetch_one(pool)
            .await?;
    let tasks = rows
        .into_iter()
        .map(|(queue, state, count)| {
            Ok((
                read("tasks.queue", &queue, QueueName::parse)?,
                read("tasks.state", &state, TaskState::parse)?,
                count,
            ))
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(LedgerCounts {
        tasks,
        pending_deliveries,
    })
}
