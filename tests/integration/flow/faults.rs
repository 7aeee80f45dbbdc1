//! Processes and servers that fail during work: accepted work may not be lost.

use serde_json::json;

use crate::support::{
    environment::{Environment, redis_url},
    profiles::{candidate, job_postings},
    proxy::Proxy,
};

pub(super) fn host_and_port(url: &str) -> String {
    let url: url::Url = url.parse().unwrap();
    format!("{}:{}", url.host_str().unwrap(), url.port().unwrap())
}

#[tokio::test]
async fn a_killed_worker_loses_nothing() {
    let environment = Environment::on_servers()
        .await
        .with("MATCHING__WORKERS__LEASE_SECONDS", "1")
        .with("MATCHING__QUEUES__CHUNK_SIZE", "50");
    let serve = environment.serve(&["--no-workers"]).await;
    let api = serve.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=3_000)).await;
    let worker = environment.work("bulk").await;
    let postings: Vec<i64> = (1..=3_000).collect();
    let body = json!({"candidate_id": 1, "job_ids": postings});
    let batch = api.queue_bulk("", &body).await;
    let path = format!("/api/v1/batches/{batch}");
    api.until(&path, |batch| batch["completed"].as_i64() > Some(200))
        .await;
    worker.kill().await;
    let progress = api.get(&path).await.body;
    assert_ne!(
        progress["status"], "completed",
        "killed too late to show anything"
    );

    let _next = environment.work("bulk").await;
    let batch = api.ended_batch(&batch).await;
    assert_eq!(
        (&batch["completed"], &batch["failed"]),
        (&json!(3_000), &json!(0))
    );
}

#[tokio::test]
async fn a_backlog_beyond_the_window_drains_once_a_worker_starts() {
    let environment = Environment::on_servers()
        .await
        .with("MATCHING__QUEUES__WINDOW", "100");
    let serve = environment.serve(&["--no-workers"]).await;
    let api = serve.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=1)).await;
    let mut jobs = Vec::new();
    for _ in 0..600 {
        jobs.push(
            api.queue("", &json!({"candidate_id": 1, "job_id": 1}))
                .await,
        );
    }
    let _worker = environment.work("standard").await;
    for job in jobs {
        assert_eq!(api.ended_job(&job).await["status"], "completed");
    }
}

#[tokio::test]
async fn a_stopping_worker_finishes_or_gives_back_what_it_runs() {
    let environment = Environment::on_servers()
        .await
        .with("MATCHING__QUEUES__CHUNK_SIZE", "50");
    let serve = environment.serve(&["--no-workers"]).await;
    let api = serve.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=2_000)).await;
    let worker = environment.work("bulk").await;
    let postings: Vec<i64> = (1..=2_000).collect();
    let batch = api
        .queue_bulk("", &json!({"candidate_id": 1, "job_ids": postings}))
        .await;
    let path = format!("/api/v1/batches/{batch}");
    api.until(&path, |batch| batch["completed"].as_i64() > Some(100))
        .await;
    assert!(worker.terminate().await.success());
    let stopped = api.get(&path).await.body;
    assert_eq!(stopped["processing"], 0, "the worker kept its lease");
    let _next = environment.work("bulk").await;
    let ended = api.ended_batch(&batch).await;
    assert_eq!(
        (&ended["completed"], &ended["failed"]),
        (&json!(2_000), &json!(0))
    );
}

