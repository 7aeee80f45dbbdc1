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
    let batches: Vec<String> = sqlx::query_scalar(
        "DELETE FROM batches WHERE id IN (
             SELECT id FROM batches
             WHERE finished_at <= now() - make_interval(secs => $1)
                 AND NOT EXISTS (SELECT 1 FROM tasks
                     WHERE batch_id = batches.id AND state = 'failed')
             ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED)
         RETURNING id",
    )
    .bind(seconds(older_than))
    .bind(i64::from(limit))
    .fetch_all(&mut *transaction)
    .await?;
    let ids = [batches, jobs].concat();
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
    // What still waits for a report will find it.
    let dependency_reports = sqlx::query(
        "DELETE FROM dependency_reports WHERE id IN (
             SELECT id FROM dependency_reports
             WHERE reported_at <= now() - make_interval(secs => $1) AND NOT EXISTS (
                 SELECT 1 FROM tasks WHERE state = 'waiting' AND depends_on = dependency_reports.id)
             ORDER BY reported_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
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
        dependency_reports,
    })
}

pub(super) async fn forget_operator_actions(
    pool: &PgPool,
    older_than: Duration,
    limit: u32,
) -> Result<u64, StoreError> {
    let forgotten = sqlx::query(
        "DELETE FROM operator_actions WHERE id IN (
             SELECT id FROM operator_actions WHERE at <= now() - make_interval(secs => $1) ORDER BY at LIMIT $2)",
    )
    .bind(seconds(older_than))
    .bind(i64::from(limit))
    .execute(pool)
    .await?;
    Ok(forgotten.rows_affected())
}

pub(super) async fn announce_documents(
    pool: &PgPool,
    keys: &[String],
    within: Duration,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO orphaned_documents (key, since)
         SELECT key, now() + make_interval(secs => $2) FROM unnest($1::text[]) AS announced (key)
         ON CONFLICT DO NOTHING",
    )
    .bind(keys)
    .bind(seconds(within))
    .execute(pool)
    .await?;
    Ok(())
}

pub(super) async fn orphaned_documents(
    pool: &PgPool,
    since: Duration,
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT key FROM orphaned_documents WHERE since <= now() - make_interval(secs => $1) ORDER BY since LIMIT $2",
    )
    .bind(seconds(since))
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?)
}

pub(super) async fn forget_orphaned_documents(
    pool: &PgPool,
    keys: &[String],
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM orphaned_documents WHERE key = ANY ($1)")
        .bind(keys)
        .execute(pool)
        .await?;
    Ok(())
}
