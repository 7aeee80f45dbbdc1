//! Webhook deliveries: recorded with the outcome, claimed in turns, paused, recorded again, listed
//! and resent.

use std::{collections::HashSet, time::Duration};

use matching::{
    domain::{
        delivery::{Delivery, DeliveryFilter, DeliveryPage, DeliveryState, DueDelivery},
        endpoint::{Endpoint, EndpointPage, EndpointState, PausedEndpoints},
        event::EventType,
        identifiers::{DeliveryId, EndpointId},
        operator_action::OperatorActionKind,
        submission::{Submission, WebhookEvents},
    },
    store::{DeliveryClaim, DeliveryOutcome},
};

use super::builders::{
    LONG, action, bulk, claim, claim_all, claim_for, claim_of, complete, fail, failure, first_page,
    job, newest, result, retry_letters, run, single, webhooks_of,
};
use crate::support::databases::TestStore;

on_every_store! {
    each_match_of_a_bulk_call_is_announced,
    with_batch_events_a_single_match_is_still_announced,
    without_a_receiver_nothing_is_recorded,
    events_of_a_job_have_growing_sequences,
    events_of_a_batch_have_growing_sequences,
    a_claimed_delivery_comes_back_if_its_sender_dies,
    a_delivery_is_claimed_once,
    deliveries_to_busy_endpoints_are_skipped,
    endpoints_take_turns,
    an_endpoint_gives_its_oldest_deliveries_first,
    an_endpoint_gives_no_more_than_its_limit,
    a_paused_endpoint_is_skipped_by_all_processes_and_others_of_its_host_are_not,
    after_its_pause_an_endpoint_gives_one_delivery_at_a_time_until_it_is_resumed,
    a_longer_pause_stays,
    deliveries_that_waited_too_long_are_given_up,
    a_delivery_in_progress_is_not_given_up_by_a_pause,
    a_delivered_delivery_is_not_claimed_again,
    a_retry_waits_and_counts,
    a_retry_that_was_not_sent_does_not_count,
    a_finally_failed_delivery_is_given_up,
    a_delivery_that_is_given_up_unsent_keeps_the_attempts_that_were_made,
    endpoints_are_listed_with_their_state_and_the_webhooks_that_wait,
    an_operator_ends_a_pause_on_record_and_one_delivery_at_a_time_follows,
    a_pause_that_is_ended_leaves_attempts_under_way_and_other_endpoints_alone,
    ending_pauses_goes_in_steps,
    an_outcome_after_the_end_changes_nothing,
    deliveries_are_listed_by_filter_and_page,
    given_up_deliveries_are_resent_on_record,
    delivered_ones_are_resent_if_asked_for,
    a_resent_delivery_waits_anew,
    resending_goes_in_steps,
}

async fn announced(store: &TestStore) -> Submission {
    let asked = single().announcing(WebhookEvents::Each).submit(store).await;
    run(store, &asked).await;
    asked
}

async fn take(store: &TestStore) -> Vec<DueDelivery> {
    store.claim_deliveries(&claim_of(10)).await.unwrap()
}

/// Claims with a lease that ends at once.
async fn take_and_die(store: &TestStore) -> Vec<DueDelivery> {
    let claim = DeliveryClaim {
        lease: Duration::ZERO,
        ..claim_of(10)
    };
    store.claim_deliveries(&claim).await.unwrap()
}

