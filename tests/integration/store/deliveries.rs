//! Webhook deliveries: recorded with the outcome, claimed, and recorded again.

use std::{collections::HashSet, time::Duration};

use matching::{
    domain::{
        delivery::DueDelivery,
        submission::{Submission, WebhookEvents},
    },
    store::{DeliveryOutcome, DeliveryView, PostponedDeliveries},
};

use super::builders::{LONG, bulk, claim, complete, failure, job, result, run, single};
use crate::support::databases::TestStore;

on_every_store! {
    each_match_of_a_bulk_call_is_announced,
    with_batch_events_a_single_match_is_still_announced,
    without_a_receiver_nothing_is_recorded,
    a_claimed_delivery_comes_back_if_its_sender_dies,
    a_delivery_is_claimed_once,
    deliveries_to_busy_receivers_are_skipped,
    the_longest_due_deliveries_are_claimed_first,
    deliveries_of_a_paused_receiver_are_postponed_together,
    deliveries_that_waited_too_long_are_given_up,
    a_delivery_in_progress_is_not_postponed,
    a_delivered_delivery_is_not_claimed_again,
    a_retry_waits_and_counts,
    a_retry_that_was_not_sent_does_not_count,
    a_finally_failed_delivery_is_given_up,
    an_outcome_after_the_end_changes_nothing,
}

async fn announced(store: &TestStore) -> Submission {
    let asked = single().announcing(WebhookEvents::Each).submit(store).await;
    run(store, &asked).await;
    asked
}

async fn take(store: &TestStore) -> Vec<DueDelivery> {
    store.claim_deliveries(10, LONG, &[]).await.unwrap()
}

async fn only_view(store: &TestStore, asked: &Submission) -> DeliveryView {
    let mut views = store.deliveries(asked.identity.as_str()).await.unwrap();
    assert_eq!(views.len(), 1);
    views.remove(0)
}

async fn each_match_of_a_bulk_call_is_announced(store: &TestStore) {
    let asked = bulk(&[10, 20, 30], 3)
        .announcing(WebhookEvents::Each)
        .submit(store)
        .await;
    let claimed = claim(store, &asked).await;
    let matches = &claimed.task.matches;
    let results = [result(matches[0], 0.9), result(matches[2], 0.1)];
    let failures = [failure(&matches[1..2], "job_posting_not_found")];
    let recorded = store.record_outcome(&claimed, &results, &failures).await;
    recorded.unwrap();
    let mut due = take(store).await;
    due.sort_by(|one, other| one.id.cmp(&other.id));
    let told: Vec<(String, String)> = due
        .iter()
        .map(|delivery| {
            assert_eq!(delivery.url, "https://platform.example/hook");
            assert_eq!(delivery.attempt, 1);
            let body: serde_json::Value = serde_json::from_str(&delivery.body).unwrap();
            let text = |field: &str| body[field].as_str().unwrap().to_owned();
            (text("job_id"), text("type"))
        })
        .collect();
    let expected = [
        (1, "match.completed"),
        (2, "match.failed"),
        (3, "match.completed"),
    ];
    let expected =
        expected.map(|(position, event)| (job(&asked, position).to_string(), event.to_owned()));
    assert_eq!(told, expected);
    let views = store.deliveries(job(&asked, 2).as_str()).await.unwrap();
    assert_eq!(views.len(), 1);
    assert_eq!((views[0].state.as_str(), views[0].attempts), ("pending", 1));
}

async fn with_batch_events_a_single_match_is_still_announced(store: &TestStore) {
    let asked = single()
        .announcing(WebhookEvents::Batch)
        .submit(store)
        .await;
    complete(store, &claim(store, &asked).await).await;
    assert_eq!(only_view(store, &asked).await.event_type, "match.completed");
}

async fn without_a_receiver_nothing_is_recorded(store: &TestStore) {
    run(store, &single().submit(store).await).await;
    run(store, &bulk(&[1, 2], 1).submit(store).await).await;
    assert!(take(store).await.is_empty());
}

