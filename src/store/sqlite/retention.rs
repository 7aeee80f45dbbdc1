//! Forgetting what ended long ago, in small steps.

use std::time::Duration;

use sqlx::types::Json;

use super::{SqliteStore, milliseconds};
use crate::store::{Forgotten, StoreError};

pub(super) async fn forget_ended(
    store: &SqliteStore,
    older_than: Duration,
    limit: u32,
) -> Result<Forgotten, StoreError> {
    let mut transaction = store.begin().await?;
    let jobs: Vec<String> = sqlx::query_scalar(
        "DELETE FROM tasks WHERE id IN (
             SELECT id FROM tasks
             WHERE batch_id IS NULL AND state IN ('completed', 'cancelled')
                 AND finished_at <= (SELECT now FROM clock) - ?1
             ORDER BY finished_at LIMIT ?2)
         RETURNING job_id",
    )
    .bind(milliseconds(older_than))
    .bind(limit)
    .fetch_all(&mut *transaction)
    .await?;
    // Their tasks go with them.
    let batches: Vec<String> = sqlx::query_scalar(
        "DELETE FROM batches WHERE id IN (
             SELECT id FROM batches
             WHERE finished_at <= (SELECT now FROM clock) - ?1
                 AND NOT EXISTS (SELECT 1 FROM tasks
                     WHERE batch_id = batches.id AND state = 'failed')
             ORDER BY finished_at LIMIT ?2)
         RETURNING id",
    )
    .bind(milliseconds(older_than))
    .bind(limit)
    .fetch_all(&mut *transaction)
    .await?;
    let ids = [batches, jobs].concat();
    let submissions = ids.len() as u64;
    sqlx::query(
        "DELETE FROM submission_keys WHERE submission_id IN (SELECT value FROM json_each(?1))",
    )
    .bind(Json(ids))
    .execute(&mut *transaction)
    .await?;
    let deliveries = sqlx::query(
        "DELETE FROM webhook_deliveries WHERE id IN (
             SELECT id FROM webhook_deliveries
             WHERE state <> 'pending' AND finished_at <= (SELECT now FROM clock) - ?1
             ORDER BY finished_at LIMIT ?2)",
    )
    .bind(milliseconds(older_than))
    .bind(limit)
    .execute(&mut *transaction)
    .await?
    .rows_affected();
    // What still waits for a report will find it.
    let dependency_reports = sqlx::query(
        "DELETE FROM dependency_reports WHERE id IN (
             SELECT id FROM dependency_reports
             WHERE reported_at <= (SELECT now FROM clock) - ?1 AND NOT EXISTS (
                 SELECT 1 FROM tasks WHERE state = 'waiting' AND depends_on = dependency_reports.id)
             ORDER BY reported_at LIMIT ?2)",
    )
    .bind(milliseconds(older_than))
    .bind(limit)
    .execute(&mut *transaction)
    .await?
    .rows_affected();
    transaction.commit().await?;
    Ok(Forgotten {
        submissions,
        deliveries,
        dependency_reports,
    })
}

pub(super) async fn forget_operator_actions(
    store: &SqliteStore,
    older_than: Duration,
    limit: u32,
) -> Result<u64, StoreError> {
    let forgotten = sqlx::query(
        "DELETE FROM operator_actions WHERE id IN (
             SELECT id FROM operator_actions WHERE at <= (SELECT now FROM clock) - ?1 ORDER BY at LIMIT ?2)",
    )
    .bind(milliseconds(older_than))
    .bind(limit)
    .execute(&store.writer)
    .await?;
    Ok(forgotten.rows_affected())
}

pub(super) async fn announce_documents(
    store: &SqliteStore,
    keys: &[String],
    within: Duration,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO orphaned_documents (key, since)
         SELECT value, (SELECT now FROM clock) + ?2 FROM json_each(?1) WHERE true
         ON CONFLICT DO NOTHING",
    )
    .bind(Json(keys))
    .bind(milliseconds(within))
    .execute(&store.writer)
    .await?;
    Ok(())
}

pub(super) async fn orphaned_documents(
    store: &SqliteStore,
    since: Duration,
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT key FROM orphaned_documents WHERE since <= (SELECT now FROM clock) - ?1 ORDER BY since LIMIT ?2",
    )
    .bind(milliseconds(since))
    .bind(limit)
    .fetch_all(&store.readers)
    .await?)
}

pub(super) async fn forget_orphaned_documents(
    store: &SqliteStore,
    keys: &[String],
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM orphaned_documents WHERE key IN (SELECT value FROM json_each(?1))")
        .bind(Json(keys))
        .execute(&store.writer)
        .await?;
    Ok(())
}
