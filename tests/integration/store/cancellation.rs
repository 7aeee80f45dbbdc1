//! Cancellation: unfinished work ends at once, and a run in progress can't record anything.

use matching::{
    domain::{
        identifiers::{BatchId, JobId, TaskId},
        operator_action::OperatorActionKind,
        submission::{Submission, WebhookEvents},
        task::{TaskState, Withdrawal},
    },
    store::{Cancelled, Guarded, Recorded},
};

use super::builders::{
    LONG, action, batch, bulk, claim, claim_for, claim_of, complete, error_code, fail, failure,
    id_of, job, newest, result, results, run, single, state, webhooks_of,
};
use crate::support::databases::TestStore;

on_every_store! {
    a_job_that_has_not_ended_is_cancelled,
    a_cancelled_run_records_nothing,
    a_cancelled_job_stays_so_and_an_ended_one_stays_ended,
    a_match_of_a_queued_batch_leaves_alone,
    a_match_of_a_running_batch_leaves_and_the_others_run_again,
    a_match_split_off_as_a_dead_letter_is_found_by_its_job,
    a_whole_batch_is_cancelled,
    ended_matches_of_a_cancelled_batch_stay,
    the_last_cancelled_match_ends_the_batch_and_announces_it_once,
    dependents_of_a_cancelled_job_fail,
    cancels_are_recorded,
    a_cancelled_task_is_neither_dispatched_nor_claimed,
    concurrent_cancellations_and_outcomes_agree_on_the_count,
}

async fn cancel(store: &TestStore, id: &JobId) -> Cancelled {
    let action = action(OperatorActionKind::Cancel);
    let split = format!("split-of-{id}").parse::<TaskId>().unwrap();
    store.cancel_job(id, &split, &action).await.unwrap()
}

async fn cancel_batch(store: &TestStore, id: &BatchId) -> Cancelled {
    let action = action(OperatorActionKind::Cancel);
    store.cancel_batch(id, &action).await.unwrap()
}

fn now(withdrawn: Vec<Withdrawal>) -> Cancelled {
    Cancelled::Now {
        tasks: 1,
        withdrawn,
        ended_batch: None,
    }
}

/// Returns the states of a batch's matches, in order.
async fn states(store: &TestStore, asked: &Submission, matches: i32) -> Vec<TaskState> {
    let mut states = Vec::new();
    for position in 1..=matches {
        states.push(state(store, &job(asked, position)).await);
    }
    states
}

async fn a_job_that_has_not_ended_is_cancelled(store: &TestStore) {
    let waiting = single().after("cv-1").submit(store).await;
    let queued = single().submit(store).await;
    let running = single().submit(store).await;
    let claimed = claim(store, &running).await;
    for asked in [&waiting, &queued] {
        assert_eq!(cancel(store, &job(asked, 1)).await, now(vec![]));
    }
    let withdrawal = Withdrawal {
        task_id: claimed.task.id.clone(),
        lease_token: claimed.lease_token,
    };
    assert_eq!(
        cancel(store, &job(&running, 1)).await,
        now(vec![withdrawal])
    );
    for asked in [&waiting, &queued, &running] {
        let view = store.job(&job(asked, 1)).await.unwrap().unwrap();
        assert_eq!(view.state, TaskState::Cancelled);
        assert!(view.finished_at.is_some());
        assert!(view.error.is_none());
    }
}

async fn a_cancelled_run_records_nothing(store: &TestStore) {
    let asked = single().announcing(WebhookEvents::Each).submit(store).await;
    let claimed = claim(store, &asked).await;
    cancel(store, &job(&asked, 1)).await;
    assert_eq!(complete(store, &claimed).await, Recorded::Fenced);
    assert_eq!(fail(store, &claimed).await, Recorded::Fenced);
    let released = store.release(&claimed, LONG, None).await.unwrap();
    assert_eq!(released, Guarded::Fenced);
    let leases = [(claimed.task.id.clone(), claimed.lease_token)];
    let lost = store.renew_leases(&leases, LONG).await.unwrap();
    assert_eq!(lost, std::slice::from_ref(&claimed.task.id));
    assert_eq!(state(store, &job(&asked, 1)).await, TaskState::Cancelled);
    let pair = claimed.task.pair(claimed.task.matches[0].counterpart_id);
    assert!(store.result(pair).await.unwrap().is_none());
    let events = webhooks_of(store, job(&asked, 1).as_str()).await;
    assert!(events.is_empty());
}

