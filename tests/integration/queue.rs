//! The queues in Redis by themselves, for behaviour that no end-to-end test triggers in its time.

use std::time::Duration;

use matching::{
    breaker::BreakerSettings,
    domain::queue_name::QueueName,
    queue::{RedisQueueSettings, RedisQueues, TaskQueues},
};
use redis::AsyncCommands;

use crate::support::environment::redis_url;

#[tokio::test]
async fn a_dead_set_is_trimmed_to_ten_thousand_pointers_in_steps() {
    let key_prefix = ulid::Ulid::generate().to_string();
    let dead_set = format!("{key_prefix}:{}:dead", QueueName::Bulk);
    let client = redis::Client::open(redis_url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let ids: Vec<String> = (0..10_600)
        .map(|number| format!("pointer-{number}"))
        .collect();
    let _: usize = connection.sadd(&dead_set, &ids).await.unwrap();

    let patience = Duration::from_secs(10);
    let queues = RedisQueues::new(RedisQueueSettings {
        url: redis_url().into(),
        key_prefix,
        connection_timeout: patience,
        response_timeout: patience,
        breaker: BreakerSettings {
            failure_threshold: 5,
            first_pause: patience,
            longest_pause: patience,
        },
    })
    .unwrap();
    for (removed, kept) in [(500, 10_100), (100, 10_000), (0, 10_000)] {
        assert_eq!(queues.tidy(QueueName::Bulk).await.unwrap(), removed);
        assert_eq!(connection.scard::<_, usize>(&dead_set).await.unwrap(), kept);
    }
    let _: usize = connection.del(&dead_set).await.unwrap();
}
