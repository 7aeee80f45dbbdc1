//! Jobs and batches as callers poll them, and the counts of the ledger.

use std::collections::HashMap;

use async_trait::async_trait;
use sqlx::{PgConnection, PgExecutor, PgPool};
use sqlx_macros::FromRow;
use tracing::instrument;

use super::PostgresStore;
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
impl Jobs for PostgresStore {
    #[instrument(name = "store.job", level = "debug", skip_all, fields(job.id = %id))]
    async fn job(&self, id: &JobId) -> Result<Option<JobView>, StoreError> {
        if let Some(single) = self.call(self.coalesced.look_up(id)).await? {
            return Ok(Some(single));
        }
        self.call(of_batch(&self.pool, id)).await
    }

    #[instrument(name = "store.batch", level = "debug", skip_all, fields(batch.id = %id))]
    async fn batch(&self, id: &BatchId) -> Result<Option<BatchView>, StoreError> {
        self.call(batch(&self.pool, id)).await
    }

    #[instrument(name = "store.counts", level = "debug", skip_all)]
    async fn counts(&self) -> Result<LedgerCounts, StoreError> {
        self.call(async {
            // One SELECT for each partial index, so that finished tasks, the vast majority, are
            // never read.
            let rows: Vec<(String, String, i64)> = sqlx::query_as(
                "SELECT queue, state, sum(tasks)::bigint FROM (
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
                 ) AS counted GROUP BY queue, state",
            )
            .fetch_all(&self.pool)
            .await?;
            let deliveries = sqlx::query_as(
                "SELECT (SELECT count(*) FROM webhook_deliveries WHERE state = 'pending' AND is_due)
                     + (SELECT count(*) FROM webhook_deliveries
                        WHERE state = 'pending' AND NOT is_due),
                     (SELECT count(*) FROM webhook_deliveries WHERE state = 'failed')",
            )
            .fetch_one(&self.pool)
            .await?;
            ledger_counts(rows, deliveries)
        })
        .await
    }
}

/// Returns the single matches with these ids, in the order of the ids.
pub(super) async fn singles(
    connection: &mut PgConnection,
    ids: &[JobId],
) -> Result<Vec<Option<JobView>>, StoreError> {
    let texts: Vec<&str> = ids.iter().map(JobId::as_str).collect();
    let rows: Vec<SingleRow> = sqlx::query_as(
        "SELECT job_id, batch_id, queue, state, subject_kind, subject_id,
             counterpart_ids[1] AS counterpart_id, depends_on, user_id, traceparent,
             webhook_url IS NOT NULL AS has_receiver, attempts, next_attempt_at, error_code,
             error_detail, created_at, started_at, finished_at
         FROM tasks WHERE job_id = ANY ($1)",
    )
    .bind(&texts)
    .fetch_all(connection)
    .await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in rows {
        let id = row.job_id;
        found.insert(id.clone(), row.job.into_view(id)?);
    }
    // Several callers may ask for the same id.
    Ok(ids.iter().map(|id| found.get(id).cloned()).collect())
}

/// A single match with its id.
#[derive(FromRow)]
struct SingleRow {
    job_id: JobId,
    #[sqlx(flatten)]
    job: JobRow,
}

/// Returns the match that this id names as the n-th of a batch.
pub(super) async fn of_batch(pool: &PgPool, id: &JobId) -> Result<Option<JobView>, StoreError> {
    let Some((batch_id, position)) = id.as_batch_position() else {
        return Ok(None);
    };
    let of_batch: Option<JobRow> = sqlx::query_as(
        "SELECT batch_id, queue, state, subject_kind, subject_id,
             counterpart_ids[array_position(positions, $2)] AS counterpart_id, depends_on, user_id, traceparent,
             webhook_url IS NOT NULL AS has_receiver, attempts, next_attempt_at, error_code,
             error_detail, created_at, started_at, finished_at
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

/// Returns a batch within any connection or transaction. `purged` counts failed matches whose rows
/// were deleted.
pub(super) async fn batch(
    executor: impl PgExecutor<'_>,
    id: &BatchId,
) -> Result<Option<BatchView>, StoreError> {
    let found = batches(executor, &[id.as_str()]).await?.pop();
    found.map(|(id, row)| row.into_view(id)).transpose()
}

/// Returns the batches of these ids that exist, in no particular order.
pub(super) async fn batches(
    executor: impl PgExecutor<'_>,
    ids: &[&str],
) -> Result<Vec<(BatchId, BatchRow)>, StoreError> {
    let rows: Vec<IdentifiedBatchRow> = sqlx::query_as(
        "SELECT batches.id, batches.queue, batches.subject_kind, batches.subject_id, batches.user_id,
             batches.total, batches.report_generation, batches.created_at, batches.finished_at,
             progress.waiting, progress.queued,
             progress.processing, progress.completed, purged + progress.failed AS failed,
             progress.cancelled
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
         WHERE batches.id = ANY ($1)",
    )
    .bind(ids)
    .fetch_all(executor)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.batch)).collect())
}
