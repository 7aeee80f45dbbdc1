//! Queues: paused and resumed for all processes, and their depth.

use std::time::Duration;

use matching::domain::{
    operator_action::OperatorActionKind,
    queue_depth::QueueDepth,
    queue_name::QueueName,
    task::{TaskError, TaskState},
};

use super::builders::{
    LONG, action, bulk, claim, claim_all, complete, error_code, fail, job, newest, run, single,
    state,
};
use crate::support::databases::TestStore;

on_every_store! {
    a_paused_queue_hands_out_nothing_in_any_process,
    a_task_that_runs_ends_while_its_queue_is_paused,
    a_pointer_consumed_during_a_pause_is_pushed_again,
    pausing_and_resuming_may_be_repeated,
    a_pause_says_who_and_why_and_both_its_ends_are_on_record_once,
    a_paused_queue_leaves_the_others_alone,
    children_are_released_into_a_paused_queue,
    depths_report_the_tasks_of_each_queue,
    a_queue_reports_how_many_tasks_ended_recently,
    the_oldest_ready_task_gives_the_age,
}

const QUEUE: QueueName = QueueName::Standard;

async fn pause(store: &TestStore, queue: QueueName) -> bool {
    let action = action(OperatorActionKind::Pause);
    let paused = store.pause_queue(queue, Some("upgrade"), &action);
    paused.await.unwrap()
}

async fn resume(store: &TestStore, queue: QueueName) -> bool {
    let action = action(OperatorActionKind::Resume);
    store.resume_queue(queue, &action).await.unwrap()
}

async fn depth(store: &TestStore, queue: QueueName) -> QueueDepth {
    let depths = store.queue_depths(LONG).await.unwrap();
    let queues: Vec<QueueName> = depths.iter().map(|depth| depth.queue).collect();
    assert_eq!(queues, QueueName::ALL);
    depths[queue.index()].clone()
}

async fn a_paused_queue_hands_out_nothing_in_any_process(store: &TestStore) {
    let other = store.another_process().await;
    pause(store, QUEUE).await;
    let asked = single().submit(store).await;
    let round = other.dispatch_due(QUEUE, 9).await.unwrap();
    assert!(round.tasks.is_empty() && !round.backlog);
    assert_eq!(round.room, 0, "nothing is to be pushed past the pause");
    let claimed = other.claim(&asked.tasks[0].id, "worker", LONG).await;
    assert!(claimed.unwrap().is_none());
    assert_eq!(state(store, &job(&asked, 1)).await, TaskState::Queued);
    assert!(depth(&other, QUEUE).await.pause.is_some());

    resume(&other, QUEUE).await;
    assert!(depth(store, QUEUE).await.pause.is_none());
    let round = store.dispatch_due(QUEUE, 9).await.unwrap();
    assert_eq!(round.tasks, [asked.tasks[0].id.clone()]);
    claim(store, &asked).await;
}

async fn a_task_that_runs_ends_while_its_queue_is_paused(store: &TestStore) {
    let asked = single().submit(store).await;
    let claimed = claim(store, &asked).await;
    pause(store, QUEUE).await;
    complete(store, &claimed).await;
    assert_eq!(state(store, &job(&asked, 1)).await, TaskState::Completed);
}

async fn a_pointer_consumed_during_a_pause_is_pushed_again(store: &TestStore) {
    let asked = bulk(&[1, 2], 1).submit_dispatched(store).await;
    pause(store, QUEUE).await;
    let left = store.claim(&asked.tasks[0].id, "worker", LONG).await;
    assert!(left.unwrap().is_none());
    assert_eq!(depth(store, QUEUE).await.dispatched, 1);
    resume(store, QUEUE).await;
    // The other pointer is still on its way.
    let round = store.dispatch_due(QUEUE, 9).await.unwrap();
    assert_eq!(round.tasks, [asked.tasks[0].id.clone()]);
}

async fn pausing_and_resuming_may_be_repeated(store: &TestStore) {
    pause(store, QUEUE).await;
    let since = depth(store, QUEUE).await.pause;
    pause(store, QUEUE).await;
    assert_eq!(depth(store, QUEUE).await.pause, since);
    for _ in 0..2 {
        resume(store, QUEUE).await;
        assert_eq!(depth(store, QUEUE).await.pause, None);
    }
}

