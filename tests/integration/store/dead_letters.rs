//! Dead letters: listed, retried, purged.

use matching::domain::{
    identifiers::{JobId, TaskId},
    profile_kind::ProfileKind,
    queue_name::QueueName,
    submission::{Submission, WebhookEvents},
    task::TaskState,
};

use super::steps::{
    batch, bulk, claim, claim_all, complete, error_code, fail, failure, job, run, single, state,
};
use crate::support::databases::TestStore;

on_both_databases! {
    dead_letters_are_listed_newest_first,
    a_dead_letter_says_what_failed_and_why,
    a_retried_dead_letter_starts_afresh,
    retrying_without_ids_retries_all,
    retrying_reopens_the_batch,
    a_retried_dead_letter_is_announced_again,
    retrying_touches_nothing_but_dead_letters,
    a_purged_single_match_is_gone_and_may_be_asked_again,
    a_purged_match_of_a_batch_still_counts_as_failed,
    a_purge_and_a_retry_of_one_batch_keep_its_counts_right,
    purging_touches_nothing_but_dead_letters,
}

async fn dead_single(store: &TestStore, queue: QueueName) -> Submission {
    let asked = single().in_queue(queue).accept(store).await;
    fail(store, &claim(store, &asked).await).await;
    asked
}

/// A batch of four tasks: the first completed, the others failed.
async fn batch_with_dead_letters(store: &TestStore) -> Submission {
    let asked = bulk(&[1, 2, 3, 4], 1)
        .announcing(WebhookEvents::Batch)
        .accept(store)
        .await;
    let claimed = claim_all(store, &asked).await;
    complete(store, &claimed[0]).await;
    for one in &claimed[1..] {
        fail(store, one).await;
    }
    asked
}

fn task_ids(submission: &Submission) -> Vec<TaskId> {
    let tasks = submission.tasks.iter();
    tasks.map(|task| task.id.clone()).collect()
}

async fn listed(store: &TestStore, queue: Option<QueueName>, limit: u32) -> Vec<JobId> {
    let letters = store.dead_letters(queue, limit).await.unwrap();
    letters.into_iter().map(|letter| letter.job_id).collect()
}

async fn dead_letters_are_listed_newest_first(store: &TestStore) {
    let first = job(&dead_single(store, QueueName::Standard).await, 1);
    let second = job(&dead_single(store, QueueName::High).await, 1);
    let third = job(&dead_single(store, QueueName::Standard).await, 1);
    run(store, &single().accept(store).await).await;
    let all = [third.clone(), second.clone(), first.clone()];
    assert_eq!(listed(store, None, 10).await, all);
    assert_eq!(listed(store, None, 2).await, all[..2]);
    let standard = listed(store, Some(QueueName::Standard), 10).await;
    assert_eq!(standard, [third, first]);
    assert!(listed(store, Some(QueueName::Bulk), 10).await.is_empty());
}

async fn a_dead_letter_says_what_failed_and_why(store: &TestStore) {
    let asked = bulk(&[5, 6, 7], 2)
        .of_job_posting(9)
        .in_queue(QueueName::Bulk)
        .accept(store)
        .await;
    let claimed = claim(store, &asked).await;
    let failures = [failure(&claimed.task.matches, "job_posting_not_found")];
    let recorded = store.record_outcome(&claimed, &[], &failures).await;
    recorded.unwrap();
    let letters = store.dead_letters(None, 10).await.unwrap();
    let letter = &letters[0];
    assert_eq!(letter.task_id, claimed.task.id);
    assert_eq!((&letter.job_id, letter.match_count), (&job(&asked, 1), 2));
    assert_eq!(letter.queue, QueueName::Bulk);
    assert_eq!(letter.subject_kind, ProfileKind::JobPosting);
    assert_eq!((letter.subject_id, letter.attempts), (9, 1));
    assert_eq!(letter.error, failures[0].error);
}

async fn a_retried_dead_letter_starts_afresh(store: &TestStore) {
    let asked = dead_single(store, QueueName::Standard).await;
    let other = dead_single(store, QueueName::Standard).await;
    let retried = store.retry_dead_letters(Some(&task_ids(&asked))).await;
    assert_eq!(retried.unwrap(), 1);
    let view = store.job(&job(&asked, 1)).await.unwrap().unwrap();
    assert_eq!((view.state, view.attempts), (TaskState::Queued, 0));
    assert!(view.finished_at.is_none());
    let round = store.dispatch_due(QueueName::Standard, 10).await.unwrap();
    assert_eq!(round.tasks, task_ids(&asked));
    let claimed = claim(store, &asked).await;
    assert_eq!(claimed.attempt, 1);
    complete(store, &claimed).await;
    assert_eq!(state(store, &job(&asked, 1)).await, TaskState::Completed);
    assert_eq!(error_code(store, &job(&asked, 1)).await, None);
    assert_eq!(listed(store, None, 10).await, [job(&other, 1)]);
}

async fn retrying_without_ids_retries_all(store: &TestStore) {
    dead_single(store, QueueName::Standard).await;
    dead_single(store, QueueName::High).await;
    assert_eq!(store.retry_dead_letters(Some(&[])).await.unwrap(), 0);
    assert_eq!(store.retry_dead_letters(None).await.unwrap(), 2);
    assert_eq!(store.retry_dead_letters(None).await.unwrap(), 0);
}

