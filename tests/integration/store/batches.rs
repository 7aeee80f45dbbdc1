//! Batches: their counts, their single end, their report.

use futures::future::join_all;
use matching::{
    domain::{identifiers::BatchId, ranking::ResultScope, submission::WebhookEvents},
    store::{DocumentLocation, Recorded},
};

use super::builders::{
    batch, bulk, claim_all, complete, fail, retry_letters, run, save_report, webhooks_of,
};
use crate::support::databases::TestStore;

on_every_store! {
    a_batch_counts_its_matches_by_state,
    a_batch_ends_with_its_last_task,
    a_batch_ends_once_when_its_tasks_end_at_the_same_time,
    a_batch_of_batch_events_is_announced_once,
    an_ended_batch_has_no_report_until_it_is_saved,
    only_an_ended_batch_takes_a_report,
    a_report_that_a_retry_or_other_weights_outdated_is_not_saved,
}

async fn a_batch_counts_its_matches_by_state(store: &TestStore) {
    let asked = bulk(&[1, 2, 3, 4, 5, 6, 7], 2).submit(store).await;
    let first = super::builders::claim(store, &asked).await;
    complete(store, &first).await;
    let id = &asked.tasks[1].id;
    fail(
        store,
        &super::builders::claim_for(store, id, super::builders::LONG).await,
    )
    .await;
    super::builders::claim_for(store, &asked.tasks[2].id, super::builders::LONG).await;
    let view = store.batch(&batch(&asked)).await.unwrap().unwrap();
    assert_eq!((view.waiting, view.queued, view.processing), (0, 1, 2));
    let counts = view.counts;
    assert_eq!((counts.total, counts.completed), (7, 2));
    assert_eq!((counts.failed, counts.cancelled), (2, 0));
    assert!(view.finished_at.is_none());
}

async fn a_batch_ends_with_its_last_task(store: &TestStore) {
    let asked = bulk(&[1, 2, 3], 1).submit(store).await;
    let claimed = claim_all(store, &asked).await;
    for (index, one) in claimed.iter().enumerate() {
        let recorded = complete(store, one).await;
        let ended_batch = (index == 2).then(|| batch(&asked));
        assert_eq!(
            recorded,
            Recorded::Written {
                has_dependents: false,
                ended_batch
            }
        );
    }
    let view = store.batch(&batch(&asked)).await.unwrap().unwrap();
    assert!(view.finished_at.is_some());
}

async fn a_batch_ends_once_when_its_tasks_end_at_the_same_time(store: &TestStore) {
    let other = &store.another_process().await;
    // The tasks share their pairs, so they also contend for the same results.
    let asked = bulk(&[1, 2, 3, 4].repeat(10), 4)
        .announcing(WebhookEvents::Batch)
        .submit(store)
        .await;
    let claimed = claim_all(store, &asked).await;
    let recorded = join_all(claimed.iter().enumerate().map(|(index, one)| async move {
        match index % 3 {
            0 => fail(store, one).await,
            1 => complete(store, one).await,
            _ => complete(other, one).await,
        }
    }))
    .await;
    let ended = |one: &&Recorded| {
        matches!(
            one,
            Recorded::Written {
                ended_batch: Some(_),
                ..
            }
        )
    };
    assert_eq!(recorded.iter().filter(ended).count(), 1);
    let view = store.batch(&batch(&asked)).await.unwrap().unwrap();
    assert_eq!((view.counts.completed, view.counts.failed), (24, 16));
    assert!(view.finished_at.is_some());
    let events = webhooks_of(store, asked.identity.as_str()).await;
    assert_eq!(events.len(), 1);
}

async fn a_batch_of_batch_events_is_announced_once(store: &TestStore) {
    let asked = bulk(&[1, 2, 3], 1)
        .announcing(WebhookEvents::Batch)
        .submit(store)
        .await;
    let claimed = claim_all(store, &asked).await;
    fail(store, &claimed[0]).await;
    complete(store, &claimed[1]).await;
    assert_eq!(store.counts().await.unwrap().pending_deliveries, 0);
    complete(store, &claimed[2]).await;
    let due = store
        .claim_deliveries(&super::builders::claim_of(10))
        .await
        .unwrap();
    assert_eq!(due.len(), 1);
    let body: serde_json::Value = serde_json::from_str(&due[0].body).unwrap();
    assert_eq!(body["type"], "batch.completed");
    assert_eq!(
        (&body["total"], &body["completed"], &body["failed"]),
        (&3.into(), &2.into(), &1.into())
    );
}

async fn an_ended_batch_has_no_report_until_it_is_saved(store: &TestStore) {
    let running = bulk(&[1], 1).submit(store).await;
    let [first, second] = [
        bulk(&[1], 1).submit(store).await,
        bulk(&[2], 1).submit(store).await,
    ];
    run(store, &first).await;
    run(store, &second).await;
    let missing = || async { store.batches_without_report(10).await.unwrap() };
    let mut found = missing().await;
    found.sort();
    assert_eq!(found, [batch(&first), batch(&second)]);
    assert_eq!(store.batches_without_report(1).await.unwrap().len(), 1);

    let inline = DocumentLocation::Inline("{\"rank\":1}\n".to_owned());
    let key = DocumentLocation::Key("batches/second.ndjson".to_owned());
    save_report(store, &batch(&first), &inline).await;
    assert_eq!(missing().await, [batch(&second)]);
    save_report(store, &batch(&second), &key).await;
    assert!(missing().await.is_empty());
    let report = |id: BatchId| async move { store.batch_report(&id).await.unwrap() };
    assert_eq!(report(batch(&first)).await, Some(inline));
    assert_eq!(report(batch(&second)).await, Some(key));
    assert_eq!(report(batch(&running)).await, None);
    assert_eq!(report("unknown".parse::<BatchId>().unwrap()).await, None);
}

async fn only_an_ended_batch_takes_a_report(store: &TestStore) {
    let asked = bulk(&[1], 1).submit(store).await;
    let report = DocumentLocation::Inline("early".to_owned());
    let id = batch(&asked);
    assert_eq!(store.report_generation(&id).await.unwrap(), None);
    store.save_batch_report(&id, 0, &report).await.unwrap();
    assert_eq!(store.batch_report(&id).await.unwrap(), None);
}

async fn a_report_that_a_retry_or_other_weights_outdated_is_not_saved(store: &TestStore) {
    let asked = bulk(&[1, 2], 1).submit(store).await;
    let id = batch(&asked);
    let claimed = claim_all(store, &asked).await;
    complete(store, &claimed[0]).await;
    fail(store, &claimed[1]).await;
    let generation = async || store.report_generation(&id).await.unwrap();
    let early = generation().await.unwrap();
    retry_letters(store, None).await;
    assert_eq!(generation().await, None);
    let again = super::builders::claim_for(store, &asked.tasks[1].id, super::builders::LONG).await;
    complete(store, &again).await;
    let full = DocumentLocation::Inline("full".to_owned());
    save_report(store, &id, &full).await;
    let partial = DocumentLocation::Inline("partial".to_owned());
    store.save_batch_report(&id, early, &partial).await.unwrap();
    assert_eq!(store.batch_report(&id).await.unwrap(), Some(full));

    // Holds both for a report that is saved already and for one that is about to be.
    for _ in 0..2 {
        let old_weights = generation().await.unwrap();
        store
            .drop_batch_reports(ResultScope::default())
            .await
            .unwrap();
        store
            .save_batch_report(&id, old_weights, &partial)
            .await
            .unwrap();
        assert_eq!(store.batch_report(&id).await.unwrap(), None);
    }
}
