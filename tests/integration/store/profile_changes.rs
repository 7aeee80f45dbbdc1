//! Changes of profiles since a mark, whatever wrote them and whenever it committed.

use std::collections::BTreeMap;

use matching::{domain::identifiers::ProfileId, store::ProfileChanges};
use matching_engine::profiles::profile_kind::ProfileKind;

use super::builders::id_of;
use crate::support::databases::TestStore;

on_every_store! {
    the_first_page_of_changes_lists_all_profiles,
    changed_and_deleted_profiles_are_listed_with_a_new_version,
    the_two_kinds_are_apart,
    writes_by_other_clients_are_noticed,
    a_page_lists_no_more_than_its_limit,
    following_changes_ends_at_the_last_write,
    all_profiles_are_paged_by_their_ids,
}

on_postgres! {
    a_transaction_that_commits_late_is_not_missed,
    a_truncated_table_is_noticed,
    a_forked_version_and_a_changed_id_are_noticed,
}

const KIND: ProfileKind = ProfileKind::Candidate;

async fn put(store: &TestStore, ids: &[i64]) {
    let profiles: Vec<(ProfileId, String)> = ids
        .iter()
        .map(|number| (id_of(*number), format!("{{\"id\":{number}}}")))
        .collect();
    store.put_profiles(KIND, &profiles).await.unwrap();
}

/// A reader that holds versions and keeps them up to date.
#[derive(Default)]
struct Follower {
    mark: Option<i64>,
    versions: BTreeMap<i64, i64>,
}

impl Follower {
    async fn look(&mut self, store: &TestStore) -> ProfileChanges {
        let changes = store
            .profile_changes(KIND, self.mark, 10_000)
            .await
            .unwrap();
        for one in &changes.changed {
            if one.is_deleted {
                self.versions.remove(&one.id.number());
            } else {
                self.versions.insert(one.id.number(), one.version);
            }
        }
        self.mark = Some(changes.mark);
        changes
    }

    fn ids(&self) -> Vec<i64> {
        self.versions.keys().copied().collect()
    }
}

async fn the_first_page_of_changes_lists_all_profiles(store: &TestStore) {
    let mut follower = Follower::default();
    assert_eq!(follower.look(store).await.changed, []);
    put(store, &[3, 1, 2]).await;
    store.delete_profile(KIND, id_of(2)).await.unwrap();
    let mut another = Follower::default();
    let listed = another.look(store).await.changed;
    assert!(listed.iter().all(|one| !one.is_deleted));
    assert_eq!(another.ids(), [1, 3]);
    follower.look(store).await;
    assert_eq!(follower.ids(), [1, 3]);
}

async fn changed_and_deleted_profiles_are_listed_with_a_new_version(store: &TestStore) {
    put(store, &[1, 2, 3]).await;
    let mut follower = Follower::default();
    follower.look(store).await;
    let before = follower.versions.clone();
    put(store, &[2, 4]).await;
    store.delete_profile(KIND, id_of(3)).await.unwrap();
    let listed = follower.look(store).await.changed;
    assert_eq!(follower.ids(), [1, 2, 4]);
    assert_eq!(follower.versions[&1], before[&1]);
    assert_ne!(follower.versions[&2], before[&2]);
    assert!(
        listed
            .iter()
            .any(|one| one.id == id_of(3) && one.is_deleted)
    );
    // Deleted and stored again between two calls.
    let before = follower.versions.clone();
    store.delete_profile(KIND, id_of(4)).await.unwrap();
    put(store, &[4, 3]).await;
    follower.look(store).await;
    assert_eq!(follower.ids(), [1, 2, 3, 4]);
    assert_ne!(follower.versions[&4], before[&4]);
}

async fn the_two_kinds_are_apart(store: &TestStore) {
    let postings = [(id_of(1), "{}".to_owned())];
    let other = ProfileKind::JobPosting;
    store.put_profiles(other, &postings).await.unwrap();
    put(store, &[2]).await;
    let mut follower = Follower::default();
    follower.look(store).await;
    assert_eq!(follower.ids(), [2]);
    let listed = store
        .profile_changes(other, None, 10)
        .await
        .unwrap()
        .changed;
    assert_eq!(
        listed.iter().map(|one| one.id).collect::<Vec<_>>(),
        [id_of(1)]
    );
    store.delete_profile(other, id_of(1)).await.unwrap();
    let listed = store
        .profile_changes(other, None, 10)
        .await
        .unwrap()
        .changed;
    assert_eq!(listed, []);
}

