//! The scenarios: each starts servers of its own and a trial on them.

mod disks;
mod heal;
mod outages;
mod sessions;

use std::time::Duration;

use matching_test_servers::{postgres::PostgresServer, redis::RedisServer};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::{load::Pace, servers, service::Servers, table::Row, trial::Trial};

/// The scenarios with their usual numbers, in the order in which they run.
pub const ALL: [(&str, u64); 21] = [
    ("horizon", 60),
    ("readers", 60),
    ("connections", 300),
    ("exhausted", 30),
    ("terminate", 30),
    ("lock", 10),
    ("rows", 1_000_000),
    ("postgres-disk", 30),
    ("wal-disk", 30),
    ("embedded-disk", 30),
    ("redis-full", 60),
    ("postgres-down", 60),
    ("redis-down", 60),
    ("heal-postgres-restart", 20),
    ("heal-postgres-failover", 20),
    ("heal-postgres-cut", 20),
    ("heal-postgres-silent", 20),
    ("heal-redis-restart", 20),
    ("heal-redis-failover", 20),
    ("heal-redis-cut", 20),
    ("heal-redis-silent", 20),
];

pub async fn run(name: &str, number: u64) -> Row {
    match name {
        "horizon" => sessions::horizon(number).await,
        "readers" => sessions::readers(number).await,
        "connections" => sessions::connections(number).await,
        "exhausted" => sessions::exhausted(number).await,
        "terminate" => sessions::terminate(number).await,
        "lock" => sessions::lock(number).await,
        "rows" => sessions::rows(number).await,
        "postgres-disk" => disks::postgres(number).await,
        "wal-disk" => disks::wal(number).await,
        "embedded-disk" => disks::embedded(number).await,
        "redis-full" => outages::full_redis(number).await,
        "postgres-down" => outages::postgres_down(number).await,
        "redis-down" => outages::redis_down(number).await,
        "heal-postgres-restart" => heal::postgres_restart(number).await,
        "heal-postgres-failover" => heal::postgres_failover(number).await,
        "heal-postgres-cut" => heal::postgres_cut(number).await,
        "heal-postgres-silent" => heal::postgres_silent(number).await,
        "heal-redis-restart" => heal::redis_restart(number).await,
        "heal-redis-failover" => heal::redis_failover(number).await,
        "heal-redis-cut" => heal::redis_cut(number).await,
        _ => heal::redis_silent(number).await,
    }
}

/// The number of profiles of each kind. Their pairs are matched again and again, so that results
/// are updated as well as inserted.
const PROFILES: i64 = 500;

/// Durable servers with the settings of the bench.
struct OwnServers {
    postgres: PostgresServer,
    redis: RedisServer,
}

impl OwnServers {
    async fn start() -> Self {
        Self {
            postgres: servers::start_postgres().await,
            redis: RedisServer::start().await,
        }
    }

    async fn start_with(settings: &'static [&'static str]) -> Self {
        Self {
            postgres: PostgresServer::start_with(settings).await,
            redis: RedisServer::start().await,
        }
    }

    async fn trial(&self, pace: Pace) -> Trial {
        let servers = Servers::Own(self.postgres.url(), self.redis.url());
        Trial::start(servers, None, PROFILES, pace).await
    }

    /// Opens a session of another application.
    async fn session(&self) -> PgConnection {
        PgConnection::connect(&self.postgres.url()).await.unwrap()
    }
}

async fn run_sql(session: &mut PgConnection, statement: &str) {
    let statement = sqlx::raw_sql(AssertSqlSafe(statement));
    statement.execute(session).await.unwrap();
}

async fn seconds(count: u64) {
    tokio::time::sleep(Duration::from_secs(count)).await;
}
