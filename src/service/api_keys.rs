//! API keys: creates, rotates and revokes them, and decides whether a presented text is one.
//!
//! A key is recognised by the digest of its text. Each process caches the keys that it has seen,
//! and [`ApiKeyService::watch`] brings the cache up to date every [`REFRESH_INTERVAL`], so that a
//! request asks the database only for a key that this process has not seen before. While the
//! database is away, cached keys stay valid for [`TRUSTED_FOR`].

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ring::digest::{SHA256, digest};
use serde_json::json;
use subtle::ConstantTimeEq;
use tokio::time::Instant;
use tracing::warn;

use super::{
    ServiceError,
    operator_actions::{new_action, report},
};
use crate::{
    domain::{
        api_key::{
            ApiKey, ApiKeyText, KeyDigest, KeyEntropy, KeyState, KeyToCheck, NewApiKey, Scopes,
            SuccessorKey, id_in_key,
        },
        identifiers::ApiKeyId,
        operator_action::OperatorActionKind,
        paging::{Listing, NewestFirst, TimeCursor},
    },
    outage::with_causes,
    store::{ApiKeys, StoreError},
};

/// The pause between two comparisons of the cache with the database. A revocation takes effect in
/// every process after this time.
pub const REFRESH_INTERVAL: Duration = Duration::from_secs(2);

/// The time for which a cached key is trusted without an answer of the database.
pub const TRUSTED_FOR: Duration = Duration::from_mins(5);

/// The time after which a key that nobody presents leaves the cache.
const KEPT_FOR: Duration = Duration::from_mins(10);

/// The pause between two records of a key's use.
const USE_RECORDED_EVERY: Duration = Duration::from_mins(1);

/// A caller that has passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Its name in the log and in the list of operator actions: `key:` and the id of a stored key,
    /// the first 8 hex digits of a configured key's digest, or `anonymous`.
    pub actor: Arc<str>,
    /// What it may do.
    pub scopes: Scopes,
    /// The rate limit of its key, if it has one of its own.
    pub requests_per_minute: Option<u32>,
}

impl Caller {
    /// True for a caller without a key.
    pub fn is_anonymous(&self) -> bool {
        &*self.actor == ANONYMOUS
    }
}

const ANONYMOUS: &str = "anonymous";

/// The reasons why a caller does not pass.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// It presented no key.
    #[error("no key was sent")]
    NoKey,
    /// It presented a text that is no key.
    #[error("the key is unknown")]
    Unknown,
    /// Its key has expired. Only a caller that has the whole key learns this.
    #[error("the key has expired")]
    Expired,
    /// Its key was revoked. Only a caller that has the whole key learns this.
    #[error("the key was revoked")]
    Revoked,
    /// The database is away, and the key is not cached.
    #[error(transparent)]
    Unavailable(#[from] ServiceError),
}

/// A new key, with its text, which can't be read again.
pub struct CreatedKey {
    /// The text.
    pub text: ApiKeyText,
    /// The key.
    pub key: ApiKey,
}

/// What an operator states about a new key.
#[derive(Debug, Clone)]
pub struct KeyRequest {
    /// What it is for.
    pub name: String,
    /// What it permits; at least one scope.
    pub scopes: Scopes,
    /// Its own rate limit.
    pub requests_per_minute: Option<u32>,
    /// The time after which it expires.
    pub expires_in: Option<Duration>,
}

/// The configured side of keys.
#[derive(Debug, Clone, Default)]
pub struct ConfiguredKeys {
    /// The digests of configured keys, which have all scopes.
    digests: Vec<(KeyDigest, Arc<str>)>,
    /// True if calls need a key even while there is none.
    required: bool,
}

impl ConfiguredKeys {
    /// Returns the digests of these keys.
    pub fn of<'a>(keys: impl IntoIterator<Item = &'a str>, required: bool) -> Self {
        let digests = keys.into_iter().map(|key| {
            let digest = digest_of(key);
            (digest, hex::encode(&digest[..4]).into())
        });
        Self {
            digests: digests.collect(),
            required,
        }
    }
}

