//! Claims and leases: one worker at a time, and the consequences of its crash.

use std::time::Duration;

use matching::{
    domain::{
        identifiers::TaskId,
        process::{Process, ProcessRole, ProcessState},
        queue_name::QueueName,
        submission::WebhookEvents,
        task::{ClaimedTask, TaskError, TaskState},
    },
    store::{ExpiredLeases, Guarded, Recorded},
};

use super::builders::{
    LONG, batch, bulk, claim, claim_for, complete, dead_letters, error_code, fail, failure, id_of,
    job, lose_worker, result, retry_letters, single, state, webhooks_of,
};
use crate::support::databases::TestStore;

on_every_store! {
    a_claim_returns_the_whole_task,
    a_task_is_claimed_once,
    a_claim_whose_answer_was_lost_can_be_repeated,
    all_leases_are_given_back_at_once,
    concurrent_claims_give_a_task_to_one_worker,
    nothing_is_claimed_that_is_not_queued_and_due,
    each_claim_counts_an_attempt_and_has_a_newer_token,
    a_renewed_lease_does_not_expire,
    a_lost_lease_is_not_renewed,
    a_lost_task_is_queued_again_before_all_others,
    a_second_loss_is_a_dead_letter,
    an_expired_lease_of_a_living_process_costs_no_attempt,
    a_silent_process_counts_as_dead,
    a_final_loss_announces_the_failure_and_ends_the_batch,
    a_sweep_takes_no_more_than_its_limit,
    a_retry_counts_and_waits,
    a_release_does_not_count,
    an_older_token_can_write_nothing,
    a_finished_task_never_changes,
    the_requested_weights_come_with_every_claim,
}

async fn a_claim_returns_the_whole_task(store: &TestStore) {
    let asked = bulk(&[30, 10, 20], 2)
        .announcing(WebhookEvents::Batch)
        .submit(store)
        .await;
    let claimed = claim_for(store, &asked.tasks[0].id, LONG).await;
    let task = claimed.task;
    assert_eq!(task.id, asked.tasks[0].id);
    assert_eq!((task.job_id, task.batch_id), (None, Some(batch(&asked))));
    assert_eq!(
        (task.queue, task.subject_id),
        (QueueName::Standard, id_of(1))
    );
    let matches: Vec<(i32, i64)> = task
        .matches
        .iter()
        .map(|one| (one.position, one.counterpart_id.number()))
        .collect();
    assert_eq!(matches, [(1, 30), (2, 10)]);
    assert_eq!(task.webhook_events, WebhookEvents::Batch);
    assert_eq!(task.webhook_url, asked.options.webhook_url);
    assert_eq!(claimed.attempt, 1);

    let view = store.job(&job(&asked, 2)).await.unwrap().unwrap();
    assert_eq!((view.state, view.attempts), (TaskState::Processing, 1));
    assert!(view.started_at.is_some() && view.next_attempt_at.is_none());
}

async fn a_task_is_claimed_once(store: &TestStore) {
    let asked = single().submit(store).await;
    claim(store, &asked).await;
    let again = store.claim(&asked.tasks[0].id, "other", LONG).await;
    assert!(again.unwrap().is_none());
}

async fn a_claim_whose_answer_was_lost_can_be_repeated(store: &TestStore) {
    let asked = single().submit(store).await;
    let id = &asked.tasks[0].id;
    let lost = store.claim(id, "worker/1", Duration::ZERO).await.unwrap();
    let again = store.claim(id, "worker/1", LONG).await.unwrap();
    let (lost, again) = (lost.unwrap(), again.unwrap());
    assert_eq!(again.lease_token, lost.lease_token);
    assert_eq!(again.attempt, 1);
    // Another run of the same process is another worker.
    assert!(store.claim(id, "worker/2", LONG).await.unwrap().is_none());
    // The lease is that of the second call, so the worker does not count as dead.
    let swept = store.expire_leases(100, LONG).await.unwrap();
    assert_eq!(swept, ExpiredLeases::default());
    assert!(matches!(
        complete(store, &again).await,
        Recorded::Written { .. }
    ));
    assert!(store.claim(id, "worker/1", LONG).await.unwrap().is_none());
}

