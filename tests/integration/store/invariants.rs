//! Invariants: the check finds none broken during normal work, and reports each violation.

use std::time::Duration;

use matching::{
    domain::{identifiers::EndpointId, submission::WebhookEvents},
    store::{DocumentLocation, Invariant, InvariantLimits, KeptDocument},
};

use super::builders::{
    LONG, batch, bulk, claim, claim_all, claim_for, complete, fail, failure, job, lose_worker,
    purge_letters, results, retry_letters, run, save_report, single, webhooks_of,
};
use crate::support::databases::TestStore;

on_every_store! {
    a_ledger_in_use_violates_no_invariant,
    ended_work_is_checked_within_the_requested_period,
    a_match_without_a_task_is_found,
    a_match_in_two_tasks_is_found,
    a_wrong_count_of_open_matches_is_found,
    a_batch_that_ended_too_early_is_found,
    a_batch_that_never_ended_is_found,
    a_completed_match_without_a_result_is_found,
    an_expired_lease_that_was_not_swept_is_found,
    a_running_task_without_a_lease_is_found,
    a_pointer_that_no_worker_takes_is_found,
    a_task_waiting_for_an_ended_parent_is_found,
    a_task_that_waits_too_long_is_found,
    an_ended_match_without_its_webhook_is_found,
    a_match_that_was_announced_twice_is_found,
    a_purged_match_of_the_same_name_is_announced_apart,
    an_ended_batch_without_its_webhook_is_found,
    a_batch_that_was_announced_twice_is_found,
    an_overdue_webhook_is_found,
    a_webhook_that_waits_for_its_paused_endpoint_is_not_overdue,
    a_result_without_a_document_is_found,
    breaches_are_all_counted_and_a_few_are_listed,
    kept_documents_are_listed_by_key,
}

/// Limits that allow plenty of time.
const PATIENT: InvariantLimits = InvariantLimits {
    ended_within: LONG,
    announced_within: LONG,
    sweep_patience: LONG,
    claim_patience: LONG,
    delivery_patience: LONG,
};

/// Limits without any time: every delay is a violation.
const IMPATIENT: InvariantLimits = InvariantLimits {
    sweep_patience: Duration::ZERO,
    claim_patience: Duration::ZERO,
    delivery_patience: Duration::ZERO,
    ..PATIENT
};

/// Returns the broken invariants, with examples.
async fn broken(store: &TestStore, inspection: &InvariantLimits) -> Vec<(Invariant, Vec<String>)> {
    let found = store.check_invariants(inspection).await.unwrap();
    let breaches = found
        .findings
        .into_iter()
        .filter(|finding| !finding.holds());
    breaches
        .map(|finding| (finding.invariant, finding.examples))
        .collect()
}

async fn assert_broken(
    store: &TestStore,
    inspection: &InvariantLimits,
    invariant: Invariant,
    example: &str,
) {
    let broken = broken(store, inspection).await;
    let of_invariant = broken.iter().find(|(which, _)| *which == invariant);
    let examples = of_invariant.map(|(_, examples)| examples.as_slice());
    assert_eq!(
        examples,
        Some([example.to_owned()].as_slice()),
        "{broken:?}"
    );
}

async fn assert_all_hold(store: &TestStore, inspection: &InvariantLimits) {
    assert_eq!(broken(store, inspection).await, []);
}

/// Work in every state: waiting, queued, dispatched, running, retried, split, dead, announced.
async fn a_ledger_in_use_violates_no_invariant(store: &TestStore) {
    assert_all_hold(store, &IMPATIENT).await;
    let each = bulk(&[1, 2, 3, 4], 2).announcing(WebhookEvents::Each);
    let each = each.submit(store).await;
    let half = claim(store, &each).await;
    assert_all_hold(store, &PATIENT).await;
    let one = results(&half, 0.5).into_iter().take(1).collect::<Vec<_>>();
    let split = [failure(&half.task.matches[1..], "job_posting_not_found")];
    store.record_outcome(&half, &one, &split).await.unwrap();
    assert_all_hold(store, &PATIENT).await;

    let together = bulk(&[1, 2, 3], 1).announcing(WebhookEvents::Batch);
    let together = together.submit(store).await;
    for claimed in claim_all(store, &together).await {
        fail(store, &claimed).await;
    }
    assert_all_hold(store, &PATIENT).await;
    retry_letters(store, Some(&[together.tasks[0].id.clone()])).await;
    assert_all_hold(store, &PATIENT).await;
    complete(store, &claim(store, &together).await).await;
    assert_all_hold(store, &PATIENT).await;
    purge_letters(store, Some(&[together.tasks[1].id.clone()])).await;

    let lost = single().announcing(WebhookEvents::Batch);
    let lost = lost.submit(store).await;
    lose_worker(store, &lost.tasks[0].id).await;
    lose_worker(store, &lost.tasks[0].id).await;
    let parent = single().submit_dispatched(store).await;
    let child = single().after(job(&parent, 1).as_str());
    child.submit(store).await;
    run(store, &parent).await;
    let of_posting = bulk(&[1, 2, 1], 3).of_job_posting(5).submit(store).await;
    run(store, &of_posting).await;
    assert_all_hold(store, &PATIENT).await;
    let found = store.check_invariants(&PATIENT).await.unwrap();
    assert_eq!(found.dead_letters, 3);
}

