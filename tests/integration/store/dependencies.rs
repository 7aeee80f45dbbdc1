//! Tasks that wait: for a job, a batch, a batch's n-th match, or work outside.

use std::time::Duration;

use matching::{
    domain::{
        dependency::{CHAIN_LIMIT, DependencyOutcome},
        identifiers::{JobId, WorkId},
        queue_name::QueueName,
        submission::WebhookEvents,
        task::TaskState,
    },
    store::{DependencyReport, ResolvedDependencies, SubmissionOutcome},
};

use super::builders::{
    LONG, batch, bulk, claim, claim_all, claim_for, complete, dead_letters, error_code, fail,
    failure, job, named, purge_letters, result, retry_letters, run, single, state, webhooks_of,
};
use crate::support::databases::TestStore;

on_every_store! {
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
    the_same_report_may_come_again_and_no_other,
    work_of_this_service_is_not_reported,
    a_reported_failure_fails_the_child,
    a_child_that_waited_too_long_fails,
    a_job_counts_before_a_report_of_the_same_name,
    a_failure_runs_down_a_chain,
    a_child_may_run_regardless_of_its_parents_outcome,
    a_batch_that_was_cancelled_cancels_its_children,
    a_submission_that_depends_on_itself_is_refused,
    a_call_that_would_close_a_cycle_is_refused,
    concurrent_submissions_cannot_close_a_cycle,
    a_chain_has_a_limit,
    very_many_children_are_moved_in_steps,
    a_step_fails_no_more_matches_than_its_time_limit_allows,
    a_child_of_a_purged_match_fails,
    matches_that_fail_alone_keep_their_options_and_attempts,
    a_chain_of_wide_levels_is_moved_in_steps,
    children_of_many_matches_of_a_batch_are_moved_together,
    a_waiting_batch_that_fails_ends_and_is_announced,
    only_children_of_what_ended_are_moved,
    a_sweep_moves_no_more_than_its_limit,
    two_concurrent_sweeps_move_each_child_once,
    sweeps_reach_all_of_very_many_waiting_tasks,
}

async fn resolve_all(store: &TestStore) -> ResolvedDependencies {
    store.resolve_dependencies(None, 100).await.unwrap()
}

async fn resolve_after(store: &TestStore, ended: &str) -> ResolvedDependencies {
    let ended = [ended.parse().unwrap()];
    store.resolve_dependencies(Some(&ended), 100).await.unwrap()
}

async fn report(store: &TestStore, id: &str, outcome: DependencyOutcome) -> DependencyReport {
    let id = id.parse::<WorkId>().unwrap();
    store.report_dependency(&id, outcome).await.unwrap()
}

/// Resolves dependents like the service: jobs that end because of the first are resolved next.
/// Returns the number of tasks that each step moved.
async fn follow_up(store: &TestStore, ended: &str, limit: u32) -> Vec<u32> {
    let mut pending = vec![ended.parse().unwrap()];
    let mut steps = Vec::new();
    while !pending.is_empty() {
        let names = std::mem::take(&mut pending);
        loop {
            let resolved = store.resolve_dependencies(Some(&names), limit).await;
            let resolved = resolved.unwrap();
            pending.extend(resolved.ended);
            steps.extend(Some(resolved.moved).filter(|moved| *moved > 0));
            if !resolved.more {
                break;
            }
        }
    }
    steps
}

async fn a_child_waits_until_its_job_has_completed(store: &TestStore) {
    let parent = single().submit(store).await;
    let child = single()
        .in_queue(QueueName::High)
        .after(parent.identity.as_str())
        .submit(store)
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
    assert_eq!(
        view.depends_on.as_ref().map(WorkId::as_str),
        Some(parent.identity.as_str())
    );
    assert!(resolve_all(store).await.is_empty());
}

async fn a_child_of_a_failed_job_fails(store: &TestStore) {
    let parent = single().submit(store).await;
    let child = single()
        .announcing(WebhookEvents::Each)
        .after(parent.identity.as_str())
        .submit(store)
        .await;
    fail(store, &claim(store, &parent).await).await;
    let resolved = resolve_all(store).await;
    assert!(resolved.queued.is_empty());
    assert_eq!(resolved.ended, [job(&child, 1).into()]);
    let child = job(&child, 1);
    assert_eq!(state(store, &child).await, TaskState::Failed);
    let code = error_code(store, &child).await;
    assert_eq!(code.as_deref(), Some("dependency_failed"));
    let events = webhooks_of(store, child.as_str()).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].event_type, "match.failed");
    assert_eq!(dead_letters(store).await.len(), 2);
}