async fn all_leases_are_given_back_at_once(store: &TestStore) {
    let [one, other, taken, ended] = [
        single().submit(store).await,
        single().submit(store).await,
        single().submit(store).await,
        single().submit(store).await,
    ];
    let (held, also_held) = (claim(store, &one).await, claim(store, &other).await);
    let old = lose_worker(store, &taken.tasks[0].id).await;
    claim(store, &taken).await;
    let done = claim(store, &ended).await;
    complete(store, &done).await;
    let leases = [&held, &also_held, &old, &done].map(|one| (one.task.id.clone(), one.lease_token));
    assert_eq!(store.release_all(&leases).await.unwrap(), 2);
    assert_eq!(state(store, &job(&taken, 1)).await, TaskState::Processing);
    assert_eq!(state(store, &job(&ended, 1)).await, TaskState::Completed);
    for asked in [one, other] {
        assert_eq!(error_code(store, &job(&asked, 1)).await, None);
        assert_eq!(claim(store, &asked).await.attempt, 1, "it was untried");
    }
    assert_eq!(store.release_all(&[]).await.unwrap(), 0);
}

async fn concurrent_claims_give_a_task_to_one_worker(store: &TestStore) {
    let other = store.another_process().await;
    for _ in 0..10 {
        let asked = single().submit(store).await;
        let id = &asked.tasks[0].id;
        let (one, two, three) = tokio::join!(
            store.claim(id, "one", LONG),
            other.claim(id, "two", LONG),
            store.claim(id, "three", LONG)
        );
        let won = [one, two, three].map(|claim| claim.unwrap().is_some());
        assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");
    }
}

async fn nothing_is_claimed_that_is_not_queued_and_due(store: &TestStore) {
    let waiting = single().after("something outside").submit(store).await;
    let later = single().submit(store).await;
    let claimed = claim(store, &later).await;
    store.release(&claimed, LONG, None).await.unwrap();
    let cancelled = single().named("cancelled").submit(store).await;
    store
        .execute("UPDATE tasks SET state = 'cancelled' WHERE job_id = 'cancelled'")
        .await;
    let completed = single().submit(store).await;
    complete(store, &claim(store, &completed).await).await;
    let failed = single().submit(store).await;
    fail(store, &claim(store, &failed).await).await;
    for asked in [waiting, later, cancelled, completed, failed] {
        let claim = store.claim(&asked.tasks[0].id, "worker", LONG).await;
        assert!(claim.unwrap().is_none());
    }
    let unknown = "unknown".parse::<TaskId>().unwrap();
    let claim = store.claim(&unknown, "worker", LONG).await;
    assert!(claim.unwrap().is_none());
}

async fn each_claim_counts_an_attempt_and_has_a_newer_token(store: &TestStore) {
    let asked = single().submit(store).await;
    let first = lose_worker(store, &asked.tasks[0].id).await;
    let second = claim(store, &asked).await;
    assert_eq!((first.attempt, second.attempt), (1, 2));
    assert!(second.lease_token > first.lease_token);
}

async fn a_renewed_lease_does_not_expire(store: &TestStore) {
    let asked = single().submit(store).await;
    let claimed = claim_for(store, &asked.tasks[0].id, Duration::ZERO).await;
    let held = [(claimed.task.id.clone(), claimed.lease_token)];
    // Even an expired lease can be renewed, as long as no other worker has taken the task.
    assert!(store.renew_leases(&held, LONG).await.unwrap().is_empty());
    let swept = store.expire_leases(100, LONG).await.unwrap();
    assert_eq!(swept, ExpiredLeases::default());
    assert_eq!(state(store, &job(&asked, 1)).await, TaskState::Processing);
}

async fn a_lost_lease_is_not_renewed(store: &TestStore) {
    let [kept, taken, ended] = [
        single().submit(store).await,
        single().submit(store).await,
        single().submit(store).await,
    ];
    let kept = claim(store, &kept).await;
    let old = lose_worker(store, &taken.tasks[0].id).await;
    claim(store, &taken).await;
    let ended = claim(store, &ended).await;
    complete(store, &ended).await;
    let held = [&kept, &old, &ended].map(|one| (one.task.id.clone(), one.lease_token));
    let mut lost = store.renew_leases(&held, LONG).await.unwrap();
    lost.sort();
    assert_eq!(lost, [old.task.id, ended.task.id]);
    assert!(store.renew_leases(&[], LONG).await.unwrap().is_empty());
}

async fn a_lost_task_is_queued_again_before_all_others(store: &TestStore) {
    let lost = single().submit(store).await;
    single().submit(store).await;
    claim_for(store, &lost.tasks[0].id, Duration::ZERO).await;
    let swept = store.expire_leases(100, LONG).await.unwrap();
    assert_eq!((swept.requeued, swept.quarantined), (1, 0));
    assert_eq!(state(store, &job(&lost, 1)).await, TaskState::Queued);
    let code = error_code(store, &job(&lost, 1)).await;
    assert_eq!(code.as_deref(), Some("worker_lost"));
    let round = store.dispatch_due(QueueName::Standard, 1).await.unwrap();
    assert_eq!(round.tasks, [lost.tasks[0].id.clone()]);
}

