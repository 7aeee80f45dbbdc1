//! The life of worker pools: concurrency, stop, interruption, and the next pool.

use matching::domain::queue_name::QueueName::{Bulk, High, Standard};

use super::{
    adapters::Adapter,
    pool::{RunningPool, ids},
};

on_every_adapter!(
    a_pool_follows_an_interrupted_one,
    a_pool_follows_a_stopped_one,
    a_pool_that_is_stopped_before_it_starts_ends,
    a_stop_ends_an_idle_pool,
    a_stop_waits_for_running_tasks,
    concurrency_is_reached_and_never_exceeded,
);

async fn concurrency_is_reached_and_never_exceeded(adapter: impl Adapter) {
    let queues = adapter.queues();
    let mut pool = RunningPool::start(&*queues, Standard, 3).await;
    queues.push(Standard, &ids("a b c d e f g")).await.unwrap();
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(pool.next().await);
    }
    for _ in 0..4 {
        open.remove(0).settle();
        open.push(pool.next().await);
    }
    assert_eq!(pool.most_open(), 3);
}

async fn a_stop_ends_an_idle_pool(adapter: impl Adapter) {
    let queues = adapter.queues();
    let mut pool = RunningPool::start(&*queues, Standard, 2).await;
    queues.push(Standard, &ids("a")).await.unwrap();
    pool.settle_all(&ids("a")).await;
    pool.stop();
    pool.ended().await.unwrap();
}

async fn a_pool_that_is_stopped_before_it_starts_ends(adapter: impl Adapter) {
    let mut pool = RunningPool::spawn(&*adapter.queues(), Bulk, 1);
    pool.stop();
    pool.ended().await.unwrap();
}

async fn a_stop_waits_for_running_tasks(adapter: impl Adapter) {
    let queues = adapter.queues();
    let mut pool = RunningPool::start(&*queues, Bulk, 2).await;
    queues.push(Bulk, &ids("a b")).await.unwrap();
    let (first, second) = (pool.next().await, pool.next().await);
    pool.stop();
    first.settle();
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    assert!(pool.is_running(), "a task is running");
    second.settle();
    pool.ended().await.unwrap();
}

async fn a_pool_follows_a_stopped_one<A: Adapter>(adapter: A) {
    let queues = adapter.queues();
    let mut first = RunningPool::start(&*queues, High, 1).await;
    queues.push(High, &ids("a")).await.unwrap();
    first.settle_all(&ids("a")).await;
    first.stop();
    first.ended().await.unwrap();
    let between = queues.push(High, &ids("b")).await;
    assert_eq!(between.is_ok(), A::KEEPS_POINTERS);
    let mut second = RunningPool::start(&*queues, High, 1).await;
    queues.push(High, &ids("c")).await.unwrap();
    let expected = if A::KEEPS_POINTERS {
        ids("b c")
    } else {
        ids("c")
    };
    assert_eq!(second.settle_all(&expected).await, expected);
}

/// The interrupted pool may have lost its pointers. The ledger pushes them again.
async fn a_pool_follows_an_interrupted_one(adapter: impl Adapter) {
    let queues = adapter.queues();
    let mut first = RunningPool::start(&*queues, High, 1).await;
    let tasks = ids("a b c");
    queues.push(High, &tasks).await.unwrap();
    let _running = first.next().await;
    first.interrupt().await;
    let mut second = RunningPool::start(&*queues, High, 1).await;
    queues.push(High, &tasks).await.unwrap();
    second.settle_all(&tasks).await;
    assert_eq!(queues.pending(High).await.unwrap(), 0);
}
