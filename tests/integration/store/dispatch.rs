//! Dispatch: the window, its order, marks that are taken back, and the monitored counts.

use std::{collections::HashSet, time::Duration};

use matching::domain::{
    identifiers::TaskId, queue_name::QueueName, submission::Submission, task::TaskState,
};

use super::builders::{LONG, bulk, claim, complete, fail, job, run, single, state};
use crate::support::databases::TestStore;

on_every_store! {
    due_tasks_are_dispatched_oldest_first_up_to_the_window,
    claiming_makes_room_in_the_window,
    a_direct_dispatch_takes_its_place_in_the_window,
    a_dispatch_round_reports_the_room_left_in_the_window,
    queues_have_windows_of_their_own,
    two_concurrent_dispatchers_keep_within_the_window,
    tasks_that_are_not_due_stay,
    an_undone_dispatch_is_due_again,
    undoing_leaves_claimed_tasks_alone,
    only_old_dispatches_are_stale,
    the_oldest_dispatches_are_undone_first,
    counts_report_the_tasks_of_each_state,
}

async fn submit_many(store: &TestStore, count: usize) -> Vec<TaskId> {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(only_task(&single().submit(store).await));
    }
    ids
}

fn only_task(submission: &Submission) -> TaskId {
    submission.tasks[0].id.clone()
}

async fn dispatch(store: &TestStore, window: u32) -> (Vec<TaskId>, bool) {
    let round = store.dispatch_due(QueueName::Standard, window).await;
    let round = round.unwrap();
    (round.tasks, round.backlog)
}

async fn due_tasks_are_dispatched_oldest_first_up_to_the_window(store: &TestStore) {
    let ids = submit_many(store, 5).await;
    assert_eq!(dispatch(store, 3).await, (ids[..3].to_vec(), true));
    assert_eq!(dispatch(store, 3).await, (vec![], true));
    assert_eq!(dispatch(store, 2).await, (vec![], true));
    assert_eq!(dispatch(store, 9).await, (ids[3..].to_vec(), false));
    assert_eq!(dispatch(store, 9).await, (vec![], false));
}

async fn claiming_makes_room_in_the_window(store: &TestStore) {
    let ids = submit_many(store, 3).await;
    dispatch(store, 2).await;
    store.claim(&ids[0], "worker", LONG).await.unwrap().unwrap();
    assert_eq!(dispatch(store, 2).await, (vec![ids[2].clone()], false));
}

async fn a_direct_dispatch_takes_its_place_in_the_window(store: &TestStore) {
    bulk(&[1, 2, 3], 1).submit_dispatched(store).await;
    let ids = submit_many(store, 2).await;
    assert_eq!(dispatch(store, 4).await, (vec![ids[0].clone()], true));
}

async fn a_dispatch_round_reports_the_room_left_in_the_window(store: &TestStore) {
    let room = async |window| {
        store
            .dispatch_due(QueueName::Standard, window)
            .await
            .unwrap()
            .room
    };
    assert_eq!(room(5).await, 5);
    submit_many(store, 3).await;
    assert_eq!(room(5).await, 2);
    assert_eq!(room(5).await, 2);
    submit_many(store, 3).await;
    assert_eq!(room(5).await, 0);
    assert_eq!(room(4).await, 0);
}

async fn queues_have_windows_of_their_own(store: &TestStore) {
    submit_many(store, 2).await;
    let urgent = single().in_queue(QueueName::High).submit(store).await;
    assert!(!dispatch(store, 2).await.0.is_empty());
    let round = store.dispatch_due(QueueName::High, 2).await.unwrap();
    assert_eq!(round.tasks, [only_task(&urgent)]);
    let round = store.dispatch_due(QueueName::Bulk, 2).await.unwrap();
    assert!(round.tasks.is_empty() && !round.backlog);
}

async fn two_concurrent_dispatchers_keep_within_the_window(store: &TestStore) {
    let other = store.another_process().await;
    submit_many(store, 30).await;
    let mut dispatched = Vec::new();
    for _ in 0..5 {
        let (one, two, three) = tokio::join!(
            dispatch(store, 20),
            dispatch(&other, 20),
            dispatch(store, 20)
        );
        dispatched.extend([one.0, two.0, three.0].concat());
    }
    assert_eq!(dispatched.len(), 20);
    let distinct: HashSet<TaskId> = dispatched.into_iter().collect();
    assert_eq!(distinct.len(), 20);
}

