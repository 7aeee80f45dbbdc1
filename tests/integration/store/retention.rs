//! Retention: what ended long ago is forgotten, what anybody may still need stays.

use std::time::Duration;

use matching::{
    domain::submission::WebhookEvents,
    store::{DocumentPlace, Forgotten},
};

use super::steps::{batch, bulk, claim, fail, job, run, single};
use crate::support::databases::TestStore;

on_both_databases! {
    ended_jobs_and_batches_are_forgotten_with_their_keys,
    what_has_not_ended_long_enough_ago_stays,
    dead_letters_and_running_work_stay,
    a_step_has_a_limit,
}

async fn ended_jobs_and_batches_are_forgotten_with_their_keys(store: &TestStore) {
    let one = single()
        .named("once")
        .announcing(WebhookEvents::Each)
        .accept(store)
        .await;
    run(store, &one).await;
    let many = bulk(&[1, 2, 3], 2).accept(store).await;
    run(store, &many).await;
    let report = DocumentPlace::Key("batches/report.ndjson".to_owned());
    store
        .save_batch_report(&batch(&many), &report)
        .await
        .unwrap();

    let forgotten = store.forget_ended(Duration::ZERO, 10).await.unwrap();
    assert_eq!(forgotten.submissions, 2);
    assert_eq!(forgotten.documents, ["batches/report.ndjson"]);
    assert!(store.job(&job(&one, 1)).await.unwrap().is_none());
    assert!(store.job(&job(&many, 2)).await.unwrap().is_none());
    assert!(store.batch(&batch(&many)).await.unwrap().is_none());
    // The name is free again.
    single().named("once").accept(store).await;
    let again = store.forget_ended(Duration::ZERO, 10).await.unwrap();
    assert_eq!(again, Forgotten::default());
}

async fn what_has_not_ended_long_enough_ago_stays(store: &TestStore) {
    let one = single().accept(store).await;
    run(store, &one).await;
    let day = Duration::from_hours(24);
    assert!(store.forget_ended(day, 10).await.unwrap().is_empty());
    assert!(store.job(&job(&one, 1)).await.unwrap().is_some());
}

async fn dead_letters_and_running_work_stay(store: &TestStore) {
    let dead = single().accept(store).await;
    fail(store, &claim(store, &dead).await).await;
    let queued = single().accept(store).await;
    let running = bulk(&[1], 1).accept(store).await;
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
        let one = single().accept(store).await;
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