async fn a_claimed_delivery_comes_back_if_its_sender_dies(store: &TestStore) {
    announced(store).await;
    let taken = store
        .claim_deliveries(10, Duration::ZERO, &[])
        .await
        .unwrap();
    let again = take(store).await;
    assert_eq!(again[0].id, taken[0].id);
    assert_eq!((taken[0].attempt, again[0].attempt), (1, 2));
    assert!(take(store).await.is_empty());
}

async fn a_delivery_is_claimed_once(store: &TestStore) {
    let other = store.another_process().await;
    for _ in 0..12 {
        announced(store).await;
    }
    let some = || store.claim_deliveries(5, LONG, &[]);
    let (one, two, three) = tokio::join!(some(), other.claim_deliveries(5, LONG, &[]), some());
    let mut taken = [one.unwrap(), two.unwrap(), three.unwrap()].concat();
    assert!(taken.len() >= 5);
    taken.extend(store.claim_deliveries(20, LONG, &[]).await.unwrap());
    let distinct: HashSet<&str> = taken.iter().map(|one| one.id.as_str()).collect();
    assert_eq!((taken.len(), distinct.len()), (12, 12));
}

async fn deliveries_to_busy_receivers_are_skipped(store: &TestStore) {
    announced(store).await;
    let claimed = async |except: &[&str]| {
        let except: Vec<String> = except.iter().map(|busy| (*busy).to_owned()).collect();
        store
            .claim_deliveries(10, LONG, &except)
            .await
            .unwrap()
            .len()
    };
    assert_eq!(
        claimed(&["https://other.example", "https://platform.example"]).await,
        0
    );
    // Other receivers with the same prefix are different receivers.
    let others = [
        "https://platform.exampl",
        "https://platform.example:8443",
        "http://platform.example",
    ];
    assert_eq!(claimed(&others).await, 1);
}

/// Announces one more match to a receiver of its own.
async fn announced_to(store: &TestStore, url: &str) -> Submission {
    let asked = single()
        .announcing(WebhookEvents::Each)
        .to(url)
        .submit(store)
        .await;
    run(store, &asked).await;
    asked
}

async fn the_longest_due_deliveries_are_claimed_first(store: &TestStore) {
    let mut hosts = Vec::new();
    for host in ["c", "a", "b", "c", "a"] {
        let receiver = format!("https://{host}.example");
        let asked = announced_to(store, &format!("{receiver}/hook")).await;
        hosts.push((asked.identity.as_str().to_owned(), receiver));
    }
    let mut taken = Vec::new();
    for _ in 0..3 {
        let due = store.claim_deliveries(2, LONG, &[]).await.unwrap();
        taken.push(due.len());
        for delivery in due {
            let body: serde_json::Value = serde_json::from_str(&delivery.body).unwrap();
            let job_id = body["job_id"].as_str().unwrap().to_owned();
            let next = hosts.iter().position(|(id, _)| *id == job_id).unwrap();
            // Two deliveries of a step may be in either order.
            assert!(next < 2, "{next}");
            assert_eq!(hosts.remove(next).1, delivery.receiver);
        }
    }
    assert_eq!(taken, [2, 2, 1]);
}

async fn deliveries_of_a_paused_receiver_are_postponed_together(store: &TestStore) {
    let away = "https://platform.example";
    let asked = [announced(store).await, announced(store).await];
    let other = announced_to(store, "https://platform.example.org/hook").await;
    let reason = "it is paused";
    let put_off = store
        .postpone_deliveries(away, LONG, LONG, reason)
        .await
        .unwrap();
    let expected = PostponedDeliveries {
        postponed: 2,
        given_up: 0,
    };
    assert_eq!(put_off, expected);
    for one in &asked {
        let view = only_view(store, one).await;
        assert_eq!((view.state.as_str(), view.attempts), ("pending", 0));
        assert_eq!(view.last_error.as_deref(), Some(reason));
    }
    let due = take(store).await;
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].receiver, "https://platform.example.org");
    assert_eq!(only_view(store, &other).await.attempts, 1);
    let again = store.postpone_deliveries(away, LONG, LONG, reason).await;
    assert_eq!(again.unwrap(), PostponedDeliveries::default());
}

