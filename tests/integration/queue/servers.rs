//! The server of queues: its facts, the ledgers that use it, and the names of connections.

use matching::domain::queue_name::QueueName::High;

use super::{
    adapters::{Adapter, Redis, RemoteAdapter},
    pool::RunningPool,
};
use crate::support::polling::eventually;

on_every_adapter!(ledgers_are_announced_to_those_who_share_the_queues);

async fn ledgers_are_announced_to_those_who_share_the_queues(adapter: impl Adapter) {
    let queues = adapter.queues();
    for _ in 0..2 {
        queues.announce_ledger("one").await.unwrap();
        queues.announce_ledger("two").await.unwrap();
    }
    let seen = queues.server().await.unwrap();
    if let Some(server) = seen {
        assert_eq!(server.ledgers, ["one", "two"]);
        // After 2020: the server's clock and not the time of its start.
        assert!(server.clock.as_secs() > 1_577_836_800);
    }
}

#[tokio::test]
async fn ledgers_under_another_prefix_are_not_seen() {
    let (one, other) = (Redis::start().await, Redis::start().await);
    one.queues().announce_ledger("one").await.unwrap();
    other.queues().announce_ledger("two").await.unwrap();
    let server = other.queues().server().await.unwrap().unwrap();
    assert_eq!(server.ledgers, ["two"]);
}

/// Returns Redis's list of connections under the name of the tests' adapters.
async fn connections(name: &str) -> Vec<String> {
    let mut connection = Redis::connection().await;
    let list: String = ::redis::cmd("CLIENT")
        .arg("LIST")
        .query_async(&mut connection)
        .await
        .unwrap();
    let named = list.lines().filter(|line| line.contains(name));
    named.map(str::to_owned).collect()
}

#[tokio::test]
async fn connections_have_names_also_after_an_outage() {
    let mut adapter = Redis::start().await;
    let name = adapter.client_name().to_owned();
    let queues = adapter.queues();
    queues.announce_ledger("one").await.unwrap();
    let _pool = RunningPool::start(&*queues, High, 1).await;
    let plain = format!(" name={name} ");
    let of_pool = format!(" name={name}:{High} ");
    assert_eq!(connections(&plain).await.len(), 1);
    assert_eq!(connections(&of_pool).await.len(), 1);
    adapter.disconnect().await;
    adapter.reconnect().await;
    eventually(async || queues.announce_ledger("one").await.is_ok()).await;
    assert_eq!(connections(&plain).await.len(), 1);
}