async fn a_child_of_a_cancelled_job_fails(store: &TestStore) {
    single().named("parent").submit(store).await;
    let child = single().after("parent").submit(store).await;
    store
        .execute("UPDATE tasks SET state = 'cancelled' WHERE job_id = 'parent'")
        .await;
    resolve_all(store).await;
    let code = error_code(store, &job(&child, 1)).await;
    assert_eq!(code.as_deref(), Some("dependency_cancelled"));
}

async fn a_child_accepted_after_its_parent_ended_is_released(store: &TestStore) {
    let parent = single().submit(store).await;
    run(store, &parent).await;
    let child = single().after(parent.identity.as_str()).submit(store).await;
    assert_eq!(state(store, &job(&child, 1)).await, TaskState::Waiting);
    resolve_after(store, parent.identity.as_str()).await;
    assert_eq!(state(store, &job(&child, 1)).await, TaskState::Queued);
}

async fn a_child_waits_for_a_whole_batch(store: &TestStore) {
    let parent = bulk(&[1, 2], 1).submit(store).await;
    let child = single().after(parent.identity.as_str()).submit(store).await;
    let claimed = claim_all(store, &parent).await;
    complete(store, &claimed[0]).await;
    assert!(resolve_all(store).await.is_empty());
    // One result suffices.
    fail(store, &claimed[1]).await;
    resolve_after(store, parent.identity.as_str()).await;
    assert_eq!(state(store, &job(&child, 1)).await, TaskState::Queued);
}

async fn a_child_of_a_batch_without_any_result_fails(store: &TestStore) {
    let parent = bulk(&[1, 2], 2).submit(store).await;
    let child = single().after(parent.identity.as_str()).submit(store).await;
    fail(store, &claim(store, &parent).await).await;
    resolve_all(store).await;
    assert_eq!(state(store, &job(&child, 1)).await, TaskState::Failed);
}

async fn a_child_waits_for_one_match_of_a_batch(store: &TestStore) {
    let parent = bulk(&[1, 2, 3], 1).submit(store).await;
    let child = single().after(job(&parent, 2).as_str()).submit(store).await;
    let claimed = claim_all(store, &parent).await;
    complete(store, &claimed[0]).await;
    complete(store, &claimed[2]).await;
    assert!(resolve_all(store).await.is_empty());
    complete(store, &claimed[1]).await;
    // The service passes the batch whose task ended, not each of its matches.
    resolve_after(store, parent.identity.as_str()).await;
    assert_eq!(state(store, &job(&child, 1)).await, TaskState::Queued);
}

async fn a_child_of_one_failed_match_fails(store: &TestStore) {
    let parent = bulk(&[1, 2, 3], 3).submit(store).await;
    let on_failed = single().after(job(&parent, 2).as_str()).submit(store).await;
    let on_completed = single().after(job(&parent, 3).as_str()).submit(store).await;
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
    let child = single().after("cv-parsing-7").submit(store).await;
    assert!(resolve_all(store).await.is_empty());
    let reported = report(store, "cv-parsing-7", DependencyOutcome::Completed).await;
    assert_eq!(reported, DependencyReport::Recorded);
    resolve_after(store, "cv-parsing-7").await;
    assert_eq!(state(store, &job(&child, 1)).await, TaskState::Queued);
}

async fn a_report_that_came_first_counts(store: &TestStore) {
    report(store, "cv", DependencyOutcome::Completed).await;
    let child = single().after("cv").submit(store).await;
    resolve_all(store).await;
    assert_eq!(state(store, &job(&child, 1)).await, TaskState::Queued);
}

async fn only_the_first_report_counts(store: &TestStore) {
    report(store, "cv", DependencyOutcome::Failed).await;
    report(store, "cv", DependencyOutcome::Completed).await;
    let child = single().after("cv").submit(store).await;
    resolve_all(store).await;
    assert_eq!(state(store, &job(&child, 1)).await, TaskState::Failed);
}

