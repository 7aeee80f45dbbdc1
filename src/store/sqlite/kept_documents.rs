//! Kept documents: which stored documents rows point to, and which are orphaned.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::types::Json;
use tracing::instrument;

use super::{SqliteStore, milliseconds};
use crate::store::{DocumentAnnouncements, KeptDocument, KeptDocuments, StoreError};

#[async_trait]
impl DocumentAnnouncements for SqliteStore {
    #[instrument(name = "store.announce_documents", level = "debug", skip_all)]
    async fn announce_documents(
        &self,
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
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}

#[async_trait]
impl KeptDocuments for SqliteStore {
    #[instrument(name = "store.orphaned_documents", level = "debug", skip_all)]
    async fn orphaned_documents(
        &self,
        since: Duration,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar(
            "SELECT key FROM orphaned_documents
             WHERE since <= (SELECT now FROM clock) - ?1 ORDER BY since LIMIT ?2",
        )
        .bind(milliseconds(since))
        .bind(limit)
        .fetch_all(&self.readers)
        .await?)
    }

    #[instrument(name = "store.forget_orphaned_documents", level = "debug", skip_all)]
    async fn forget_orphaned_documents(&self, keys: &[String]) -> Result<(), StoreError> {
        sqlx::query(
            "DELETE FROM orphaned_documents WHERE key IN (SELECT value FROM json_each(?1))",
        )
        .bind(Json(keys))
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    #[instrument(name = "store.kept_documents", level = "debug", skip_all)]
    async fn kept_documents(
        &self,
        after: &str,
        limit: u32,
    ) -> Result<Vec<KeptDocument>, StoreError> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT document_key AS key, job_id AS owner FROM results
             WHERE document IS NULL AND document_key > ?1
             UNION ALL
             SELECT report_key, id FROM batches WHERE report_key > ?1
             ORDER BY key LIMIT ?2",
        )
        .bind(after)
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        let kept = rows.into_iter();
        Ok(kept
            .map(|(key, owner)| KeptDocument { key, owner })
            .collect())
    }

    #[instrument(name = "store.keeps_document", level = "debug", skip_all)]
    async fn keeps_document(&self, key: &str) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM results WHERE document IS NULL AND document_key = ?1)
                 OR EXISTS (SELECT 1 FROM batches WHERE report_key = ?1)",
        )
        .bind(key)
        .fetch_one(&self.readers)
        .await?)
    }
}
