//! The PostgreSQL adapter: for several processes, any size, and what production runs on.
//!
//! Each file implements the port of its name. Rows are locked with `SKIP LOCKED` so that processes
//! never queue behind each other; arrays travel through `unnest`, so a chunk of 500 results is one
//! statement.
//!
//! Every call goes through `PostgresStore::call`: a breaker that turns it away at once while the
//! server is unavailable, and a limit to how long it may take, since a connection whose packets
//! vanish reports nothing for a quarter of an hour. Only migrations and inspections may take as
//! long as they need. What keeps accepted work going (claims, the profiles of attempts, leases,
//! outcomes, dispatch, deliveries) has connections of its own, which requests can't take.

mod api_keys;
mod attempts;
mod batch_reports;
mod cancellation;
mod coalescing;
mod connections;
mod dead_letters;
mod deliveries;
mod dependencies;
mod dispatch;
mod invariants;
mod job_lists;
mod jobs;
mod kept_connections;
mod kept_documents;
mod leases;
mod operator_actions;
mod outcomes;
mod processes;
mod profiles;
mod progress;
mod queues;
mod rematching;
mod result_lists;
mod results;
mod retention;
mod reweighing;
mod schema;
mod sessions;
mod stale;
mod submissions;
mod watching;

use std::{
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::FutureExt;
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, PgPool, Row,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use self::{coalescing::CoalescedCalls, connections::Connections, sessions::Sessions};
use super::{StoreError, rows::SweepPosition};
use crate::breaker::{Breaker, BreakerSettings};

/// A connection that was used this recently is not pinged before its next use.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);
/// The time limit of a ping.
const PING_LIMIT: Duration = Duration::from_secs(1);
/// The server ends a statement at its own limit; the client's limit is this much later, so that
/// reaching it means that no server answers.
const CLIENT_MARGIN: Duration = Duration::from_secs(1);

/// Limits of connections and calls.
#[derive(Debug, Clone)]
pub struct PostgresSettings {
    /// The schema of all tables and functions.
    pub schema: String,
    /// Connections of this process; at least 2.
    pub max_connections: u32,
    /// The longest time that a call waits for a connection.
    pub acquire_timeout: Duration,
    /// The longest time that a statement may run.
    pub statement_timeout: Duration,
    /// When calls to a server that is unavailable are paused.
    pub breaker: BreakerSettings,
}

/// The store in a PostgreSQL database.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    /// For requests, and for work that may wait behind them.
    pool: PgPool,
    /// For claims, the profiles of attempts, leases, outcomes, dispatch and deliveries.
    work_pool: PgPool,
    sessions: Arc<Sessions>,
    connections: Arc<Connections>,
    breaker: Breaker,
    call_limit: Duration,
    sweep_position: Arc<SweepPosition>,
    coalesced: Arc<CoalescedCalls>,
}

impl PostgresStore {
    /// Prepares connections without connecting, so that a process can start while the database is
    /// away.
    ///
    /// # Errors
    /// If the URL can't be read.
    pub fn connect_lazy(url: &str, settings: &PostgresSettings) -> Result<Self, StoreError> {
        // PgBouncer refuses the parameter that this removes; the server's default is as precise.
        let options = PgConnectOptions::from_str(url)?
            .application_name("matching")
            .extra_float_digits(None);
        let sessions = Arc::new(Sessions::new(options.clone(), &settings.schema));
        let connections = Arc::new(Connections::new(options.clone()));
        let (for_requests, for_work) = shares(settings.max_connections);
        let call_limit = settings.acquire_timeout + settings.statement_timeout + CLIENT_MARGIN;
        let pool = |count| pool(settings, count, &sessions, &connections);
        let requests = pool(for_requests).connect_lazy_with(options.clone());
        let work = pool(for_work).connect_lazy_with(options);
        let coalesced = CoalescedCalls::new(&requests, &work, &connections, call_limit);
        Ok(Self {
            coalesced: Arc::new(coalesced),
            pool: requests,
            work_pool: work,
            sessions,
            connections,
            breaker: Breaker::new("the database", settings.breaker),
            call_limit,
            sweep_position: Arc::default(),
        })
    }

    /// Returns how many calls were made alone because their coalesced statement failed, for tests;
    /// operators find them in the log.
    pub fn calls_tried_alone(&self) -> u64 {
        self.coalesced.tried_alone()
    }

