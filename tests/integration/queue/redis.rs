//! Behaviour of the queues in Redis only.

use std::time::Duration;

use matching::{
    breaker::{BreakerSettings, BreakerState},
    domain::queue_name::QueueName::{self, Bulk, High},
    queue::{QueueError, RedisQueueSettings, RedisQueues, TaskQueues},
};
use matching_test_servers::redis::RedisServer;
use redis::AsyncCommands;

use super::{
    adapters::{Adapter, Redis},
    pool::{RunningPool, ids},
};
use crate::support::polling::eventually;

#[tokio::test]
async fn a_dead_set_is_trimmed_to_ten_thousand_pointers_in_steps() {
    let adapter = Redis::start().await;
    let dead_set = format!("{}:{Bulk}:dead", adapter.key_prefix());
    let mut connection = Redis::connection().await;
    let ids: Vec<String> = (0..10_600)
        .map(|number| format!("pointer-{number}"))
        .collect();
    let _: usize = connection.sadd(&dead_set, &ids).await.unwrap();

    let queues = adapter.queues();
    for (removed, kept) in [(500, 10_100), (100, 10_000), (0, 10_000)] {
        assert_eq!(queues.tidy(Bulk).await.unwrap(), removed);
        assert_eq!(connection.scard::<_, usize>(&dead_set).await.unwrap(), kept);
    }
    let _: usize = connection.del(&dead_set).await.unwrap();
}

/// Returns the number of keys and of hash fields with data of tasks.
async fn kept_data(adapter: &Redis, queue: QueueName) -> usize {
    let mut connection = Redis::connection().await;
    let queue = format!("{}:{queue}", adapter.key_prefix());
    let data: usize = connection.hlen(format!("{queue}:data")).await.unwrap();
    let meta: Vec<String> = connection.keys(format!("{queue}:meta:*")).await.unwrap();
    data + meta.len()
}

#[tokio::test]
async fn tidying_removes_all_data_of_finished_tasks() {
    let adapter = Redis::start().await;
    let queues = adapter.queues();
    let mut pool = RunningPool::start(&*queues, High, 2).await;
    let tasks = ids("a b c d");
    queues.push(High, &tasks).await.unwrap();
    pool.settle_all(&tasks).await;
    assert_eq!(kept_data(&adapter, High).await, 2 * tasks.len());
    let mut removed = 0;
    // apalis acknowledges a task some time after its end.
    eventually(async || {
        removed += queues.tidy(High).await.unwrap();
        removed == 4
    })
    .await;
    assert_eq!(kept_data(&adapter, High).await, 0);
}

#[tokio::test]
async fn pointers_of_a_lost_worker_return_to_the_queue() {
    let adapter = Redis::start().await;
    let queues = adapter.queues();
    let mut lost = RunningPool::start(&*queues, High, 1).await;
    let tasks = ids("a b c");
    queues.push(High, &tasks).await.unwrap();
    let _running = lost.next().await;
    let worker = lost.interrupt().await;
    // The worker's last heartbeat, as if it had been missing for long.
    let heartbeats = format!("{}:{High}:heartbeats", adapter.key_prefix());
    let mut connection = Redis::connection().await;
    let changed: usize = connection.zadd(&heartbeats, &worker, 1).await.unwrap();
    assert_eq!(changed, 0, "the worker had recorded a heartbeat");
    let mut pool = RunningPool::start(&*queues, High, 1).await;
    pool.settle_all(&tasks).await;
}

#[tokio::test]
async fn a_refused_command_is_not_an_outage() {
    let adapter = Redis::start().await;
    let queues = adapter.queues();
    let available = format!("{}:{High}:active", adapter.key_prefix());
    let mut connection = Redis::connection().await;
    let _: () = connection.set(&available, "of another type").await.unwrap();
    for _ in 0..5 {
        queues.pending(High).await.unwrap_err();
        queues.push(High, &ids("a")).await.unwrap_err();
    }
    assert_eq!(queues.breaker().unwrap().state(), BreakerState::Closed);
    let _: usize = connection.del(&available).await.unwrap();
    queues.push(High, &ids("a")).await.unwrap();
}

#[tokio::test]
async fn pushed_pointers_are_available_whatever_the_clock_of_a_worker() {
    let adapter = Redis::start().await;
    adapter.queues().push(High, &ids("a b")).await.unwrap();
    let mut connection = Redis::connection().await;
    let available = format!("{}:{High}:active", adapter.key_prefix());
    assert_eq!(connection.llen::<_, usize>(&available).await.unwrap(), 2);
}

#[tokio::test]
async fn a_redis_that_answers_reads_but_refuses_writes_keeps_the_breaker_open() {
    let redis = RedisServer::start().await;
    let patience = Duration::from_secs(30);
    let short_pause = Duration::from_millis(50);
    let queues = RedisQueues::new(RedisQueueSettings {
        url: redis.url().into(),
        key_prefix: "matching".to_owned(),
        client_name: "test".to_owned(),
        connection_timeout: patience,
        response_timeout: patience,
        breaker: BreakerSettings {
            failure_threshold: 1,
            first_pause: short_pause,
            longest_pause: short_pause,
        },
    })
    .unwrap();
    let breaker = queues.breaker().unwrap();
    redis.call::<()>(&["CONFIG", "SET", "maxmemory", "1"]).await;
    queues.push(High, &ids("a")).await.unwrap_err();
    // The first call after the pause only reads.
    let read = async || loop {
        match queues.pending(High).await {
            Err(QueueError::Paused(_)) => tokio::task::yield_now().await,
            answer => return answer,
        }
    };
    let refused = read().await.unwrap_err();
    assert!(matches!(refused, QueueError::Redis { .. }), "{refused}");
    assert_ne!(breaker.state(), BreakerState::Closed);
    redis.call::<()>(&["CONFIG", "SET", "maxmemory", "0"]).await;
    assert_eq!(read().await.unwrap(), 0);
    assert_eq!(breaker.state(), BreakerState::Closed);
}
