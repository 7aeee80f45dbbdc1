//! Short faults, each repeated this many times, to find the time until the rate is normal again.

use matching_test_servers::{
    postgres::postgres_url,
    proxy::{Proxy, Wire},
    redis::RedisServer,
};

use super::{OwnServers, PROFILES, run_sql, seconds};
use crate::{load::Pace, service::Servers, table::Row, trial::Trial};

/// The length of outages, in seconds.
const OUTAGE: u64 = 3;

/// PostgreSQL stops, and starts again.
pub async fn postgres_restart(times: u64) -> Row {
    let mut servers = OwnServers::start().await;
    let trial = servers.trial(Pace::Steady).await;
    let name = format!("PostgreSQL stopped for {OUTAGE} s");
    let outage = async || {
        servers.postgres.stop_immediately().await;
        seconds(OUTAGE).await;
        servers.postgres.restart().await;
    };
    let row = trial.press_often(times, &name, async || (), outage).await;
    trial.finish(row).await
}

/// PostgreSQL becomes read-only for sessions that are open, as a demotion does, while new ones may
/// write: a setting of the database is read at the start of a session.
pub async fn postgres_failover(times: u64) -> Row {
    let servers = OwnServers::start().await;
    let trial = servers.trial(Pace::Steady).await;
    let name = "PostgreSQL fails over; connections to the former primary stay open";
    let promote = async || {
        let mut session = servers.session().await;
        for statement in [
            "ALTER DATABASE postgres RESET default_transaction_read_only",
            "ALTER SYSTEM RESET default_transaction_read_only",
            "SELECT pg_reload_conf()",
            // Open sessions keep the setting of the database.
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE application_name LIKE 'matching%'",
        ] {
            run_sql(&mut session, statement).await;
        }
        seconds(OUTAGE).await;
    };
    let demote = async || {
        let mut session = servers.session().await;
        for statement in [
            "ALTER DATABASE postgres SET default_transaction_read_only = off",
            "ALTER SYSTEM SET default_transaction_read_only = on",
            "SELECT pg_reload_conf()",
        ] {
            run_sql(&mut session, statement).await;
        }
    };
    let row = trial.press_often(times, name, promote, demote).await;
    trial.finish(row).await
}

/// All connections to PostgreSQL end at once.
pub async fn postgres_cut(times: u64) -> Row {
    let servers = OwnServers::start().await;
    let mut wire = Proxy::to(&servers.postgres.address()).await;
    let trial = behind(&postgres_url(&wire.address()), &servers.redis.url()).await;
    let name = "all connections to PostgreSQL cut";
    let sever = async || wire.sever().await;
    let row = trial.press_often(times, name, async || (), sever).await;
    trial.finish(row).await
}

/// The network to PostgreSQL drops all packets.
pub async fn postgres_silent(times: u64) -> Row {
    let servers = OwnServers::start().await;
    let wire = Proxy::to(&servers.postgres.address()).await;
    let trial = behind(&postgres_url(&wire.address()), &servers.redis.url()).await;
    let name = format!("PostgreSQL silent for {OUTAGE} s");
    let silence = async || silence(&wire).await;
    let row = trial.press_often(times, &name, async || (), silence).await;
    trial.finish(row).await
}

/// Redis stops, and starts again, empty.
pub async fn redis_restart(times: u64) -> Row {
    let mut servers = OwnServers::start().await;
    let trial = servers.trial(Pace::Steady).await;
    let name = format!("Redis stopped for {OUTAGE} s, then empty");
    let outage = async || {
        servers.redis.stop().await;
        seconds(OUTAGE).await;
        servers.redis.restart().await;
    };
    let row = trial.press_often(times, &name, async || (), outage).await;
    trial.finish(row).await
}

/// The name of Redis leads to another, empty server, and the former master becomes its replica.
pub async fn redis_failover(times: u64) -> Row {
    let servers = OwnServers::start().await;
    let mut roles = [&servers.redis, &RedisServer::start().await];
    let wire = Proxy::to(&roles[0].address()).await;
    let redis_url = format!("redis://{}", wire.address());
    let trial = behind(&servers.postgres.url(), &redis_url).await;
    let name = "Redis fails over; connections to the former master stay open";
    let fail_over = async || {
        roles.swap(0, 1);
        let [master, former] = roles;
        master.call::<()>(&["REPLICAOF", "NO", "ONE"]).await;
        wire.lead_to(&master.address());
        let address = master.address();
        let (host, port) = address.split_once(':').unwrap();
        former.call::<()>(&["REPLICAOF", host, port]).await;
    };
    let row = trial.press_often(times, name, async || (), fail_over).await;
    trial.finish(row).await
}

/// All connections to Redis end at once.
pub async fn redis_cut(times: u64) -> Row {
    let servers = OwnServers::start().await;
    let trial = servers.trial(Pace::Steady).await;
    let name = "all connections to Redis cut";
    let cut = async || servers.redis.kill_clients().await;
    let row = trial.press_often(times, name, async || (), cut).await;
    trial.finish(row).await
}

/// The network to Redis drops all packets.
pub async fn redis_silent(times: u64) -> Row {
    let servers = OwnServers::start().await;
    let wire = Proxy::to(&servers.redis.address()).await;
    let redis_url = format!("redis://{}", wire.address());
    let trial = behind(&servers.postgres.url(), &redis_url).await;
    let name = format!("Redis silent for {OUTAGE} s");
    let silence = async || silence(&wire).await;
    let row = trial.press_often(times, &name, async || (), silence).await;
    trial.finish(row).await
}

async fn silence(wire: &Proxy) {
    wire.set(Wire::Silent);
    seconds(OUTAGE).await;
    wire.set(Wire::Open);
}

/// Starts a trial on servers at these addresses, such as those of proxies.
async fn behind(database: &str, redis: &str) -> Trial {
    let servers = Servers::Own(database.to_owned(), redis.to_owned());
    Trial::start(servers, None, PROFILES, Pace::Steady).await
}
