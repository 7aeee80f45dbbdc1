//! Tasks that wait: for a job, a batch, a batch's n-th match, or work outside.

use std::time::Duration;

use matching::{
    domain::{
        dependency::DependencyOutcome, identifiers::JobId, queue_name::QueueName,
        submission::WebhookEvents, task::TaskState,
    },
    store::ResolvedDependencies,
};

use super::steps::{
    batch, bulk, claim, claim_all, complete, dead_letters, error_code, fail, failure, job, result,
    run, single, state,
};
use crate::support::databases::TestStore;

on_both_databases! {
    a_child_waits_until_its_job_has_completed,
    a_child_of_a_failed_job_fails,
    a_child_of_a_cancelled_job_fails,
    a_child_accepted_after_its_parent_ended_is_released,
    a_child_waits_for_a_whole_batch,
    a_child_of_a_batch_without_any_result_fails,
    a_child_waits_for_one_match_of_a_batch,
    a_child_of_one_failed_match_fails,
    a_report_from_outside_releases,
    a_report_that_came_first_counts,
    only_the_first_report_counts,
    a_reported_failure_fails_the_child,
    a_child_that_waited_too_long_fails,
    a_job_counts_before_a_report_of_the_same_name,
    a_failure_runs_down_a_chain,
    a_waiting_batch_that_fails_ends_and_is_announced,
    only_children_of_what_ended_are_moved,
    a_sweep_moves_no_more_than_its_limit,
    two_sweeps_at_once_move_each_child_once,
    sweeps_over_very_many_waiting_tasks_reach_all,
}

async fn resolve_all(store: &TestStore) -> ResolvedDependencies {
    store.resolve_dependencies(None, 100).await.unwrap()
}

async fn resolve_after(store: &TestStore, ended: &str) -> ResolvedDependencies {
    let ended = [ended.to_owned()];
    store.resolve_dependencies(Some(&ended), 100).await.unwrap()
}

async fn report(store: &TestStore, id: &str, outcome: DependencyOutcome) -> bool {
    let id = JobId::from_trusted(id);
    store.report_dependency(&id, outcome).await.unwrap()
}

async fn a_child_waits_until_its_job_has_completed(store: &TestStore) {
    let parent = single().accept(store).await;
    let child = single()
        .in_queue(QueueName::High)
        .after(parent.identity.as_str())
        .accept(store)
        .await;
    let child = job(&child, 1);
    for _ in 0..2 {
        assert!(resolve_all(store).await.is_empty());
        assert_eq!(state(store, &child).await, TaskState::Waiting);
    }
    let claimed = claim(store, &parent).await;
    assert!(resolve_all(store).await.is_empty());
    complete(store, &claimed).await;
    let resolved = resolve_after(store, parent.identity.as_str()).await;
    assert_eq!(resolved.queued, [QueueName::High]);
    assert!(resolved.ended.is_empty());
    let view = store.job(&child).await.unwrap().unwrap();
    assert_eq!(view.state, TaskState::Queued);
    assert_eq!(view.depends_on.as_deref(), Some(parent.identity.as_str()));
    assert!(resolve_all(store).await.is_empty());
}

async fn a_child_of_a_failed_job_fails(store: &TestStore) {
    let parent = single().accept(store).await;
    let child = single()
        .announcing(WebhookEvents::Each)
        .after(parent.identity.as_str())
        .accept(store)
        .await;
    fail(store, &claim(store, &parent).await).await;
    let resolved = resolve_all(store).await;
    assert!(resolved.queued.is_empty());
    assert_eq!(resolved.ended, [child.identity.as_str()]);
    let child = job(&child, 1);
    assert_eq!(state(store, &child).await, TaskState::Failed);
    let code = error_code(store, &child).await;
    assert_eq!(code.as_deref(), Some("dependency_failed"));
    let events = store.deliveries(child.as_str()).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].event_type, "match.failed");
    assert_eq!(dead_letters(store).await.len(), 2);
}

async fn a_child_of_a_cancelled_job_fails(store: &TestStore) {
    single().named("parent").accept(store).await;
    let child = single().after("parent").accept(store).await;
    store
        .execute("UPDATE tasks SET state = 'cancelled' WHERE job_id = 'parent'")
        .await;
    resolve_all(store).await;
    assert_eq!(state(store, &job(&child, 1)).await, TaskState::Failed);
}

async fn a_child_accepted_after_its_parent_ended_is_released(store: &TestStore) {
    let parent = single().accept(store).await;
    run(store, &parent).await;
    let child = single().after(parent.identity.as_str()).accept(store).await;
    assert_eq!(state(store, &job(&child, 1)).await, TaskState::Waiting);
    resolve_after(store, parent.identity.as_str()).await;
    assert_eq!(state(store, &job(&child, 1)).await, TaskState::Queued);
}