async fn a_reported_failure_fails_the_child(store: &TestStore) {
    let child = single().after("cv").submit(store).await;
    report(store, "cv", DependencyOutcome::Failed).await;
    let resolved = resolve_after(store, "cv").await;
    assert_eq!(resolved.ended, [job(&child, 1).into()]);
    let code = error_code(store, &job(&child, 1)).await;
    assert_eq!(code.as_deref(), Some("dependency_failed"));
}

async fn a_child_that_waited_too_long_fails(store: &TestStore) {
    let parent = single().submit(store).await;
    for parent in ["never reported", parent.identity.as_str()] {
        let child = single()
            .after(parent)
            .waiting_at_most(Duration::ZERO)
            .submit(store)
            .await;
        resolve_all(store).await;
        let code = error_code(store, &job(&child, 1)).await;
        assert_eq!(code.as_deref(), Some("dependency_expired"));
    }
}

async fn a_job_counts_before_a_report_of_the_same_name(store: &TestStore) {
    report(store, "parent", DependencyOutcome::Completed).await;
    single().named("parent").submit(store).await;
    single().after("parent").submit(store).await;
    assert!(resolve_all(store).await.is_empty());
}

async fn a_failure_runs_down_a_chain(store: &TestStore) {
    let first = single().submit(store).await;
    let second = single().after(first.identity.as_str()).submit(store).await;
    let third = bulk(&[1, 2], 1)
        .after(second.identity.as_str())
        .submit(store)
        .await;
    let fourth = single().after(job(&third, 2).as_str()).submit(store).await;
    fail(store, &claim(store, &first).await).await;
    let steps = follow_up(store, first.identity.as_str(), 100).await;
    assert_eq!(steps, [1, 2, 1]);
    for failed in [job(&second, 1), job(&third, 1), job(&fourth, 1)] {
        assert_eq!(state(store, &failed).await, TaskState::Failed, "{failed}");
    }
}

async fn a_waiting_batch_that_fails_ends_and_is_announced(store: &TestStore) {
    let child = bulk(&[1, 2, 3], 2)
        .after("cv")
        .announcing(WebhookEvents::Batch)
        .submit(store)
        .await;
    let view = store.batch(&batch(&child)).await.unwrap().unwrap();
    assert_eq!(view.waiting, 3);
    report(store, "cv", DependencyOutcome::Failed).await;
    resolve_all(store).await;
    let view = store.batch(&batch(&child)).await.unwrap().unwrap();
    assert_eq!((view.waiting, view.counts.failed), (0, 3));
    assert!(view.finished_at.is_some());
    let events = webhooks_of(store, child.identity.as_str()).await;
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
    let of_one = single().after("one").submit(store).await;
    let of_two = single().after("two").submit(store).await;
    assert!(resolve_after(store, "three").await.is_empty());
    resolve_after(store, "one").await;
    assert_eq!(state(store, &job(&of_one, 1)).await, TaskState::Queued);
    assert_eq!(state(store, &job(&of_two, 1)).await, TaskState::Waiting);
}

async fn a_sweep_moves_no_more_than_its_limit(store: &TestStore) {
    report(store, "cv", DependencyOutcome::Completed).await;
    let children = bulk(&[1, 2, 3], 1).after("cv").submit(store).await;
    let queued = || async {
        let view = store.batch(&batch(&children)).await.unwrap().unwrap();
        view.queued
    };
    store.resolve_dependencies(None, 2).await.unwrap();
    assert_eq!(queued().await, 2);
    store.resolve_dependencies(None, 2).await.unwrap();
    assert_eq!(queued().await, 3);
}