async fn deliveries_that_waited_too_long_are_given_up(store: &TestStore) {
    let asked = announced(store).await;
    let away = "https://platform.example";
    let given_up = store
        .postpone_deliveries(away, LONG, Duration::ZERO, "it is paused")
        .await
        .unwrap();
    let expected = PostponedDeliveries {
        postponed: 0,
        given_up: 1,
    };
    assert_eq!(given_up, expected);
    let view = only_view(store, &asked).await;
    assert_eq!((view.state.as_str(), view.attempts), ("failed", 0));
    assert_eq!(view.last_error.as_deref(), Some("it is paused"));
    let forgotten = store.forget_ended(Duration::ZERO, 10).await.unwrap();
    assert_eq!(forgotten.deliveries, 1);
}

async fn a_delivery_in_progress_is_not_postponed(store: &TestStore) {
    announced(store).await;
    let due = take(store).await;
    let put_off = store
        .postpone_deliveries(&due[0].receiver, LONG, Duration::ZERO, "it is paused")
        .await;
    assert_eq!(put_off.unwrap(), PostponedDeliveries::default());
}

async fn a_delivered_delivery_is_not_claimed_again(store: &TestStore) {
    let asked = announced(store).await;
    let due = store
        .claim_deliveries(10, Duration::ZERO, &[])
        .await
        .unwrap();
    let outcome = DeliveryOutcome::Delivered { status: 204 };
    store.record_delivery(&due[0].id, &outcome).await.unwrap();
    assert!(take(store).await.is_empty());
    let view = only_view(store, &asked).await;
    assert_eq!((view.state.as_str(), view.attempts), ("delivered", 1));
    assert_eq!((view.last_status, view.last_error), (Some(204), None));
    assert_eq!(store.counts().await.unwrap().pending_deliveries, 0);
}

fn retry(after: Duration, consumed: bool) -> DeliveryOutcome {
    DeliveryOutcome::Retry {
        after,
        status: Some(503),
        error: "receiver_error: 503".to_owned(),
        consumed,
    }
}

async fn a_retry_waits_and_counts(store: &TestStore) {
    let asked = announced(store).await;
    let due = take(store).await;
    let now = retry(Duration::ZERO, true);
    store.record_delivery(&due[0].id, &now).await.unwrap();
    let again = take(store).await;
    assert_eq!(again[0].attempt, 2);
    let later = retry(LONG, true);
    store.record_delivery(&due[0].id, &later).await.unwrap();
    assert!(take(store).await.is_empty());
    let view = only_view(store, &asked).await;
    assert_eq!((view.state.as_str(), view.attempts), ("pending", 2));
    assert_eq!(view.last_status, Some(503));
    assert_eq!(view.last_error.as_deref(), Some("receiver_error: 503"));
}

async fn a_retry_that_was_not_sent_does_not_count(store: &TestStore) {
    announced(store).await;
    let due = take(store).await;
    let unsent = retry(Duration::ZERO, false);
    store.record_delivery(&due[0].id, &unsent).await.unwrap();
    assert_eq!(take(store).await[0].attempt, 1);
}

async fn a_finally_failed_delivery_is_given_up(store: &TestStore) {
    let asked = announced(store).await;
    let due = take(store).await;
    let outcome = DeliveryOutcome::Failed {
        status: None,
        error: "address_refused: 10.0.0.1".to_owned(),
    };
    store.record_delivery(&due[0].id, &outcome).await.unwrap();
    assert!(take(store).await.is_empty());
    let view = only_view(store, &asked).await;
    assert_eq!((view.state.as_str(), view.last_status), ("failed", None));
    assert!(view.last_error.unwrap().starts_with("address_refused"));
}

async fn an_outcome_after_the_end_changes_nothing(store: &TestStore) {
    let asked = announced(store).await;
    let due = take(store).await;
    let delivered = DeliveryOutcome::Delivered { status: 200 };
    store.record_delivery(&due[0].id, &delivered).await.unwrap();
    let late = retry(Duration::ZERO, true);
    store.record_delivery(&due[0].id, &late).await.unwrap();
    assert_eq!(only_view(store, &asked).await.state, "delivered");
    assert!(take(store).await.is_empty());
}
