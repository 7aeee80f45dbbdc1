//! API keys.

use async_trait::async_trait;
use sqlx::types::Json;
use tracing::instrument;

use super::{SqliteStore, milliseconds, operator_actions};
use crate::{
    domain::{
        api_key::{ApiKey, KeyToCheck, NewApiKey, SuccessorKey},
        identifiers::ApiKeyId,
        operator_action::OperatorAction,
        paging::NewestFirst,
    },
    store::{ApiKeys, StoreError, rows::ApiKeyRow},
};

#[async_trait]
impl ApiKeys for SqliteStore {
    #[instrument(name = "store.create_api_key", level = "debug", skip_all, fields(key.id = %key.id))]
    async fn create_api_key(
        &self,
        key: &NewApiKey,
        action: &OperatorAction,
    ) -> Result<ApiKey, StoreError> {
        let mut transaction = self.begin().await?;
        let row: ApiKeyRow = sqlx::query_as(
            "INSERT INTO api_keys
                 (id, digest, name, scopes, requests_per_minute, created_by, created_at, expires_at)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, now, now + ?7 FROM clock
             RETURNING *, created_at AS now",
        )
        .bind(key.id.as_str())
        .bind(key.digest.as_slice())
        .bind(&key.name)
        .bind(Json(key.scopes.names()))
        .bind(key.requests_per_minute)
        .bind(&action.actor)
        .bind(key.expires_in.map(milliseconds))
        .fetch_one(&mut *transaction)
        .await?;
        operator_actions::insert(&mut transaction, action, 0).await?;
        transaction.commit().await?;
        row.into_key()
    }

    #[instrument(name = "store.rotate_api_key", level = "debug", skip_all, fields(key.id = %id))]
    async fn rotate_api_key(
        &self,
        id: &ApiKeyId,
        successor: &SuccessorKey,
        action: &OperatorAction,
    ) -> Result<Option<ApiKey>, StoreError> {
        let mut transaction = self.begin().await?;
        let row: Option<ApiKeyRow> = sqlx::query_as(
            "INSERT INTO api_keys
                 (id, digest, name, scopes, requests_per_minute, created_by, created_at, expires_at)
             SELECT ?2, ?3, name, scopes, requests_per_minute, ?4, now,
                 now + coalesce(?5, expires_at - created_at)
             FROM api_keys CROSS JOIN clock
             WHERE id = ?1 AND revoked_at IS NULL AND replaced_by IS NULL
                 AND (expires_at > now) IS NOT FALSE
             RETURNING *, created_at AS now",
        )
        .bind(id.as_str())
        .bind(successor.id.as_str())
        .bind(successor.digest.as_slice())
        .bind(&action.actor)
        .bind(successor.expires_in.map(milliseconds))
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(row) = row else { return Ok(None) };
        // The two-argument `min` is null if either argument is.
        sqlx::query(
            "UPDATE api_keys SET replaced_by = ?2,
                 expires_at = min(coalesce(expires_at, clock.now + ?3), clock.now + ?3)
             FROM clock WHERE id = ?1",
        )
        .bind(id.as_str())
        .bind(successor.id.as_str())
        .bind(milliseconds(successor.overlap))
        .execute(&mut *transaction)
        .await?;
        operator_actions::insert(&mut transaction, action, 0).await?;
        transaction.commit().await?;
        row.into_key().map(Some)
    }

    #[instrument(name = "store.revoke_api_key", level = "debug", skip_all, fields(key.id = %id))]
    async fn revoke_api_key(
        &self,
        id: &ApiKeyId,
        action: &OperatorAction,
    ) -> Result<Option<ApiKey>, StoreError> {
        let mut transaction = self.begin().await?;
        let revoked = sqlx::query(
            "UPDATE api_keys SET revoked_at = (SELECT now FROM clock)
             WHERE id = ?1 AND revoked_at IS NULL",
        )
        .bind(id.as_str())
        .execute(&mut *transaction)
        .await?;
        if revoked.rows_affected() > 0 {
            operator_actions::insert(&mut transaction, action, 0).await?;
        }
        let row: Option<ApiKeyRow> =
            sqlx::query_as("SELECT api_keys.*, now FROM api_keys CROSS JOIN clock WHERE id = ?1")
                .bind(id.as_str())
                .fetch_optional(&mut *transaction)
                .await?;
        transaction.commit().await?;
        row.map(ApiKeyRow::into_key).transpose()
    }

    #[instrument(name = "store.api_keys", level = "debug", skip_all)]
    async fn api_keys(&self, page: &NewestFirst) -> Result<Vec<ApiKey>, StoreError> {
        let after = page.after.as_ref();
        let rows: Vec<ApiKeyRow> = sqlx::query_as(
            "SELECT api_keys.*, now FROM api_keys CROSS JOIN clock
             WHERE ?1 IS NULL OR (created_at, id) < (?1, ?2)
             ORDER BY created_at DESC, id DESC LIMIT ?3",
        )
        .bind(after.map(|cursor| cursor.at.timestamp_millis()))
        .bind(after.map(|cursor| cursor.id.as_str()))
        .bind(page.limit)
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(ApiKeyRow::into_key).collect()
    }

    #[instrument(name = "store.find_api_keys", level = "debug", skip_all)]
    async fn find_api_keys(&self, ids: &[ApiKeyId]) -> Result<Vec<KeyToCheck>, StoreError> {
        let rows: Vec<ApiKeyRow> = sqlx::query_as(
            "SELECT api_keys.*, now FROM api_keys CROSS JOIN clock
             WHERE id IN (SELECT value FROM json_each(?1))",
        )
        .bind(Json(ids))
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(ApiKeyRow::into_key_to_check).collect()
    }

    #[instrument(name = "store.has_api_keys", level = "debug", skip_all)]
    async fn has_api_keys(&self) -> Result<bool, StoreError> {
        let exists = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM api_keys)");
        Ok(exists.fetch_one(&self.readers).await?)
    }

    #[instrument(name = "store.record_api_key_uses", level = "debug", skip_all)]
    async fn record_api_key_uses(&self, ids: &[ApiKeyId]) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE api_keys SET last_used_at = (SELECT now FROM clock)
             WHERE id IN (SELECT value FROM json_each(?1))",
        )
        .bind(Json(ids))
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}
