//! Announcements of withdrawn runs.

use matching::domain::task::Withdrawal;
use tokio::sync::broadcast::error::RecvError;

use super::adapters::Adapter;

on_every_adapter!(
    announcements_need_no_subscriber,
    every_subscriber_receives_each_announcement,
    a_slow_subscriber_delays_nobody_and_is_told,
    subscriptions_begin_at_their_call,
);

fn withdrawals(task: &str, lease_tokens: impl IntoIterator<Item = i64>) -> Vec<Withdrawal> {
    let tokens = lease_tokens.into_iter();
    let withdrawal = |lease_token| Withdrawal {
        task_id: task.parse().unwrap(),
        lease_token,
    };
    tokens.map(withdrawal).collect()
}

async fn every_subscriber_receives_each_announcement(adapter: impl Adapter) {
    let queues = adapter.queues();
    let subscribers = [queues.withdrawals(), queues.withdrawals()];
    let (first, second) = (withdrawals("a", [1, 27]), withdrawals("b", [3]));
    queues.announce_withdrawals(&first).await.unwrap();
    queues.announce_withdrawals(&second).await.unwrap();
    for mut subscriber in subscribers {
        assert_eq!(subscriber.recv().await.unwrap(), first);
        // An announcement may arrive twice.
        while subscriber.recv().await.unwrap() != second {}
    }
}

async fn announcements_need_no_subscriber(adapter: impl Adapter) {
    let queues = adapter.queues();
    queues
        .announce_withdrawals(&withdrawals("a", [1]))
        .await
        .unwrap();
    queues.announce_withdrawals(&[]).await.unwrap();
}

async fn subscriptions_begin_at_their_call(adapter: impl Adapter) {
    let queues = adapter.queues();
    // Received, so that no part of it is under way any more.
    let mut early = queues.withdrawals();
    queues
        .announce_withdrawals(&withdrawals("a", [1]))
        .await
        .unwrap();
    early.recv().await.unwrap();
    let mut late = queues.withdrawals();
    let second = withdrawals("b", [2]);
    queues.announce_withdrawals(&second).await.unwrap();
    while late.recv().await.unwrap() != second {}
}

async fn a_slow_subscriber_delays_nobody_and_is_told(adapter: impl Adapter) {
    let queues = adapter.queues();
    let mut slow = queues.withdrawals();
    for withdrawal in withdrawals("a", 0..300) {
        let announced = queues.announce_withdrawals(&[withdrawal]).await;
        announced.unwrap();
    }
    assert!(matches!(slow.recv().await, Err(RecvError::Lagged(44..))));
    let last = withdrawals("a", [299]);
    while slow.recv().await.unwrap() != last {}
}