async fn only_view(store: &TestStore, asked: &Submission) -> Delivery {
    let mut views = webhooks_of(store, asked.identity.as_str()).await;
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
    let views = webhooks_of(store, job(&asked, 2).as_str()).await;
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

/// Returns the sequences of the claimed events about a job or batch, in the order of their ids.
async fn sequences(store: &TestStore, job_id: &str) -> Vec<i64> {
    let mut sequences = Vec::new();
    for webhook in webhooks_of(store, job_id).await {
        let details = store.delivery(&webhook.id).await.unwrap().unwrap();
        let event: serde_json::Value = serde_json::from_str(&details.body).unwrap();
        sequences.push(event["sequence"].as_i64().unwrap());
    }
    sequences
}

async fn events_of_a_job_have_growing_sequences(store: &TestStore) {
    let asked = single().announcing(WebhookEvents::Each).submit(store).await;
    for _ in 0..2 {
        fail(store, &claim(store, &asked).await).await;
        retry_letters(store, None).await;
    }
    complete(store, &claim(store, &asked).await).await;
    assert_eq!(sequences(store, asked.identity.as_str()).await, [1, 2, 3]);
}

async fn events_of_a_batch_have_growing_sequences(store: &TestStore) {
    let asked = bulk(&[10, 20], 1)
        .announcing(WebhookEvents::Batch)
        .submit(store)
        .await;
    let [first, second] = &claim_all(store, &asked).await[..] else {
        panic!("two tasks");
    };
    complete(store, first).await;
    fail(store, second).await;
    retry_letters(store, None).await;
    complete(store, &claim_for(store, &second.task.id, LONG).await).await;
    assert_eq!(sequences(store, asked.identity.as_str()).await, [1, 2]);
}

async fn a_claimed_delivery_comes_back_if_its_sender_dies(store: &TestStore) {
    announced(store).await;
    let taken = take_and_die(store).await;
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
    let claim = claim_of(5);
    let some = || store.claim_deliveries(&claim);
    let (one, two, three) = tokio::join!(some(), other.claim_deliveries(&claim), some());
    let mut taken = [one.unwrap(), two.unwrap(), three.unwrap()].concat();
    assert!(taken.len() >= 5);
    taken.extend(store.claim_deliveries(&claim_of(20)).await.unwrap());
    let distinct: HashSet<&str> = taken.iter().map(|one| one.id.as_str()).collect();
    assert_eq!((taken.len(), distinct.len()), (12, 12));
}

async fn deliveries_to_busy_endpoints_are_skipped(store: &TestStore) {
    announced(store).await;
    let claimed = async |except: &[&str]| {
        let claim = DeliveryClaim {
            except: except.iter().map(|url| EndpointId::of(url)).collect(),
            ..claim_of(10)
        };
        store.claim_deliveries(&claim).await.unwrap().len()
    };
    let busy = [
        "https://other.example",
        "https://platform.example/hook?any=1",
    ];
    assert_eq!(claimed(&busy).await, 0);
    // Other paths, ports and schemes are other endpoints.
    let others = [
        "https://platform.example",
        "https://platform.example/hook/2",
        "https://platform.example:8443/hook",
        "http://platform.example/hook",
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

fn hosts(due: &[DueDelivery]) -> Vec<&str> {
    let mut hosts: Vec<&str> = due.iter().map(|due| due.endpoint.host()).collect();
    hosts.sort_unstable();
    hosts
}

async fn endpoints_take_turns(store: &TestStore) {
    for host in ["a", "a", "a", "a", "b", "c", "c"] {
        announced_to(store, &format!("https://{host}.example/hook")).await;
    }
    let after = async |last_served: Option<&DueDelivery>, limit| {
        let claim = DeliveryClaim {
            last_served: last_served.map(|due| due.endpoint.clone()),
            ..claim_of(limit)
        };
        store.claim_deliveries(&claim).await.unwrap()
    };
    let first = after(None, 2).await;
    assert_eq!(hosts(&first), ["a.example", "b.example"]);
    let b = first.iter().find(|due| due.endpoint.host() == "b.example");
    let second = after(b, 2).await;
    assert_eq!(hosts(&second), ["a.example", "c.example"]);
    // Each gets an equal part of what is left.
    let third = after(None, 3).await;
    assert_eq!(hosts(&third), ["a.example", "a.example", "c.example"]);
    assert!(after(None, 3).await.is_empty());
}

async fn an_endpoint_gives_its_oldest_deliveries_first(store: &TestStore) {
    let mut expected = Vec::new();
    for _ in 0..3 {
        expected.push(announced(store).await.identity.as_str().to_owned());
    }
    let mut taken = Vec::new();
    for _ in 0..3 {
        let due = store.claim_deliveries(&claim_of(1)).await.unwrap();
        taken.extend(due.into_iter().map(|due| due.job_id.to_string()));
    }
    assert_eq!(taken, expected);
}

async fn an_endpoint_gives_no_more_than_its_limit(store: &TestStore) {
    for _ in 0..3 {
        announced(store).await;
    }
    let claim = DeliveryClaim {
        endpoint_limit: 2,
        ..claim_of(10)
    };
    assert_eq!(store.claim_deliveries(&claim).await.unwrap().len(), 2);
    assert_eq!(store.claim_deliveries(&claim).await.unwrap().len(), 1);
}

fn hook() -> EndpointId {
    EndpointId::of("https://platform.example/hook")
}

async fn pause(store: &TestStore, pause: Duration, give_up_after: Duration) -> u64 {
    let hook = hook();
    let paused = store.pause_endpoint(&hook, pause, "it is paused", give_up_after);
    paused.await.unwrap()
}

async fn a_paused_endpoint_is_skipped_by_all_processes_and_others_of_its_host_are_not(
    store: &TestStore,
) {
    let asked = [announced(store).await, announced(store).await];
    let other = announced_to(store, "https://platform.example/other").await;
    assert_eq!(pause(store, LONG, LONG).await, 0);
    let late = announced(store).await;
    let due = take(&store.another_process().await).await;
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].job_id.as_str(), other.identity.as_str());
    assert!(!due[0].is_probe);
    for one in asked.iter().chain([&late]) {
        let view = only_view(store, one).await;
        assert_eq!((view.state, view.attempts), (DeliveryState::Pending, 0));
        assert_eq!(view.last_error.as_deref(), Some("it is paused"));
        assert!(view.next_attempt_at.unwrap() > view.created_at + LONG / 2);
    }
    assert_eq!(only_view(store, &other).await.last_error, None);
}

async fn after_its_pause_an_endpoint_gives_one_delivery_at_a_time_until_it_is_resumed(
    store: &TestStore,
) {
    for _ in 0..4 {
        announced(store).await;
    }
    pause(store, Duration::ZERO, LONG).await;
    let probe = take(store).await;
    assert_eq!((probe.len(), probe[0].is_probe), (1, true));
    assert_eq!(take(store).await.len(), 1);
    store.resume_endpoint(&hook()).await.unwrap();
    let rest = take(store).await;
    assert_eq!(rest.len(), 2);
    assert!(rest.iter().all(|due| !due.is_probe));
}

async fn a_longer_pause_stays(store: &TestStore) {
    announced(store).await;
    pause(store, LONG, LONG).await;
    pause(store, Duration::ZERO, LONG).await;
    announced(store).await;
    assert!(take(store).await.is_empty());
}

async fn deliveries_that_waited_too_long_are_given_up(store: &TestStore) {
    let asked = announced(store).await;
    assert_eq!(pause(store, LONG, Duration::ZERO).await, 1);
    let view = only_view(store, &asked).await;
    assert_eq!((view.state, view.attempts), (DeliveryState::Failed, 0));
    assert_eq!(view.last_error.as_deref(), Some("it is paused"));
    assert_eq!(view.next_attempt_at, None);
    let counts = store.counts().await.unwrap();
    assert_eq!(
        (counts.pending_deliveries, counts.given_up_deliveries),
        (0, 1)
    );
    let forgotten = store.forget_ended(Duration::ZERO, 10).await.unwrap();
    assert_eq!(forgotten.deliveries, 1);
}

async fn a_delivery_in_progress_is_not_given_up_by_a_pause(store: &TestStore) {
    announced(store).await;
    take(store).await;
    assert_eq!(pause(store, LONG, Duration::ZERO).await, 0);
}

async fn a_delivered_delivery_is_not_claimed_again(store: &TestStore) {
    let asked = announced(store).await;
    let due = take_and_die(store).await;
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
        consumed: true,
    };
    store.record_delivery(&due[0].id, &outcome).await.unwrap();
    assert!(take(store).await.is_empty());
    let view = only_view(store, &asked).await;
    assert_eq!((view.state.as_str(), view.last_status), ("failed", None));
    assert!(view.last_error.unwrap().starts_with("address_refused"));
    assert_eq!(view.attempts, 1);
}

