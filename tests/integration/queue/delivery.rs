//! The delivery of pointers: each is handled at least once, in its own queue and in order.

use matching::{
    domain::queue_name::QueueName::{self, Bulk, High, Standard},
    queue::QueueError,
};

use super::{
    adapters::Adapter,
    pool::{RunningPool, ids},
};

on_every_adapter!(
    each_queue_has_its_own_pointers,
    equal_pointers_are_each_handled,
    pending_counts_pointers_that_no_worker_has_fetched,
    pointers_without_a_pool_wait_or_are_refused,
    pointers_are_handled_in_order,
    pushing_nothing_changes_nothing,
    thousands_of_pointers_are_all_handled,
    tidying_keeps_waiting_and_running_pointers,
    the_queues_can_be_checked,
);

async fn pointers_are_handled_in_order(adapter: impl Adapter) {
    let queues = adapter.queues();
    let mut pool = RunningPool::start(&*queues, Standard, 1).await;
    queues.push(Standard, &ids("b a d")).await.unwrap();
    queues.push(Standard, &ids("c")).await.unwrap();
    let expected = ids("b a d c");
    assert_eq!(pool.settle_all(&expected).await, expected);
}

async fn each_queue_has_its_own_pointers(adapter: impl Adapter) {
    let queues = adapter.queues();
    let mut pools = Vec::new();
    for queue in QueueName::ALL {
        pools.push(RunningPool::start(&*queues, queue, 2).await);
    }
    for (queue, id) in [(High, "high"), (Standard, "standard"), (Bulk, "bulk")] {
        queues.push(queue, &ids(id)).await.unwrap();
    }
    for (pool, id) in pools.iter_mut().zip(["high", "standard", "bulk"]) {
        let expected = ids(id);
        assert_eq!(pool.settle_all(&expected).await, expected);
    }
}

/// The ledger pushes a task again if its pointer may be lost, and for each of its attempts.
async fn equal_pointers_are_each_handled(adapter: impl Adapter) {
    let queues = adapter.queues();
    let mut pool = RunningPool::start(&*queues, High, 1).await;
    let task = ids("task");
    queues.push(High, &task).await.unwrap();
    let first = pool.next().await;
    // Once while it runs, and once after it ended.
    queues.push(High, &task).await.unwrap();
    first.settle();
    assert_eq!(pool.settle_all(&task).await, task);
    queues.push(High, &task).await.unwrap();
    assert_eq!(pool.settle_all(&task).await, task);
}

async fn thousands_of_pointers_are_all_handled(adapter: impl Adapter) {
    let queues = adapter.queues();
    let mut pool = RunningPool::start(&*queues, Bulk, 16).await;
    let tasks: Vec<_> = (0..2_000)
        .flat_map(|number| ids(&format!("t{number}")))
        .collect();
    for part in tasks.chunks(500) {
        queues.push(Bulk, part).await.unwrap();
    }
    let mut handled = pool.settle_all(&tasks).await;
    handled.sort();
    handled.dedup();
    assert_eq!(handled.len(), tasks.len());
    assert_eq!(queues.pending(Bulk).await.unwrap(), 0);
}

async fn pushing_nothing_changes_nothing(adapter: impl Adapter) {
    let queues = adapter.queues();
    let mut pool = RunningPool::start(&*queues, High, 1).await;
    queues.push(High, &[]).await.unwrap();
    assert_eq!(queues.pending(High).await.unwrap(), 0);
    queues.push(High, &ids("a")).await.unwrap();
    assert_eq!(pool.settle_all(&ids("a")).await, ids("a"));
}

async fn pointers_without_a_pool_wait_or_are_refused<A: Adapter>(adapter: A) {
    let queues = adapter.queues();
    let early = ids("a b c");
    let pushed = queues.push(Standard, &early).await;
    let kept = queues.pending(Standard).await.unwrap();
    if A::KEEPS_POINTERS {
        pushed.unwrap();
        assert_eq!(kept, 3);
    } else {
        assert!(matches!(pushed, Err(QueueError::NoReader)));
        assert_eq!(kept, 0);
    }
    assert_eq!(queues.pending(High).await.unwrap(), 0);
    let mut pool = RunningPool::start(&*queues, Standard, 1).await;
    queues.push(Standard, &ids("d")).await.unwrap();
    let expected = if A::KEEPS_POINTERS {
        ids("a b c d")
    } else {
        ids("d")
    };
    assert_eq!(pool.settle_all(&expected).await, expected);
}

async fn pending_counts_pointers_that_no_worker_has_fetched(adapter: impl Adapter) {
    let queues = adapter.queues();
    let mut pool = RunningPool::start(&*queues, Bulk, 1).await;
    let tasks: Vec<_> = (0..100)
        .flat_map(|number| ids(&format!("t{number}")))
        .collect();
    queues.push(Bulk, &tasks).await.unwrap();
    let run = pool.next().await;
    let pending = queues.pending(Bulk).await.unwrap();
    // Workers fetch some pointers in advance, but leave most to others.
    assert!((50..100).contains(&pending), "{pending}");
    run.settle();
    pool.settle_all(&tasks[1..]).await;
    assert_eq!(queues.pending(Bulk).await.unwrap(), 0);
}

async fn tidying_keeps_waiting_and_running_pointers(adapter: impl Adapter) {
    let queues = adapter.queues();
    let mut pool = RunningPool::start(&*queues, High, 1).await;
    assert_eq!(queues.tidy(High).await.unwrap(), 0);
    let tasks: Vec<_> = (0..50)
        .flat_map(|number| ids(&format!("t{number}")))
        .collect();
    queues.push(High, &tasks).await.unwrap();
    pool.next().await.settle();
    let running = pool.next().await;
    queues.tidy(High).await.unwrap();
    running.settle();
    assert_eq!(pool.settle_all(&tasks[2..]).await, tasks[2..]);
}

async fn the_queues_can_be_checked(adapter: impl Adapter) {
    let queues = adapter.queues();
    queues.check().await.unwrap();
    let _pool = RunningPool::start(&*queues, High, 1).await;
    queues.check().await.unwrap();
}
