//! Batch reports: the saved rankings of ended batches.

use async_trait::async_trait;
use tracing::instrument;

use super::SqliteStore;
use crate::{
    domain::{identifiers::BatchId, ranking::ResultScope},
    store::{BatchReports, DocumentLocation, StoreError},
};

#[async_trait]
impl BatchReports for SqliteStore {
    #[instrument(name = "store.batch_report", level = "debug", skip_all, fields(batch.id = %id))]
    async fn batch_report(&self, id: &BatchId) -> Result<Option<DocumentLocation>, StoreError> {
        let row: Option<(Option<String>, Option<String>)> =
            sqlx::query_as("SELECT report, report_key FROM batches WHERE id = ?1")
                .bind(id.as_str())
                .fetch_optional(&self.readers)
                .await?;
        Ok(row.and_then(|(inline, key)| DocumentLocation::of_columns(inline, key)))
    }

    #[instrument(name = "store.batches_without_report", level = "debug", skip_all)]
    async fn batches_without_report(&self, limit: u32) -> Result<Vec<BatchId>, StoreError> {
        let ids: Vec<BatchId> = sqlx::query_scalar(
            "SELECT id FROM batches
             WHERE finished_at IS NOT NULL AND report IS NULL AND report_key IS NULL
             ORDER BY finished_at LIMIT ?1",
        )
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        Ok(ids)
    }

    #[instrument(
        name = "store.report_generation",
        level = "debug",
        skip_all,
        fields(batch.id = %id)
    )]
    async fn report_generation(&self, id: &BatchId) -> Result<Option<i64>, StoreError> {
        Ok(sqlx::query_scalar(
            "SELECT report_generation FROM batches WHERE id = ?1 AND finished_at IS NOT NULL",
        )
        .bind(id.as_str())
        .fetch_optional(&self.readers)
        .await?)
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
        let (inline, key) = report.as_columns();
        let mut transaction = self.begin().await?;
        let saved = sqlx::query(
            "UPDATE batches SET report = ?2, report_key = ?3
             WHERE id = ?1 AND finished_at IS NOT NULL AND report_generation = ?4",
        )
        .bind(id.as_str())
        .bind(inline)
        .bind(key)
        .bind(generation)
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        if saved == 1 {
            sqlx::query("DELETE FROM orphaned_documents WHERE key = ?1")
                .bind(key)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    #[instrument(name = "store.drop_batch_reports", level = "debug", skip_all)]
    async fn drop_batch_reports(&self, scope: ResultScope) -> Result<(), StoreError> {
        // Looks at the tasks of every ended batch: results are rarely weighed again.
        sqlx::query(
            "UPDATE batches SET report = NULL, report_key = NULL,
                 report_generation = report_generation + 1
             WHERE finished_at IS NOT NULL AND EXISTS (
                 SELECT 1 FROM tasks WHERE batch_id = batches.id AND state = 'completed'
                     AND (?1 IS NULL
                         OR tasks.subject_kind = 'candidate' AND ?1 = tasks.subject_id
                         OR tasks.subject_kind = 'job_posting'
                             AND ?1 IN (SELECT value FROM json_each(counterpart_ids)))
                     AND (?2 IS NULL
                         OR tasks.subject_kind = 'job_posting' AND ?2 = tasks.subject_id
                         OR tasks.subject_kind = 'candidate'
                             AND ?2 IN (SELECT value FROM json_each(counterpart_ids))))",
        )
        .bind(scope.candidate_id)
        .bind(scope.job_posting_id)
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}