async fn ended_work_is_checked_within_the_requested_period(store: &TestStore) {
    let ended = bulk(&[1, 2], 2).submit(store).await;
    run(store, &ended).await;
    store.execute("DELETE FROM results").await;
    let nothing_ended = InvariantLimits {
        ended_within: Duration::ZERO,
        announced_within: Duration::ZERO,
        ..PATIENT
    };
    assert_all_hold(store, &nothing_ended).await;
    assert_eq!(broken(store, &PATIENT).await.len(), 1);
}

async fn a_match_without_a_task_is_found(store: &TestStore) {
    let asked = bulk(&[1, 2, 3], 2).submit(store).await;
    bulk(&[1, 2], 1).submit(store).await;
    store
        .execute("DELETE FROM tasks WHERE first_position = 3")
        .await;
    assert_broken(
        store,
        &PATIENT,
        Invariant::BatchPositions,
        batch(&asked).as_str(),
    )
    .await;
}

async fn a_match_in_two_tasks_is_found(store: &TestStore) {
    let asked = bulk(&[1, 2], 1).submit(store).await;
    run(store, &asked).await;
    store
        .execute("UPDATE tasks SET positions = (SELECT min(positions) FROM tasks)")
        .await;
    assert_broken(
        store,
        &PATIENT,
        Invariant::BatchPositions,
        batch(&asked).as_str(),
    )
    .await;
}

async fn a_wrong_count_of_open_matches_is_found(store: &TestStore) {
    let asked = bulk(&[1, 2, 3], 2).submit(store).await;
    store.execute("UPDATE batches SET remaining = 1").await;
    assert_broken(
        store,
        &PATIENT,
        Invariant::BatchRemaining,
        batch(&asked).as_str(),
    )
    .await;
}

async fn a_batch_that_ended_too_early_is_found(store: &TestStore) {
    let asked = bulk(&[1, 2, 3], 2).submit(store).await;
    store
        .execute("UPDATE batches SET finished_at = created_at")
        .await;
    assert_broken(store, &PATIENT, Invariant::BatchEnd, batch(&asked).as_str()).await;
}

async fn a_batch_that_never_ended_is_found(store: &TestStore) {
    let asked = bulk(&[1, 2, 3], 2).submit(store).await;
    run(store, &asked).await;
    store.execute("UPDATE batches SET finished_at = NULL").await;
    assert_broken(store, &PATIENT, Invariant::BatchEnd, batch(&asked).as_str()).await;
}

async fn a_completed_match_without_a_result_is_found(store: &TestStore) {
    let (many, one) = (bulk(&[1, 2, 3], 2), single().of_candidate(7));
    let (many, one) = (many.submit(store).await, one.submit(store).await);
    run(store, &many).await;
    run(store, &one).await;
    store
        .execute("DELETE FROM results WHERE job_posting_id = 3")
        .await;
    assert_broken(
        store,
        &PATIENT,
        Invariant::CompletedResults,
        job(&many, 3).as_str(),
    )
    .await;
    run(store, &bulk(&[3], 1).submit(store).await).await;
    assert_all_hold(store, &PATIENT).await;
    store
        .execute("DELETE FROM results WHERE candidate_id = 7")
        .await;
    assert_broken(
        store,
        &PATIENT,
        Invariant::CompletedResults,
        job(&one, 1).as_str(),
    )
    .await;
}

async fn an_expired_lease_that_was_not_swept_is_found(store: &TestStore) {
    let asked = single().submit(store).await;
    let id = &asked.tasks[0].id;
    claim_for(store, id, Duration::ZERO).await;
    assert_all_hold(store, &PATIENT).await;
    assert_broken(store, &IMPATIENT, Invariant::Leases, id.as_str()).await;
}