async fn tasks_that_are_not_due_stay(store: &TestStore) {
    let later = single().submit(store).await;
    let claimed = claim(store, &later).await;
    store.release(&claimed, LONG, None).await.unwrap();
    single().after("something outside").submit(store).await;
    single().submit(store).await;
    store
        .execute("UPDATE tasks SET state = 'cancelled' WHERE state = 'queued' AND attempts = 0 AND lease_token = 0")
        .await;
    assert_eq!(dispatch(store, 9).await, (vec![], false));
}

async fn an_undone_dispatch_is_due_again(store: &TestStore) {
    let ids = submit_many(store, 3).await;
    dispatch(store, 9).await;
    store.undo_dispatch(&ids[1..]).await.unwrap();
    assert_eq!(dispatch(store, 9).await, (ids[1..].to_vec(), false));
    store.undo_dispatch(&[]).await.unwrap();
}

async fn undoing_leaves_claimed_tasks_alone(store: &TestStore) {
    let asked = single().submit_dispatched(store).await;
    claim(store, &asked).await;
    store.undo_dispatch(&[only_task(&asked)]).await.unwrap();
    assert_eq!(state(store, &job(&asked, 1)).await, TaskState::Processing);
    assert_eq!(dispatch(store, 9).await, (vec![], false));
}

async fn only_old_dispatches_are_stale(store: &TestStore) {
    let ids = submit_many(store, 2).await;
    dispatch(store, 1).await;
    let stale = |age| store.undo_stale_dispatches(QueueName::Standard, age, 10);
    assert_eq!(stale(LONG).await.unwrap(), 0);
    let other_queue = store.undo_stale_dispatches(QueueName::High, Duration::ZERO, 10);
    assert_eq!(other_queue.await.unwrap(), 0);
    assert_eq!(stale(Duration::ZERO).await.unwrap(), 1);
    assert_eq!(dispatch(store, 9).await, (ids, false));
}

async fn the_oldest_dispatches_are_undone_first(store: &TestStore) {
    let ids = submit_many(store, 3).await;
    dispatch(store, 9).await;
    store
        .execute("UPDATE tasks SET dispatched_at = created_at")
        .await;
    store.undo_dispatch(&ids[..1]).await.unwrap();
    dispatch(store, 9).await;
    let undone = store.undo_stale_dispatches(QueueName::Standard, Duration::ZERO, 2);
    assert_eq!(undone.await.unwrap(), 2);
    assert_eq!(dispatch(store, 9).await, (ids[1..].to_vec(), false));
}

async fn counts_report_the_tasks_of_each_state(store: &TestStore) {
    let empty = store.counts().await.unwrap();
    assert!(empty.tasks.is_empty() && empty.pending_deliveries == 0);

    single().submit(store).await;
    single().submit_dispatched(store).await;
    single()
        .in_queue(QueueName::High)
        .after("outside")
        .submit(store)
        .await;
    claim(store, &bulk(&[1, 2], 1).submit(store).await).await;
    run(store, &single().submit(store).await).await;
    let failing = single().announcing(matching::domain::submission::WebhookEvents::Each);
    let failing = failing.submit(store).await;
    fail(store, &claim(store, &failing).await).await;
    let completing = single().submit(store).await;
    complete(store, &claim(store, &completing).await).await;

    let counts = store.counts().await.unwrap();
    let mut tasks = counts.tasks;
    tasks.sort_by_key(|(queue, state, _)| (*queue, state.as_str()));
    assert_eq!(
        tasks,
        [
            (QueueName::High, TaskState::Waiting, 1),
            (QueueName::Standard, TaskState::Failed, 1),
            (QueueName::Standard, TaskState::Processing, 1),
            (QueueName::Standard, TaskState::Queued, 3),
        ]
    );
    assert_eq!(counts.pending_deliveries, 1);
}
