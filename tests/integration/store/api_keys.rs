//! API keys: created, rotated, revoked, found, and their use recorded.

use std::time::Duration;

use matching::domain::{
    api_key::{ApiKey, KeyState, NewApiKey, Scope, SuccessorKey},
    identifiers::ApiKeyId,
    operator_action::OperatorActionKind,
    paging::NewestFirst,
};

use super::builders::{LONG, action, newest};
use crate::support::databases::TestStore;

on_every_store! {
    a_created_key_is_found_with_its_digest_and_everything_that_was_stated,
    a_key_expires_by_the_clock_of_the_store,
    a_rotated_key_stays_valid_for_the_overlap_and_its_successor_has_its_rights,
    a_successor_has_the_lifetime_of_the_replaced_key_unless_another_is_stated,
    a_key_that_has_ended_or_was_replaced_has_no_successor,
    a_revoked_key_stays_on_record_and_counts_as_a_key,
    keys_are_listed_newest_first_page_by_page,
    each_change_of_a_key_is_on_record_once,
    a_use_is_recorded_with_its_time,
}

fn id(text: &str) -> ApiKeyId {
    text.parse().unwrap()
}

fn new_key(name: &str) -> NewApiKey {
    NewApiKey {
        id: id(name),
        digest: [7; 32],
        name: format!("the key {name}"),
        scopes: [Scope::Submit, Scope::Operate].into_iter().collect(),
        requests_per_minute: None,
        expires_in: None,
    }
}

fn successor(name: &str) -> SuccessorKey {
    SuccessorKey {
        id: id(name),
        digest: [8; 32],
        expires_in: None,
        overlap: LONG,
    }
}

async fn create(store: &TestStore, key: &NewApiKey) -> ApiKey {
    let action = action(OperatorActionKind::CreateKey);
    store.create_api_key(key, &action).await.unwrap()
}

async fn rotate(store: &TestStore, name: &str, successor: &SuccessorKey) -> Option<ApiKey> {
    let action = action(OperatorActionKind::RotateKey);
    let id = id(name);
    let rotated = store.rotate_api_key(&id, successor, &action);
    rotated.await.unwrap()
}

async fn revoke(store: &TestStore, name: &str) -> Option<ApiKey> {
    let action = action(OperatorActionKind::RevokeKey);
    store.revoke_api_key(&id(name), &action).await.unwrap()
}

async fn state(store: &TestStore, name: &str) -> KeyState {
    let found = store.find_api_keys(&[id(name)]).await.unwrap();
    found[0].key.state
}

async fn a_created_key_is_found_with_its_digest_and_everything_that_was_stated(store: &TestStore) {
    assert!(!store.has_api_keys().await.unwrap());
    let key = NewApiKey {
        requests_per_minute: Some(60),
        expires_in: Some(LONG),
        ..new_key("a")
    };
    let created = create(store, &key).await;
    assert_eq!(created.id, key.id);
    assert_eq!(created.name, "the key a");
    assert_eq!(created.scopes.names(), ["submit", "operate"]);
    assert_eq!(created.requests_per_minute, Some(60));
    assert_eq!(created.state, KeyState::Active);
    assert_eq!(created.created_by, "tester");
    let lifetime = created.expires_at.unwrap() - created.created_at;
    assert_eq!(lifetime.to_std().unwrap(), LONG);
    assert_eq!((created.revoked_at, created.last_used_at), (None, None));
    assert_eq!(created.replaced_by, None);

    create(store, &new_key("b")).await;
    let unknown = id("unknown");
    let found = store
        .find_api_keys(&[key.id.clone(), unknown])
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].key, created);
    assert_eq!(found[0].digest, key.digest);
    let remaining = found[0].expires_in.unwrap();
    assert!(remaining <= LONG && remaining > LONG / 2, "{remaining:?}");
    assert!(store.has_api_keys().await.unwrap());
}

async fn a_key_expires_by_the_clock_of_the_store(store: &TestStore) {
    let key = NewApiKey {
        expires_in: Some(Duration::ZERO),
        ..new_key("a")
    };
    create(store, &key).await;
    create(store, &new_key("b")).await;
    assert_eq!(state(store, "a").await, KeyState::Expired);
    assert_eq!(state(store, "b").await, KeyState::Active);
    let found = store.find_api_keys(&[id("a")]).await.unwrap();
    assert_eq!(found[0].expires_in, Some(Duration::ZERO));
}

