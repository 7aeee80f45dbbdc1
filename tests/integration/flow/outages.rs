//! Dependencies that are away or silent: which work waits, which continues, and the cost.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::faults::host_and_port;
use crate::support::{
    environment::Environment,
    profiles::{candidate, job_posting, job_postings},
    proxy::{Proxy, Wire},
    receiver::Receiver,
};

/// Returns an environment whose PostgreSQL is behind a proxy, with short timeouts.
async fn environment_behind_a_proxy() -> (Environment, Proxy) {
    let environment = Environment::on_servers().await;
    let database: url::Url = environment.variable("DATABASE_URL").parse().unwrap();
    let proxy = Proxy::to(&host_and_port(database.as_str())).await;
    let url = format!("postgres://postgres@{}{}", proxy.address(), database.path());
    let environment = environment
        .with("DATABASE_URL", &url)
        .with("MATCHING__DATABASE__ACQUIRE_TIMEOUT_SECONDS", "2")
        .with("MATCHING__DATABASE__STATEMENT_TIMEOUT_SECONDS", "2")
        .with("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "2")
        .with("CIRCUIT_BREAKER_RECOVERY_TIMEOUT", "2");
    (environment, proxy)
}

fn is_not_closed(ready: &Value) -> bool {
    let state = ready["circuit_breakers"]["database"].as_str();
    state.is_some_and(|state| state != "closed")
}

#[tokio::test]
async fn while_the_breaker_is_open_the_api_answers_with_retry_after() {
    let (environment, mut proxy) = environment_behind_a_proxy().await;
    let serve = environment.serve(&["--no-workers"]).await;
    let api = serve.api();
    let ready = api
        .until("/readyz", |ready| ready["status"] == "ready")
        .await;
    assert_eq!(ready["circuit_breakers"]["database"], "closed");
    assert_eq!(ready["circuit_breakers"]["queues"], "closed");

    proxy.cut().await;
    api.until("/readyz", is_not_closed).await;
    let refused = api.get("/api/v1/status/any").await;
    assert_eq!(refused.status, 503);
    assert_eq!(refused.problem().0, "unavailable");
    let seconds: u32 = refused.header("retry-after").parse().unwrap();
    assert!((1..=5).contains(&seconds), "{seconds}");
    let metrics = api.get("/metrics").await.text;
    let level = metrics
        .lines()
        .find_map(|line| {
            line.strip_prefix("matching_circuit_breaker_state{dependency=\"database\"} ")
        })
        .unwrap();
    assert!(["1", "2"].contains(&level), "{level}");

    proxy.restore().await;
    let ready = api
        .until("/readyz", |ready| ready["status"] == "ready")
        .await;
    assert_eq!(ready["circuit_breakers"]["database"], "closed");
}

#[tokio::test]
async fn keys_that_were_seen_shortly_before_pass_while_the_database_is_away() {
    let (environment, mut proxy) = environment_behind_a_proxy().await;
    let serve = environment.serve(&["--no-workers"]).await;
    let api = serve.api();
    let create = async |name: &str| {
        let arguments = ["keys", "create", name, "--scopes", "submit"];
        let output = environment.run(&arguments).await;
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let (known, unseen) = (create("known").await, create("unseen").await);
    // This call needs no database.
    let pair = json!({"candidate": candidate(1), "job_posting": job_posting(1)});
    let score = async |key: &str| {
        let key = [("x-api-key", key)];
        api.post_with("/api/v1/match", &key, &pair).await
    };
    assert_eq!(score(&known).await.status, 200);

    proxy.cut().await;
    api.until("/readyz", is_not_closed).await;
    assert_eq!(score(&known).await.status, 200);
    let refused = score(&unseen).await;
    assert_eq!(refused.status, 503);
    assert_eq!(refused.problem().0, "unavailable");
    assert!(!refused.header("retry-after").is_empty());
    assert_eq!(score("mistyped").await.status, 401);

    proxy.restore().await;
    api.until("/readyz", |ready| ready["status"] == "ready")
        .await;
    assert_eq!(score(&unseen).await.status, 200);
}

#[tokio::test]
async fn a_database_that_goes_silent_costs_no_attempt() {
    let (environment, proxy) = environment_behind_a_proxy().await;
    let environment = environment
        .with("MATCHING__QUEUES__CHUNK_SIZE", "20")
        .with("MAX_RETRIES", "0");
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=400)).await;
    let postings: Vec<i64> = (1..=400).collect();
    let bulk = json!({"candidate_id": 1, "job_ids": postings});
    let batch = api.queue_bulk("", &bulk).await;
    proxy.set(Wire::Silent);
    api.until("/readyz", is_not_closed).await;
    proxy.set(Wire::Open);
    let ended = api.ended_batch(&batch).await;
    assert_eq!(
        (&ended["completed"], &ended["failed"]),
        (&json!(400), &json!(0))
    );
    for position in [1, 21, 381] {
        let job = api.get(&format!("/api/v1/status/{batch}-{position}")).await;
        assert_eq!(job.body["attempts"], 1, "{}", job.text);
        assert_eq!(job.body["error"], Value::Null);
    }
}

