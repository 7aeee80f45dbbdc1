//! The service on servers that belong to one test: PostgreSQL, Redis and S3, each behind a proxy.

use matching_test_servers::{
    commands::free_port,
    postgres::{PostgresServer, postgres_url},
    redis::RedisServer,
};
use serde_json::Value;
use sqlx::{Connection, PgConnection};

use crate::support::{
    api::Api,
    environment::Environment,
    object_store::ObjectStoreServer,
    polling::poll,
    process::Process,
    profiles::{candidates, job_postings},
    proxy::{Proxy, Wire},
};

/// The servers, and the settings for reaching them.
pub struct Deployment {
    pub postgres: PostgresServer,
    pub redis: RedisServer,
    pub database_wire: Proxy,
    pub redis_wire: Proxy,
    pub object_wire: Proxy,
    /// The settings with which processes reach the servers through their proxies. The API has the
    /// same port at every start.
    pub environment: Environment,
    pub objects: ObjectStoreServer,
}

impl Deployment {
    /// Starts servers without a process of the service; leases are short.
    pub async fn start() -> Self {
        let postgres = PostgresServer::start().await;
        let redis = RedisServer::start().await;
        let objects = ObjectStoreServer::start().await;
        let database_wire = Proxy::to(&postgres.address()).await;
        let redis_wire = Proxy::to(&redis.address()).await;
        let object_wire = Proxy::to(&objects.endpoint).await;
        let environment = Environment::on(
            &postgres_url(&database_wire.address()),
            &format!("redis://{}", redis_wire.address()),
            &object_wire.address(),
        )
        .with("PORT", &free_port().to_string())
        .with("MATCHING__WORKERS__LEASE_SECONDS", "2")
        .with("MATCHING__WORKERS__STOP_GRACE_SECONDS", "5")
        .with("MATCHING__DATABASE__ACQUIRE_TIMEOUT_SECONDS", "1")
        .with("MATCHING__REDIS__CONNECTION_TIMEOUT_SECONDS", "1")
        .with("MATCHING__REDIS__RESPONSE_TIMEOUT_SECONDS", "1")
        .with("MATCHING__WEBHOOK__REQUEST_TIMEOUT_SECONDS", "2")
        .with("MATCHING__WEBHOOK__RETRY_DELAY_CAP_SECONDS", "1")
        .with("WEBHOOK_RETRY_COUNT", "1000")
        .with("CIRCUIT_BREAKER_RECOVERY_TIMEOUT", "1");
        Self {
            postgres,
            redis,
            database_wire,
            redis_wire,
            object_wire,
            environment,
            objects,
        }
    }

    /// Changes a setting of processes that start from now on.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.set(name, value);
        self
    }

    /// Makes workers that start from now on hang in the middle of each task, with their result
    /// computed: the object store that it goes to does not answer.
    pub fn hang_workers(&mut self) {
        self.environment
            .set("MATCHING__DOCUMENTS__INLINE_LIMIT_BYTES", "0");
        self.environment
            .set("MATCHING__DOCUMENTS__TIMEOUT_SECONDS", "300");
        self.environment
            .set("MINIO_ENDPOINT", &self.object_wire.address());
        self.object_wire.set(Wire::Silent);
    }

    /// Lets workers that start from now on reach the object store; hanging ones keep hanging.
    pub fn let_workers_through(&mut self) {
        self.environment
            .set("MINIO_ENDPOINT", &self.objects.endpoint);
    }

    /// Returns a client of the API, whichever process serves it.
    pub fn api(&self) -> Api {
        Api::new(format!(
            "http://127.0.0.1:{}",
            self.environment.variable("PORT")
        ))
    }

    /// Starts `serve --no-workers`, with this number of profiles of each kind.
    pub async fn serve(&self, profiles: i64) -> Process {
        let serve = self.environment.serve(&["--no-workers"]).await;
        let api = self.api();
        api.import("candidates", &candidates(1..=profiles.min(20)))
            .await;
        api.import("job-postings", &job_postings(1..=profiles))
            .await;
        serve
    }

    /// Starts `work` for all queues.
    pub async fn work(&self) -> Process {
        self.environment.start(&WORK).await
    }

    /// Returns the number that a statement selects, bypassing the proxies.
    pub async fn number(&self, sql: &'static str) -> i64 {
        let url = self.postgres.url();
        let mut connection = PgConnection::connect(&url).await.unwrap();
        let search_path = sqlx::query("SET search_path = matching");
        search_path.execute(&mut connection).await.unwrap();
        sqlx::query_scalar(sql)
            .fetch_one(&mut connection)
            .await
            .unwrap()
    }

    /// Returns the text that a statement selects, bypassing the proxies.
    pub async fn text(&self, sql: &'static str) -> String {
        let url = self.postgres.url();
        let mut connection = PgConnection::connect(&url).await.unwrap();
        let search_path = sqlx::query("SET search_path = matching");
        search_path.execute(&mut connection).await.unwrap();
        sqlx::query_scalar(sql)
            .fetch_one(&mut connection)
            .await
            .unwrap()
    }

    /// Waits until a statement selects a wanted number.
    pub async fn until_number(&self, sql: &'static str, wanted: impl Fn(i64) -> bool) {
        let look = async || {
            let number = self.number(sql).await;
            if wanted(number) {
                Ok(())
            } else {
                Err(number.to_string())
            }
        };
        if let Err(last) = poll(std::time::Duration::from_mins(5), look).await {
            let sessions = self.text(SESSIONS).await;
            panic!("{sql} stayed at {last}; PostgreSQL's sessions:\n{sessions}");
        }
    }

    /// Waits until all tasks and webhooks have ended.
    pub async fn until_drained(&self) {
        self.until_number(OPEN_WORK, |open| open == 0).await;
    }

    /// Returns the broken invariants that `matching doctor` finds, with their examples.
    pub async fn breaches(&self, arguments: &[&str]) -> Vec<Value> {
        let arguments = [&["doctor", "--json", "--hours", "0"], arguments].concat();
        let output = self.environment.run(&arguments).await;
        let printed = String::from_utf8(output.stdout).unwrap();
        let Ok(document) = serde_json::from_str::<Value>(&printed) else {
            panic!("{}", String::from_utf8_lossy(&output.stderr));
        };
        assert_eq!(output.status.success(), document["holds"] == true);
        let invariants = document["invariants"].as_array().unwrap();
        let broken = invariants
            .iter()
            .filter(|invariant| invariant["holds"] != true);
        broken.cloned().collect()
    }
}

/// The arguments of a worker of all queues.
pub const WORK: [&str; 7] = [
    "work", "--queue", "high", "--queue", "standard", "--queue", "bulk",
];

/// Lists PostgreSQL's sessions, with their statements and the sessions that block them.
const SESSIONS: &str = "SELECT string_agg(
        format('%s %s %s for %s, after %s: %s', pid, state, wait_event,
               pg_blocking_pids(pid)::text, now() - query_start, left(query, 120)),
        E'\\n' ORDER BY query_start)
     FROM pg_stat_activity WHERE datname = current_database()";

/// Counts tasks and webhooks that have not ended.
const OPEN_WORK: &str = "SELECT (SELECT count(*) FROM tasks
         WHERE state IN ('waiting', 'queued', 'processing'))
     + (SELECT count(*) FROM webhook_deliveries WHERE state = 'pending')";