async fn a_child_waits_for_a_whole_batch(store: &TestStore) {
    let parent = bulk(&[1, 2], 1).accept(store).await;
    let child = single().after(parent.identity.as_str()).accept(store).await;
    let claimed = claim_all(store, &parent).await;
    complete(store, &claimed[0]).await;
    assert!(resolve_all(store).await.is_empty());
    // One result is enough.
    fail(store, &claimed[1]).await;
    resolve_after(store, parent.identity.as_str()).await;
    assert_eq!(state(store, &job(&child, 1)).await, TaskState::Queued);
}

async fn a_child_of_a_batch_without_any_result_fails(store: &TestStore) {
    let parent = bulk(&[1, 2], 2).accept(store).await;
    let child = single().after(parent.identity.as_str()).accept(store).await;
    fail(store, &claim(store, &parent).await).await;
    resolve_all(store).await;
    assert_eq!(state(store, &job(&child, 1)).await, TaskState::Failed);
}

async fn a_child_waits_for_one_match_of_a_batch(store: &TestStore) {
    let parent = bulk(&[1, 2, 3], 1).accept(store).await;
    let child = single().after(job(&parent, 2).as_str()).accept(store).await;
    let claimed = claim_all(store, &parent).await;
    complete(store, &claimed[0]).await;
    complete(store, &claimed[2]).await;
    assert!(resolve_all(store).await.is_empty());
    complete(store, &claimed[1]).await;
    // The service names the batch whose task ended, not each of its matches.
    resolve_after(store, parent.identity.as_str()).await;
    assert_eq!(state(store, &job(&child, 1)).await, TaskState::Queued);
}

async fn a_child_of_one_failed_match_fails(store: &TestStore) {
    let parent = bulk(&[1, 2, 3], 3).accept(store).await;
    let on_failed = single().after(job(&parent, 2).as_str()).accept(store).await;
    let on_completed = single().after(job(&parent, 3).as_str()).accept(store).await;
    let claimed = claim(store, &parent).await;
    let matches = &claimed.task.matches;
    let results = [result(matches[0], 0.1), result(matches[2], 0.2)];
    let failures = [failure(&matches[1..2], "job_posting_not_found")];
    let recorded = store.record_outcome(&claimed, &results, &failures).await;
    recorded.unwrap();
    resolve_all(store).await;
    assert_eq!(state(store, &job(&on_failed, 1)).await, TaskState::Failed);
    assert_eq!(
        state(store, &job(&on_completed, 1)).await,
        TaskState::Queued
    );
}

async fn a_report_from_outside_releases(store: &TestStore) {
    let child = single().after("cv-parsing-7").accept(store).await;
    assert!(resolve_all(store).await.is_empty());
    assert!(report(store, "cv-parsing-7", DependencyOutcome::Completed).await);
    resolve_after(store, "cv-parsing-7").await;
    assert_eq!(state(store, &job(&child, 1)).await, TaskState::Queued);
}

async fn a_report_that_came_first_counts(store: &TestStore) {
    assert!(report(store, "cv", DependencyOutcome::Completed).await);
    let child = single().after("cv").accept(store).await;
    resolve_all(store).await;
    assert_eq!(state(store, &job(&child, 1)).await, TaskState::Queued);
}

async fn only_the_first_report_counts(store: &TestStore) {
    assert!(report(store, "cv", DependencyOutcome::Failed).await);
    assert!(!report(store, "cv", DependencyOutcome::Completed).await);
    let child = single().after("cv").accept(store).await;
    resolve_all(store).await;
    assert_eq!(state(store, &job(&child, 1)).await, TaskState::Failed);
}

async fn a_reported_failure_fails_the_child(store: &TestStore) {
    let child = single().after("cv").accept(store).await;
    report(store, "cv", DependencyOutcome::Failed).await;
    let resolved = resolve_after(store, "cv").await;
    assert_eq!(resolved.ended, [child.identity.as_str()]);
    let code = error_code(store, &job(&child, 1)).await;
    assert_eq!(code.as_deref(), Some("dependency_failed"));
}

async fn a_child_that_waited_too_long_fails(store: &TestStore) {
    let parent = single().accept(store).await;
    for parent in ["never reported", parent.identity.as_str()] {
        let child = single()
            .after(parent)
            .waiting_at_most(Duration::ZERO)
            .accept(store)
            .await;
        resolve_all(store).await;
        let code = error_code(store, &job(&child, 1)).await;
        assert_eq!(code.as_deref(), Some("dependency_expired"));
    }
}