async fn a_second_loss_is_a_dead_letter(store: &TestStore) {
    let asked = single().submit(store).await;
    lose_worker(store, &asked.tasks[0].id).await;
    claim_for(store, &asked.tasks[0].id, Duration::ZERO).await;
    let swept = store.expire_leases(100, LONG).await.unwrap();
    assert_eq!((swept.requeued, swept.quarantined), (0, 1));
    let letters = dead_letters(store).await;
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].job_id, job(&asked, 1));
    assert_eq!(letters[0].error.code, "worker_lost");
    assert_eq!(letters[0].attempts, 2);
}

/// Claims a task in a process that showed a sign of life; the lease expires at once.
async fn claim_and_stall(store: &TestStore, id: &TaskId) -> ClaimedTask {
    let process = Process {
        id: "7-01J".parse().unwrap(),
        role: ProcessRole::Work,
        queues: vec![QueueName::Standard],
        version: String::new(),
        host: "worker-1".to_owned(),
        system_id: 7,
    };
    let state = ProcessState::default();
    store.report_process(&process, &state, LONG).await.unwrap();
    let claimed = store.claim(id, "7-01J/run", Duration::ZERO).await;
    claimed.unwrap().unwrap()
}

async fn an_expired_lease_of_a_living_process_costs_no_attempt(store: &TestStore) {
    let asked = single().submit(store).await;
    for _ in 0..3 {
        let stalled = claim_and_stall(store, &asked.tasks[0].id).await;
        assert_eq!(stalled.attempt, 1);
        let swept = store.expire_leases(100, LONG).await.unwrap();
        let expected = ExpiredLeases {
            released: 1,
            ..ExpiredLeases::default()
        };
        assert_eq!(swept, expected);
        assert_eq!(state(store, &job(&asked, 1)).await, TaskState::Queued);
        let code = error_code(store, &job(&asked, 1)).await;
        assert_eq!(code.as_deref(), Some("lease_expired"));
        // Another run may have begun: the stalled one records nothing any more.
        assert!(matches!(complete(store, &stalled).await, Recorded::Fenced));
    }
    assert!(dead_letters(store).await.is_empty());
}

async fn a_silent_process_counts_as_dead(store: &TestStore) {
    let asked = single().submit(store).await;
    claim_and_stall(store, &asked.tasks[0].id).await;
    let swept = store.expire_leases(100, Duration::ZERO).await.unwrap();
    assert_eq!((swept.requeued, swept.released), (1, 0));
    claim_and_stall(store, &asked.tasks[0].id).await;
    store
        .forget_process(&"7-01J".parse().unwrap())
        .await
        .unwrap();
    let swept = store.expire_leases(100, LONG).await.unwrap();
    assert_eq!((swept.quarantined, swept.released), (1, 0));
}

async fn a_final_loss_announces_the_failure_and_ends_the_batch(store: &TestStore) {
    let alone = single().announcing(WebhookEvents::Each).submit(store).await;
    let many = bulk(&[1, 2], 2)
        .announcing(WebhookEvents::Batch)
        .submit(store)
        .await;
    for asked in [&alone, &many] {
        lose_worker(store, &asked.tasks[0].id).await;
        lose_worker(store, &asked.tasks[0].id).await;
    }
    let events = webhooks_of(store, alone.identity.as_str()).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].event_type, "match.failed");
    let events = webhooks_of(store, many.identity.as_str()).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].event_type, "batch.completed");
    let view = store.batch(&batch(&many)).await.unwrap().unwrap();
    assert_eq!(view.counts.failed, 2);
    assert!(view.finished_at.is_some());
}

async fn a_sweep_takes_no_more_than_its_limit(store: &TestStore) {
    for _ in 0..3 {
        let asked = single().submit(store).await;
        claim_for(store, &asked.tasks[0].id, Duration::ZERO).await;
    }
    assert_eq!(store.expire_leases(2, LONG).await.unwrap().requeued, 2);
    assert_eq!(store.expire_leases(2, LONG).await.unwrap().requeued, 1);
}