#[tokio::test]
async fn work_is_accepted_while_redis_is_away_and_runs_when_it_is_back() {
    let mut proxy = Proxy::cut_from(&host_and_port(&redis_url())).await;
    let environment = Environment::on_servers()
        .await
        .with("REDIS_URL", &format!("redis://{}", proxy.address()));
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=20)).await;
    let ready = api.get("/readyz").await;
    assert_eq!(ready.status, 503, "{}", ready.text);
    let mut jobs = vec![
        api.queue("", &json!({"candidate_id": 1, "job_id": 1}))
            .await,
    ];

    proxy.restore().await;
    assert_eq!(api.ended_job(&jobs[0]).await["status"], "completed");
    api.until("/readyz", |ready| ready["status"] == "ready")
        .await;

    proxy.cut().await;
    for posting in 2..=20 {
        jobs.push(
            api.queue("", &json!({"candidate_id": 1, "job_id": posting}))
                .await,
        );
    }
    proxy.restore().await;
    for job in jobs {
        assert_eq!(api.ended_job(&job).await["status"], "completed");
    }
}

#[tokio::test]
async fn an_unreachable_database_is_reported_and_recovered_from() {
    let environment = Environment::on_servers().await;
    let database: url::Url = environment.variable("DATABASE_URL").parse().unwrap();
    let mut proxy = Proxy::cut_from(&host_and_port(database.as_str())).await;
    let url = format!("postgres://postgres@{}{}", proxy.address(), database.path());
    let environment = environment
        .with("DATABASE_URL", &url)
        .with("MATCHING__DATABASE__ACQUIRE_TIMEOUT_SECONDS", "0.5");
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    let refused = api
        .post(
            "/api/v1/queue-matching",
            &json!({"candidate_id": 1, "job_id": 1}),
        )
        .await;
    assert_eq!(refused.status, 503);
    assert_eq!(refused.problem().0, "unavailable");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
    assert_eq!(api.get("/livez").await.status, 200);
    assert_eq!(api.get("/readyz").await.status, 503);

    proxy.restore().await;
    api.until("/readyz", |ready| ready["status"] == "ready")
        .await;
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=1)).await;
    let job = api
        .queue("", &json!({"candidate_id": 1, "job_id": 1}))
        .await;
    assert_eq!(api.ended_job(&job).await["status"], "completed");

    proxy.cut().await;
    let refused = api.get(&format!("/api/v1/status/{job}")).await;
    assert_eq!(refused.status, 503);
    proxy.restore().await;
    assert_eq!(api.ended_job(&job).await["status"], "completed");
}

#[tokio::test]
async fn a_redis_that_lost_everything_gets_its_pointers_again() {
    let environment = Environment::on_servers().await;
    let serve = environment.serve(&["--no-workers"]).await;
    let api = serve.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=30)).await;
    let mut jobs = Vec::new();
    for posting in 1..=30 {
        jobs.push(
            api.queue("", &json!({"candidate_id": 1, "job_id": posting}))
                .await,
        );
    }
    forget_keys(&environment.variable("MATCHING__REDIS__KEY_PREFIX")).await;
    let _worker = environment.work("standard").await;
    for job in jobs {
        assert_eq!(api.ended_job(&job).await["status"], "completed");
    }
}

/// Deletes one test's keys, in place of `FLUSHALL`.
async fn forget_keys(prefix: &str) {
    let client = redis::Client::open(redis_url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let keys: Vec<String> = redis::cmd("KEYS")
        .arg(format!("{prefix}:*"))
        .query_async(&mut connection)
        .await
        .unwrap();
    assert!(!keys.is_empty(), "there was nothing to forget");
    let _removed: i64 = redis::cmd("DEL")
        .arg(keys)
        .query_async(&mut connection)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_second_signal_ends_the_process_at_once() {
    let environment = Environment::embedded();
    let mut process = environment.serve(&[]).await;
    process.signal("TERM");
    process.signal("TERM");
    // Exits in order if the first stop was complete, otherwise at once; it never hangs.
    let status = process.ended().await;
    assert!(matches!(status.code(), Some(0 | 130)), "{status}");
}

#[tokio::test]
async fn pools_without_redis_are_refused_with_a_remedy() {
    let environment = Environment::embedded();
    let output = environment.run(&["work", "--queue", "bulk"]).await;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("REDIS_URL"), "{said}");
}