async fn a_running_task_without_a_lease_is_found(store: &TestStore) {
    let asked = single().submit(store).await;
    claim(store, &asked).await;
    store.lift_constraints().await;
    store.execute("UPDATE tasks SET lease_until = NULL").await;
    let id = &asked.tasks[0].id;
    assert_broken(store, &PATIENT, Invariant::Leases, id.as_str()).await;
}

async fn a_pointer_that_no_worker_takes_is_found(store: &TestStore) {
    let asked = single().submit_dispatched(store).await;
    assert_all_hold(store, &PATIENT).await;
    let id = &asked.tasks[0].id;
    assert_broken(store, &IMPATIENT, Invariant::DispatchedTasks, id.as_str()).await;
}

async fn a_task_waiting_for_an_ended_parent_is_found(store: &TestStore) {
    let one = single().submit(store).await;
    let many = bulk(&[1, 2], 1).submit(store).await;
    let parents = [
        job(&one, 1).to_string(),
        batch(&many).to_string(),
        job(&many, 1).to_string(),
    ];
    let mut children = vec![];
    for parent in &parents {
        let child = single().after(parent).submit(store).await;
        children.push(child.tasks[0].id.to_string());
    }
    assert_all_hold(store, &IMPATIENT).await;
    complete(store, &claim(store, &many).await).await;
    assert_broken(store, &IMPATIENT, Invariant::Dependencies, &children[2]).await;
    complete(store, &claim_for(store, &many.tasks[1].id, LONG).await).await;
    fail(store, &claim(store, &one).await).await;
    children.sort();
    assert_eq!(
        broken(store, &IMPATIENT).await,
        [(Invariant::Dependencies, children)]
    );
    assert_all_hold(store, &PATIENT).await;
    store.resolve_dependencies(None, 100).await.unwrap();
    assert_all_hold(store, &IMPATIENT).await;
}

async fn a_task_that_waits_too_long_is_found(store: &TestStore) {
    let asked = single().after("elsewhere").waiting_at_most(Duration::ZERO);
    let asked = asked.submit(store).await;
    let id = &asked.tasks[0].id;
    assert_broken(store, &IMPATIENT, Invariant::Dependencies, id.as_str()).await;
}

async fn an_ended_match_without_its_webhook_is_found(store: &TestStore) {
    let asked = bulk(&[1, 2, 3], 2).announcing(WebhookEvents::Each);
    let asked = asked.submit(store).await;
    run(store, &asked).await;
    store
        .execute("DELETE FROM webhook_deliveries WHERE job_id LIKE '%-2'")
        .await;
    assert_broken(
        store,
        &PATIENT,
        Invariant::MatchWebhooks,
        job(&asked, 2).as_str(),
    )
    .await;
}

async fn a_match_that_was_announced_twice_is_found(store: &TestStore) {
    let asked = single().announcing(WebhookEvents::Each);
    let asked = asked.submit(store).await;
    fail(store, &claim(store, &asked).await).await;
    store
        .execute(
            "INSERT INTO webhook_deliveries (id, event_type, job_id, url, body, endpoint)
             SELECT 'msg_again' || substr(id, 4), event_type, job_id, url, body, endpoint
             FROM webhook_deliveries",
        )
        .await;
    assert_broken(
        store,
        &PATIENT,
        Invariant::MatchWebhooks,
        job(&asked, 1).as_str(),
    )
    .await;
}

async fn a_purged_match_of_the_same_name_is_announced_apart(store: &TestStore) {
    let running = single().submit(store).await;
    claim(store, &running).await;
    for _ in 0..2 {
        purge_letters(store, None).await;
        // Further back than the precision of the clock.
        store
            .execute(
                "UPDATE webhook_deliveries SET created_at = created_at
                 - (SELECT max(lease_until) - min(created_at) FROM tasks)",
            )
            .await;
        let asked = single().named("again").announcing(WebhookEvents::Each);
        let asked = asked.submit(store).await;
        fail(store, &claim(store, &asked).await).await;
    }
    assert_eq!(webhooks_of(store, "again").await.len(), 2);
    assert_all_hold(store, &PATIENT).await;
}