/// Creates, changes and recognises keys.
pub struct ApiKeyService {
    store: Arc<dyn ApiKeys>,
    configured: ConfiguredKeys,
    /// Returns random bytes that can't be guessed.
    draw: fn() -> KeyEntropy,
    cache: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    keys: HashMap<ApiKeyId, CachedKey>,
    existence: Existence,
}

/// Whether there is a stored key.
#[derive(Clone, Copy, Default)]
enum Existence {
    /// The database has not answered yet.
    #[default]
    Unknown,
    /// There was none when the database was last asked.
    None,
    /// There is one. Rows are never deleted, so this does not change.
    Some,
}

struct CachedKey {
    digest: KeyDigest,
    caller: Caller,
    state: KeyState,
    expires: Option<Instant>,
    /// The time at which the database confirmed this.
    confirmed: Instant,
    presented: Instant,
    /// True if a use is not recorded yet.
    is_used: bool,
    recorded: Option<Instant>,
}

impl CachedKey {
    fn of(found: KeyToCheck, earlier: Option<&Self>, now: Instant) -> Self {
        let KeyToCheck {
            key,
            digest,
            expires_in,
        } = found;
        Self {
            digest,
            caller: Caller {
                actor: format!("key:{}", key.id).into(),
                scopes: key.scopes,
                requests_per_minute: key.requests_per_minute,
            },
            state: key.state,
            expires: expires_in.map(|time| now + time),
            confirmed: now,
            presented: earlier.map_or(now, |earlier| earlier.presented),
            is_used: earlier.is_some_and(|earlier| earlier.is_used),
            recorded: earlier.and_then(|earlier| earlier.recorded),
        }
    }

    fn judge(&mut self, presented: &KeyDigest, now: Instant) -> Result<Caller, Denied> {
        if !bool::from(self.digest.ct_eq(presented)) {
            return Err(Denied::Unknown);
        }
        match self.state {
            KeyState::Revoked => return Err(Denied::Revoked),
            KeyState::Expired => return Err(Denied::Expired),
            KeyState::Active if self.expires.is_some_and(|end| end <= now) => {
                return Err(Denied::Expired);
            }
            KeyState::Active => {}
        }
        self.presented = now;
        self.is_used = true;
        Ok(self.caller.clone())
    }
}

fn digest_of(text: &str) -> KeyDigest {
    let digest = digest(&SHA256, text.as_bytes());
    let mut bytes = KeyDigest::default();
    bytes.copy_from_slice(digest.as_ref());
    bytes
}

impl ApiKeyService {
    /// Creates the service of these keys. `draw` returns random bytes that can't be guessed.
    pub fn new(
        store: Arc<dyn ApiKeys>,
        configured: ConfiguredKeys,
        draw: fn() -> KeyEntropy,
    ) -> Self {
        Self {
            store,
            configured,
            draw,
            cache: Mutex::default(),
        }
    }

    /// Decides from memory whether a caller passes; `None` if the database has to be asked.
    pub fn recognise(&self, presented: Option<&str>) -> Option<Result<Caller, Denied>> {
        let Some(presented) = presented else {
            return self.judge_anonymous();
        };
        let digest = digest_of(presented);
        if let Some(caller) = self.find_configured(&digest) {
            return Some(Ok(caller));
        }
        let Some(id) = id_in_key(presented) else {
            // Without any key, a service ignores texts that claim to be one.
            let anonymous = self.judge_anonymous();
            return match anonymous {
                Some(Err(Denied::NoKey)) => Some(Err(Denied::Unknown)),
                other => other,
            };
        };
        let now = Instant::now();
        let mut cache = self.cache();
        let key = cache.keys.get_mut(id)?;
        if key.confirmed + TRUSTED_FOR <= now {
            return None;
        }
        Some(key.judge(&digest, now))
    }

    /// Decides whether a caller passes, and asks the database.
    ///
    /// # Errors
    /// [`Denied`].
    pub async fn look_up(&self, presented: Option<&str>) -> Result<Caller, Denied> {
        let asked: Result<(), StoreError> = async {
            let id = presented.and_then(id_in_key);
            if let Some(id) = id.and_then(|id| id.parse().ok()) {
                self.cache_keys(&[id]).await?;
            }
            self.ask_existence().await
        }
        .await;
        if let Err(error) = asked {
            return Err(Denied::Unavailable(error.into()));
        }
        self.recognise(presented).unwrap_or_else(|| {
            // The database does not know the key.
            match self.judge_anonymous() {
                Some(Ok(anonymous)) => Ok(anonymous),
                _ => Err(Denied::Unknown),
            }
        })
    }