async fn a_job_counts_before_a_report_of_the_same_name(store: &TestStore) {
    single().named("parent").accept(store).await;
    single().after("parent").accept(store).await;
    report(store, "parent", DependencyOutcome::Completed).await;
    assert!(resolve_all(store).await.is_empty());
}

async fn a_failure_runs_down_a_chain(store: &TestStore) {
    let first = single().accept(store).await;
    let second = single().after(first.identity.as_str()).accept(store).await;
    let third = bulk(&[1, 2], 1)
        .after(second.identity.as_str())
        .accept(store)
        .await;
    let fourth = single().after(job(&third, 2).as_str()).accept(store).await;
    fail(store, &claim(store, &first).await).await;
    // As the service does: what ended because of it is asked about next.
    let mut ended = vec![first.identity.as_str().to_owned()];
    loop {
        let resolved = store.resolve_dependencies(Some(&ended), 100).await.unwrap();
        if resolved.is_empty() {
            break;
        }
        ended.extend(resolved.ended);
    }
    for failed in [job(&second, 1), job(&third, 1), job(&fourth, 1)] {
        assert_eq!(state(store, &failed).await, TaskState::Failed, "{failed}");
    }
    assert!(ended.contains(&third.identity.as_str().to_owned()));
}

async fn a_waiting_batch_that_fails_ends_and_is_announced(store: &TestStore) {
    let child = bulk(&[1, 2, 3], 2)
        .after("cv")
        .announcing(WebhookEvents::Batch)
        .accept(store)
        .await;
    let view = store.batch(&batch(&child)).await.unwrap().unwrap();
    assert_eq!(view.waiting, 3);
    report(store, "cv", DependencyOutcome::Failed).await;
    resolve_all(store).await;
    let view = store.batch(&batch(&child)).await.unwrap().unwrap();
    assert_eq!((view.waiting, view.counts.failed), (0, 3));
    assert!(view.finished_at.is_some());
    let events = store.deliveries(child.identity.as_str()).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(
        store.batches_without_report(10).await.unwrap(),
        [batch(&child)]
    );
}

async fn only_children_of_what_ended_are_moved(store: &TestStore) {
    for id in ["one", "two"] {
        report(store, id, DependencyOutcome::Completed).await;
    }
    let of_one = single().after("one").accept(store).await;
    let of_two = single().after("two").accept(store).await;
    assert!(resolve_after(store, "three").await.is_empty());
    resolve_after(store, "one").await;
    assert_eq!(state(store, &job(&of_one, 1)).await, TaskState::Queued);
    assert_eq!(state(store, &job(&of_two, 1)).await, TaskState::Waiting);
}

async fn a_sweep_moves_no_more_than_its_limit(store: &TestStore) {
    report(store, "cv", DependencyOutcome::Completed).await;
    let children = bulk(&[1, 2, 3], 1).after("cv").accept(store).await;
    let queued = || async {
        let view = store.batch(&batch(&children)).await.unwrap().unwrap();
        view.queued
    };
    store.resolve_dependencies(None, 2).await.unwrap();
    assert_eq!(queued().await, 2);
    store.resolve_dependencies(None, 2).await.unwrap();
    assert_eq!(queued().await, 3);
}

async fn two_sweeps_at_once_move_each_child_once(store: &TestStore) {
    let other = store.another_process().await;
    let batches = [
        bulk(&[1, 2, 3, 4], 1).after("cv").accept(store).await,
        bulk(&[1, 2, 3, 4], 1).after("cv").accept(store).await,
    ];
    report(store, "cv", DependencyOutcome::Failed).await;
    tokio::join!(resolve_all(store), resolve_all(&other), resolve_all(store));
    resolve_all(store).await;
    for asked in batches {
        let view = store.batch(&batch(&asked)).await.unwrap().unwrap();
        assert_eq!(view.counts.failed, 4);
        assert!(view.finished_at.is_some());
    }
}

async fn sweeps_over_very_many_waiting_tasks_reach_all(store: &TestStore) {
    let first = single().after("aardvark").accept(store).await;
    bulk(&vec![10; 10_000], 1)
        .after("badger")
        .accept(store)
        .await;
    let last = single().after("cat").accept(store).await;
    report(store, "cat", DependencyOutcome::Completed).await;
    for _ in 0..2 {
        resolve_all(store).await;
    }
    assert_eq!(state(store, &job(&last, 1)).await, TaskState::Queued);
    // And then they start over.
    report(store, "aardvark", DependencyOutcome::Completed).await;
    for _ in 0..2 {
        resolve_all(store).await;
    }
    assert_eq!(state(store, &job(&first, 1)).await, TaskState::Queued);
}