async fn a_pause_says_who_and_why_and_both_its_ends_are_on_record_once(store: &TestStore) {
    assert!(!resume(store, QUEUE).await);
    assert!(pause(store, QUEUE).await);
    assert!(!pause(store, QUEUE).await);
    let pause = depth(store, QUEUE).await.pause.unwrap();
    assert_eq!(pause.actor, "tester");
    assert_eq!(pause.reason.as_deref(), Some("upgrade"));
    assert!(resume(store, QUEUE).await);
    let actions = store.operator_actions(&newest(10)).await.unwrap();
    let mut kinds: Vec<_> = actions.iter().map(|one| one.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["pause", "resume"]);
    assert!(actions.iter().all(|one| one.tasks == 0));
}

async fn a_paused_queue_leaves_the_others_alone(store: &TestStore) {
    pause(store, QueueName::Bulk).await;
    run(store, &single().submit(store).await).await;
    assert!(depth(store, QUEUE).await.pause.is_none());
}

async fn children_are_released_into_a_paused_queue(store: &TestStore) {
    let parent = single().in_queue(QueueName::High).submit(store).await;
    let child = single().after(parent.identity.as_str()).submit(store).await;
    pause(store, QUEUE).await;
    run(store, &parent).await;
    store.resolve_dependencies(None, 10).await.unwrap();
    assert_eq!(state(store, &job(&child, 1)).await, TaskState::Queued);
    assert_eq!(error_code(store, &job(&child, 1)).await, None);
}

async fn depths_report_the_tasks_of_each_queue(store: &TestStore) {
    let empty = QueueDepth {
        queue: QueueName::High,
        waiting: 0,
        queued: 0,
        dispatched: 0,
        processing: 0,
        dead: 0,
        ended: 0,
        oldest_seconds: None,
        pause: None,
    };
    assert_eq!(depth(store, QueueName::High).await, empty);

    single().submit(store).await;
    bulk(&[1, 2, 3], 2).submit_dispatched(store).await;
    bulk(&[1, 2, 3], 1).after("cv").submit(store).await;
    let working = bulk(&[1, 2], 1).submit(store).await;
    let working = claim_all(store, &working).await;
    fail(store, &claim(store, &single().submit(store).await).await).await;
    run(store, &single().submit(store).await).await;
    let error = TaskError::new("code", "what happened");
    let retried = store.schedule_retry(&working[0], LONG, &error);
    retried.await.unwrap();

    let depth_now = depth(store, QUEUE).await;
    assert!(
        depth_now
            .oldest_seconds
            .is_some_and(|seconds| seconds >= 0.0)
    );
    let expected = QueueDepth {
        queue: QUEUE,
        waiting: 3,
        queued: 4,
        dispatched: 2,
        processing: 1,
        dead: 1,
        ended: 2,
        oldest_seconds: depth_now.oldest_seconds,
        pause: None,
    };
    assert_eq!(depth_now, expected);
    assert_eq!(depth_now.backlog(), 7);
    assert_eq!(depth(store, QueueName::High).await, empty);
}

async fn a_queue_reports_how_many_tasks_ended_recently(store: &TestStore) {
    run(store, &bulk(&[1, 2, 3], 1).submit(store).await).await;
    store
        .execute("UPDATE tasks SET finished_at = created_at WHERE first_position = 1")
        .await;
    let all = store.queue_depths(LONG).await.unwrap();
    assert_eq!(all[QUEUE.index()].ended, 3);
    let none = store.queue_depths(Duration::ZERO).await.unwrap();
    assert_eq!(none[QUEUE.index()].ended, 0);
}

async fn the_oldest_ready_task_gives_the_age(store: &TestStore) {
    let later = single().submit(store).await;
    let claimed = claim(store, &later).await;
    store.release(&claimed, LONG, None).await.unwrap();
    single().after("cv").submit(store).await;
    // One task is due in an hour, the other waits for a dependency: neither is ready.
    assert_eq!(depth(store, QUEUE).await.oldest_seconds, None);
    let handed_out = single().submit_dispatched(store).await;
    assert!(depth(store, QUEUE).await.oldest_seconds.is_some());
    claim(store, &handed_out).await;
    single().submit(store).await;
    assert!(depth(store, QUEUE).await.oldest_seconds.is_some());
}
