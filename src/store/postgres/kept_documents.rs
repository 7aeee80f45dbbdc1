//! Kept documents: which stored documents rows point to, and which are orphaned.

use std::time::Duration;

use async_trait::async_trait;
use tracing::instrument;

use super::{PostgresStore, seconds};
use crate::store::{DocumentAnnouncements, KeptDocument, KeptDocuments, StoreError};

#[async_trait]
impl DocumentAnnouncements for PostgresStore {
    #[instrument(name = "store.announce_documents", level = "debug", skip_all)]
    async fn announce_documents(
        &self,
        keys: &[String],
        within: Duration,
    ) -> Result<(), StoreError> {
        self.call(async {
            sqlx::query(
                "INSERT INTO orphaned_documents (key, since)
                 SELECT key, now() + make_interval(secs => $2)
                 FROM unnest($1::text[]) AS announced (key)
                 ON CONFLICT DO NOTHING",
            )
            .bind(keys)
            .bind(seconds(within))
            .execute(&self.work_pool)
            .await?;
            Ok(())
        })
        .await
    }
}

#[async_trait]
impl KeptDocuments for PostgresStore {
    #[instrument(name = "store.orphaned_documents", level = "debug", skip_all)]
    async fn orphaned_documents(
        &self,
        since: Duration,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        self.call(async {
            Ok(sqlx::query_scalar(
                "SELECT key FROM orphaned_documents
                 WHERE since <= now() - make_interval(secs => $1) ORDER BY since LIMIT $2",
            )
            .bind(seconds(since))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?)
        })
        .await
    }

    #[instrument(name = "store.forget_orphaned_documents", level = "debug", skip_all)]
    async fn forget_orphaned_documents(&self, keys: &[String]) -> Result<(), StoreError> {
        self.call(async {
            sqlx::query("DELETE FROM orphaned_documents WHERE key = ANY ($1)")
                .bind(keys)
                .execute(&self.pool)
                .await?;
            Ok(())
        })
        .await
    }

    #[instrument(name = "store.kept_documents", level = "debug", skip_all)]
    async fn kept_documents(
        &self,
        after: &str,
        limit: u32,
    ) -> Result<Vec<KeptDocument>, StoreError> {
        self.call(async {
            let rows: Vec<(String, String)> = sqlx::query_as(
                "SELECT document_key AS key, job_id AS owner FROM results
                 WHERE document IS NULL AND document_key > $1
                 UNION ALL
                 SELECT report_key, id FROM batches WHERE report_key > $1
                 ORDER BY key LIMIT $2",
            )
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
            let kept = rows.into_iter();
            Ok(kept
                .map(|(key, owner)| KeptDocument { key, owner })
                .collect())
        })
        .await
    }

    #[instrument(name = "store.keeps_document", level = "debug", skip_all)]
    async fn keeps_document(&self, key: &str) -> Result<bool, StoreError> {
        self.call(async {
            Ok(sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM results WHERE document IS NULL AND document_key = $1)
                     OR EXISTS (SELECT 1 FROM batches WHERE report_key = $1)",
            )
            .bind(key)
            .fetch_one(&self.pool)
            .await?)
        })
        .await
    }
}