async fn a_delivery_that_is_given_up_unsent_keeps_the_attempts_that_were_made(store: &TestStore) {
    let asked = announced(store).await;
    let due = take(store).await;
    let sent = retry(Duration::ZERO, true);
    store.record_delivery(&due[0].id, &sent).await.unwrap();
    let due = take(store).await;
    assert_eq!(due[0].attempt, 2);
    let unsent = DeliveryOutcome::Failed {
        status: None,
        error: "the endpoint stays paused".to_owned(),
        consumed: false,
    };
    store.record_delivery(&due[0].id, &unsent).await.unwrap();
    let view = only_view(store, &asked).await;
    assert_eq!((view.state.as_str(), view.attempts), ("failed", 1));
}

async fn list_endpoints(store: &TestStore, state: Option<EndpointState>) -> Vec<Endpoint> {
    let page = EndpointPage {
        state,
        limit: 10,
        after: None,
    };
    store.endpoints(&page).await.unwrap()
}

async fn end_pauses(store: &TestStore, selected: &PausedEndpoints) -> u64 {
    let action = action(OperatorActionKind::Resume);
    let ended = store.end_pauses(selected, 10, None, &action).await.unwrap();
    assert_eq!(ended.next, None);
    ended.changed
}

async fn endpoints_are_listed_with_their_state_and_the_webhooks_that_wait(store: &TestStore) {
    assert_eq!(list_endpoints(store, None).await, []);
    for _ in 0..2 {
        announced(store).await;
    }
    pause(store, LONG, LONG).await;
    announced_to(store, "https://other.example/hook").await;
    let other = EndpointId::of("https://other.example/hook");
    let sent = store.claim_deliveries(&claim_of(1)).await.unwrap();
    record(store, &sent[0].id, &retry(LONG, true)).await;

    let listed = list_endpoints(store, None).await;
    let states: Vec<_> = listed
        .iter()
        .map(|one| (&one.id, one.state, one.pending))
        .collect();
    let expected = [
        (&other, EndpointState::Available, 1),
        (&hook(), EndpointState::Paused, 2),
    ];
    assert_eq!(states, expected);
    assert_eq!(listed[0].reason.as_deref(), Some("receiver_error: 503"));
    assert_eq!(listed[0].paused_until, None);
    assert_eq!(listed[1].reason.as_deref(), Some("it is paused"));
    assert!(listed[1].paused_until.is_some());
    for (state, expected) in [
        (EndpointState::Available, &listed[..1]),
        (EndpointState::Paused, &listed[1..]),
        (EndpointState::Unanswering, &[]),
    ] {
        assert_eq!(list_endpoints(store, Some(state)).await, expected);
    }

    let first = EndpointPage {
        state: None,
        limit: 1,
        after: None,
    };
    assert_eq!(store.endpoints(&first).await.unwrap(), listed[..1]);
    let second = EndpointPage {
        after: Some(other),
        ..first
    };
    assert_eq!(store.endpoints(&second).await.unwrap(), listed[1..]);
}

