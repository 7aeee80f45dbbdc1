//! Migrations, and a database that is not migrated yet.

use std::time::Duration;

use matching::{
    domain::identifiers::JobId,
    store::{StoreError, sqlite::SqliteStore},
};
use matching_engine::profiles::profile_kind::ProfileKind;

use super::builders::{id_of, single};
use crate::support::databases::TestStore;

on_both_databases! {
    a_migrated_database_is_ready,
    migrating_again_changes_nothing,
    versions_of_a_newer_binary_are_tolerated,
}

async fn a_migrated_database_is_ready(store: &TestStore) {
    store.check().await.unwrap();
}

async fn migrating_again_changes_nothing(store: &TestStore) {
    let documents = [(id_of(1), "{}".to_owned())];
    store
        .put_profiles(ProfileKind::Candidate, &documents)
        .await
        .unwrap();
    store.migrate().await.unwrap();
    store.check().await.unwrap();
    let kept = store
        .profile(ProfileKind::Candidate, id_of(1))
        .await
        .unwrap();
    assert!(kept.is_some());
}

async fn versions_of_a_newer_binary_are_tolerated(store: &TestStore) {
    store
        .execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (99990101000000, 'from the future', true, '', 1)",
        )
        .await;
    store.migrate().await.unwrap();
    store.check().await.unwrap();
}

/// Before the first migration every call is refused as outdated, not as a bug.
async fn an_empty_database_asks_to_be_migrated(store: &TestStore) {
    let is_outdated = |error| matches!(error, StoreError::SchemaOutdated);
    assert!(is_outdated(store.check().await.unwrap_err()));
    let job_id = "anything".parse::<JobId>().unwrap();
    assert!(is_outdated(store.job(&job_id).await.unwrap_err()));
    let submission = single().named("first").with_key("key");
    let refused = submission.try_offer(store).await.unwrap_err();
    assert!(refused.is_retryable());
    assert!(is_outdated(refused));
}

async fn several_processes_may_migrate_at_once(store: &TestStore) {
    let (one, other) = (store.another_process().await, store.another_process().await);
    let (first, second, third) = tokio::join!(store.migrate(), one.migrate(), other.migrate());
    first.unwrap();
    second.unwrap();
    third.unwrap();
    store.check().await.unwrap();
}

#[tokio::test]
async fn an_empty_postgres_asks_to_be_migrated() {
    let store = TestStore::empty_postgres().await;
    store.show(an_empty_database_asks_to_be_migrated).await;
}

#[tokio::test]
async fn an_empty_sqlite_asks_to_be_migrated() {
    let store = TestStore::empty_sqlite().await;
    store.show(an_empty_database_asks_to_be_migrated).await;
}

#[tokio::test]
async fn several_processes_may_migrate_postgres_at_once() {
    let store = TestStore::empty_postgres().await;
    store.show(several_processes_may_migrate_at_once).await;
}

#[tokio::test]
async fn several_processes_may_migrate_sqlite_at_once() {
    let store = TestStore::empty_sqlite().await;
    store.show(several_processes_may_migrate_at_once).await;
}

/// Accepted work survives a power failure, and readers never wait for the writer.
#[tokio::test]
async fn sqlite_writes_ahead_and_to_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("matching.db");
    let store = SqliteStore::open(&file, Duration::from_secs(5))
        .await
        .unwrap();
    let journal_mode: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(store.pool())
        .await
        .unwrap();
    assert_eq!(journal_mode, "wal");
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(store.pool())
        .await
        .unwrap();
    assert_eq!(synchronous, 2, "FULL");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("matching.db");
    let text = "this is a text, and longer than the header of a database file. ".repeat(20);
    std::fs::write(&file, &text).unwrap();
    let refused = SqliteStore::open(&file, Duration::from_secs(5)).await;
    assert!(refused.is_err());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}