async fn a_cancelled_job_stays_so_and_an_ended_one_stays_ended(store: &TestStore) {
    let asked = single().submit(store).await;
    cancel(store, &job(&asked, 1)).await;
    assert_eq!(cancel(store, &job(&asked, 1)).await, Cancelled::Before);
    let completed = single().submit(store).await;
    run(store, &completed).await;
    let failed = single().submit(store).await;
    fail(store, &claim(store, &failed).await).await;
    for asked in [&completed, &failed] {
        assert_eq!(cancel(store, &job(asked, 1)).await, Cancelled::TooLate);
    }
    for unknown in ["nothing", "nothing-1"] {
        let unknown = unknown.parse::<JobId>().unwrap();
        assert_eq!(cancel(store, &unknown).await, Cancelled::Unknown);
    }
    let unknown = "nothing".parse::<BatchId>().unwrap();
    assert_eq!(cancel_batch(store, &unknown).await, Cancelled::Unknown);
    assert_eq!(
        state(store, &job(&completed, 1)).await,
        TaskState::Completed
    );
    assert_eq!(state(store, &job(&failed, 1)).await, TaskState::Failed);
}

async fn a_match_of_a_queued_batch_leaves_alone(store: &TestStore) {
    let asked = bulk(&[5, 6, 7], 3).submit(store).await;
    assert_eq!(cancel(store, &job(&asked, 2)).await, now(vec![]));
    assert_eq!(
        states(store, &asked, 3).await,
        [TaskState::Queued, TaskState::Cancelled, TaskState::Queued]
    );
    assert_eq!(cancel(store, &job(&asked, 2)).await, Cancelled::Before);
    let view = store.job(&job(&asked, 2)).await.unwrap().unwrap();
    assert_eq!(view.pair.job_posting_id, id_of(6));

    let claimed = claim(store, &asked).await;
    let ids = claimed.task.matches.iter();
    let ids = ids.map(|one| one.counterpart_id.number());
    assert_eq!(ids.collect::<Vec<_>>(), [5, 7]);
    complete(store, &claimed).await;
    assert_eq!(
        states(store, &asked, 3).await,
        [
            TaskState::Completed,
            TaskState::Cancelled,
            TaskState::Completed
        ]
    );
    let view = store.batch(&batch(&asked)).await.unwrap().unwrap();
    assert!(view.finished_at.is_some());
    assert_eq!((view.counts.completed, view.counts.cancelled), (2, 1));
}

async fn a_match_of_a_running_batch_leaves_and_the_others_run_again(store: &TestStore) {
    let asked = bulk(&[5, 6, 7], 3).submit(store).await;
    let claimed = claim(store, &asked).await;
    let withdrawal = Withdrawal {
        task_id: claimed.task.id.clone(),
        lease_token: claimed.lease_token,
    };
    assert_eq!(cancel(store, &job(&asked, 1)).await, now(vec![withdrawal]));
    assert_eq!(complete(store, &claimed).await, Recorded::Fenced);
    let again = claim(store, &asked).await;
    // The run that was interrupted did not count.
    assert_eq!(again.attempt, 1);
    assert_eq!(again.task.matches.len(), 2);
    assert!(again.lease_token > claimed.lease_token + 1);
    complete(store, &again).await;
    let view = store.batch(&batch(&asked)).await.unwrap().unwrap();
    assert_eq!((view.counts.completed, view.counts.cancelled), (2, 1));
    assert!(view.finished_at.is_some());
}

async fn a_match_split_off_as_a_dead_letter_is_found_by_its_job(store: &TestStore) {
    let asked = bulk(&[5, 6], 2).submit(store).await;
    let claimed = claim(store, &asked).await;
    let matches = &claimed.task.matches;
    let failures = [failure(&matches[1..], "job_posting_not_found")];
    let recorded = store
        .record_outcome(&claimed, &[result(matches[0], 0.5)], &failures)
        .await;
    recorded.unwrap();
    assert_eq!(cancel(store, &job(&asked, 2)).await, Cancelled::TooLate);
    assert_eq!(state(store, &job(&asked, 2)).await, TaskState::Failed);
}

async fn a_whole_batch_is_cancelled(store: &TestStore) {
    let asked = bulk(&[1, 2, 3, 4, 5], 2)
        .announcing(WebhookEvents::Batch)
        .submit(store)
        .await;
    let claimed = claim(store, &asked).await;
    let id = batch(&asked);
    let cancelled = cancel_batch(store, &id).await;
    let withdrawal = Withdrawal {
        task_id: claimed.task.id.clone(),
        lease_token: claimed.lease_token,
    };
    let expected = Cancelled::Now {
        tasks: 3,
        withdrawn: vec![withdrawal],
        ended_batch: Some(id.clone()),
    };
    assert_eq!(cancelled, expected);
    assert_eq!(complete(store, &claimed).await, Recorded::Fenced);
    let view = store.batch(&id).await.unwrap().unwrap();
    assert_eq!((view.counts.total, view.counts.cancelled), (5, 5));
    assert!(view.finished_at.is_some());
    assert_eq!(cancel_batch(store, &id).await, Cancelled::Before);
    assert_eq!(webhooks_of(store, id.as_str()).await.len(), 1);
}

