//! Forgetting what ended long ago, in small steps.

use std::time::Duration;

use sqlx::PgPool;

use super::seconds;
use crate::store::{Forgotten, StoreError};

pub(super) async fn forget_ended(
    pool: &PgPool,
    older_than: Duration,
    limit: u32,
) -> Result<Forgotten, StoreError> {
    let mut transaction = pool.begin().await?;
    let jobs: Vec<String> = sqlx::query_scalar(
        "DELETE FROM tasks WHERE id IN (
             SELECT id FROM tasks
             WHERE batch_id IS NULL AND state IN ('completed', 'cancelled')
                 AND finished_at <= now() - make_interval(secs => $1)
             ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED)
         RETURNING job_id",
    )
    .bind(seconds(older_than))
    .bind(i64::from(limit))
    .fetch_all(&mut *transaction)
    .await?;
    // Their tasks go with them.
    let batches: Vec<(String, Option<String>)> = sqlx::query_as(
        "DELETE FROM batches WHERE id IN (
             SELECT id FROM batches
             WHERE finished_at <= now() - make_interval(secs => $1)
                 AND NOT EXISTS (SELECT 1 FROM tasks
                     WHERE batch_id = batches.id AND state = 'failed')
             ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED)
         RETURNING id, report_key",
    )
    .bind(seconds(older_than))
    .bind(i64::from(limit))
    .fetch_all(&mut *transaction)
    .await?;
    let (mut ids, documents): (Vec<String>, Vec<Option<String>>) = batches.into_iter().unzip();
    ids.extend(jobs);
    sqlx::query("DELETE FROM submission_keys WHERE submission_id = ANY ($1)")
        .bind(&ids)
        .execute(&mut *transaction)
        .await?;
    let deliveries = sqlx::query(
        "DELETE FROM webhook_deliveries WHERE id IN (
             SELECT id FROM webhook_deliveries
             WHERE state <> 'pending' AND finished_at <= now() - make_interval(secs => $1)
             ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
    )
    .bind(seconds(older_than))
    .bind(i64::from(limit))
    .execute(&mut *transaction)
    .await?
    .rows_affected();
    transaction.commit().await?;
    Ok(Forgotten {
        submissions: ids.len() as u64,
        deliveries,
        documents: documents.into_iter().flatten().collect(),
    })
}
