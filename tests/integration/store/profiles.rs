//! Profiles: put, replaced, read and deleted.

use matching::{domain::profile_kind::ProfileKind, store::PutProfiles};

use crate::support::databases::TestStore;

on_both_databases! {
    a_profile_comes_back_byte_for_byte,
    putting_says_what_was_new_and_what_was_replaced,
    the_last_of_equal_ids_wins,
    candidates_and_job_postings_are_apart,
    several_profiles_are_read_at_once,
    a_deleted_profile_is_gone,
    two_importers_at_once_lose_nothing,
}

const KIND: ProfileKind = ProfileKind::Candidate;

async fn put(store: &TestStore, profiles: &[(i64, &str)]) -> PutProfiles {
    let profiles: Vec<(i64, String)> = profiles
        .iter()
        .map(|(id, document)| (*id, (*document).to_owned()))
        .collect();
    store.put_profiles(KIND, &profiles).await.unwrap()
}

async fn document(store: &TestStore, id: i64) -> String {
    store.profile(KIND, id).await.unwrap().unwrap().document
}

async fn a_profile_comes_back_byte_for_byte(store: &TestStore) {
    let text = "{\"id\": 7,  \"title\":\"d\u{e9}veloppeur \\u0000 \\\"senior\\\" \u{1f980}\\n\",\n\"x\":1.0}";
    let before = chrono::Utc::now() - chrono::TimeDelta::seconds(60);
    put(store, &[(7, text)]).await;
    let stored = store.profile(KIND, 7).await.unwrap().unwrap();
    assert_eq!(stored.document, text);
    assert!(stored.updated_at > before);
    assert!(store.profile(KIND, 8).await.unwrap().is_none());
}

async fn putting_says_what_was_new_and_what_was_replaced(store: &TestStore) {
    let first = put(store, &[(1, "a"), (2, "b")]).await;
    assert_eq!((first.created, first.replaced), (2, 0));
    let second = put(store, &[(2, "b2"), (3, "c")]).await;
    assert_eq!((second.created, second.replaced), (1, 1));
    assert_eq!(document(store, 2).await, "b2");
    assert_eq!(put(store, &[]).await, PutProfiles::default());
}

async fn the_last_of_equal_ids_wins(store: &TestStore) {
    let changes = put(store, &[(1, "first"), (2, "b"), (1, "last")]).await;
    assert_eq!((changes.created, changes.replaced), (2, 0));
    assert_eq!(document(store, 1).await, "last");
}

async fn candidates_and_job_postings_are_apart(store: &TestStore) {
    put(store, &[(1, "candidate")]).await;
    let other = ProfileKind::JobPosting;
    assert!(store.profile(other, 1).await.unwrap().is_none());
    let posting = [(1, "posting".to_owned())];
    store.put_profiles(other, &posting).await.unwrap();
    assert_eq!(document(store, 1).await, "candidate");
    assert!(store.delete_profile(other, 1).await.unwrap());
    assert_eq!(document(store, 1).await, "candidate");
}

async fn several_profiles_are_read_at_once(store: &TestStore) {
    put(store, &[(1, "a"), (2, "b"), (3, "c")]).await;
    let mut found = store.profiles(KIND, &[3, 99, 1, 3]).await.unwrap();
    found.sort();
    assert_eq!(found, [(1, "a".to_owned()), (3, "c".to_owned())]);
    assert!(store.profiles(KIND, &[]).await.unwrap().is_empty());
}

async fn a_deleted_profile_is_gone(store: &TestStore) {
    put(store, &[(1, "a")]).await;
    assert!(store.delete_profile(KIND, 1).await.unwrap());
    assert!(!store.delete_profile(KIND, 1).await.unwrap());
    assert!(store.profile(KIND, 1).await.unwrap().is_none());
}

async fn two_importers_at_once_lose_nothing(store: &TestStore) {
    let other = store.another_process().await;
    let up: Vec<(i64, String)> = (1..=200).map(|id| (id, format!("up {id}"))).collect();
    let down: Vec<(i64, String)> = up.iter().rev().cloned().collect();
    let (one, two) = tokio::join!(
        store.put_profiles(KIND, &up),
        other.put_profiles(KIND, &down)
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.created + two.created, 200);
    assert_eq!(one.replaced + two.replaced, 200);
}