async fn a_retry_counts_and_waits(store: &TestStore) {
    let asked = single().submit(store).await;
    let claimed = claim(store, &asked).await;
    let error = TaskError::new("attempt_timed_out", "too slow");
    let before = chrono::Utc::now();
    let written = store.schedule_retry(&claimed, LONG, &error).await.unwrap();
    assert_eq!(written, Guarded::Written);
    let view = store.job(&job(&asked, 1)).await.unwrap().unwrap();
    assert_eq!((view.state, view.attempts), (TaskState::Queued, 1));
    assert!(view.next_attempt_at.unwrap() > before);
    assert_eq!(view.error, Some(error.clone()));

    let soon = single().submit(store).await;
    let claimed = claim(store, &soon).await;
    let written = store.schedule_retry(&claimed, Duration::ZERO, &error).await;
    assert_eq!(written.unwrap(), Guarded::Written);
    assert_eq!(claim(store, &soon).await.attempt, 2);
}

async fn a_release_does_not_count(store: &TestStore) {
    let asked = single().submit(store).await;
    let claimed = claim(store, &asked).await;
    let written = store.release(&claimed, Duration::ZERO, None).await.unwrap();
    assert_eq!(written, Guarded::Written);
    assert_eq!(error_code(store, &job(&asked, 1)).await, None);
    let again = claim(store, &asked).await;
    assert_eq!(again.attempt, 1);
    assert!(again.lease_token > claimed.lease_token);
}

async fn an_older_token_can_write_nothing(store: &TestStore) {
    let asked = single().announcing(WebhookEvents::Each).submit(store).await;
    let old = lose_worker(store, &asked.tasks[0].id).await;
    let new = claim(store, &asked).await;
    assert_eq!(complete(store, &old).await, Recorded::Fenced);
    assert_eq!(fail(store, &old).await, Recorded::Fenced);
    let error = TaskError::new("any", "any");
    let retried = store.schedule_retry(&old, LONG, &error).await.unwrap();
    assert_eq!(retried, Guarded::Fenced);
    let released = store.release(&old, LONG, None).await.unwrap();
    assert_eq!(released, Guarded::Fenced);
    let pair = old.task.pair(id_of(10));
    assert!(store.result(pair).await.unwrap().is_none());
    let events = webhooks_of(store, asked.identity.as_str()).await;
    assert!(events.is_empty());

    assert!(matches!(
        complete(store, &new).await,
        Recorded::Written { .. }
    ));
    assert!(store.result(pair).await.unwrap().is_some());
}

async fn a_finished_task_never_changes(store: &TestStore) {
    let asked = bulk(&[1, 2], 2).submit(store).await;
    let claimed = claim(store, &asked).await;
    complete(store, &claimed).await;
    assert_eq!(fail(store, &claimed).await, Recorded::Fenced);
    assert_eq!(complete(store, &claimed).await, Recorded::Fenced);
    let released = store.release(&claimed, Duration::ZERO, None).await.unwrap();
    assert_eq!(released, Guarded::Fenced);
    store.expire_leases(100, LONG).await.unwrap();
    let id = claimed.task.id.clone();
    assert_eq!(
        store
            .renew_leases(&[(id, claimed.lease_token)], LONG)
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(state(store, &job(&asked, 1)).await, TaskState::Completed);
    let view = store.batch(&batch(&asked)).await.unwrap().unwrap();
    assert_eq!(view.counts.completed, 2);
}

async fn the_requested_weights_come_with_every_claim(store: &TestStore) {
    let weights = r#"{"skills":0.5,"salary":0.1}"#;
    let asked = bulk(&[10, 20, 30], 3).weighed(weights).submit(store).await;
    let first = claim(store, &asked).await;
    assert_eq!(first.task.weights.as_deref(), Some(weights));
    let error = TaskError::new("timed_out", "too long");
    let given_back = store.schedule_retry(&first, Duration::ZERO, &error).await;
    assert_eq!(given_back.unwrap(), Guarded::Written);
    let second = claim(store, &asked).await;
    assert_eq!(second.task.weights.as_deref(), Some(weights));

    // Matches that fail alone keep the weights in their own row, for a later retry.
    let failed = failure(&second.task.matches[..1], "candidate_not_found");
    let results = [
        result(second.task.matches[1], 0.5),
        result(second.task.matches[2], 0.5),
    ];
    let failures = [failed];
    store
        .record_outcome(&second, &results, &failures)
        .await
        .unwrap();
    retry_letters(store, None).await;
    let retried = claim_for(store, &failures[0].split_task_id, LONG).await;
    assert_eq!(retried.task.weights.as_deref(), Some(weights));

    let lost = single().weighed(weights).submit(store).await;
    lose_worker(store, &lost.tasks[0].id).await;
    assert_eq!(
        claim(store, &lost).await.task.weights.as_deref(),
        Some(weights)
    );
    let plain = single().submit(store).await;
    assert_eq!(claim(store, &plain).await.task.weights, None);
}