/// Returns once a running task's lease has expired.
const UNTIL_A_LEASE_RUNS_OUT: &str = "DO $$ BEGIN
         FOR look IN 1..600 LOOP
             EXIT WHEN EXISTS (SELECT 1 FROM tasks
                 WHERE state = 'processing' AND lease_until < clock_timestamp());
             PERFORM pg_sleep(0.05);
             ASSERT look < 600, 'no task was running';
         END LOOP;
     END $$";

#[tokio::test]
async fn the_first_process_to_reconnect_leaves_tasks_to_the_others() {
    let (environment, mut proxy) = environment_behind_a_proxy().await;
    let mut environment = environment
        .with("MATCHING__QUEUES__CHUNK_SIZE", "50")
        .with("MATCHING__WORKERS__LEASE_SECONDS", "6")
        .with("CIRCUIT_BREAKER_RECOVERY_TIMEOUT", "60");
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=2_000)).await;
    let postings: Vec<i64> = (1..=2_000).collect();
    let bulk = json!({"candidate_id": 1, "job_ids": postings});
    let batch = api.queue_bulk("?priority=high", &bulk).await;
    let path = format!("/api/v1/batches/{batch}");
    api.until(&path, |batch| batch["processing"].as_i64() > Some(0))
        .await;
    let behind: url::Url = environment.variable("DATABASE_URL").parse().unwrap();
    proxy.cut().await;
    let server = std::env::var("TEST_POSTGRES_URL").unwrap();
    let mut direct: url::Url = server.parse().unwrap();
    direct.set_path(behind.path());
    environment.set("DATABASE_URL", direct.as_str());
    environment.execute(UNTIL_A_LEASE_RUNS_OUT).await;
    // It finds the database at once, and the other process's leases as they were before the outage.
    let other = environment.serve(&[]).await;
    proxy.restore().await;
    let ended = other.api().ended_batch(&batch).await;
    assert_eq!(
        (&ended["completed"], &ended["failed"]),
        (&json!(2_000), &json!(0))
    );
    environment
        .execute(
            "DO $$ BEGIN
                 ASSERT NOT EXISTS (SELECT 1 FROM tasks WHERE worker_losses > 0), 'a worker was lost';
             END $$",
        )
        .await;
}

/// Locks a table against writes for three lease lengths.
macro_rules! lock_for_long {
    ($table:literal) => {
        concat!(
            "DO $$ BEGIN
                 LOCK TABLE ",
            $table,
            " IN SHARE ROW EXCLUSIVE MODE;
                 ASSERT EXISTS (SELECT 1 FROM tasks WHERE state = 'processing'), 'no task runs';
                 WHILE clock_timestamp() < now() + interval '9 s' LOOP
                     PERFORM pg_sleep(0.05);
                 END LOOP;
             END $$"
        )
    };
}

/// Runs a batch during which another application locks a table.
async fn a_lock_costs_no_attempt(lock: &'static str) {
    let environment = Environment::on_servers()
        .await
        .with("MATCHING__DATABASE__STATEMENT_TIMEOUT_SECONDS", "2")
        .with("MATCHING__QUEUES__CHUNK_SIZE", "20")
        .with("MATCHING__WORKERS__LEASE_SECONDS", "3")
        .with("MAX_RETRIES", "0");
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=2_000)).await;
    let postings: Vec<i64> = (1..=2_000).collect();
    let bulk = json!({"candidate_id": 1, "job_ids": postings});
    let batch = api.queue_bulk("?priority=high", &bulk).await;
    let path = format!("/api/v1/batches/{batch}");
    api.until(&path, |batch| batch["processing"].as_i64() > Some(0))
        .await;
    environment.execute(lock).await;
    let ended = api.ended_batch(&batch).await;
    assert_eq!(
        (&ended["completed"], &ended["failed"]),
        (&json!(2_000), &json!(0))
    );
    environment
        .execute(
            "DO $$ BEGIN
                 ASSERT NOT EXISTS (SELECT 1 FROM tasks WHERE worker_losses > 0 OR attempts > 1),
                     'an attempt was lost';
             END $$",
        )
        .await;
}

#[tokio::test]
async fn a_long_lock_on_tasks_costs_no_attempt() {
    a_lock_costs_no_attempt(lock_for_long!("tasks")).await;
}

#[tokio::test]
async fn a_long_lock_on_results_costs_no_attempt() {
    a_lock_costs_no_attempt(lock_for_long!("results")).await;
}