    /// Returns true if calls need no key: there is none, and none is required.
    pub fn is_keyless(&self) -> bool {
        matches!(self.judge_anonymous(), Some(Ok(_)))
    }

    /// Keeps the cache up to date, and records uses of keys, for as long as the process runs.
    pub async fn watch(self: Arc<Self>) {
        let mut is_failing = false;
        loop {
            tokio::time::sleep(REFRESH_INTERVAL).await;
            let refreshed = self.refresh().await;
            if let Err(error) = &refreshed
                && !is_failing
            {
                warn!(
                    error = with_causes(error),
                    "API keys can't be compared with the database; cached ones stay valid for {} s",
                    TRUSTED_FOR.as_secs()
                );
            }
            is_failing = refreshed.is_err();
        }
    }

    /// Compares the cache with the database once, and records uses.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let now = Instant::now();
        let (cached, used) = {
            let mut cache = self.cache();
            cache.keys.retain(|_, key| key.presented + KEPT_FOR > now);
            let is_due = |key: &CachedKey| {
                key.is_used && key.recorded.is_none_or(|at| at + USE_RECORDED_EVERY <= now)
            };
            let used = cache.keys.iter().filter(|(_, key)| is_due(key));
            let used: Vec<ApiKeyId> = used.map(|(id, _)| id.clone()).collect();
            (cache.keys.keys().cloned().collect::<Vec<_>>(), used)
        };
        self.cache_keys(&cached).await?;
        self.ask_existence().await?;
        if used.is_empty() {
            return Ok(());
        }
        self.store.record_api_key_uses(&used).await?;
        let mut cache = self.cache();
        for id in used {
            if let Some(key) = cache.keys.get_mut(&id) {
                key.is_used = false;
                key.recorded = Some(now);
            }
        }
        Ok(())
    }

    /// Creates a key.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn create(
        &self,
        request: &KeyRequest,
        actor: &str,
    ) -> Result<CreatedKey, ServiceError> {
        let text = ApiKeyText::of(&(self.draw)());
        let new = NewApiKey {
            id: text.id().clone(),
            digest: digest_of(text.reveal()),
            name: request.name.clone(),
            scopes: request.scopes,
            requests_per_minute: request.requests_per_minute,
            expires_in: request.expires_in,
        };
        let target = json!({
            "key": new.id.as_str(),
            "name": new.name,
            "scopes": new.scopes.names(),
        });
        let action = new_action(OperatorActionKind::CreateKey, actor, target);
        let key = self.store.create_api_key(&new, &action).await?;
        report(&action, 0);
        self.cache().existence = Existence::Some;
        Ok(CreatedKey { text, key })
    }

    /// Creates the successor of a key, which stays valid for `overlap`.
    ///
    /// # Errors
    /// If there is no such active key, or the database fails.
    pub async fn rotate(
        &self,
        id: &ApiKeyId,
        expires_in: Option<Duration>,
        overlap: Duration,
        actor: &str,
    ) -> Result<CreatedKey, ServiceError> {
        let text = ApiKeyText::of(&(self.draw)());
        let successor = SuccessorKey {
            id: text.id().clone(),
            digest: digest_of(text.reveal()),
            expires_in,
            overlap,
        };
        let target = json!({
            "key": id.as_str(),
            "successor": successor.id.as_str(),
            "overlap_seconds": overlap.as_secs(),
        });
        let action = new_action(OperatorActionKind::RotateKey, actor, target);
        let key = self.store.rotate_api_key(id, &successor, &action).await?;
        let key = key.ok_or(ServiceError::NotFound(
            "there is no active API key with this id that was not replaced yet; `matching keys \
             list` or GET /api/v1/keys lists them all"
                .into(),
        ))?;
        report(&action, 0);
        Ok(CreatedKey { text, key })
    }

    /// Revokes a key: at once in this process, and after [`REFRESH_INTERVAL`] in others.
    ///
    /// # Errors
    /// If there is no such key, or the database fails.
    pub async fn revoke(&self, id: &ApiKeyId, actor: &str) -> Result<ApiKey, ServiceError> {
        let target = json!({"key": id.as_str()});
        let action = new_action(OperatorActionKind::RevokeKey, actor, target);
        let key = self.store.revoke_api_key(id, &action).await?;
        let key = key.ok_or(ServiceError::NotFound(
            "there is no API key with this id; `matching keys list` or GET /api/v1/keys lists \
             them all"
                .into(),
        ))?;
        report(&action, 0);
        if let Some(cached) = self.cache().keys.get_mut(id) {
            cached.state = KeyState::Revoked;
        }
        Ok(key)
    }

    /// Returns a page of keys, newest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list(
        &self,
        page: &NewestFirst,
    ) -> Result<Listing<ApiKey, TimeCursor>, ServiceError> {
        let keys = self.store.api_keys(page).await?;
        Ok(Listing::of(keys, page.limit, ApiKey::cursor))
    }

    fn find_configured(&self, presented: &KeyDigest) -> Option<Caller> {
        // All are compared, so that the time does not reveal which one is meant.
        let mut found = None;
        for (digest, actor) in &self.configured.digests {
            if bool::from(digest.ct_eq(presented)) {
                found = Some(actor);
            }
        }
        found.map(|actor| Caller {
            actor: Arc::clone(actor),
            scopes: Scopes::all(),
            requests_per_minute: None,
        })
    }

    fn judge_anonymous(&self) -> Option<Result<Caller, Denied>> {
        if self.configured.required || !self.configured.digests.is_empty() {
            return Some(Err(Denied::NoKey));
        }
        match self.cache().existence {
            Existence::Unknown => None,
            Existence::Some => Some(Err(Denied::NoKey)),
            Existence::None => Some(Ok(Caller {
                actor: ANONYMOUS.into(),
                scopes: Scopes::all(),
                requests_per_minute: None,
            })),
        }
    }

    async fn cache_keys(&self, ids: &[ApiKeyId]) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let asked = Instant::now();
        let found = self.store.find_api_keys(ids).await?;
        let mut cache = self.cache();
        for found in found {
            let id = found.key.id.clone();
            // A revocation by this process may have come after the answer.
            let earlier = cache.keys.get(&id);
            let was_revoked = earlier.is_some_and(|earlier| earlier.state == KeyState::Revoked);
            let mut key = CachedKey::of(found, earlier, asked);
            if was_revoked {
                key.state = KeyState::Revoked;
            }
            cache.keys.insert(id, key);
        }
        Ok(())
    }

    async fn ask_existence(&self) -> Result<(), StoreError> {
        if matches!(self.cache().existence, Existence::Some) {
            return Ok(());
        }
        let exists = self.store.has_api_keys().await?;
        let mut cache = self.cache();
        if exists {
            cache.existence = Existence::Some;
        } else if matches!(cache.existence, Existence::Unknown) {
            cache.existence = Existence::None;
        }
        Ok(())
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use chrono::DateTime;

    use super::*;
    use crate::domain::{api_key::Scope, operator_action::OperatorAction};

    /// Keys in memory, which can be away.
    #[derive(Default)]
    struct FakeKeys {
        keys: Mutex<Vec<KeyToCheck>>,
        is_away: Mutex<bool>,
        used: Mutex<Vec<ApiKeyId>>,
    }

    impl FakeKeys {
        fn answer(&self) -> Result<MutexGuard<'_, Vec<KeyToCheck>>, StoreError> {
            if *self.is_away.lock().unwrap() {
                let limit = Duration::from_secs(1);
                return Err(StoreError::TimedOut { limit });
            }
            Ok(self.keys.lock().unwrap())
        }
    }

    #[async_trait]
    impl ApiKeys for FakeKeys {
        async fn create_api_key(
            &self,
            key: &NewApiKey,
            action: &OperatorAction,
        ) -> Result<ApiKey, StoreError> {
            let stored = ApiKey {
                id: key.id.clone(),
                name: key.name.clone(),
                scopes: key.scopes,
                requests_per_minute: key.requests_per_minute,
                state: KeyState::Active,
                created_at: DateTime::UNIX_EPOCH,
                created_by: action.actor.clone(),
                expires_at: None,
                revoked_at: None,
                last_used_at: None,
                replaced_by: None,
            };
            self.answer()?.push(KeyToCheck {
                key: stored.clone(),
                digest: key.digest,
                expires_in: key.expires_in,
            });
            Ok(stored)
        }

        async fn rotate_api_key(
            &self,
            _: &ApiKeyId,
            _: &SuccessorKey,
            _: &OperatorAction,
        ) -> Result<Option<ApiKey>, StoreError> {
            Ok(None)
        }

        async fn revoke_api_key(
            &self,
            id: &ApiKeyId,
            _: &OperatorAction,
        ) -> Result<Option<ApiKey>, StoreError> {
            let mut keys = self.answer()?;
            let found = keys.iter_mut().find(|one| one.key.id == *id);
            Ok(found.map(|one| {
                one.key.state = KeyState::Revoked;
                one.key.clone()
            }))
        }

        async fn api_keys(&self, _: &NewestFirst) -> Result<Vec<ApiKey>, StoreError> {
            Ok(vec![])
        }

        async fn find_api_keys(&self, ids: &[ApiKeyId]) -> Result<Vec<KeyToCheck>, StoreError> {
            let keys = self.answer()?;
            let found = keys.iter().filter(|one| ids.contains(&one.key.id));
            Ok(found.cloned().collect())
        }

        async fn has_api_keys(&self) -> Result<bool, StoreError> {
            Ok(!self.answer()?.is_empty())
        }

        async fn record_api_key_uses(&self, ids: &[ApiKeyId]) -> Result<(), StoreError> {
            self.used.lock().unwrap().extend_from_slice(ids);
            Ok(())
        }
    }

    /// Two processes on one store.
    fn processes() -> (Arc<FakeKeys>, ApiKeyService, ApiKeyService) {
        let store = Arc::new(FakeKeys::default());
        let process = |store| {
            ApiKeyService::new(store, ConfiguredKeys::default(), || ([0x5a; 6], [0x5a; 20]))
        };
        let (here, there) = (process(store.clone()), process(store.clone()));
        (store, here, there)
    }

    async fn create(keys: &ApiKeyService, expires_in: Option<Duration>) -> String {
        let request = KeyRequest {
            name: "platform".to_owned(),
            scopes: [Scope::Submit].into_iter().collect(),
            requests_per_minute: None,
            expires_in,
        };
        let created = keys.create(&request, "tester").await.unwrap();
        created.text.reveal().to_owned()
    }

    async fn admit(keys: &ApiKeyService, presented: Option<&str>) -> Result<Caller, String> {
        let known = match keys.recognise(presented) {
            Some(known) => known,
            None => keys.look_up(presented).await,
        };
        known.map_err(|denied| denied.to_string())
    }

    const NO_KEY: &str = "no key was sent";
    const UNKNOWN: &str = "the key is unknown";

    #[tokio::test(start_paused = true)]
    async fn without_any_key_everybody_passes_and_with_one_only_its_callers_do() {
        let (_, here, there) = processes();
        for presented in [None, Some("anything")] {
            let caller = admit(&there, presented).await.unwrap();
            assert!(caller.is_anonymous() && caller.scopes == Scopes::all());
        }
        let key = create(&here, None).await;
        assert_eq!(admit(&here, None).await.unwrap_err(), NO_KEY);
        there.refresh().await.unwrap();
        assert_eq!(admit(&there, None).await.unwrap_err(), NO_KEY);
        for wrong in ["anything", &key.replace("5a5a_5a", "5a5a_5b")] {
            assert_eq!(admit(&there, Some(wrong)).await.unwrap_err(), UNKNOWN);
        }
        let caller = admit(&there, Some(&key)).await.unwrap();
        assert_eq!(&*caller.actor, "key:5a5a5a5a5a5a");
        assert_eq!(caller.scopes.names(), ["submit"]);
    }

    #[tokio::test(start_paused = true)]
    async fn another_secret_with_the_id_of_a_key_does_not_pass() {
        let (_, here, _) = processes();
        create(&here, None).await;
        let forged = ApiKeyText::of(&([0x5a; 6], [0x5b; 20]));
        assert_eq!(forged.id().as_str(), "5a5a5a5a5a5a");
        let denied = admit(&here, Some(forged.reveal())).await;
        assert_eq!(denied.unwrap_err(), UNKNOWN);
    }

    #[tokio::test(start_paused = true)]
    async fn a_revoked_key_is_refused_at_once_here_and_after_a_refresh_elsewhere() {
        let (_, here, there) = processes();
        let key = create(&here, None).await;
        let id = id_in_key(&key).unwrap().parse().unwrap();
        for process in [&here, &there] {
            admit(process, Some(&key)).await.unwrap();
        }
        here.revoke(&id, "tester").await.unwrap();
        let revoked = "the key was revoked";
        assert_eq!(admit(&here, Some(&key)).await.unwrap_err(), revoked);
        there.refresh().await.unwrap();
        assert_eq!(admit(&there, Some(&key)).await.unwrap_err(), revoked);
        assert_eq!(admit(&there, None).await.unwrap_err(), NO_KEY);
    }

    #[tokio::test(start_paused = true)]
    async fn a_cached_key_expires_on_time() {
        let (_, here, _) = processes();
        let lifetime = Duration::from_mins(1);
        let key = create(&here, Some(lifetime)).await;
        admit(&here, Some(&key)).await.unwrap();
        tokio::time::advance(lifetime).await;
        let denied = admit(&here, Some(&key)).await.unwrap_err();
        assert_eq!(denied, "the key has expired");
    }

    #[tokio::test(start_paused = true)]
    async fn while_the_database_is_away_keys_pass_that_were_seen_shortly_before() {
        let (store, here, there) = processes();
        let key = create(&here, None).await;
        admit(&here, Some(&key)).await.unwrap();
        *store.is_away.lock().unwrap() = true;
        let last_second = Duration::from_secs(1);
        tokio::time::advance(TRUSTED_FOR.saturating_sub(last_second)).await;
        assert!(here.refresh().await.is_err());
        admit(&here, Some(&key)).await.unwrap();
        let unavailable = |denied: Result<Caller, Denied>| {
            assert!(matches!(denied, Err(Denied::Unavailable(_))), "{denied:?}");
        };
        for presented in [None, Some(key.as_str()), Some("anything")] {
            unavailable(there.look_up(presented).await);
            assert!(there.recognise(presented).is_none(), "{presented:?}");
        }
        tokio::time::advance(last_second).await;
        assert!(here.recognise(Some(&key)).is_none());
        unavailable(here.look_up(Some(&key)).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_in_use_is_recorded_at_most_once_a_minute() {
        let (store, here, _) = processes();
        let key = create(&here, None).await;
        let recorded = || store.used.lock().unwrap().len();
        here.refresh().await.unwrap();
        assert_eq!(recorded(), 0);
        for expected in [1, 1, 2] {
            admit(&here, Some(&key)).await.unwrap();
            here.refresh().await.unwrap();
            assert_eq!(recorded(), expected);
            tokio::time::advance(USE_RECORDED_EVERY / 2).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn configured_keys_have_all_scopes_and_need_no_database() {
        let (store, _, _) = processes();
        *store.is_away.lock().unwrap() = true;
        let configured = ConfiguredKeys::of(["8f14e45fceea167a"], false);
        let keys = ApiKeyService::new(store, configured, Default::default);
        let caller = keys.recognise(Some("8f14e45fceea167a")).unwrap().unwrap();
        assert_eq!(&*caller.actor, "31c317fd");
        assert_eq!(caller.scopes, Scopes::all());
        let denied = |presented| keys.recognise(presented).unwrap().unwrap_err().to_string();
        assert_eq!(denied(Some("8f14e45fceea167b")), UNKNOWN);
        assert_eq!(denied(None), NO_KEY);
    }

    #[tokio::test(start_paused = true)]
    async fn required_keys_are_required_while_there_is_none() {
        let store = Arc::new(FakeKeys::default());
        let keys = ApiKeyService::new(store, ConfiguredKeys::of([], true), Default::default);
        assert_eq!(admit(&keys, None).await.unwrap_err(), NO_KEY);
        assert_eq!(admit(&keys, Some("anything")).await.unwrap_err(), UNKNOWN);
    }
}
