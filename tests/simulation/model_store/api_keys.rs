//! API keys.

use std::cmp::Reverse;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use matching::{
    domain::{
        api_key::{ApiKey, KeyDigest, KeyState, KeyToCheck, NewApiKey, SuccessorKey},
        identifiers::ApiKeyId,
        operator_action::OperatorAction,
        paging::NewestFirst,
    },
    store::{ApiKeys, StoreError},
};

use super::ModelStore;

/// A key with its digest. Its state is that of its creation; [`ApiKeyRow::key`] has the current one.
pub struct ApiKeyRow {
    key: ApiKey,
    digest: KeyDigest,
}

impl ApiKeyRow {
    fn key(&self, now: DateTime<Utc>) -> ApiKey {
        let expired = self.key.expires_at.is_some_and(|end| end <= now);
        let state = match (self.key.revoked_at, expired) {
            (Some(_), _) => KeyState::Revoked,
            (None, true) => KeyState::Expired,
            (None, false) => KeyState::Active,
        };
        let key = self.key.clone();
        ApiKey { state, ..key }
    }
}

#[async_trait]
impl ApiKeys for ModelStore {
    async fn create_api_key(
        &self,
        key: &NewApiKey,
        action: &OperatorAction,
    ) -> Result<ApiKey, StoreError> {
        let mut ledger = self.ledger();
        let now = ledger.now;
        let stored = ApiKey {
            id: key.id.clone(),
            name: key.name.clone(),
            scopes: key.scopes,
            requests_per_minute: key.requests_per_minute,
            state: KeyState::Active,
            created_at: now,
            created_by: action.actor.clone(),
            expires_at: key.expires_in.map(|time| now + time),
            revoked_at: None,
            last_used_at: None,
            replaced_by: None,
        };
        ledger.api_keys.push(ApiKeyRow {
            key: stored.clone(),
            digest: key.digest,
        });
        ledger.insert_action(action, 0);
        Ok(stored)
    }

    async fn rotate_api_key(
        &self,
        id: &ApiKeyId,
        successor: &SuccessorKey,
        action: &OperatorAction,
    ) -> Result<Option<ApiKey>, StoreError> {
        let mut ledger = self.ledger();
        let now = ledger.now;
        let mut keys = ledger.api_keys.iter_mut();
        let is_replaceable = |row: &ApiKeyRow| {
            row.key(now).state == KeyState::Active && row.key.replaced_by.is_none()
        };
        let Some(row) = keys.find(|row| row.key.id == *id && is_replaceable(row)) else {
            return Ok(None);
        };
        let replaced = row.key.clone();
        let lifetime = replaced.expires_at.map(|end| end - replaced.created_at);
        let stated = successor
            .expires_in
            .and_then(|time| TimeDelta::from_std(time).ok());
        let created = ApiKey {
            id: successor.id.clone(),
            created_at: now,
            created_by: action.actor.clone(),
            expires_at: stated.or(lifetime).map(|time| now + time),
            last_used_at: None,
            replaced_by: None,
            state: KeyState::Active,
            ..replaced
        };
        let end = now + successor.overlap;
        row.key.expires_at = Some(row.key.expires_at.map_or(end, |own| own.min(end)));
        row.key.replaced_by = Some(successor.id.clone());
        ledger.api_keys.push(ApiKeyRow {
            key: created.clone(),
            digest: successor.digest,
        });
        ledger.insert_action(action, 0);
        Ok(Some(created))
    }

    async fn revoke_api_key(
        &self,
        id: &ApiKeyId,
        action: &OperatorAction,
    ) -> Result<Option<ApiKey>, StoreError> {
        let mut ledger = self.ledger();
        let now = ledger.now;
        let mut keys = ledger.api_keys.iter_mut();
        let Some(row) = keys.find(|row| row.key.id == *id) else {
            return Ok(None);
        };
        let is_first = row.key.revoked_at.is_none();
        row.key.revoked_at.get_or_insert(now);
        let key = row.key(now);
        if is_first {
            ledger.insert_action(action, 0);
        }
        Ok(Some(key))
    }

    async fn api_keys(&self, page: &NewestFirst) -> Result<Vec<ApiKey>, StoreError> {
        let ledger = self.ledger();
        let mut keys: Vec<_> = (ledger.api_keys.iter())
            .map(|row| row.key(ledger.now))
            .collect();
        if let Some(after) = &page.after {
            keys.retain(|key| (key.created_at, key.id.as_str()) < (after.at, &after.id));
        }
        keys.sort_by_key(|key| Reverse((key.created_at, key.id.clone())));
        keys.truncate(page.limit as usize);
        Ok(keys)
    }

    async fn find_api_keys(&self, ids: &[ApiKeyId]) -> Result<Vec<KeyToCheck>, StoreError> {
        let ledger = self.ledger();
        let now = ledger.now;
        let found = ledger
            .api_keys
            .iter()
            .filter(|row| ids.contains(&row.key.id));
        let found = found.map(|row| KeyToCheck {
            digest: row.digest,
            expires_in: (row.key.expires_at).map(|end| (end - now).to_std().unwrap_or_default()),
            key: row.key(now),
        });
        Ok(found.collect())
    }

    async fn has_api_keys(&self) -> Result<bool, StoreError> {
        Ok(!self.ledger().api_keys.is_empty())
    }

    async fn record_api_key_uses(&self, ids: &[ApiKeyId]) -> Result<(), StoreError> {
        let mut ledger = self.ledger();
        let now = ledger.now;
        for row in &mut ledger.api_keys {
            if ids.contains(&row.key.id) {
                row.key.last_used_at = Some(now);
            }
        }
        Ok(())
    }
}
