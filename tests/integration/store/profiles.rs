//! Profiles: put, replaced, read and deleted.

use matching::{
    domain::{
        identifiers::ProfileId,
        revision::{Revisions, WriteCondition},
    },
    store::{ProfilePart, ProfileReader, PutProfiles, ReadProfile, Revision},
};
use matching_engine::profiles::profile_kind::ProfileKind;
use tokio::sync::mpsc;

use super::builders::id_of;
use super::lock_order::UNTIL_SOMEBODY_WAITS;
use crate::support::databases::TestStore;

on_every_store! {
    a_profile_comes_back_byte_for_byte,
    putting_reports_created_and_replaced_profiles,
    the_last_of_equal_ids_wins,
    candidates_and_job_postings_are_apart,
    several_profiles_are_read_at_once,
    a_document_the_caller_has_is_not_sent_again,
    a_deleted_profile_is_gone,
    two_concurrent_importers_lose_nothing,
    many_profiles_are_stored_like_a_few,
    parts_are_stored_together_once_they_end,
    parts_in_any_order_equal_one_put,
    an_interrupted_import_in_parts_stores_nothing,
    importers_in_parts_lose_nothing_beside_each_other,
    a_write_depends_on_its_condition,
    of_two_writers_with_one_revision_one_succeeds,
}

on_postgres! {
    parts_are_stored_despite_a_concurrent_writer_of_the_same_profiles,
}

const KIND: ProfileKind = ProfileKind::Candidate;

async fn put(store: &TestStore, profiles: &[(i64, &str)]) -> PutProfiles {
    let profiles: Vec<(ProfileId, String)> = profiles
        .iter()
        .map(|(number, document)| (id_of(*number), (*document).to_owned()))
        .collect();
    store.put_profiles(KIND, &profiles).await.unwrap()
}

async fn document(store: &TestStore, number: i64) -> String {
    store
        .profile(KIND, id_of(number))
        .await
        .unwrap()
        .unwrap()
        .document
}

async fn a_profile_comes_back_byte_for_byte(store: &TestStore) {
    let text = "{\"id\": 7,  \"title\":\"d\u{e9}veloppeur \\u0000 \\\"senior\\\" \u{1f980}\\n\",\n\"x\":1.0}";
    let before = chrono::Utc::now() - chrono::TimeDelta::seconds(60);
    put(store, &[(7, text)]).await;
    let stored = store.profile(KIND, id_of(7)).await.unwrap().unwrap();
    assert_eq!(stored.document, text);
    assert!(stored.updated_at > before);
    assert!(store.profile(KIND, id_of(8)).await.unwrap().is_none());
}

async fn putting_reports_created_and_replaced_profiles(store: &TestStore) {
    let first = put(store, &[(1, "a"), (2, "b")]).await;
    assert_eq!((first.created, first.replaced), (2, 0));
    let second = put(store, &[(2, "b2"), (3, "c")]).await;
    assert_eq!((second.created, second.replaced), (1, 1));
    assert_eq!(document(store, 2).await, "b2");
    assert_eq!(put(store, &[]).await, PutProfiles::default());
}

