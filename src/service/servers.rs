//! Looks at the servers that the service relies on: writes, clocks, settings, and other
//! deployments.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::progress::{ProgressCheck, Words};
use crate::{
    breaker::explained,
    clock,
    queue::{QueueServer, TaskQueues},
    store::{DatabaseServer, Schema},
};

/// The difference of clocks from which on it is reported.
const TOLERATED_SKEW: TimeDelta = TimeDelta::seconds(2);

/// Checks that the database and the queues take writes. Each fault has its causes in words.
pub async fn check_servers(
    database: &(impl Schema + ?Sized),
    queues: &(impl TaskQueues + ?Sized),
) -> [ProgressCheck; 2] {
    let writes = database.check_writes().await.err();
    let pushes = queues.check().await.err();
    [
        ProgressCheck {
            name: "database".to_owned(),
            fault: writes.map(|error| explained(&error, database.breaker())),
        },
        ProgressCheck {
            name: "queues".to_owned(),
            fault: pushes.map(|error| explained(&error, queues.breaker())),
        },
    ]
}

/// Returns a warning for each condition that breaks a promise of the service or delays work, with
/// what to do. A server that does not answer has no warning: readiness reports it.
pub async fn find_warnings(
    database: &(impl Schema + ?Sized),
    queues: &(impl TaskQueues + ?Sized),
) -> Vec<String> {
    let mut warnings = Vec::new();
    let before = clock::now();
    let Ok(server) = database.server().await else {
        return warnings;
    };
    let DatabaseServer {
        ledger,
        clock,
        risky_settings,
        blocking_sessions,
    } = server;
    warnings.extend(skew_of("PostgreSQL", clock, before, clock::now()));
    warnings.extend(risky_settings);
    warnings.extend(blocking_sessions);

    let before = clock::now();
    let Ok(Some(server)) = queues.server().await else {
        return warnings;
    };
    let QueueServer {
        clock,
        risky_settings,
        ledgers,
    } = server;
    let since_epoch = TimeDelta::from_std(clock).unwrap_or_default();
    let redis = DateTime::UNIX_EPOCH + since_epoch;
    warnings.extend(skew_of("Redis", redis, before, clock::now()));
    warnings.extend(risky_settings);
    for other in ledgers.iter().filter(|other| **other != ledger) {
        warnings.push(format!(
            "another deployment uses this Redis with the same key prefix: {other}; this one is \
             {ledger}. Each takes pointers of the other, which delays work by seconds: give each a \
             redis.key_prefix of its own"
        ));
    }
    warnings
}

/// Compares a server's clock, read between two points in time of this machine's.
fn skew_of(
    server: &str,
    theirs: DateTime<Utc>,
    before: DateTime<Utc>,
    after: DateTime<Utc>,
) -> Option<String> {
    let (skew, side) = if theirs < before {
        (before - theirs, "behind")
    } else {
        (theirs - after, "ahead of")
    };
    let skew = Some(skew).filter(|skew| *skew >= TOLERATED_SKEW)?;
    let skew = Words(skew.to_std().unwrap_or(Duration::ZERO));
    Some(format!(
        "the clock of {server} is {skew} {side} this machine's; retries, leases and webhooks may be \
         early or late: set both by NTP"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_of_clocks_counts_beyond_the_time_that_reading_took() {
        let at = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        for theirs in [99, 100, 105, 110, 111] {
            assert_eq!(skew_of("Redis", at(theirs), at(100), at(110)), None);
        }
        let ahead = skew_of("Redis", at(141), at(100), at(110)).unwrap_or_default();
        assert!(ahead.starts_with("the clock of Redis is 31 s ahead of this"));
        let behind = skew_of("PostgreSQL", at(98), at(100), at(110)).unwrap_or_default();
        assert!(behind.starts_with("the clock of PostgreSQL is 2 s behind this"));
    }
}