async fn ended_matches_of_a_cancelled_batch_stay(store: &TestStore) {
    let asked = bulk(&[1, 2, 3], 1).submit(store).await;
    complete(store, &claim(store, &asked).await).await;
    fail(store, &claim_for(store, &asked.tasks[1].id, LONG).await).await;
    cancel_batch(store, &batch(&asked)).await;
    assert_eq!(
        states(store, &asked, 3).await,
        [
            TaskState::Completed,
            TaskState::Failed,
            TaskState::Cancelled
        ]
    );
    let ended = bulk(&[1], 1).submit(store).await;
    run(store, &ended).await;
    let too_late = cancel_batch(store, &batch(&ended)).await;
    assert_eq!(too_late, Cancelled::TooLate);
}

async fn the_last_cancelled_match_ends_the_batch_and_announces_it_once(store: &TestStore) {
    let asked = bulk(&[1, 2, 3], 3)
        .announcing(WebhookEvents::Batch)
        .submit(store)
        .await;
    let id = batch(&asked);
    cancel(store, &job(&asked, 1)).await;
    cancel(store, &job(&asked, 2)).await;
    let last = cancel(store, &job(&asked, 3)).await;
    let expected = Cancelled::Now {
        tasks: 1,
        withdrawn: vec![],
        ended_batch: Some(id.clone()),
    };
    assert_eq!(last, expected);
    let due = store.claim_deliveries(&claim_of(10)).await.unwrap();
    assert_eq!(due.len(), 1);
    let event: serde_json::Value = serde_json::from_str(&due[0].body).unwrap();
    assert_eq!(event["type"], "batch.completed");
    assert_eq!(event["cancelled"], 3);
}

async fn dependents_of_a_cancelled_job_fail(store: &TestStore) {
    let parent = single().submit(store).await;
    let id = job(&parent, 1);
    let child = single().after(id.as_str()).submit(store).await;
    cancel(store, &id).await;
    let ended = [id.into()];
    let resolved = store.resolve_dependencies(Some(&ended), 10).await.unwrap();
    assert_eq!(resolved.ended, [job(&child, 1).into()]);
    assert_eq!(state(store, &job(&child, 1)).await, TaskState::Failed);
    assert!(error_code(store, &job(&child, 1)).await.is_some());
}

async fn cancels_are_recorded(store: &TestStore) {
    let asked = bulk(&[1, 2], 1).submit(store).await;
    cancel_batch(store, &batch(&asked)).await;
    let actions = store.operator_actions(&newest(10)).await.unwrap();
    assert_eq!(actions.len(), 1);
    assert_eq!(actions[0].kind, OperatorActionKind::Cancel);
    assert_eq!(actions[0].tasks, 2);
    cancel_batch(store, &batch(&asked)).await;
    assert_eq!(store.operator_actions(&newest(10)).await.unwrap().len(), 1);
}

async fn a_cancelled_task_is_neither_dispatched_nor_claimed(store: &TestStore) {
    let asked = single().submit_dispatched(store).await;
    cancel(store, &job(&asked, 1)).await;
    let claimed = store.claim(&asked.tasks[0].id, "worker", LONG).await;
    assert!(claimed.unwrap().is_none());
    let round = store.dispatch_due(asked.options.queue, 10).await.unwrap();
    assert!(round.tasks.is_empty());
    assert_eq!(round.room, 10);
}

async fn concurrent_cancellations_and_outcomes_agree_on_the_count(store: &TestStore) {
    let ids: Vec<i64> = (1..=40).collect();
    let asked = bulk(&ids, 4)
        .announcing(WebhookEvents::Batch)
        .submit(store)
        .await;
    let id = batch(&asked);
    let other = store.another_process().await;
    let recording = async {
        for task in &asked.tasks {
            // Until the task is settled: a cancelled match of the same task queues the others
            // again.
            loop {
                let claimed = store.claim(&task.id, "worker", LONG).await.unwrap();
                let Some(claimed) = claimed else { break };
                let results = results(&claimed, 0.5);
                let recorded = store.record_outcome(&claimed, &results, &[]).await.unwrap();
                if recorded != Recorded::Fenced {
                    break;
                }
            }
        }
    };
    let cancelling = async {
        for position in (1..=40).rev().step_by(3) {
            cancel(&other, &job(&asked, position)).await;
        }
    };
    tokio::join!(recording, cancelling);
    let view = store.batch(&id).await.unwrap().unwrap();
    assert!(view.finished_at.is_some());
    assert_eq!(view.counts.completed + view.counts.cancelled, 40);
    assert_eq!(webhooks_of(store, id.as_str()).await.len(), 1);
}