async fn an_ended_batch_without_its_webhook_is_found(store: &TestStore) {
    let asked = bulk(&[1, 2], 2).announcing(WebhookEvents::Batch);
    let asked = asked.submit(store).await;
    run(store, &asked).await;
    store.execute("DELETE FROM webhook_deliveries").await;
    assert_broken(
        store,
        &PATIENT,
        Invariant::BatchWebhooks,
        batch(&asked).as_str(),
    )
    .await;
}

async fn a_batch_that_was_announced_twice_is_found(store: &TestStore) {
    let asked = bulk(&[1, 2], 2).announcing(WebhookEvents::Batch);
    let asked = asked.submit(store).await;
    run(store, &asked).await;
    store
        .execute(
            "INSERT INTO webhook_deliveries (id, event_type, job_id, url, body, endpoint)
             SELECT 'again', event_type, job_id, url, body, endpoint FROM webhook_deliveries",
        )
        .await;
    assert_broken(
        store,
        &PATIENT,
        Invariant::BatchWebhooks,
        batch(&asked).as_str(),
    )
    .await;
}

async fn an_overdue_webhook_is_found(store: &TestStore) {
    let asked = single().announcing(WebhookEvents::Each);
    let asked = asked.submit(store).await;
    run(store, &asked).await;
    let delivery = webhooks_of(store, job(&asked, 1).as_str()).await;
    let id = delivery[0].id.clone();
    assert_all_hold(store, &PATIENT).await;
    assert_broken(store, &IMPATIENT, Invariant::DeliveriesOnTime, id.as_str()).await;
}

async fn a_webhook_that_waits_for_its_paused_endpoint_is_not_overdue(store: &TestStore) {
    let asked = single().announcing(WebhookEvents::Each);
    run(store, &asked.submit(store).await).await;
    let endpoint = EndpointId::of("https://platform.example/hook");
    let paused = store.pause_endpoint(&endpoint, LONG, "it is paused", LONG);
    assert_eq!(paused.await.unwrap(), 0);
    let late = single().announcing(WebhookEvents::Each);
    run(store, &late.submit(store).await).await;
    assert_all_hold(store, &IMPATIENT).await;
}

async fn a_result_without_a_document_is_found(store: &TestStore) {
    let asked = single().submit(store).await;
    run(store, &asked).await;
    store.lift_constraints().await;
    store.execute("UPDATE results SET document = NULL").await;
    assert_broken(
        store,
        &PATIENT,
        Invariant::ResultDocuments,
        job(&asked, 1).as_str(),
    )
    .await;
}

async fn breaches_are_all_counted_and_a_few_are_listed(store: &TestStore) {
    let postings: Vec<i64> = (1..=30).collect();
    let asked = bulk(&postings, 7).submit(store).await;
    run(store, &asked).await;
    store.execute("DELETE FROM results").await;
    let found = store.check_invariants(&PATIENT).await.unwrap();
    let of_results = found
        .findings
        .iter()
        .find(|finding| finding.invariant == Invariant::CompletedResults)
        .unwrap();
    assert_eq!((of_results.count, of_results.examples.len()), (30, 5));
}

async fn kept_documents_are_listed_by_key(store: &TestStore) {
    let asked = bulk(&[1, 2, 3], 3).submit(store).await;
    let claimed = claim(store, &asked).await;
    let mut outcome = results(&claimed, 0.5);
    outcome[0].document = DocumentLocation::Key("results/b.json".to_owned());
    outcome[2].document = DocumentLocation::Key("results/a.json".to_owned());
    store.record_outcome(&claimed, &outcome, &[]).await.unwrap();
    let report = DocumentLocation::Key("batches/c.ndjson".to_owned());
    save_report(store, &batch(&asked), &report).await;
    let kept = |key: &str, owner: &str| KeptDocument {
        key: key.to_owned(),
        owner: owner.to_owned(),
    };
    let all = [
        kept("batches/c.ndjson", batch(&asked).as_str()),
        kept("results/a.json", job(&asked, 3).as_str()),
        kept("results/b.json", job(&asked, 1).as_str()),
    ];
    assert_eq!(store.kept_documents("", 10).await.unwrap(), all);
    assert_eq!(store.kept_documents("", 1).await.unwrap(), all[..1]);
    assert_eq!(
        store.kept_documents("batches/c.ndjson", 10).await.unwrap(),
        all[1..]
    );
    assert!(store.keeps_document("results/a.json").await.unwrap());
    assert!(store.keeps_document("batches/c.ndjson").await.unwrap());
    assert!(!store.keeps_document("results/c.json").await.unwrap());
    assert_all_hold(store, &PATIENT).await;
}
