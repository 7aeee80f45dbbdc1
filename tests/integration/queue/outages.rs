//! Queues on a server that is unavailable for a while.

use matching::{
    breaker::BreakerState,
    domain::{queue_name::QueueName::High, task::Withdrawal},
    queue::{QueueError, TaskQueues},
};

use super::{
    adapters::RemoteAdapter,
    pool::{RunningPool, ids},
};
use crate::support::polling::eventually;

on_every_remote_adapter!(
    a_pool_ends_with_its_connection_and_another_goes_on,
    announcements_reach_this_process_during_an_outage,
    calls_fail_and_open_the_breaker,
    calls_succeed_again_after_an_outage,
    queues_can_be_prepared_during_an_outage,
);

/// Returns the outcome of every call.
async fn call_all(queues: &dyn TaskQueues) -> [Result<(), QueueError>; 7] {
    [
        queues.check().await,
        queues.push(High, &ids("a")).await,
        queues.pending(High).await.map(drop),
        queues.tidy(High).await.map(drop),
        queues.dead_pointers(High, 0).await.map(drop),
        queues.remove_dead(High, &[dead_pointer()]).await,
        queues.announce_withdrawals(&[]).await,
    ]
}

fn dead_pointer() -> matching::queue::DeadPointer {
    matching::queue::DeadPointer {
        id: "dead".to_owned(),
        task_id: None,
    }
}

/// Makes calls until the breaker refuses them.
async fn until_paused(queues: &dyn TaskQueues) {
    while !matches!(queues.check().await, Err(QueueError::Paused(_))) {}
}

async fn calls_fail_and_open_the_breaker(mut adapter: impl RemoteAdapter) {
    let queues = adapter.queues();
    for outcome in call_all(&*queues).await {
        outcome.unwrap();
    }
    let breaker = queues.breaker().unwrap();
    assert_eq!(breaker.state(), BreakerState::Closed);
    adapter.disconnect().await;
    for outcome in call_all(&*queues).await {
        outcome.unwrap_err();
    }
    until_paused(&*queues).await;
    assert_ne!(breaker.state(), BreakerState::Closed);
}

async fn calls_succeed_again_after_an_outage(mut adapter: impl RemoteAdapter) {
    let queues = adapter.queues();
    queues.push(High, &ids("before")).await.unwrap();
    adapter.disconnect().await;
    until_paused(&*queues).await;
    adapter.reconnect().await;
    // The breaker lets one call through after its pause.
    eventually(async || queues.check().await.is_ok()).await;
    assert_eq!(queues.breaker().unwrap().state(), BreakerState::Closed);
    queues.push(High, &ids("after")).await.unwrap();
    assert_eq!(queues.pending(High).await.unwrap(), 2);
    let mut pool = RunningPool::start(&*queues, High, 1).await;
    let expected = ids("before after");
    assert_eq!(pool.settle_all(&expected).await, expected);
}

async fn queues_can_be_prepared_during_an_outage(mut adapter: impl RemoteAdapter) {
    adapter.disconnect().await;
    let queues = adapter.queues_of_another_process();
    queues.check().await.unwrap_err();
    adapter.reconnect().await;
    eventually(async || queues.check().await.is_ok()).await;
    let mut pool = RunningPool::start(&*queues, High, 1).await;
    queues.push(High, &ids("a")).await.unwrap();
    pool.settle_all(&ids("a")).await;
}

/// Leases of this process are interrupted at once; those of other processes at their renewal.
async fn announcements_reach_this_process_during_an_outage(mut adapter: impl RemoteAdapter) {
    let queues = adapter.queues();
    let mut subscriber = queues.withdrawals();
    adapter.disconnect().await;
    let withdrawn = [Withdrawal {
        task_id: "a".parse().unwrap(),
        lease_token: 1,
    }];
    queues.announce_withdrawals(&withdrawn).await.unwrap_err();
    assert_eq!(subscriber.recv().await.unwrap(), withdrawn);
}

/// The supervisor runs a pool that ended again, under a new name.
async fn a_pool_ends_with_its_connection_and_another_goes_on(mut adapter: impl RemoteAdapter) {
    let queues = adapter.queues();
    let mut pool = RunningPool::start(&*queues, High, 1).await;
    queues.push(High, &ids("a")).await.unwrap();
    pool.settle_all(&ids("a")).await;
    adapter.disconnect().await;
    pool.ended().await.unwrap_err();
    adapter.reconnect().await;
    eventually(async || queues.check().await.is_ok()).await;
    let mut pool = RunningPool::start(&*queues, High, 1).await;
    queues.push(High, &ids("b")).await.unwrap();
    pool.settle_all(&ids("b")).await;
}
