//! API keys. Their rows are never deleted, so that a service that had a key does not become open to
//! everyone.

use async_trait::async_trait;

use crate::{
    domain::{
        api_key::{ApiKey, KeyToCheck, NewApiKey, SuccessorKey},
        identifiers::ApiKeyId,
        operator_action::OperatorAction,
        paging::NewestFirst,
    },
    store::StoreError,
};

/// The stored API keys. Each change is recorded as an operator action, whose actor is the creator
/// of a new key.
#[async_trait]
pub trait ApiKeys: Send + Sync + 'static {
    /// Stores a new key.
    async fn create_api_key(
        &self,
        key: &NewApiKey,
        action: &OperatorAction,
    ) -> Result<ApiKey, StoreError>;

    /// Creates the successor of an active key, whose validity then ends after the overlap. Returns
    /// the successor; `None`, and nothing changes, if there is no such key, it is not active, or it
    /// has a successor.
    async fn rotate_api_key(
        &self,
        id: &ApiKeyId,
        successor: &SuccessorKey,
        action: &OperatorAction,
    ) -> Result<Option<ApiKey>, StoreError>;

    /// Revokes a key. Returns the key; `None` if there is none. Only the first revocation is
    /// recorded.
    async fn revoke_api_key(
        &self,
        id: &ApiKeyId,
        action: &OperatorAction,
    ) -> Result<Option<ApiKey>, StoreError>;

    /// Returns a page of keys, newest first, also of those that have ended.
    async fn api_keys(&self, page: &NewestFirst) -> Result<Vec<ApiKey>, StoreError>;

    /// Returns those of these keys that exist, in any order and state.
    async fn find_api_keys(&self, ids: &[ApiKeyId]) -> Result<Vec<KeyToCheck>, StoreError>;

    /// True if there was ever a key.
    async fn has_api_keys(&self) -> Result<bool, StoreError>;

    /// Records that these keys were used just now.
    async fn record_api_key_uses(&self, ids: &[ApiKeyId]) -> Result<(), StoreError>;
}