async fn writes_by_other_clients_are_noticed(store: &TestStore) {
    put(store, &[1, 2, 3]).await;
    let mut follower = Follower::default();
    follower.look(store).await;
    let before = follower.versions.clone();
    store
        .execute("UPDATE candidates SET document = '{}' WHERE id = 2")
        .await;
    store.execute("DELETE FROM candidates WHERE id > 2").await;
    store
        .execute("INSERT INTO candidates (id, document) VALUES (9, '{}')")
        .await;
    follower.look(store).await;
    assert_eq!(follower.ids(), [1, 2, 9]);
    assert_ne!(follower.versions[&2], before[&2]);
}

async fn a_page_lists_no_more_than_its_limit(store: &TestStore) {
    put(store, &[1, 2, 3, 4, 5]).await;
    let listed = store.profile_changes(KIND, None, 3).await.unwrap().changed;
    assert_eq!(listed.len(), 3);
    let listed = store.profile_changes(KIND, None, 5).await.unwrap().changed;
    assert_eq!(listed.len(), 5);
}

/// Two processes put and delete profiles while a third one follows.
async fn following_changes_ends_at_the_last_write(store: &TestStore) {
    let (one, other) = (store.another_process().await, store.another_process().await);
    let write = async |store: &TestStore, step: i64| {
        for round in 0..30 {
            let ids: Vec<i64> = (1..=20).map(|n| n * step + round % 5).collect();
            put(store, &ids).await;
            store
                .delete_profile(KIND, id_of(step * (round % 20 + 1)))
                .await
                .unwrap();
        }
    };
    let follow = async {
        let mut follower = Follower::default();
        for _ in 0..60 {
            follower.look(store).await;
        }
        follower
    };
    let ((), (), mut follower) = tokio::join!(write(&one, 2), write(&other, 3), follow);
    follower.look(store).await;
    let there = store.profiles_after(KIND, None, 1_000).await.unwrap();
    let there: Vec<i64> = there.into_iter().map(|(id, _)| id.number()).collect();
    assert_eq!(follower.ids(), there);
    let mut fresh = Follower::default();
    fresh.look(store).await;
    assert_eq!(follower.versions, fresh.versions);
}

async fn all_profiles_are_paged_by_their_ids(store: &TestStore) {
    put(store, &[5, 1, 9, 7]).await;
    let mut ids: Vec<ProfileId> = Vec::new();
    loop {
        let after = ids.last().copied();
        let page = store.profiles_after(KIND, after, 3).await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 3);
        ids.extend(page.iter().map(|(id, _)| *id));
    }
    assert_eq!(ids, [1, 5, 7, 9].map(id_of));
}

/// An older transaction may commit after a younger one was visible.
async fn a_transaction_that_commits_late_is_not_missed(store: &TestStore) {
    let insert = "INSERT INTO candidates (id, document) VALUES (1, '{}')";
    let late = store.uncommitted(insert).await;
    put(store, &[2]).await;
    let mut follower = Follower::default();
    follower.look(store).await;
    assert_eq!(follower.ids(), [2]);
    put(store, &[3]).await;
    follower.look(store).await;
    assert_eq!(follower.ids(), [2, 3]);
    late.commit().await.unwrap();
    follower.look(store).await;
    assert_eq!(follower.ids(), [1, 2, 3]);
}

/// Truncating the table deletes all profiles, too.
async fn a_truncated_table_is_noticed(store: &TestStore) {
    put(store, &[1, 2]).await;
    let mut follower = Follower::default();
    follower.look(store).await;
    store.execute("TRUNCATE candidates").await;
    follower.look(store).await;
    assert!(follower.ids().is_empty());
}

/// In PostgreSQL versions are a column that any statement can write.
async fn a_forked_version_and_a_changed_id_are_noticed(store: &TestStore) {
    put(store, &[1, 2]).await;
    let mut follower = Follower::default();
    follower.look(store).await;
    store
        .execute("INSERT INTO candidates (id, document, version) VALUES (3, '{}', 1)")
        .await;
    store
        .execute("UPDATE candidates SET id = 4, version = 1 WHERE id = 2")
        .await;
    follower.look(store).await;
    assert_eq!(follower.ids(), [1, 3, 4]);
}
