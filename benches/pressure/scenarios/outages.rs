//! Servers that are away, or take no data, for a while.

use super::{OwnServers, seconds};
use crate::{load::Pace, table::Row};

/// Redis takes no data for this many seconds: its memory is full, with the policy `noeviction`.
pub async fn full_redis(length: u64) -> Row {
    let servers = OwnServers::start().await;
    let trial = servers.trial(Pace::Steady).await;
    let limit = async |bytes: &str| {
        let set = ["CONFIG", "SET", "maxmemory", bytes];
        servers.redis.call::<()>(&set).await;
    };
    let name = format!("Redis full for {length} s");
    let row = trial.press(&name, async {
        limit("1").await;
        seconds(length).await;
        limit("0").await;
    });
    let row = row.await;
    trial.finish(row).await
}

/// PostgreSQL is stopped for this many seconds.
pub async fn postgres_down(length: u64) -> Row {
    let mut servers = OwnServers::start().await;
    let trial = servers.trial(Pace::Steady).await;
    let name = format!("PostgreSQL stopped for {length} s");
    let row = trial.press(&name, async {
        servers.postgres.stop_immediately().await;
        seconds(length).await;
        servers.postgres.restart().await;
    });
    let row = row.await;
    trial.finish(row).await
}

/// Redis is stopped for this many seconds, and empty afterwards.
pub async fn redis_down(length: u64) -> Row {
    let mut servers = OwnServers::start().await;
    let trial = servers.trial(Pace::Steady).await;
    let name = format!("Redis stopped for {length} s");
    let row = trial.press(&name, async {
        servers.redis.stop().await;
        seconds(length).await;
        servers.redis.restart().await;
    });
    let row = row.await;
    trial.finish(row).await
}
