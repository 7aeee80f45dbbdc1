//! Jobs and batches as callers poll them, and the counts of the ledger.

use async_trait::async_trait;
use sqlx::{SqliteExecutor, types::Json};
use tracing::instrument;

use super::SqliteStore;
use crate::{
    domain::{
        identifiers::{BatchId, JobId},
        progress::{BatchView, JobView},
    },
    store::{
        Jobs, LedgerCounts, StoreError,
        rows::{BatchRow, IdentifiedBatchRow, JobRow, ledger_counts},
    },
};

#[async_trait]
impl Jobs for SqliteStore {
    #[instrument(name = "store.job", level = "debug", skip_all, fields(job.id = %id))]
    async fn job(&self, id: &JobId) -> Result<Option<JobView>, StoreError> {
        let single: Option<JobRow> = sqlx::query_as(
            "SELECT batch_id, queue, state, subject_kind, subject_id,
                 counterpart_ids ->> 0 AS counterpart_id, depends_on, user_id, traceparent,
                 webhook_url IS NOT NULL AS has_receiver, attempts,
                 next_attempt_at, error_code, error_detail, created_at, started_at, finished_at
             FROM tasks WHERE job_id = ?1",
        )
        .bind(id.as_str())
        .fetch_optional(&self.readers)
        .await?;
        if let Some(row) = single {
            return row.into_view(id.clone()).map(Some);
        }
        let Some((batch_id, position)) = id.as_batch_position() else {
            return Ok(None);
        };
        let of_batch: Option<JobRow> = sqlx::query_as(
            "SELECT batch_id, queue, state, subject_kind, subject_id,
                 counterpart_ids ->> place.key AS counterpart_id, depends_on, user_id, traceparent,
                 webhook_url IS NOT NULL AS has_receiver, attempts,
                 next_attempt_at, error_code, error_detail, created_at, started_at, finished_at
             FROM tasks CROSS JOIN json_each(positions) AS place
             WHERE batch_id = ?1 AND ?2 BETWEEN first_position AND last_position
                 AND place.value = ?2",
        )
        .bind(batch_id.as_str())
        .bind(position)
        .fetch_optional(&self.readers)
        .await?;
        of_batch.map(|row| row.into_view(id.clone())).transpose()
    }

    #[instrument(name = "store.batch", level = "debug", skip_all, fields(batch.id = %id))]
    async fn batch(&self, id: &BatchId) -> Result<Option<BatchView>, StoreError> {
        batch(&self.readers, id).await
    }

    #[instrument(name = "store.counts", level = "debug", skip_all)]
    async fn counts(&self) -> Result<LedgerCounts, StoreError> {
        // One SELECT for each partial index, so that finished tasks, the vast majority, are never
        // read.
        let rows: Vec<(String, String, i64)> = sqlx::query_as(
            "SELECT queue, state, sum(tasks) FROM (
                 SELECT queue, 'waiting' AS state, count(*) AS tasks FROM tasks
                 WHERE state = 'waiting' GROUP BY queue
                 UNION ALL
                 SELECT queue, 'queued', count(*) FROM tasks
                 WHERE state = 'queued' AND dispatched_at IS NULL GROUP BY queue
                 UNION ALL
                 SELECT queue, 'queued', count(*) FROM tasks
                 WHERE state = 'queued' AND dispatched_at IS NOT NULL GROUP BY queue
                 UNION ALL
                 SELECT queue, 'processing', count(*) FROM tasks
                 WHERE state = 'processing' GROUP BY queue
                 UNION ALL
                 SELECT queue, 'failed', count(*) FROM tasks
                 WHERE state = 'failed' GROUP BY queue
             ) GROUP BY queue, state",
        )
        .fetch_all(&self.readers)
        .await?;
        let deliveries = sqlx::query_as(
            "SELECT (SELECT count(*) FROM webhook_deliveries WHERE state = 'pending' AND is_due = 1)
                 + (SELECT count(*) FROM webhook_deliveries
                    WHERE state = 'pending' AND is_due = 0),
                 (SELECT count(*) FROM webhook_deliveries WHERE state = 'failed')",
        )
        .fetch_one(&self.readers)
        .await?;
        ledger_counts(rows, deliveries)
    }
}

/// Returns a batch within any connection or transaction. `purged` counts failed matches whose rows
/// were deleted.
pub(super) async fn batch(
    executor: impl SqliteExecutor<'_>,
    id: &BatchId,
) -> Result<Option<BatchView>, StoreError> {
    let found = batches(executor, &[id.as_str()]).await?.pop();
    found.map(|(id, row)| row.into_view(id)).transpose()
}

/// Returns the batches of these ids that exist, in no particular order.
pub(super) async fn batches(
    executor: impl SqliteExecutor<'_>,
    ids: &[&str],
) -> Result<Vec<(BatchId, BatchRow)>, StoreError> {
    let rows: Vec<IdentifiedBatchRow> = sqlx::query_as(
        "SELECT batches.id, batches.queue, batches.subject_kind, batches.subject_id, batches.user_id,
             batches.total, batches.report_generation, batches.created_at, batches.finished_at,
             coalesce(sum(matches) FILTER (WHERE state = 'waiting'), 0) AS waiting,
             coalesce(sum(matches) FILTER (WHERE state = 'queued'), 0) AS queued,
             coalesce(sum(matches) FILTER (WHERE state = 'processing'), 0) AS processing,
             coalesce(sum(matches) FILTER (WHERE state = 'completed'), 0) AS completed,
             purged + coalesce(sum(matches) FILTER (WHERE state = 'failed'), 0) AS failed,
             coalesce(sum(matches) FILTER (WHERE state = 'cancelled'), 0) AS cancelled
         FROM batches LEFT JOIN (
             SELECT batch_id, state, json_array_length(positions) AS matches FROM tasks
         ) ON batch_id = batches.id
         WHERE batches.id IN (SELECT value FROM json_each(?1)) GROUP BY batches.id",
    )
    .bind(Json(ids))
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.batch)).collect())
}