async fn a_rotated_key_stays_valid_for_the_overlap_and_its_successor_has_its_rights(
    store: &TestStore,
) {
    let key = NewApiKey {
        requests_per_minute: Some(60),
        ..new_key("a")
    };
    let replaced = create(store, &key).await;
    let created = rotate(store, "a", &successor("b")).await.unwrap();
    assert_eq!(created.id, id("b"));
    assert_eq!(created.expires_at, None);
    assert_eq!(
        (&created.name, created.scopes, created.requests_per_minute),
        (
            &replaced.name,
            replaced.scopes,
            replaced.requests_per_minute
        )
    );
    let found = store.find_api_keys(&[id("a"), id("b")]).await.unwrap();
    assert!(found.iter().all(|one| one.key.state == KeyState::Active));
    let old = found.iter().find(|one| one.key.id == id("a")).unwrap();
    assert_eq!(old.key.replaced_by, Some(id("b")));
    assert!(
        old.expires_in
            .is_some_and(|time| time <= LONG && time > LONG / 2)
    );
    let new = found.iter().find(|one| one.key.id == id("b")).unwrap();
    assert_eq!(new.digest, [8; 32]);

    let at_once = SuccessorKey {
        overlap: Duration::ZERO,
        ..successor("c")
    };
    rotate(store, "b", &at_once).await.unwrap();
    assert_eq!(state(store, "b").await, KeyState::Expired);
    assert_eq!(state(store, "c").await, KeyState::Active);
}

async fn a_successor_has_the_lifetime_of_the_replaced_key_unless_another_is_stated(
    store: &TestStore,
) {
    let lifetime = |key: &ApiKey| {
        let end = key.expires_at.unwrap();
        (end - key.created_at).to_std().unwrap()
    };
    let key = NewApiKey {
        expires_in: Some(LONG / 2),
        ..new_key("a")
    };
    let replaced = create(store, &key).await;
    let same = rotate(store, "a", &successor("b")).await.unwrap();
    assert_eq!(lifetime(&same), LONG / 2);
    // The overlap is longer than what was left of the replaced key.
    let found = store.find_api_keys(&[id("a")]).await.unwrap();
    assert_eq!(found[0].key.expires_at, replaced.expires_at);
    let stated = SuccessorKey {
        expires_in: Some(LONG * 2),
        ..successor("c")
    };
    let stated = rotate(store, "b", &stated).await.unwrap();
    assert_eq!(lifetime(&stated), LONG * 2);
}

async fn a_key_that_has_ended_or_was_replaced_has_no_successor(store: &TestStore) {
    let expired = NewApiKey {
        expires_in: Some(Duration::ZERO),
        ..new_key("a")
    };
    create(store, &expired).await;
    create(store, &new_key("b")).await;
    revoke(store, "b").await;
    create(store, &new_key("replaced")).await;
    rotate(store, "replaced", &successor("successor")).await;
    for ended in ["a", "b", "replaced", "unknown"] {
        assert_eq!(rotate(store, ended, &successor("c")).await, None, "{ended}");
    }
    assert!(store.find_api_keys(&[id("c")]).await.unwrap().is_empty());
}

async fn a_revoked_key_stays_on_record_and_counts_as_a_key(store: &TestStore) {
    create(store, &new_key("a")).await;
    let revoked = revoke(store, "a").await.unwrap();
    assert_eq!(revoked.state, KeyState::Revoked);
    assert_eq!(
        revoke(store, "a").await.unwrap().revoked_at,
        revoked.revoked_at
    );
    assert_eq!(revoke(store, "unknown").await, None);
    assert_eq!(state(store, "a").await, KeyState::Revoked);
    assert!(store.has_api_keys().await.unwrap());
}

async fn keys_are_listed_newest_first_page_by_page(store: &TestStore) {
    for name in ["a", "b", "c"] {
        create(store, &new_key(name)).await;
    }
    let all = store.api_keys(&newest(10)).await.unwrap();
    let names = |keys: &[ApiKey]| {
        keys.iter()
            .map(|key| key.id.to_string())
            .collect::<Vec<_>>()
    };
    let mut sorted = all.clone();
    sorted.sort_by_key(|key| std::cmp::Reverse((key.created_at, key.id.to_string())));
    assert_eq!(names(&all), names(&sorted));
    let first = store.api_keys(&newest(2)).await.unwrap();
    let page = NewestFirst {
        limit: 2,
        after: Some(first[1].cursor()),
    };
    let second = store.api_keys(&page).await.unwrap();
    assert_eq!(names(&[first, second].concat()), names(&all));
    assert_eq!(all.len(), 3);
}

async fn each_change_of_a_key_is_on_record_once(store: &TestStore) {
    create(store, &new_key("a")).await;
    rotate(store, "a", &successor("b")).await;
    rotate(store, "unknown", &successor("c")).await;
    revoke(store, "a").await;
    revoke(store, "a").await;
    let actions = store.operator_actions(&newest(10)).await.unwrap();
    let mut kinds: Vec<_> = actions.iter().map(|one| one.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["create_key", "revoke_key", "rotate_key"]);
}

async fn a_use_is_recorded_with_its_time(store: &TestStore) {
    let created = create(store, &new_key("a")).await;
    create(store, &new_key("b")).await;
    store.record_api_key_uses(&[id("a")]).await.unwrap();
    let found = store.find_api_keys(&[id("a"), id("b")]).await.unwrap();
    let used = |name| {
        let found = found.iter().find(|one| one.key.id == id(name)).unwrap();
        found.key.last_used_at
    };
    assert!(used("a").is_some_and(|at| at >= created.created_at));
    assert_eq!(used("b"), None);
}
