//! Retention: work that ended long ago is deleted, data that may still be needed is kept.

use std::time::Duration;

use matching::{
    domain::{dependency::DependencyOutcome, identifiers::WorkId, submission::WebhookEvents},
    store::{DocumentLocation, Forgotten, Recorded},
};

use super::builders::{
    LONG, batch, bulk, claim, fail, job, lose_worker, newest, purge_letters, result, retry_letters,
    run, save_report, single,
};
use crate::support::databases::TestStore;

on_every_store! {
    ended_jobs_and_batches_are_deleted_with_their_keys,
    retention_keeps_recently_ended_work,
    retention_keeps_dead_letters_and_running_work,
    a_step_has_a_limit,
    a_replaced_document_is_orphaned_until_it_is_deleted,
    a_report_that_a_retry_outdates_is_orphaned,
    an_announced_document_is_orphaned_unless_a_row_points_to_it_in_time,
    a_fenced_run_leaves_its_documents_to_the_sweep,
    dependency_reports_are_deleted_unless_a_task_waits_for_them,
    old_dead_letters_are_deleted_if_configured,
    old_operator_actions_are_deleted,
}

async fn ended_jobs_and_batches_are_deleted_with_their_keys(store: &TestStore) {
    let one = single()
        .named("once")
        .announcing(WebhookEvents::Each)
        .submit(store)
        .await;
    run(store, &one).await;
    let many = bulk(&[1, 2, 3], 2).submit(store).await;
    run(store, &many).await;
    let report = DocumentLocation::Key("batches/report.ndjson".to_owned());
    save_report(store, &batch(&many), &report).await;

    let forgotten = store.forget_ended(Duration::ZERO, 10).await.unwrap();
    assert_eq!(forgotten.submissions, 2);
    let orphaned = store.orphaned_documents(Duration::ZERO, 10).await.unwrap();
    assert_eq!(orphaned, ["batches/report.ndjson"]);
    assert!(store.job(&job(&one, 1)).await.unwrap().is_none());
    assert!(store.job(&job(&many, 2)).await.unwrap().is_none());
    assert!(store.batch(&batch(&many)).await.unwrap().is_none());
    // The name is free again.
    single().named("once").submit(store).await;
    let again = store.forget_ended(Duration::ZERO, 10).await.unwrap();
    assert_eq!(again, Forgotten::default());
}

async fn retention_keeps_recently_ended_work(store: &TestStore) {
    let one = single().submit(store).await;
    run(store, &one).await;
    let day = Duration::from_hours(24);
    assert!(store.forget_ended(day, 10).await.unwrap().is_empty());
    assert!(store.job(&job(&one, 1)).await.unwrap().is_some());
}

async fn retention_keeps_dead_letters_and_running_work(store: &TestStore) {
    let dead = single().submit(store).await;
    fail(store, &claim(store, &dead).await).await;
    let queued = single().submit(store).await;
    let running = bulk(&[1], 1).submit(store).await;
    claim(store, &running).await;
    assert!(
        store
            .forget_ended(Duration::ZERO, 10)
            .await
            .unwrap()
            .is_empty()
    );
    for one in [&dead, &queued, &running] {
        assert!(store.job(&job(one, 1)).await.unwrap().is_some());
    }
}

async fn a_step_has_a_limit(store: &TestStore) {
    for _ in 0..3 {
        let one = single().submit(store).await;
        run(store, &one).await;
    }
    let step = async || {
        store
            .forget_ended(Duration::ZERO, 2)
            .await
            .unwrap()
            .submissions
    };
    assert_eq!((step().await, step().await, step().await), (2, 1, 0));
}

async fn complete_with(store: &TestStore, document: DocumentLocation) {
    let asked = single().submit(store).await;
    let claimed = claim(store, &asked).await;
    let mut one = result(claimed.task.matches[0], 0.5);
    one.document = document;
    store.record_outcome(&claimed, &[one], &[]).await.unwrap();
}

async fn a_replaced_document_is_orphaned_until_it_is_deleted(store: &TestStore) {
    let key = |name: &str| DocumentLocation::Key(format!("results/1/10/{name}.json"));
    let orphaned = async |since| store.orphaned_documents(since, 10).await.unwrap();
    complete_with(store, key("first")).await;
    assert!(orphaned(Duration::ZERO).await.is_empty());
    complete_with(store, key("second")).await;
    assert_eq!(orphaned(Duration::ZERO).await, ["results/1/10/first.json"]);
    // A reader may still have its key.
    assert!(orphaned(Duration::from_hours(1)).await.is_empty());
    complete_with(store, DocumentLocation::Inline("{}".to_owned())).await;
    let mut both = orphaned(Duration::ZERO).await;
    both.sort_unstable();
    assert_eq!(
        both,
        ["results/1/10/first.json", "results/1/10/second.json"]
    );
    store.forget_orphaned_documents(&both[..1]).await.unwrap();
    assert_eq!(orphaned(Duration::ZERO).await, both[1..]);
    complete_with(store, DocumentLocation::Inline("{}".to_owned())).await;
    assert_eq!(orphaned(Duration::ZERO).await, both[1..]);
}