async fn two_concurrent_sweeps_move_each_child_once(store: &TestStore) {
    let other = store.another_process().await;
    let batches = [
        bulk(&[1, 2, 3, 4], 1).after("cv").submit(store).await,
        bulk(&[1, 2, 3, 4], 1).after("cv").submit(store).await,
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

async fn sweeps_reach_all_of_very_many_waiting_tasks(store: &TestStore) {
    let first = single().after("aardvark").submit(store).await;
    bulk(&vec![10; 10_000], 1)
        .after("badger")
        .submit(store)
        .await;
    let last = single().after("cat").submit(store).await;
    report(store, "cat", DependencyOutcome::Completed).await;
    for _ in 0..2 {
        resolve_all(store).await;
    }
    assert_eq!(state(store, &job(&last, 1)).await, TaskState::Queued);
    // Then the sweep starts again from the beginning.
    report(store, "aardvark", DependencyOutcome::Completed).await;
    for _ in 0..2 {
        resolve_all(store).await;
    }
    assert_eq!(state(store, &job(&first, 1)).await, TaskState::Queued);
}

async fn the_same_report_may_come_again_and_no_other(store: &TestStore) {
    let (completed, failed) = (DependencyOutcome::Completed, DependencyOutcome::Failed);
    assert_eq!(
        report(store, "cv", failed).await,
        DependencyReport::Recorded
    );
    assert_eq!(
        report(store, "cv", failed).await,
        DependencyReport::Repeated
    );
    let contradiction = DependencyReport::Contradicts { earlier: failed };
    assert_eq!(report(store, "cv", completed).await, contradiction);
    assert_eq!(
        report(store, "cv", failed).await,
        DependencyReport::Repeated
    );
}

async fn work_of_this_service_is_not_reported(store: &TestStore) {
    single().named("one").submit(store).await;
    bulk(&[1, 2, 3], 2).named("many").submit(store).await;
    for own in ["one", "many", "many-1", "many-3"] {
        let reported = report(store, own, DependencyOutcome::Completed).await;
        assert_eq!(reported, DependencyReport::OwnWork, "{own}");
    }
    // There is no such match.
    let reported = report(store, "many-20261124", DependencyOutcome::Completed).await;
    assert_eq!(reported, DependencyReport::Recorded);
}

async fn a_child_may_run_regardless_of_its_parents_outcome(store: &TestStore) {
    let failing = single().named("failing").submit(store).await;
    for parent in ["cancelled", "never-ended"] {
        single().named(parent).submit(store).await;
    }
    let mut children = Vec::new();
    for parent in ["failing", "cancelled", "reported"] {
        children.push(single().after(parent).running_anyway().submit(store).await);
    }
    let expiring = single().after("never-ended").running_anyway();
    let expiring = expiring.waiting_at_most(Duration::ZERO).submit(store).await;
    children.push(expiring);
    // Tasks that wait for these keep waiting.
    let grandchild = single().after(job(&children[0], 1).as_str());
    let grandchild = grandchild.submit(store).await;

    fail(store, &claim(store, &failing).await).await;
    store
        .execute("UPDATE tasks SET state = 'cancelled' WHERE job_id = 'cancelled'")
        .await;
    report(store, "reported", DependencyOutcome::Failed).await;
    resolve_all(store).await;
    for child in &children {
        assert_eq!(state(store, &job(child, 1)).await, TaskState::Queued);
    }
    let waits_on = state(store, &job(&grandchild, 1)).await;
    assert_eq!(waits_on, TaskState::Waiting);
}

async fn a_batch_that_was_cancelled_cancels_its_children(store: &TestStore) {
    bulk(&[1, 2], 1).named("parent").submit(store).await;
    let child_of_all = single().after("parent").submit(store).await;
    let child_of_one = single().after("parent-2").submit(store).await;
    store
        .execute("UPDATE tasks SET state = 'cancelled' WHERE batch_id = 'parent'")
        .await;
    store
        .execute("UPDATE batches SET remaining = 0 WHERE id = 'parent'")
        .await;
    follow_up(store, "parent", 100).await;
    for child in [child_of_all, child_of_one] {
        let code = error_code(store, &job(&child, 1)).await;
        assert_eq!(code.as_deref(), Some("dependency_cancelled"));
    }
}

fn is_cycle(accepted: &SubmissionOutcome) -> bool {
    matches!(accepted, SubmissionOutcome::DependencyCycle { .. })
}

async fn a_submission_that_depends_on_itself_is_refused(store: &TestStore) {
    let itself = single().named("loop").after("loop");
    assert!(is_cycle(&itself.offer(store).await));
    for own in ["monday", "monday-1", "monday-3"] {
        let itself = bulk(&[1, 2, 3], 2).named("monday").after(own);
        assert!(is_cycle(&itself.offer(store).await), "{own}");
    }
    // A position beyond the batch's matches, and an id that is not a match at all.
    let others = bulk(&[1, 2, 3], 2).named("monday").after("monday-4");
    others.submit(store).await;
    single().named("job").after("job-1").submit(store).await;
}

async fn a_call_that_would_close_a_cycle_is_refused(store: &TestStore) {
    single().named("a").after("b").submit(store).await;
    let closing = single().named("b").after("a").offer(store).await;
    let chain = vec!["a".parse().unwrap(), "b".parse().unwrap()];
    assert_eq!(closing, SubmissionOutcome::DependencyCycle { chain });
    // Nothing is stored: the name is still free.
    single().named("b").submit(store).await;

    // A longer chain, over a batch, one of its matches, and a job with a generated id.
    single().named("one").after("monday-2").submit(store).await;
    let unnamed = single().after("one").submit(store).await;
    bulk(&[1, 2, 3], 1)
        .named("friday")
        .after(unnamed.identity.as_str())
        .submit(store)
        .await;
    single().named("two").after("friday").submit(store).await;
    let closing = || bulk(&[1, 2, 3], 1).named("monday").after("two");
    assert!(is_cycle(&closing().offer(store).await));

    // A task that runs or has ended no longer waits for anything.
    let claimed = store.job(&"b".parse::<JobId>().unwrap()).await.unwrap();
    assert_eq!(claimed.unwrap().state, TaskState::Queued);
    single().named("c").after("a").submit(store).await;
    store
        .execute("UPDATE tasks SET state = 'queued' WHERE job_id = 'one'")
        .await;
    assert_eq!(closing().offer(store).await, SubmissionOutcome::New);
}

async fn concurrent_submissions_cannot_close_a_cycle(store: &TestStore) {
    let other = store.another_process().await;
    for round in 0..5 {
        let name = |n: usize| format!("{round}-link-{}x", n % 4);
        let ask = |n| single().named(&name(n)).after(&name(n + 1));
        let (one, two, three, four) = tokio::join!(
            ask(0).offer(store),
            ask(1).offer(&other),
            ask(2).offer(store),
            ask(3).offer(&other)
        );
        let all = [one, two, three, four];
        let refused = all.iter().filter(|accepted| is_cycle(accepted)).count();
        assert_eq!(refused, 1, "{all:?}");
    }
}

async fn a_chain_has_a_limit(store: &TestStore) {
    let mut parent = "outside".to_owned();
    for _ in 0..CHAIN_LIMIT {
        let link = single().after(&parent).submit(store).await;
        link.identity.as_str().clone_into(&mut parent);
    }
    let one_more = single().after(&parent).offer(store).await;
    assert_eq!(one_more, SubmissionOutcome::ChainTooLong);
    report(store, "outside", DependencyOutcome::Completed).await;
    follow_up(store, "outside", 100).await;
    // Now one task less waits.
    single().after(&parent).submit(store).await;
}

async fn very_many_children_are_moved_in_steps(store: &TestStore) {
    bulk(&vec![10; 10_000], 1).after("cv").submit(store).await;
    single().after("something else").submit(store).await;
    report(store, "cv", DependencyOutcome::Completed).await;
    assert_eq!(follow_up(store, "cv", 500).await, [500; 20]);
    let counts = store.counts().await.unwrap().tasks;
    let of = |state| counts.iter().filter(move |(_, s, _)| *s == state);
    let count = |state| of(state).map(|(_, _, count)| count).sum::<i64>();
    assert_eq!(
        (count(TaskState::Queued), count(TaskState::Waiting)),
        (10_000, 1)
    );
}

async fn a_step_fails_no_more_matches_than_its_time_limit_allows(store: &TestStore) {
    bulk(&vec![10; 11 * 500], 500)
        .after("cv")
        .submit(store)
        .await;
    report(store, "cv", DependencyOutcome::Failed).await;
    let ended = ["cv".parse().unwrap()];
    for (moved, more) in [(10, true), (1, false)] {
        let step = store.resolve_dependencies(Some(&ended), 500).await.unwrap();
        assert_eq!((step.moved, step.more), (moved, more));
    }

    let lost = bulk(&vec![10; 11 * 500], 500).submit(store).await;
    for losses in [(11, 0), (0, 10)] {
        for task in &lost.tasks {
            claim_for(store, &task.id, Duration::ZERO).await;
        }
        let swept = store.expire_leases(500, LONG).await.unwrap();
        assert_eq!((swept.requeued, swept.quarantined), losses);
    }
    assert_eq!(store.expire_leases(500, LONG).await.unwrap().quarantined, 1);
}

async fn a_child_of_a_purged_match_fails(store: &TestStore) {
    let parent = bulk(&[1, 2], 1).submit(store).await;
    for claimed in claim_all(store, &parent).await {
        fail(store, &claimed).await;
    }
    purge_letters(store, None).await;
    let child = single().after(job(&parent, 2).as_str()).submit(store).await;
    resolve_all(store).await;
    let code = error_code(store, &job(&child, 1)).await;
    assert_eq!(code.as_deref(), Some("dependency_failed"));
    let reported = async |position| {
        let name = job(&parent, position).to_string();
        report(store, &name, DependencyOutcome::Completed).await
    };
    assert_eq!(reported(2).await, DependencyReport::OwnWork);
    assert_eq!(reported(3).await, DependencyReport::Recorded);
}

async fn matches_that_fail_alone_keep_their_options_and_attempts(store: &TestStore) {
    report(store, "cv", DependencyOutcome::Completed).await;
    let asked = bulk(&[1, 2], 2).after("cv").submit(store).await;
    resolve_all(store).await;
    fail(store, &claim(store, &asked).await).await;
    retry_letters(store, None).await;
    let claimed = claim(store, &asked).await;
    let (works, fails) = (claimed.task.matches[0], claimed.task.matches[1]);
    let failures = [failure(&[fails], "job_posting_not_found")];
    let results = [result(works, 0.5)];
    let recorded = store.record_outcome(&claimed, &results, &failures).await;
    recorded.unwrap();
    let view = store.job(&job(&asked, 2)).await.unwrap().unwrap();
    assert_eq!(view.depends_on.as_ref().map(WorkId::as_str), Some("cv"));
    let letter = store.dead_letter(&named(job(&asked, 2))).await.unwrap();
    assert!(letter.unwrap().last_action.is_some(), "it was retried");
}

async fn a_chain_of_wide_levels_is_moved_in_steps(store: &TestStore) {
    // Each of three levels is a batch of 1,000 tasks; the second waits for the whole first, the
    // third for a match of the second.
    for (name, parent) in [("one", "cv"), ("two", "one"), ("three", "two-700")] {
        bulk(&vec![10; 1_000], 1)
            .named(name)
            .after(parent)
            .submit(store)
            .await;
    }
    report(store, "cv", DependencyOutcome::Failed).await;
    let steps = follow_up(store, "cv", 300).await;
    assert_eq!(steps.iter().sum::<u32>(), 3_000);
    assert!(steps.iter().all(|moved| *moved <= 300), "{steps:?}");
    let counts = store.counts().await.unwrap().tasks;
    assert_eq!(
        counts,
        [(QueueName::Standard, TaskState::Failed, 3_000)],
        "{steps:?}"
    );
}

async fn children_of_many_matches_of_a_batch_are_moved_together(store: &TestStore) {
    let parent = bulk(&(1..=600).collect::<Vec<i64>>(), 500);
    let parent = parent.submit(store).await;
    let mut children = Vec::new();
    for position in [1, 2, 499, 500, 501, 600] {
        let child = single().after(job(&parent, position).as_str());
        children.push(child.submit(store).await);
    }
    complete(store, &claim(store, &parent).await).await;
    assert_eq!(follow_up(store, parent.identity.as_str(), 3).await, [3, 1]);
    for (child, wanted) in children.iter().zip([
        TaskState::Queued,
        TaskState::Queued,
        TaskState::Queued,
        TaskState::Queued,
        TaskState::Waiting,
        TaskState::Waiting,
    ]) {
        assert_eq!(state(store, &job(child, 1)).await, wanted);
    }
}