async fn an_operator_ends_a_pause_on_record_and_one_delivery_at_a_time_follows(store: &TestStore) {
    for _ in 0..3 {
        announced(store).await;
    }
    // One has asked for the pause, and the pause postpones the others.
    let sent = store.claim_deliveries(&claim_of(1)).await.unwrap();
    pause(store, LONG, LONG).await;
    record(store, &sent[0].id, &retry(LONG * 2, false)).await;
    assert!(take(store).await.is_empty());

    let selected = PausedEndpoints::One(hook());
    assert_eq!(store.count_paused_endpoints(&selected).await.unwrap(), 1);
    assert_eq!(end_pauses(store, &selected).await, 1);
    assert_eq!(store.count_paused_endpoints(&selected).await.unwrap(), 0);
    assert_eq!(
        list_endpoints(store, None).await[0].state,
        EndpointState::Unanswering
    );
    let probe = take(store).await;
    assert_eq!((probe.len(), probe[0].is_probe), (1, true));
    assert_eq!(probe[0].attempt, 1);
    store.resume_endpoint(&hook()).await.unwrap();
    assert_eq!(take(store).await.len(), 2, "all are due");

    let actions = store.operator_actions(&newest(10)).await.unwrap();
    assert_eq!(
        (actions[0].kind, actions[0].tasks),
        (OperatorActionKind::Resume, 1)
    );
    assert_eq!(end_pauses(store, &selected).await, 0);
    assert_eq!(store.operator_actions(&newest(10)).await.unwrap().len(), 1);
}

async fn a_pause_that_is_ended_leaves_attempts_under_way_and_other_endpoints_alone(
    store: &TestStore,
) {
    announced(store).await;
    let under_way = take(store).await;
    assert_eq!(under_way.len(), 1);
    announced_to(store, "https://other.example/hook").await;
    let other = EndpointId::of("https://other.example/hook");
    pause(store, LONG * 2, LONG).await;
    let pausing = store.pause_endpoint(&other, LONG, "it is paused, too", LONG);
    pausing.await.unwrap();
    assert_eq!(end_pauses(store, &PausedEndpoints::One(hook())).await, 1);
    assert!(take(store).await.is_empty());
    assert_eq!(end_pauses(store, &PausedEndpoints::All).await, 1);
    assert_eq!(take(store).await.len(), 1);
}

