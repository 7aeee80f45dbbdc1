//! Rows of API keys.

use sqlx_macros::FromRow;

use super::{StoredList, StoredTime, read};
use crate::{
    domain::{
        api_key::{ApiKey, KeyState, KeyToCheck, Scope, Scopes},
        identifiers::ApiKeyId,
    },
    store::StoreError,
};

/// An API key, with the time of the statement.
#[derive(FromRow)]
pub(in crate::store) struct ApiKeyRow {
    id: String,
    digest: Vec<u8>,
    name: String,
    scopes: StoredList<String>,
    requests_per_minute: Option<i64>,
    created_at: StoredTime,
    created_by: String,
    expires_at: Option<StoredTime>,
    revoked_at: Option<StoredTime>,
    last_used_at: Option<StoredTime>,
    replaced_by: Option<String>,
    now: StoredTime,
}

impl ApiKeyRow {
    pub(in crate::store) fn into_key(self) -> Result<ApiKey, StoreError> {
        let scopes = self.scopes.0.iter();
        let scopes = scopes.map(|name| read("api_keys.scopes", name, Scope::parse));
        let expired = self.expires_at.is_some_and(|end| end <= self.now);
        let state = match (self.revoked_at, expired) {
            (Some(_), _) => KeyState::Revoked,
            (None, true) => KeyState::Expired,
            (None, false) => KeyState::Active,
        };
        Ok(ApiKey {
            scopes: scopes.collect::<Result<Scopes, StoreError>>()?,
            id: ApiKeyId::from_row(self.id),
            name: self.name,
            requests_per_minute: self
                .requests_per_minute
                .and_then(|limit| u32::try_from(limit).ok()),
            state,
            created_at: self.created_at.time(),
            created_by: self.created_by,
            expires_at: self.expires_at.map(StoredTime::time),
            revoked_at: self.revoked_at.map(StoredTime::time),
            last_used_at: self.last_used_at.map(StoredTime::time),
            replaced_by: self.replaced_by.map(ApiKeyId::from_row),
        })
    }

    pub(in crate::store) fn into_key_to_check(self) -> Result<KeyToCheck, StoreError> {
        let digest = self.digest.as_slice().try_into();
        let digest = digest.map_err(|_| StoreError::UnknownValue {
            column: "api_keys.digest",
            value: format!("{} bytes", self.digest.len()),
        })?;
        let now = self.now.time();
        let expires_in = self.expires_at.map(|end| {
            let remaining = end.time() - now;
            remaining.to_std().unwrap_or_default()
        });
        Ok(KeyToCheck {
            digest,
            expires_in,
            key: self.into_key()?,
        })
    }
}
