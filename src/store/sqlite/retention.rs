//! Retention: deletes ended work, in small steps.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::types::Json;
use tracing::instrument;

use super::{SqliteStore, milliseconds};
use crate::store::{Forgotten, Retention, StoreError};

#[async_trait]
impl Retention for SqliteStore {
    #[instrument(name = "store.forget_ended", level = "debug", skip_all)]
    async fn forget_ended(
        &self,
        older_than: Duration,
        limit: u32,
    ) -> Result<Forgotten, StoreError> {
        let mut transaction = self.begin().await?;
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
        // Foreign keys delete the tasks of these batches.
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
        // A report that a task waits for is kept.
        let dependency_reports = sqlx::query(
            "DELETE FROM dependency_reports WHERE id IN (
                 SELECT id FROM dependency_reports
                 WHERE reported_at <= (SELECT now FROM clock) - ?1 AND NOT EXISTS (
                     SELECT 1 FROM tasks WHERE state = 'waiting'
                         AND depends_on = dependency_reports.id)
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
}
