//! API keys.

use async_trait::async_trait;
use tracing::instrument;

use super::{PostgresStore, operator_actions, seconds};
use crate::{
    domain::{
        api_key::{ApiKey, KeyToCheck, NewApiKey, SuccessorKey},
        identifiers::ApiKeyId,
        operator_action::OperatorAction,
        paging::NewestFirst,
    },
    store::{ApiKeys, StoreError, rows::ApiKeyRow},
};

/// Returns ids as an argument of a statement.
fn texts(ids: &[ApiKeyId]) -> Vec<&str> {
    ids.iter().map(ApiKeyId::as_str).collect()
}

#[async_trait]
impl ApiKeys for PostgresStore {
    #[instrument(name = "store.create_api_key", level = "debug", skip_all, fields(key.id = %key.id))]
    async fn create_api_key(
        &self,
        key: &NewApiKey,
        action: &OperatorAction,
    ) -> Result<ApiKey, StoreError> {
        self.call(async {
            let mut transaction = self.pool.begin().await?;
            let row: ApiKeyRow = sqlx::query_as(
                "INSERT INTO api_keys
                     (id, digest, name, scopes, requests_per_minute, created_by, expires_at)
                 VALUES ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))
                 RETURNING *, now()",
            )
            .bind(key.id.as_str())
            .bind(key.digest.as_slice())
            .bind(&key.name)
            .bind(key.scopes.names())
            .bind(key.requests_per_minute.map(i64::from))
            .bind(&action.actor)
            .bind(key.expires_in.map(seconds))
            .fetch_one(&mut *transaction)
            .await?;
            operator_actions::insert(&mut transaction, action, 0).await?;
            transaction.commit().await?;
            row.into_key()
        })
        .await
    }

    #[instrument(name = "store.rotate_api_key", level = "debug", skip_all, fields(key.id = %id))]
    async fn rotate_api_key(
        &self,
        id: &ApiKeyId,
        successor: &SuccessorKey,
        action: &OperatorAction,
    ) -> Result<Option<ApiKey>, StoreError> {
        self.call(async {
            let mut transaction = self.pool.begin().await?;
            let row: Option<ApiKeyRow> = sqlx::query_as(
                "INSERT INTO api_keys
                     (id, digest, name, scopes, requests_per_minute, created_by, expires_at)
                 SELECT $2, $3, name, scopes, requests_per_minute, $4,
                     now() + coalesce(make_interval(secs => $5), expires_at - created_at)
                 FROM api_keys
                 WHERE id = $1 AND revoked_at IS NULL AND replaced_by IS NULL
                     AND (expires_at > now()) IS NOT FALSE
                 FOR UPDATE
                 RETURNING *, now()",
            )
            .bind(id.as_str())
            .bind(successor.id.as_str())
            .bind(successor.digest.as_slice())
            .bind(&action.actor)
            .bind(successor.expires_in.map(seconds))
            .fetch_optional(&mut *transaction)
            .await?;
            let Some(row) = row else { return Ok(None) };
            sqlx::query(
                "UPDATE api_keys SET replaced_by = $2,
                     expires_at = least(expires_at, now() + make_interval(secs => $3))
                 WHERE id = $1",
            )
            .bind(id.as_str())
            .bind(successor.id.as_str())
            .bind(seconds(successor.overlap))
            .execute(&mut *transaction)
            .await?;
            operator_actions::insert(&mut transaction, action, 0).await?;
            transaction.commit().await?;
            row.into_key().map(Some)
        })
        .await
    }

    #[instrument(name = "store.revoke_api_key", level = "debug", skip_all, fields(key.id = %id))]
    async fn revoke_api_key(
        &self,
        id: &ApiKeyId,
        action: &OperatorAction,
    ) -> Result<Option<ApiKey>, StoreError> {
        self.call(async {
            let mut transaction = self.pool.begin().await?;
            let revoked = sqlx::query(
                "UPDATE api_keys SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL",
            )
            .bind(id.as_str())
            .execute(&mut *transaction)
            .await?;
            if revoked.rows_affected() > 0 {
                operator_actions::insert(&mut transaction, action, 0).await?;
            }
            let row: Option<ApiKeyRow> =
                sqlx::query_as("SELECT *, now() FROM api_keys WHERE id = $1")
                    .bind(id.as_str())
                    .fetch_optional(&mut *transaction)
                    .await?;
            transaction.commit().await?;
            row.map(ApiKeyRow::into_key).transpose()
        })
        .await
    }

    #[instrument(name = "store.api_keys", level = "debug", skip_all)]
    async fn api_keys(&self, page: &NewestFirst) -> Result<Vec<ApiKey>, StoreError> {
        self.call(async {
            let after = page.after.as_ref();
            let rows: Vec<ApiKeyRow> = sqlx::query_as(
                "SELECT *, now() FROM api_keys
                 WHERE $1 IS NULL OR (created_at, id) < ($1, $2)
                 ORDER BY created_at DESC, id DESC LIMIT $3",
            )
            .bind(after.map(|cursor| cursor.at))
            .bind(after.map(|cursor| cursor.id.as_str()))
            .bind(i64::from(page.limit))
            .fetch_all(&self.pool)
            .await?;
            rows.into_iter().map(ApiKeyRow::into_key).collect()
        })
        .await
    }

    #[instrument(name = "store.find_api_keys", level = "debug", skip_all)]
    async fn find_api_keys(&self, ids: &[ApiKeyId]) -> Result<Vec<KeyToCheck>, StoreError> {
        self.call(async {
            let rows: Vec<ApiKeyRow> =
                sqlx::query_as("SELECT *, now() FROM api_keys WHERE id = ANY ($1)")
                    .bind(texts(ids))
                    .fetch_all(&self.pool)
                    .await?;
            rows.into_iter().map(ApiKeyRow::into_key_to_check).collect()
        })
        .await
    }

    #[instrument(name = "store.has_api_keys", level = "debug", skip_all)]
    async fn has_api_keys(&self) -> Result<bool, StoreError> {
        self.call(async {
            let exists = sqlx::query_scalar("SELECT EXISTS (SELECT FROM api_keys)");
            Ok(exists.fetch_one(&self.pool).await?)
        })
        .await
    }

    #[instrument(name = "store.record_api_key_uses", level = "debug", skip_all)]
    async fn record_api_key_uses(&self, ids: &[ApiKeyId]) -> Result<(), StoreError> {
        self.call(async {
            // Processes that record the same keys at once lock their rows in one order.
            sqlx::query(
                "UPDATE api_keys SET last_used_at = now() WHERE id IN (
                     SELECT id FROM api_keys WHERE id = ANY ($1) ORDER BY id FOR UPDATE)",
            )
            .bind(texts(ids))
            .execute(&self.pool)
            .await?;
            Ok(())
        })
        .await
    }
}
