//! The dead set: pointers of dead letters, where a queue keeps them.

use matching::{
    domain::{
        identifiers::TaskId,
        queue_name::QueueName,
        queue_name::QueueName::{Bulk, High},
    },
    queue::{DeadPointer, TaskQueues},
};

use super::{
    adapters::Adapter,
    pool::{RunningPool, ids},
};
use crate::support::polling::eventually;

on_every_adapter!(
    dead_letters_are_kept_until_they_are_removed,
    removing_what_is_not_there_succeeds,
    settled_pointers_are_not_kept,
    the_dead_set_is_empty_at_first,
);

/// Returns all pages of a dead set.
async fn dead_pointers(queues: &dyn TaskQueues, queue: QueueName) -> Vec<DeadPointer> {
    let (mut all, mut from) = (Vec::new(), 0);
    loop {
        let page = queues.dead_pointers(queue, from).await.unwrap();
        all.extend(page.pointers);
        from = page.next;
        if from == 0 {
            return all;
        }
    }
}

/// Returns the tasks that a dead set points to, each once and sorted.
async fn dead_tasks(queues: &dyn TaskQueues, queue: QueueName) -> Vec<TaskId> {
    let pointers = dead_pointers(queues, queue).await.into_iter();
    let mut tasks: Vec<TaskId> = pointers.map(|pointer| pointer.task_id.unwrap()).collect();
    tasks.sort();
    tasks.dedup();
    tasks
}

async fn the_dead_set_is_empty_at_first(adapter: impl Adapter) {
    for queue in QueueName::ALL {
        assert_eq!(dead_pointers(&*adapter.queues(), queue).await, []);
    }
}

async fn settled_pointers_are_not_kept(adapter: impl Adapter) {
    let queues = adapter.queues();
    let mut pool = RunningPool::start(&*queues, High, 2).await;
    let tasks = ids("a b c d");
    queues.push(High, &tasks).await.unwrap();
    pool.settle_all(&tasks).await;
    pool.stop();
    pool.ended().await.unwrap();
    assert_eq!(dead_pointers(&*queues, High).await, []);
}

async fn dead_letters_are_kept_until_they_are_removed<A: Adapter>(adapter: A) {
    let queues = adapter.queues();
    let mut pool = RunningPool::start(&*queues, High, 1).await;
    let failing: Vec<TaskId> = (0..600)
        .flat_map(|number| ids(&format!("t{number}")))
        .collect();
    queues.push(High, &failing).await.unwrap();
    queues.push(High, &ids("settled")).await.unwrap();
    for _ in &failing {
        pool.next().await.fail();
    }
    pool.next().await.settle();
    let mut expected = if A::KEEPS_DEAD_POINTERS {
        failing
    } else {
        vec![]
    };
    expected.sort();
    // The outcome is written after the run has ended.
    eventually(async || dead_tasks(&*queues, High).await == expected).await;
    assert_eq!(dead_tasks(&*queues, Bulk).await, []);

    let dead = dead_pointers(&*queues, High).await;
    queues.remove_dead(Bulk, &dead).await.unwrap();
    assert_eq!(dead_tasks(&*queues, High).await, expected);
    queues.remove_dead(High, &dead).await.unwrap();
    assert_eq!(dead_pointers(&*queues, High).await, []);
}

async fn removing_what_is_not_there_succeeds(adapter: impl Adapter) {
    let queues = adapter.queues();
    queues.remove_dead(High, &[]).await.unwrap();
    let absent = DeadPointer {
        id: "absent".to_owned(),
        task_id: None,
    };
    queues.remove_dead(High, &[absent]).await.unwrap();
}
