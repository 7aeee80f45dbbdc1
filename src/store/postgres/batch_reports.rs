//! Batch reports: the saved rankings of ended batches.

use async_trait::async_trait;
use tracing::instrument;

use super::PostgresStore;
use crate::{
    domain::{identifiers::BatchId, ranking::ResultScope},
    store::{BatchReports, DocumentLocation, StoreError},
};

#[async_trait]
impl BatchReports for PostgresStore {
    #[instrument(name = "store.batch_report", level = "debug", skip_all, fields(batch.id = %id))]
    async fn batch_report(&self, id: &BatchId) -> Result<Option<DocumentLocation>, StoreError> {
        self.call(async {
            let row: Option<(Option<String>, Option<String>)> =
                sqlx::query_as("SELECT report, report_key FROM batches WHERE id = $1")
                    .bind(id.as_str())
                    .fetch_optional(&self.pool)
                    .await?;
            Ok(row.and_then(|(inline, key)| DocumentLocation::of_columns(inline, key)))
        })
        .await
    }

    #[instrument(name = "store.batches_without_report", level = "debug", skip_all)]
    async fn batches_without_report(&self, limit: u32) -> Result<Vec<BatchId>, StoreError> {
        self.call(async {
            let ids: Vec<BatchId> = sqlx::query_scalar(
                "SELECT id FROM batches
                 WHERE finished_at IS NOT NULL AND report IS NULL AND report_key IS NULL
                 ORDER BY finished_at LIMIT $1",
            )
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
            Ok(ids)
        })
        .await
    }

    #[instrument(
        name = "store.report_generation",
        level = "debug",
        skip_all,
        fields(batch.id = %id)
    )]
    async fn report_generation(&self, id: &BatchId) -> Result<Option<i64>, StoreError> {
        self.call(async {
            Ok(sqlx::query_scalar(
                "SELECT report_generation FROM batches WHERE id = $1 AND finished_at IS NOT NULL",
            )
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await?)
        })
        .await
    }

    #[instrument(
        name = "store.save_batch_report",
        level = "debug",
        skip_all,
        fields(batch.id = %id)
    )]
    async fn save_batch_report(
        &self,
        id: &BatchId,
        generation: i64,
        report: &DocumentLocation,
    ) -> Result<(), StoreError> {
        self.call(async {
            let (inline, key) = report.as_columns();
            sqlx::query(
                "WITH saved AS (
                     UPDATE batches SET report = $2, report_key = $3
                     WHERE id = $1 AND finished_at IS NOT NULL AND report_generation = $4
                     RETURNING report_key
                 )
                 DELETE FROM orphaned_documents USING saved WHERE key = saved.report_key",
            )
            .bind(id.as_str())
            .bind(inline)
            .bind(key)
            .bind(generation)
            .execute(&self.pool)
            .await?;
            Ok(())
        })
        .await
    }

    #[instrument(name = "store.drop_batch_reports", level = "debug", skip_all)]
    async fn drop_batch_reports(&self, scope: ResultScope) -> Result<(), StoreError> {
        self.call(async {
            // Looks at the tasks of every ended batch: results are rarely weighed again.
            sqlx::query(
                "WITH stale AS (
                     SELECT id FROM batches
                     WHERE finished_at IS NOT NULL AND EXISTS (
                         SELECT 1 FROM tasks WHERE batch_id = batches.id AND state = 'completed'
                             AND ($1 IS NULL
                                 OR tasks.subject_kind = 'candidate' AND $1 = tasks.subject_id
                                 OR tasks.subject_kind = 'job_posting'
                                     AND $1 = ANY (counterpart_ids))
                             AND ($2 IS NULL
                                 OR tasks.subject_kind = 'job_posting' AND $2 = tasks.subject_id
                                 OR tasks.subject_kind = 'candidate'
                                     AND $2 = ANY (counterpart_ids)))
                     ORDER BY id FOR UPDATE
                 )
                 UPDATE batches SET report = NULL, report_key = NULL,
                     report_generation = report_generation + 1
                 FROM stale WHERE batches.id = stale.id",
            )
            .bind(scope.candidate_id)
            .bind(scope.job_posting_id)
            .execute(&self.pool)
            .await?;
            Ok(())
        })
        .await
    }
}