async fn retrying_reopens_the_batch(store: &TestStore) {
    let asked = batch_with_dead_letters(store).await;
    let id = batch(&asked);
    let report = matching::store::DocumentPlace::Inline("ranking".to_owned());
    store.save_batch_report(&id, &report).await.unwrap();
    let retried = store
        .retry_dead_letters(Some(&task_ids(&asked)[1..3]))
        .await;
    assert_eq!(retried.unwrap(), 2);
    let view = store.batch(&id).await.unwrap().unwrap();
    assert!(view.finished_at.is_none());
    assert_eq!((view.queued, view.counts.failed), (2, 1));
    assert_eq!(store.batch_report(&id).await.unwrap(), None);
    assert!(store.batches_without_report(10).await.unwrap().is_empty());

    for task in &asked.tasks[1..3] {
        let claimed = super::steps::claim_for(store, &task.id, super::steps::LONG).await;
        complete(store, &claimed).await;
    }
    let view = store.batch(&id).await.unwrap().unwrap();
    assert!(view.finished_at.is_some());
    assert_eq!((view.counts.completed, view.counts.failed), (3, 1));
    assert_eq!(store.batches_without_report(10).await.unwrap(), [id]);
}

async fn a_retried_dead_letter_is_announced_again(store: &TestStore) {
    let asked = single().announcing(WebhookEvents::Each).accept(store).await;
    fail(store, &claim(store, &asked).await).await;
    store.retry_dead_letters(None).await.unwrap();
    complete(store, &claim(store, &asked).await).await;
    let events = store.deliveries(asked.identity.as_str()).await.unwrap();
    let mut types: Vec<&str> = events.iter().map(|one| one.event_type.as_str()).collect();
    types.sort_unstable();
    assert_eq!(types, ["match.completed", "match.failed"]);
}

async fn retrying_touches_nothing_but_dead_letters(store: &TestStore) {
    let completed = single().accept(store).await;
    run(store, &completed).await;
    let running = single().accept(store).await;
    claim(store, &running).await;
    let ids = [task_ids(&completed), task_ids(&running)].concat();
    assert_eq!(store.retry_dead_letters(Some(&ids)).await.unwrap(), 0);
    let completed = state(store, &job(&completed, 1)).await;
    assert_eq!(completed, TaskState::Completed);
    let running = state(store, &job(&running, 1)).await;
    assert_eq!(running, TaskState::Processing);
}

async fn a_purged_single_match_is_gone_and_may_be_asked_again(store: &TestStore) {
    let ask = || single().named("mine").with_key("key");
    let asked = ask().accept(store).await;
    fail(store, &claim(store, &asked).await).await;
    let kept = dead_single(store, QueueName::Standard).await;
    let purged = store.purge_dead_letters(Some(&task_ids(&asked))).await;
    assert_eq!(purged.unwrap(), 1);
    assert!(store.job(&job(&asked, 1)).await.unwrap().is_none());
    assert_eq!(listed(store, None, 10).await, [job(&kept, 1)]);
    // Else the caller would be told of a job that nobody will ever run.
    let again = ask().accept(store).await;
    run(store, &again).await;
}

async fn a_purged_match_of_a_batch_still_counts_as_failed(store: &TestStore) {
    let asked = batch_with_dead_letters(store).await;
    assert_eq!(store.purge_dead_letters(None).await.unwrap(), 3);
    let view = store.batch(&batch(&asked)).await.unwrap().unwrap();
    assert!(view.finished_at.is_some());
    let counts = view.counts;
    assert_eq!((counts.total, counts.completed, counts.failed), (4, 1, 3));
    assert!(store.job(&job(&asked, 2)).await.unwrap().is_none());
    assert_eq!(state(store, &job(&asked, 1)).await, TaskState::Completed);
    assert_eq!(store.purge_dead_letters(None).await.unwrap(), 0);
}

async fn a_purge_and_a_retry_of_one_batch_keep_its_counts_right(store: &TestStore) {
    let asked = batch_with_dead_letters(store).await;
    let ids = task_ids(&asked);
    store.purge_dead_letters(Some(&ids[1..2])).await.unwrap();
    store.retry_dead_letters(Some(&ids[2..3])).await.unwrap();
    complete(
        store,
        &super::steps::claim_for(store, &ids[2], super::steps::LONG).await,
    )
    .await;
    let view = store.batch(&batch(&asked)).await.unwrap().unwrap();
    assert!(view.finished_at.is_some());
    let counts = view.counts;
    assert_eq!((counts.total, counts.completed, counts.failed), (4, 2, 2));
    let due = store
        .claim_deliveries(10, super::steps::LONG, &[])
        .await
        .unwrap();
    let mut bodies: Vec<&str> = due.iter().map(|one| one.body.as_str()).collect();
    bodies.sort_unstable();
    let ends = bodies.iter().map(|body| {
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        (body["completed"].as_i64(), body["failed"].as_i64())
    });
    let ends: Vec<_> = ends.collect();
    assert_eq!(ends, [(Some(1), Some(3)), (Some(2), Some(2))]);
}

async fn purging_touches_nothing_but_dead_letters(store: &TestStore) {
    let completed = single().accept(store).await;
    run(store, &completed).await;
    let queued = single().accept(store).await;
    let ids = [task_ids(&completed), task_ids(&queued)].concat();
    assert_eq!(store.purge_dead_letters(Some(&ids)).await.unwrap(), 0);
    assert_eq!(store.purge_dead_letters(None).await.unwrap(), 0);
    assert_eq!(state(store, &job(&queued, 1)).await, TaskState::Queued);
}