async fn ending_pauses_goes_in_steps(store: &TestStore) {
    let urls = [
        "https://a.example/",
        "https://b.example/",
        "https://c.example/",
    ];
    for url in urls {
        let endpoint = EndpointId::of(url);
        store
            .pause_endpoint(&endpoint, LONG, "it is paused", LONG)
            .await
            .unwrap();
    }
    let action = action(OperatorActionKind::Resume);
    let step = async |after: Option<EndpointId>| {
        let ending = store.end_pauses(&PausedEndpoints::All, 2, after.as_ref(), &action);
        ending.await.unwrap()
    };
    let first = step(None).await;
    assert_eq!(
        (first.changed, &first.next),
        (2, &Some(EndpointId::of(urls[1])))
    );
    let second = step(first.next).await;
    assert_eq!((second.changed, second.next), (1, None));
    let actions = store.operator_actions(&newest(10)).await.unwrap();
    assert_eq!((actions.len(), actions[0].tasks), (1, 3));
}

async fn an_outcome_after_the_end_changes_nothing(store: &TestStore) {
    let asked = announced(store).await;
    let due = take(store).await;
    let delivered = DeliveryOutcome::Delivered { status: 200 };
    store.record_delivery(&due[0].id, &delivered).await.unwrap();
    let late = retry(Duration::ZERO, true);
    store.record_delivery(&due[0].id, &late).await.unwrap();
    assert_eq!(
        only_view(store, &asked).await.state,
        DeliveryState::Delivered
    );
    assert!(take(store).await.is_empty());
}

async fn ids(store: &TestStore, filter: DeliveryFilter) -> Vec<String> {
    let found = store.deliveries(&filter, &first_page(100)).await.unwrap();
    let count = store.count_deliveries(&filter).await.unwrap();
    assert_eq!(count, found.len() as u64);
    found
        .into_iter()
        .map(|one| one.job_id.to_string())
        .collect()
}

async fn record(store: &TestStore, id: &DeliveryId, outcome: &DeliveryOutcome) {
    store.record_delivery(id, outcome).await.unwrap();
}

const DELIVERED: DeliveryOutcome = DeliveryOutcome::Delivered { status: 200 };

fn given_up() -> DeliveryOutcome {
    DeliveryOutcome::Failed {
        status: Some(500),
        error: "it answered 500".to_owned(),
        consumed: true,
    }
}

async fn deliveries_are_listed_by_filter_and_page(store: &TestStore) {
    let urls = [
        "https://one.example/hook?a=1",
        "https://one.example:8443/hook",
        "https://one.example.org/hook",
    ];
    let mut asked = Vec::new();
    for url in urls {
        asked.push(announced_to(store, url).await.identity.as_str().to_owned());
    }
    let failed = single().announcing(WebhookEvents::Each).submit(store).await;
    fail(store, &claim(store, &failed).await).await;
    let failed = failed.identity.as_str().to_owned();
    let due = take(store).await;
    let id_of = |job_id: &str| {
        &due.iter()
            .find(|due| due.job_id.as_str() == job_id)
            .unwrap()
            .id
    };
    record(store, id_of(&asked[0]), &DELIVERED).await;
    record(store, id_of(&asked[1]), &given_up()).await;

    let newest_first = [&failed, &asked[2], &asked[1], &asked[0]].map(String::clone);
    assert_eq!(ids(store, DeliveryFilter::default()).await, newest_first);
    let any = DeliveryFilter::default;
    let state = |state| DeliveryFilter {
        state: Some(state),
        ..any()
    };
    let host = |host: &str| DeliveryFilter {
        host: Some(host.to_owned()),
        ..any()
    };
    let endpoint = |url| DeliveryFilter {
        endpoint: Some(EndpointId::of(url)),
        ..any()
    };
    let event = |event| DeliveryFilter {
        event_type: Some(event),
        ..any()
    };
    let job_id = |job_id: &str| DeliveryFilter {
        job_id: Some(job_id.parse().unwrap()),
        ..any()
    };
    let long_ago = Some(chrono::DateTime::UNIX_EPOCH);
    let from = DeliveryFilter {
        from: long_ago,
        ..host("one.example.org")
    };
    let to = DeliveryFilter {
        to: long_ago,
        ..any()
    };
    for (filter, expected) in [
        (state(DeliveryState::Delivered), vec![&asked[0]]),
        (state(DeliveryState::Failed), vec![&asked[1]]),
        (state(DeliveryState::Pending), vec![&failed, &asked[2]]),
        (host("one.example"), vec![&asked[1], &asked[0]]),
        (host("one.example:8443"), vec![&asked[1]]),
        (endpoint("https://one.example/hook?b=2"), vec![&asked[0]]),
        (event(EventType::MatchFailed), vec![&failed]),
        (job_id(&asked[2]), vec![&asked[2]]),
        (
            DeliveryFilter::of_ids([id_of(&failed).clone()]),
            vec![&failed],
        ),
        (from, vec![&asked[2]]),
        (to, vec![]),
    ] {
        assert_eq!(
            ids(store, filter.clone()).await,
            *expected.into_iter().cloned().collect::<Vec<_>>(),
            "{filter:?}"
        );
    }
    let first = store.deliveries(&any(), &first_page(3)).await.unwrap();
    let page = DeliveryPage {
        limit: 3,
        after: Some(first[2].id.clone()),
    };
    let second = store.deliveries(&any(), &page).await.unwrap();
    assert_eq!(
        (second.len(), second[0].job_id.as_str()),
        (1, asked[0].as_str())
    );
}