/// Enough profiles that new ones are written by a different statement.
async fn many_profiles_are_stored_like_a_few(store: &TestStore) {
    let other = store.another_process().await;
    let of = |from: i64, text: &str| -> Vec<(ProfileId, String)> {
        let ids = (from..from + 200).map(id_of);
        ids.map(|id| (id, text.to_owned())).collect()
    };
    let (first, second) = (of(1, "first"), of(1, "second"));
    let (one, two) = tokio::join!(
        store.put_profiles(KIND, &first),
        other.put_profiles(KIND, &second)
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(
        (one.created + two.created, one.replaced + two.replaced),
        (200, 200)
    );
    let third = store.put_profiles(KIND, &of(101, "third")).await.unwrap();
    assert_eq!((third.created, third.replaced), (100, 100));
    let twice = [of(301, "once"), of(301, "twice")].concat();
    let fourth = store.put_profiles(KIND, &twice).await.unwrap();
    assert_eq!((fourth.created, fourth.replaced), (200, 0));
    for (number, text) in [
        (101, "third"),
        (300, "third"),
        (301, "twice"),
        (500, "twice"),
    ] {
        assert_eq!(document(store, number).await, text);
    }
    let held = document(store, 100).await;
    assert!(held == "first" || held == "second");
}

async fn the_last_of_equal_ids_wins(store: &TestStore) {
    let changes = put(store, &[(1, "first"), (2, "b"), (1, "last")]).await;
    assert_eq!((changes.created, changes.replaced), (2, 0));
    assert_eq!(document(store, 1).await, "last");
}

async fn candidates_and_job_postings_are_apart(store: &TestStore) {
    put(store, &[(1, "candidate")]).await;
    let other = ProfileKind::JobPosting;
    assert!(store.profile(other, id_of(1)).await.unwrap().is_none());
    let posting = [(id_of(1), "posting".to_owned())];
    store.put_profiles(other, &posting).await.unwrap();
    assert_eq!(document(store, 1).await, "candidate");
    assert!(store.delete_profile(other, id_of(1)).await.unwrap());
    assert_eq!(document(store, 1).await, "candidate");
}

async fn several_profiles_are_read_at_once(store: &TestStore) {
    put(store, &[(1, "a"), (2, "b"), (3, "c")]).await;
    let found = read(
        store,
        &[(id_of(3), None), (id_of(99), None), (id_of(1), None)],
    )
    .await;
    let documents: Vec<_> = found
        .iter()
        .map(|read| (read.id.number(), read.document.as_deref()))
        .collect();
    assert_eq!(documents, [(1, Some("a")), (3, Some("c"))]);
    assert!(read(store, &[]).await.is_empty());
}

async fn a_document_the_caller_has_is_not_sent_again(store: &TestStore) {
    put(store, &[(1, "a"), (2, "b")]).await;
    let held: Vec<(ProfileId, Option<Revision>)> =
        read(store, &[(id_of(1), None), (id_of(2), None)])
            .await
            .into_iter()
            .map(|read| (read.id, Some(read.revision)))
            .collect();
    let same = read(store, &held).await;
    assert!(same.iter().all(|read| read.document.is_none()));
    assert_eq!(same.len(), 2);
    // Stored again, even without a change, or deleted and stored: the caller can't know that the
    // document is the same.
    put(store, &[(1, "a")]).await;
    store.delete_profile(KIND, id_of(2)).await.unwrap();
    assert_eq!(read(store, &held).await.len(), 1);
    put(store, &[(2, "b2")]).await;
    let newer = read(store, &held).await;
    let documents: Vec<_> = newer.iter().map(|read| read.document.as_deref()).collect();
    assert_eq!(documents, [Some("a"), Some("b2")]);
    assert!(
        newer
            .iter()
            .zip(&held)
            .all(|(read, held)| Some(&read.revision) != held.1.as_ref())
    );
}

async fn read(store: &TestStore, wanted: &[(ProfileId, Option<Revision>)]) -> Vec<ReadProfile> {
    let mut found = store
        .profiles(ProfileReader::Request, KIND, wanted)
        .await
        .unwrap();
    found.sort_by_key(|read| read.id);
    found
}

async fn a_deleted_profile_is_gone(store: &TestStore) {
    put(store, &[(1, "a")]).await;
    assert!(store.delete_profile(KIND, id_of(1)).await.unwrap());
    assert!(!store.delete_profile(KIND, id_of(1)).await.unwrap());
    assert!(store.profile(KIND, id_of(1)).await.unwrap().is_none());
}

async fn two_concurrent_importers_lose_nothing(store: &TestStore) {
    let other = store.another_process().await;
    let up = (1..=200).map(|number| (id_of(number), format!("up {number}")));
    let up: Vec<(ProfileId, String)> = up.collect();
    let down: Vec<(ProfileId, String)> = up.iter().rev().cloned().collect();
    let (one, two) = tokio::join!(
        store.put_profiles(KIND, &up),
        other.put_profiles(KIND, &down)
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.created + two.created, 200);
    assert_eq!(one.replaced + two.replaced, 200);
}

/// Stores these ids part by part, with the part's number in each document; with or without the end.
async fn put_parts(store: &TestStore, parts: &[Vec<i64>], end: bool) -> Option<PutProfiles> {
    let (sender, receiver) = mpsc::channel(1);
    let sending = async move {
        for (number, ids) in (1..).zip(parts) {
            let documents = ids
                .iter()
                .map(|one| (id_of(*one), format!("{one} of part {number}")));
            let part = ProfilePart::Documents(documents.collect());
            sender.send(part).await.unwrap();
        }
        if end {
            sender.send(ProfilePart::End).await.unwrap();
        }
    };
    let (put, ()) = tokio::join!(store.put_profile_parts(KIND, receiver), sending);
    put.unwrap()
}

async fn parts_are_stored_together_once_they_end(store: &TestStore) {
    put(store, &[(2, "before"), (450, "before")]).await;
    let parts = [vec![1, 2, 3], (100..=400).collect(), (401..=500).collect()];
    let put = put_parts(store, &parts, true).await.unwrap();
    assert_eq!((put.created, put.replaced), (402, 2));
    assert_eq!(document(store, 2).await, "2 of part 1");
    assert_eq!(document(store, 100).await, "100 of part 2");
    assert_eq!(document(store, 450).await, "450 of part 3");
    let none = put_parts(store, &[], true).await.unwrap();
    assert_eq!(none, PutProfiles::default());
}

async fn parts_in_any_order_equal_one_put(store: &TestStore) {
    let parts = [vec![5, 6], vec![4, 3, 4], vec![6, 7], vec![8]];
    let put = put_parts(store, &parts, true).await.unwrap();
    assert_eq!((put.created, put.replaced), (6, 0));
    for (number, expected) in [
        (3, "3 of part 2"),
        (4, "4 of part 2"),
        (5, "5 of part 1"),
        (6, "6 of part 3"),
        (8, "8 of part 4"),
    ] {
        assert_eq!(document(store, number).await, expected);
    }
}

async fn an_interrupted_import_in_parts_stores_nothing(store: &TestStore) {
    put(store, &[(1, "before")]).await;
    for parts in [vec![vec![1, 2], vec![3]], vec![vec![3], vec![2, 1]], vec![]] {
        assert_eq!(put_parts(store, &parts, false).await, None);
        assert_eq!(document(store, 1).await, "before");
        assert!(store.profile(KIND, id_of(3)).await.unwrap().is_none());
    }
}

async fn importers_in_parts_lose_nothing_beside_each_other(store: &TestStore) {
    let other = store.another_process().await;
    let parts: Vec<Vec<i64>> = (0..5)
        .map(|part| (part * 150 + 1..=part * 150 + 150).collect())
        .collect();
    let reversed: Vec<Vec<i64>> = parts.iter().rev().cloned().collect();
    let (one, another) = tokio::join!(
        put_parts(store, &parts, true),
        put_parts(&other, &reversed, true),
    );
    let (one, another) = (one.unwrap(), another.unwrap());
    assert_eq!(one.created + another.created, 750);
    assert_eq!(one.replaced + another.replaced, 750);
}

async fn parts_are_stored_despite_a_concurrent_writer_of_the_same_profiles(store: &TestStore) {
    let insert = "INSERT INTO candidates (id, document) VALUES (250, 'somebody else''s')";
    let others = store.uncommitted(insert).await;
    let parts = [(1..=200).collect(), (201..=400).collect(), vec![401]];
    let commit = async {
        // Parts are written on arrival: the second waits for the transaction that stores 250.
        store.execute(UNTIL_SOMEBODY_WAITS).await;
        others.commit().await.unwrap();
    };
    let (put, ()) = tokio::join!(put_parts(store, &parts, true), commit);
    let put = put.unwrap();
    assert_eq!((put.created, put.replaced), (400, 1));
    assert_eq!(document(store, 250).await, "250 of part 2");
    assert_eq!(document(store, 1).await, "1 of part 1");
}

async fn a_write_depends_on_its_condition(store: &TestStore) {
    let of = |revision: &Revision| Some(Revisions::OneOf(vec![revision.to_string()]));
    let only_new = WriteCondition {
        is: None,
        is_not: Some(Revisions::Any),
    };
    let any = WriteCondition {
        is: Some(Revisions::Any),
        is_not: None,
    };
    let write = async |document: &str, condition: &WriteCondition| {
        let put = store.put_profile(KIND, id_of(1), document, condition);
        put.await.unwrap()
    };
    assert_eq!(write("a", &any).await, None);
    let created = write("a", &only_new).await.unwrap();
    assert!(created.created);
    assert_eq!(write("b", &only_new).await, None);
    let unchanged = WriteCondition {
        is: of(&created.revision),
        is_not: None,
    };
    let replaced = write("b", &unchanged).await.unwrap();
    assert!(!replaced.created);
    assert_ne!(replaced.revision, created.revision);
    assert_eq!(write("c", &unchanged).await, None);
    let other = WriteCondition {
        is: None,
        is_not: of(&replaced.revision),
    };
    assert_eq!(write("c", &other).await, None);
    let stored = store.profile(KIND, id_of(1)).await.unwrap().unwrap();
    assert_eq!(
        (stored.document.as_str(), &stored.revision),
        ("b", &replaced.revision)
    );
    assert!(write("d", &any).await.is_some());
    let delete = async |condition: &WriteCondition| {
        let deleted = store.delete_profile_if(KIND, id_of(1), condition);
        deleted.await.unwrap()
    };
    assert!(!delete(&unchanged).await);
    assert!(!delete(&only_new).await);
    assert!(delete(&any).await);
    assert!(!delete(&any).await);
}

async fn of_two_writers_with_one_revision_one_succeeds(store: &TestStore) {
    let always = WriteCondition::default();
    let stored = store.put_profile(KIND, id_of(1), "a", &always);
    let mut revision = stored.await.unwrap().unwrap().revision;
    let other = store.another_process().await;
    for round in 0..20 {
        let condition = WriteCondition {
            is: Some(Revisions::OneOf(vec![revision.to_string()])),
            is_not: None,
        };
        let (one, two) = (format!("one {round}"), format!("two {round}"));
        let (one, two) = tokio::join!(
            store.put_profile(KIND, id_of(1), &one, &condition),
            other.put_profile(KIND, id_of(1), &two, &condition),
        );
        let (one, two) = (one.unwrap(), two.unwrap());
        assert!(one.is_some() != two.is_some());
        revision = one.or(two).unwrap().revision;
    }
}
