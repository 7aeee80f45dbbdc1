//! Other sessions of PostgreSQL: long transactions, many connections, locks, and a large ledger.

use std::time::Duration;

use sqlx::{Connection, PgConnection};
use tokio::{task::JoinSet, time::Instant};

use super::{OwnServers, run_sql, seconds};
use crate::{load::Pace, table::Row};

/// Opens a transaction whose snapshot keeps the horizon of dead rows.
const PIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM matching.batches";

/// A transaction that is open for this many seconds: no dead row that is younger can be removed.
pub async fn horizon(length: u64) -> Row {
    let servers = OwnServers::start().await;
    let trial = servers.trial(Pace::Full).await;
    let name = format!("a transaction open for {length} s");
    let row = trial.press(&name, async {
        let mut session = servers.session().await;
        run_sql(&mut session, PIN).await;
        seconds(length).await;
        run_sql(&mut session, "COMMIT").await;
    });
    let row = row.await;
    trial.finish(row).await
}

/// Readers of whole tables that overlap for this many seconds, so that the horizon moves, but is
/// always old.
pub async fn readers(length: u64) -> Row {
    const READERS: u64 = 3;
    const EACH: u64 = 20;
    let servers = OwnServers::start().await;
    let trial = servers.trial(Pace::Full).await;
    let name = format!("{READERS} readers with transactions of {EACH} s, for {length} s");
    let row = trial.press(&name, async {
        let end = Instant::now() + Duration::from_secs(length);
        let reader = async |number: u64| {
            let mut session = servers.session().await;
            seconds(number * EACH / READERS).await;
            while Instant::now() < end {
                run_sql(&mut session, PIN).await;
                let read = "SELECT sum(length(document)) FROM matching.results";
                run_sql(&mut session, read).await;
                let next = Instant::now() + Duration::from_secs(EACH);
                tokio::time::sleep_until(next.min(end)).await;
                run_sql(&mut session, "COMMIT").await;
            }
        };
        futures::future::join_all((0..READERS).map(reader)).await;
    });
    let row = row.await;
    trial.finish(row).await
}

/// This many connections of others for half a minute, each with a statement a second.
pub async fn connections(count: u64) -> Row {
    const SETTINGS: [&str; 2] = ["shared_buffers=1GB", "max_connections=400"];
    const LENGTH: u64 = 30;
    let servers = OwnServers::start_with(&SETTINGS).await;
    let trial = servers.trial(Pace::Full).await;
    let name = format!("{count} connections of others, for {LENGTH} s");
    let row = trial.press(&name, async {
        let mut others = JoinSet::new();
        for _ in 0..count {
            let mut session = servers.session().await;
            others.spawn(async move {
                loop {
                    run_sql(&mut session, "SELECT count(*) FROM matching.batches").await;
                    seconds(1).await;
                }
            });
        }
        seconds(LENGTH).await;
        others.shutdown().await;
    });
    let row = row.await;
    trial.finish(row).await
}

/// Ends all sessions of the service.
const TERMINATE: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name LIKE 'matching%' AND backend_type = 'client backend'";

/// Others hold all connections for this many seconds: those that the service had are ended, and
/// taken at once.
pub async fn exhausted(length: u64) -> Row {
    const SETTINGS: [&str; 2] = ["shared_buffers=1GB", "max_connections=80"];
    /// The number of others that try to connect at once.
    const TAKERS: usize = 20;
    let servers = OwnServers::start_with(&SETTINGS).await;
    let trial = servers.trial(Pace::Steady).await;
    let name = format!("no connection left for {length} s");
    let row = trial.press(&name, async {
        let mut session = servers.session().await;
        let mut takers = JoinSet::new();
        for _ in 0..TAKERS {
            let url = servers.postgres.url();
            takers.spawn(async move {
                let mut taken = vec![];
                loop {
                    match PgConnection::connect(&url).await {
                        Ok(connection) => taken.push(connection),
                        Err(_) => tokio::time::sleep(Duration::from_millis(2)).await,
                    }
                }
            });
        }
        for _ in 0..length {
            run_sql(&mut session, TERMINATE).await;
            seconds(1).await;
        }
        takers.shutdown().await;
    });
    let row = row.await;
    trial.finish(row).await
}

/// Ends all sessions of the service once a second, this many times.
pub async fn terminate(length: u64) -> Row {
    let servers = OwnServers::start().await;
    let trial = servers.trial(Pace::Steady).await;
    let name = format!("`pg_terminate_backend` of all sessions each second, for {length} s");
    let row = trial.press(&name, async {
        let mut session = servers.session().await;
        for _ in 0..length {
            run_sql(&mut session, TERMINATE).await;
            seconds(1).await;
        }
    });
    let row = row.await;
    trial.finish(row).await
}

/// A lock on the table of tasks for this many seconds.
pub async fn lock(length: u64) -> Row {
    let servers = OwnServers::start().await;
    let trial = servers.trial(Pace::Steady).await;
    let name = format!("`LOCK TABLE tasks` for {length} s");
    let row = trial.press(&name, async {
        let mut session = servers.session().await;
        run_sql(&mut session, "BEGIN; LOCK TABLE matching.tasks").await;
        seconds(length).await;
        session.close().await.unwrap();
    });
    let row = row.await;
    trial.finish(row).await
}

/// A ledger with this many more rows: ended tasks, each of one match, and their results. The rate
/// before is that of a ledger which has only the rows of the trial.
pub async fn rows(count: u64) -> Row {
    const LENGTH: u64 = 30;
    let servers = OwnServers::start().await;
    let trial = servers.trial(Pace::Full).await;
    let before = trial.quiet().await;
    let mut session = servers.session().await;
    let first = 1_000_000_000;
    let tasks = format!(
        "INSERT INTO matching.tasks (id, job_id, queue, state, subject_kind, subject_id,
             counterpart_ids, positions, first_position, last_position, webhook_events,
             created_at, started_at, finished_at)
         SELECT 'old-' || n, 'old-' || n, 'matching_bulk', 'completed', 'candidate', {first} + n,
             ARRAY[1 + n % 500], ARRAY[1], 1, 1, 'each', at, at, at
         FROM generate_series(1::bigint, {count}) AS n,
             LATERAL (SELECT now() - n * interval '100 milliseconds' AS at) AS times"
    );
    run_sql(&mut session, &tasks).await;
    let results = format!(
        "INSERT INTO matching.results (candidate_id, job_posting_id, score, category, job_id,
             document, criterion_scores)
         SELECT {first} + n, 1 + n % 500, 0.5, 'moderate', 'old-' || n, '{{\"score\":0.5}}',
             array_fill(0.5::double precision, ARRAY[11])
         FROM generate_series(1::bigint, {count}) AS n"
    );
    run_sql(&mut session, &results).await;
    run_sql(&mut session, "VACUUM (ANALYZE) matching.tasks").await;
    run_sql(&mut session, "VACUUM (ANALYZE) matching.results").await;
    run_sql(&mut session, "CHECKPOINT").await;
    let name = format!(
        "{} more rows in `tasks` and in `results`",
        crate::table::grouped(count)
    );
    let row = trial.press_after(before, &name, seconds(LENGTH)).await;
    trial.finish(row).await
}