async fn given_up_deliveries_are_resent_on_record(store: &TestStore) {
    let (lost, received) = (announced(store).await, announced(store).await);
    for due in take(store).await {
        let is_lost = due.job_id.as_str() == lost.identity.as_str();
        record(
            store,
            &due.id,
            &if is_lost { given_up() } else { DELIVERED },
        )
        .await;
    }
    let action = action(OperatorActionKind::Resend);
    let all = DeliveryFilter::default().for_resending();
    let step = store
        .resend_deliveries(&all, &first_page(10), &action)
        .await
        .unwrap();
    assert_eq!((step.changed, step.next), (1, None));
    let view = only_view(store, &lost).await;
    assert_eq!((view.state, view.attempts), (DeliveryState::Pending, 0));
    assert_eq!((view.finished_at, view.last_status), (None, Some(500)));
    let details = store.delivery(&view.id).await.unwrap().unwrap();
    let recorded = details.last_action.unwrap();
    assert_eq!((recorded.id, recorded.tasks), (action.id, 1));
    assert_eq!(recorded.kind, OperatorActionKind::Resend);
    assert_eq!(store.operator_actions(&newest(10)).await.unwrap().len(), 1);
    assert_eq!(
        only_view(store, &received).await.state,
        DeliveryState::Delivered
    );
    let again = take(store).await;
    assert_eq!((again.len(), again[0].attempt), (1, 1));
    assert_eq!(
        (&again[0].id, again[0].job_id.as_str()),
        (&view.id, lost.identity.as_str())
    );
}

async fn delivered_ones_are_resent_if_asked_for(store: &TestStore) {
    announced(store).await;
    let due = take(store).await;
    record(store, &due[0].id, &DELIVERED).await;
    let delivered = DeliveryFilter {
        state: Some(DeliveryState::Delivered),
        ..DeliveryFilter::default()
    };
    let action = action(OperatorActionKind::Resend);
    let page = first_page(10);
    let step = store.resend_deliveries(&delivered, &page, &action);
    assert_eq!(step.await.unwrap().changed, 1);
    assert_eq!(take(store).await[0].id, due[0].id);
}

async fn a_resent_delivery_waits_anew(store: &TestStore) {
    let asked = announced(store).await;
    pause(store, Duration::ZERO, Duration::ZERO).await;
    let all = DeliveryFilter::default().for_resending();
    let action = action(OperatorActionKind::Resend);
    let page = first_page(10);
    let step = store.resend_deliveries(&all, &page, &action);
    assert_eq!(step.await.unwrap().changed, 1);
    assert_eq!(pause(store, LONG, LONG).await, 0);
    assert_eq!(only_view(store, &asked).await.state, DeliveryState::Pending);
}

async fn resending_goes_in_steps(store: &TestStore) {
    for _ in 0..3 {
        announced(store).await;
    }
    for due in take(store).await {
        record(store, &due.id, &given_up()).await;
    }
    let all = DeliveryFilter::default().for_resending();
    let action = action(OperatorActionKind::Resend);
    let first = store
        .resend_deliveries(&all, &first_page(2), &action)
        .await
        .unwrap();
    assert_eq!(first.changed, 2);
    let page = DeliveryPage {
        limit: 2,
        after: first.next,
    };
    let second = store.resend_deliveries(&all, &page, &action).await.unwrap();
    assert_eq!((second.changed, second.next), (1, None));
    let recorded = store.operator_actions(&newest(10)).await.unwrap();
    assert_eq!((recorded.len(), recorded[0].tasks), (1, 3));
}