async fn a_report_that_a_retry_outdates_is_orphaned(store: &TestStore) {
    let asked = bulk(&[1], 1).submit(store).await;
    fail(store, &claim(store, &asked).await).await;
    let report = DocumentLocation::Key("batches/report.ndjson".to_owned());
    save_report(store, &batch(&asked), &report).await;
    retry_letters(store, None).await;
    let orphaned = store.orphaned_documents(Duration::ZERO, 10).await.unwrap();
    assert_eq!(orphaned, ["batches/report.ndjson"]);
}

async fn announce(store: &TestStore, keys: &[&str], within: Duration) {
    let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    store.announce_documents(&keys, within).await.unwrap();
}

async fn an_announced_document_is_orphaned_unless_a_row_points_to_it_in_time(store: &TestStore) {
    let orphaned = async || store.orphaned_documents(Duration::ZERO, 10).await.unwrap();
    announce(store, &["results/1/10/later.json"], LONG).await;
    assert!(orphaned().await.is_empty());
    let keys = ["results/1/10/kept.json", "batches/kept.ndjson", "lost.json"];
    announce(store, &keys, Duration::ZERO).await;
    announce(store, &keys, LONG).await;
    complete_with(store, DocumentLocation::Key(keys[0].to_owned())).await;
    let asked = bulk(&[1], 1).submit(store).await;
    run(store, &asked).await;
    save_report(
        store,
        &batch(&asked),
        &DocumentLocation::Key(keys[1].to_owned()),
    )
    .await;
    assert_eq!(orphaned().await, ["lost.json"]);
}

async fn a_fenced_run_leaves_its_documents_to_the_sweep(store: &TestStore) {
    let key = "results/1/10/fenced.json";
    announce(store, &[key], Duration::ZERO).await;
    let asked = single().submit(store).await;
    let old = lose_worker(store, &asked.tasks[0].id).await;
    let mut late = result(old.task.matches[0], 0.5);
    late.document = DocumentLocation::Key(key.to_owned());
    let recorded = store.record_outcome(&old, &[late], &[]).await.unwrap();
    assert_eq!(recorded, Recorded::Fenced);
    let orphaned = store.orphaned_documents(Duration::ZERO, 10).await.unwrap();
    assert_eq!(orphaned, [key]);
}

async fn dependency_reports_are_deleted_unless_a_task_waits_for_them(store: &TestStore) {
    for id in ["cv-1", "cv-2"] {
        let id = id.parse::<WorkId>().unwrap();
        let outcome = DependencyOutcome::Completed;
        store.report_dependency(&id, outcome).await.unwrap();
    }
    let child = single().after("cv-2").submit(store).await;
    let forgotten = store.forget_ended(Duration::ZERO, 10).await.unwrap();
    assert_eq!(forgotten.dependency_reports, 1);
    let moved = store.resolve_dependencies(None, 10).await.unwrap();
    assert_eq!(moved.queued, [child.options.queue]);
    let forgotten = store.forget_ended(Duration::ZERO, 10).await.unwrap();
    assert_eq!(forgotten.dependency_reports, 1);
}

async fn old_dead_letters_are_deleted_if_configured(store: &TestStore) {
    let one = single().submit(store).await;
    fail(store, &claim(store, &one).await).await;
    let many = bulk(&[1, 2], 2).submit(store).await;
    fail(store, &claim(store, &many).await).await;
    let forget = async |age, limit| store.forget_dead_letters(age, limit).await.unwrap();
    assert_eq!(forget(Duration::from_hours(1), 10).await, 0);
    assert_eq!(forget(Duration::ZERO, 1).await, 1);
    assert_eq!(forget(Duration::ZERO, 10).await, 1);
    assert!(store.job(&job(&one, 1)).await.unwrap().is_none());
    let view = store.batch(&batch(&many)).await.unwrap().unwrap();
    assert_eq!(view.counts.failed, 2);
    // No dead letter keeps its batch any more.
    let forgotten = store.forget_ended(Duration::ZERO, 10).await.unwrap();
    assert_eq!(forgotten.submissions, 1);
}

async fn old_operator_actions_are_deleted(store: &TestStore) {
    let asked = single().submit(store).await;
    fail(store, &claim(store, &asked).await).await;
    purge_letters(store, None).await;
    let forget = async |age| store.forget_operator_actions(age, 10).await.unwrap();
    assert_eq!(forget(Duration::from_hours(1)).await, 0);
    assert_eq!(store.operator_actions(&newest(10)).await.unwrap().len(), 1);
    assert_eq!(forget(Duration::ZERO).await, 1);
    assert!(
        store
            .operator_actions(&newest(10))
            .await
            .unwrap()
            .is_empty()
    );
}
