//! Dead letters in a deployment: apalis's dead set follows the ledger, and replaced documents are
//! deleted.

use redis::AsyncCommands;
use serde_json::json;

use crate::support::{
    environment::{Environment, redis_url},
    polling,
    profiles::{candidate, job_postings},
};

/// Returns the number of pointers in the dead set of a queue.
async fn dead_pointers(environment: &Environment, queue: &str) -> usize {
    let client = redis::Client::open(redis_url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let prefix = environment.variable("MATCHING__REDIS__KEY_PREFIX");
    connection
        .scard(format!("{prefix}:{queue}:dead"))
        .await
        .unwrap()
}

#[tokio::test]
async fn retried_and_purged_dead_letters_leave_the_dead_set_of_their_queue() {
    let environment = Environment::on_servers().await;
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    api.import("job-postings", &job_postings(1..=1)).await;
    for id in ["first", "second"] {
        let body = json!({"candidate_id": 9, "job_id": 1});
        let job = api.queue(&format!("?id={id}&priority=high"), &body).await;
        assert_eq!(api.ended_job(&job).await["status"], "failed");
    }
    // The queue is updated shortly after the ledger.
    polling::eventually(async || dead_pointers(&environment, "matching_high").await == 2).await;

    api.import("candidates", &[candidate(9)]).await;
    let retried = api
        .post("/api/v1/dead-letters/first:retry", &json!({}))
        .await;
    assert_eq!(retried.status, 202, "{}", retried.text);
    assert_eq!(retried.header("location"), "/api/v1/status/first");
    api.until("/api/v1/status/first", |status| {
        status["status"] == "completed"
    })
    .await;
    polling::eventually(async || dead_pointers(&environment, "matching_high").await == 1).await;
    assert_eq!(api.delete("/api/v1/dead-letters/second").await.status, 204);
    polling::eventually(async || dead_pointers(&environment, "matching_high").await == 0).await;
}

#[tokio::test]
async fn the_document_of_a_replaced_result_is_deleted() {
    let environment = Environment::embedded()
        .with("MATCHING__DOCUMENTS__INLINE_LIMIT_BYTES", "0")
        .with("MATCHING__RETENTION__REPLACED_DOCUMENT_TTL_SECONDS", "0")
        .with("MATCHING__QUEUES__SWEEP_INTERVAL_MILLISECONDS", "50");
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=1)).await;
    let body = json!({"candidate_id": 1, "job_id": 1});
    for _ in 0..3 {
        let job = api.queue("", &body).await;
        assert_eq!(api.ended_job(&job).await["status"], "completed");
    }
    let folder = environment.folder().join("documents/results/1/1");
    let documents = || std::fs::read_dir(&folder).unwrap().count();
    polling::eventually(async || documents() == 1).await;
    let job = api.queue("", &body).await;
    api.ended_job(&job).await;
    let result = api.get(&format!("/api/v1/result/{job}")).await.body;
    assert_eq!(result["result"]["candidate_id"], 1);
}