    /// Returns the pool, for tests that read rows.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Makes a call through the breaker, within the limit for one call.
    fn call<'a, T: 'a>(
        &'a self,
        call: impl Future<Output = Result<T, StoreError>> + Send + 'a,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + 'a {
        let call = self.within_limit(call);
        let judged = async move {
            let began = Instant::now();
            let error = match call.await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            Err(self.connections.judge(error, began).await)
        };
        self.breaker.call(StoreError::is_outage, judged)
    }

    /// Makes a call within the limit for one call. Boxed, since a transaction's future is large and
    /// would be moved from wrapper to wrapper.
    fn within_limit<'a, T: 'a>(
        &self,
        call: impl Future<Output = Result<T, StoreError>> + Send + 'a,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + 'a {
        let limit = self.call_limit;
        tokio::time::timeout(limit, Box::pin(call))
            .map(move |answer| answer.unwrap_or(Err(StoreError::TimedOut { limit })))
    }
}

/// Returns the numbers of connections for requests and for submitted work. Each has half, and work
/// the odd one: the pools of tasks and webhooks, renewals and sweeps all take from it at once.
fn shares(max_connections: u32) -> (u32, u32) {
    let for_requests = (max_connections / 2).max(1);
    let for_work = max_connections.saturating_sub(for_requests).max(1);
    (for_requests, for_work)
}

/// Returns a pool that pings connections within a time limit: the library's own check would wait
/// for ever on a connection whose packets vanish, and occupy its slot in the pool meanwhile.
fn pool(
    settings: &PostgresSettings,
    count: u32,
    sessions: &Arc<Sessions>,
    connections: &Arc<Connections>,
) -> PgPoolOptions {
    let limit = settings.statement_timeout.as_millis();
    let lock_limit = (limit * 9 / 10).max(1);
    // A client that vanished in a transaction would hold its locks for as long as its connection
    // seems alive. Compiling a plan takes seconds where running it takes milliseconds. A plan that
    // was made while a table was nearly empty may be kept when it no longer is. A statement that
    // waits for a lock ends before its time limit, with an error of its own: it succeeds later,
    // while one that is slow by itself does not.
    let session = format!(
        "{}; SET jit = off; SET enable_seqscan = off; SET statement_timeout = {limit};
         SET lock_timeout = {lock_limit}; SET idle_in_transaction_session_timeout = {limit}",
        sessions.search_path()
    );
    let sessions = Arc::clone(sessions);
    let (before_use, after_use) = (Arc::clone(connections), Arc::clone(connections));
    PgPoolOptions::new()
        .max_connections(count)
        .acquire_timeout(settings.acquire_timeout)
        .after_connect(move |connection, _| {
            let session = AssertSqlSafe(session.clone());
            let sessions = Arc::clone(&sessions);
            Box::pin(async move {
                let probed = sessions.probe().await;
                probed.map_err(|error| sqlx::Error::Configuration(error.into()))?;
                connection.execute(session).await?;
                Ok(())
            })
        })
        .test_before_acquire(false)
        .before_acquire(move |connection, usage| {
            let is_retired = Instant::now()
                .checked_sub(usage.age)
                .is_some_and(|made| before_use.is_retired(made));
            Box::pin(async move {
                let is_trusted = usage.idle_for < TRUSTED_IDLE;
                Ok(!is_retired && (is_trusted || answers_to(connection.ping()).await.is_some()))
            })
        })
        // A call that was given up leaves its answer in the connection; this reads it, or closes
        // the connection. The library pings once more by itself, which can't be turned off.
        .after_release(move |connection, usage| {
            let connections = Arc::clone(&after_use);
            Box::pin(async move {
                let is_read_only = answers_to(restored(connection)).await;
                if is_read_only == Some(true)
                    && let Some(made) = Instant::now().checked_sub(usage.age)
                {
                    connections.retire(made);
                }
                Ok(is_read_only == Some(false))
            })
        })
}

/// Prepares a connection for other calls, and returns true if its server accepts no writes.
async fn restored(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    // One round trip: raw SQL may have several statements.
    let row = connection.fetch_one(OWN_PLANS).await?;
    row.try_get::<&str, _>(0).map(|setting| setting == "on")
}

/// Makes PostgreSQL plan a coalesced statement once: planning takes longer than running the
/// statement for a single match, and PostgreSQL would plan each time, since it estimates one row as
/// cheaper than the ten that it expects of an array. A generic plan must not depend on the tables'
/// sizes at that time, so a statement that joins rows with an array also has the condition `id =
/// ANY ($1)`.
const ONE_PLAN: &str = "SET plan_cache_mode = force_generic_plan";
/// Restores the default for other calls, and asks whether the server accepts writes.
const OWN_PLANS: &str = "RESET plan_cache_mode; SHOW transaction_read_only";

/// Returns the answer if it comes in time.
async fn answers_to<T>(question: impl Future<Output = Result<T, sqlx::Error>>) -> Option<T> {
    tokio::time::timeout(PING_LIMIT, question).await.ok()?.ok()
}

/// Returns seconds as PostgreSQL's `make_interval(secs => …)` takes them.
fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_has_at_least_half_of_the_connections_and_requests_have_the_rest() {
        for (all, expected) in [(2, (1, 1)), (3, (1, 2)), (7, (3, 4)), (20, (10, 10))] {
            assert_eq!(shares(all), expected);
        }
    }
}
