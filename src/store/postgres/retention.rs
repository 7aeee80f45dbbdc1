//! Retention: deletes ended work, in small steps.

use std::time::Duration;

use async_trait::async_trait;
use tracing::instrument;

use super::{PostgresStore, seconds};
use crate::store::{Forgotten, Retention, StoreError};

#[async_trait]
impl Retention for PostgresStore {
    #[instrument(name = "store.forget_ended", level = "debug", skip_all)]
    async fn forget_ended(
        &self,
        older_than: Duration,
        limit: u32,
    ) -> Result<Forgotten, StoreError> {
        self.call(async {
            let mut transaction = self.pool.begin().await?;
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
            // Foreign keys delete the tasks of these batches.
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
            // A report that a task waits for is kept.
            let dependency_reports = sqlx::query(
                "DELETE FROM dependency_reports WHERE id IN (
                     SELECT id FROM dependency_reports
                     WHERE reported_at <= now() - make_interval(secs => $1) AND NOT EXISTS (
                         SELECT 1 FROM tasks WHERE state = 'waiting'
                             AND depends_on = dependency_reports.id)
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
        })
        .await
    }
}