#[tokio::test]
async fn a_full_disk_is_named_to_callers() {
    let environment = Environment::on_servers().await;
    let serve = environment.serve(&["--no-workers"]).await;
    let api = serve.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &[job_posting(1)]).await;
    environment
        .execute(
            "DO $$ BEGIN
                 CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
                     AS 'BEGIN RAISE ''could not extend file'' USING ERRCODE = ''53100''; END';
                 CREATE TRIGGER full_disk BEFORE INSERT ON tasks
                     FOR EACH ROW EXECUTE FUNCTION refuse();
             END $$",
        )
        .await;
    let body = json!({"candidate_id": 1, "job_id": 1});
    let refused = api.post("/api/v1/queue-matching", &body).await;
    assert_eq!(refused.status, 503, "{}", refused.text);
    assert_eq!(
        refused.body["detail"],
        "the request was not accepted: the database refuses writes because its disk is full, and an \
         operator has to free space or enlarge the disk; send it again later, with the same id or \
         Idempotency-Key if it has one"
    );
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_silent_database() {
    let (environment, proxy) = environment_behind_a_proxy().await;
    let environment = environment.with("MATCHING__WORKERS__STOP_GRACE_SECONDS", "1");
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=100)).await;
    let postings: Vec<i64> = (1..=100).collect();
    let bulk = json!({"candidate_id": 1, "job_ids": postings});
    api.queue_bulk("", &bulk).await;
    proxy.set(Wire::Silent);
    assert!(serve.terminate().await.success());
}

#[tokio::test]
async fn large_results_wait_for_the_document_store_and_small_ones_are_recorded() {
    let environment = Environment::on_servers().await;
    let mut proxy = Proxy::cut_from(&environment.variable("MINIO_ENDPOINT")).await;
    let environment = environment
        .with("MINIO_ENDPOINT", &proxy.address())
        .with("MATCHING__DOCUMENTS__INLINE_LIMIT_BYTES", "16384")
        .with("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "2")
        .with("CIRCUIT_BREAKER_RECOVERY_TIMEOUT", "1")
        .with("MAX_RETRIES", "0");
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    let mut large = job_posting(2);
    let skills: Vec<String> = (0..900).map(|number| format!("tool {number}")).collect();
    large["required_skills"] = json!(skills);
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &[job_posting(1), large]).await;

    let large = api
        .queue("", &json!({"candidate_id": 1, "job_id": 2}))
        .await;
    let path = format!("/api/v1/status/{large}");
    let waiting = api
        .until(&path, |job| job["error"]["code"] == "document_store_error")
        .await;
    assert_eq!(
        (&waiting["status"], &waiting["attempts"]),
        (&json!("queued"), &json!(0))
    );
    assert!(waiting["next_attempt_at"].is_string());
    api.until("/readyz", |ready| {
        let state = ready["circuit_breakers"]["documents"].as_str();
        ready["status"] == "degraded" && state.is_some_and(|state| state != "closed")
    })
    .await;
    let small = api
        .queue("", &json!({"candidate_id": 1, "job_id": 1}))
        .await;
    assert_eq!(api.ended_job(&small).await["status"], "completed");

    proxy.restore().await;
    let ended = api.ended_job(&large).await;
    assert_eq!(
        (&ended["status"], &ended["attempts"]),
        (&json!("completed"), &json!(1))
    );
}

#[tokio::test]
async fn webhooks_to_a_receiver_that_stays_away_end_with_few_attempts() {
    let environment = Environment::embedded()
        .with("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "2")
        .with("CIRCUIT_BREAKER_RECOVERY_TIMEOUT", "0.2")
        .with("MATCHING__WEBHOOK__GIVE_UP_AFTER_SECONDS", "2")
        .with("MATCHING__WEBHOOK__RECEIVER_CONCURRENCY", "2")
        .with("WEBHOOK_RETRY_COUNT", "1000")
        .with("WEBHOOK_RETRY_DELAY", "0");
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    let mut dead = Receiver::failing_first(usize::MAX);
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=1_000)).await;
    let postings: Vec<i64> = (1..=1_000).collect();
    let bulk = json!({"candidate_id": 1, "job_ids": postings, "webhook_url": dead.url()});
    let batch = api.queue_bulk("", &bulk).await;
    api.ended_batch(&batch).await;
    api.until_text("/metrics", |metrics| {
        metrics
            .lines()
            .any(|line| line == "matching_webhook_deliveries_pending 0")
    })
    .await;
    assert!(dead.so_far().len() < 500);
}

/// Starts a receiver that accepts connections and never answers; counts the connections.
async fn silent_receiver() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            open.push(stream);
        }
    });
    (url, count)
}

#[tokio::test]
async fn a_silent_receiver_does_not_hold_the_webhooks_of_others() {
    let environment = Environment::embedded()
        .with("MATCHING__WEBHOOK__CONCURRENCY", "4")
        .with("MATCHING__WEBHOOK__RECEIVER_CONCURRENCY", "2")
        .with("MATCHING__WEBHOOK__REQUEST_TIMEOUT_SECONDS", "60");
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    let (silent, connections) = silent_receiver().await;
    let mut receiver = Receiver::start();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=12)).await;
    for posting in 1..=10 {
        let body = json!({"candidate_id": 1, "job_id": posting, "webhook_url": silent});
        let job = api.queue("", &body).await;
        api.ended_job(&job).await;
    }
    for posting in 11..=12 {
        let body = json!({"candidate_id": 1, "job_id": posting, "webhook_url": receiver.url()});
        let job = api.queue("", &body).await;
        assert_eq!(receiver.next().await.event()["job_id"], job);
    }
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}
