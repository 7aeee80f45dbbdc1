//! Cancellation over HTTP, while other processes work.

use serde_json::{Value, json};

use crate::support::{
    environment::Environment,
    polling,
    profiles::{candidate, job_postings},
    proxy::{Proxy, Wire},
    receiver::Receiver,
};

/// A match that was being scored when it was cancelled has neither a result nor a webhook.
#[tokio::test]
async fn a_running_batch_is_cancelled_across_processes() {
    let environment = Environment::on_servers().await;
    let wire = Proxy::to(&environment.variable("MINIO_ENDPOINT")).await;
    let environment = environment
        .with("MINIO_ENDPOINT", &wire.address())
        .with("MATCHING__DOCUMENTS__INLINE_LIMIT_BYTES", "0")
        .with("MATCHING__DOCUMENTS__TIMEOUT_SECONDS", "300")
        .with("MATCHING__QUEUES__CHUNK_SIZE", "50")
        .with("LOG_LEVEL", "info,matching::service::leases=debug");
    let serve = environment.serve(&["--no-workers"]).await;
    let worker = environment.work("bulk").await;
    let api = serve.api();
    let mut receiver = Receiver::start();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=3_000)).await;
    let postings: Vec<i64> = (1..=3_000).collect();
    let body = json!({
        "candidate_id": 1, "job_ids": postings,
        "webhook_url": receiver.url(), "webhook_events": "batch",
    });
    let batch = api.queue_bulk("", &body).await;
    let path = format!("/api/v1/batches/{batch}");
    api.until(&path, |batch| batch["completed"].as_i64() > Some(100))
        .await;
    // The run is blocked, so that none ends by itself just before the cancellation.
    wire.set(Wire::Silent);
    let mut before = Value::Null;
    polling::eventually(async || {
        let now = api.get(&path).await.body;
        let stands_still = now == before && now["processing"].as_i64() > Some(0);
        before = now;
        stands_still
    })
    .await;
    let cancelled = api.delete(&path).await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.text);
    assert_eq!(cancelled.body["status"], "completed");
    let completed = cancelled.body["completed"].as_i64().unwrap();
    let withdrawn = cancelled.body["cancelled"].as_i64().unwrap();
    assert_eq!(completed + withdrawn, 3_000);
    assert!(withdrawn > 0, "cancelled too late to show anything");

    // Long before the lease expires.
    worker.says(&["cancelled while it ran"]).await;
    wire.set(Wire::Open);
    let event = receiver.next().await.event();
    assert_eq!(event["type"], "batch.completed");
    assert_eq!(event["completed"], completed);
    assert_eq!(event["cancelled"], withdrawn);
    // The worker runs this batch after the interrupted runs have ended.
    let after = json!({"candidate_id": 1, "job_ids": [1], "webhook_url": receiver.url()});
    let after = api.queue_bulk("", &after).await;
    assert_eq!(receiver.next().await.event()["batch_id"], after);
    let matches = api
        .get("/api/v1/candidates/1/matches?limit=1000")
        .await
        .body;
    let first_page = matches["matches"].as_array().unwrap().len();
    assert_eq!(i64::try_from(first_page).unwrap(), completed.min(1_000));
    let again = api.delete(&path).await;
    assert_eq!((again.status.as_u16(), &again.body), (200, &cancelled.body));
    let progress = api.get(&path).await;
    assert_eq!(progress.body, cancelled.body);
}

#[tokio::test]
async fn one_match_is_cancelled_and_its_dependent_fails() {
    let environment = Environment::embedded();
    let serve = environment.serve(&["--no-workers"]).await;
    let api = serve.api();
    let body = json!({"candidate_id": 1, "job_id": 1});
    let job = api.queue("?id=mine", &body).await;
    let child = api.queue("?depends_on=mine&id=next", &body).await;
    let cancelled = api.delete(&format!("/api/v1/jobs/{job}")).await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.text);
    assert_eq!(cancelled.body["status"], "cancelled");
    let child = api.ended_job(&child).await;
    assert_eq!(child["status"], "failed");
    let again = api.delete("/api/v1/jobs/mine").await;
    assert_eq!((again.status.as_u16(), &again.body), (200, &cancelled.body));
    let too_late = api.delete("/api/v1/jobs/next").await;
    assert_eq!(too_late.status, 409);
    assert_eq!(too_late.problem().0, "already_ended");
    assert_eq!(api.delete("/api/v1/jobs/unknown").await.status, 404);
    assert_eq!(api.delete("/api/v1/batches/unknown").await.status, 404);

    let bulk = json!({"candidate_id": 1, "job_ids": [1, 2, 3]});
    let batch = api.queue_bulk("", &bulk).await;
    let cancelled = api.delete(&format!("/api/v1/jobs/{batch}-2")).await;
    assert_eq!(cancelled.body["job_posting_id"], 2);
    let progress = api.get(&format!("/api/v1/batches/{batch}")).await.body;
    assert_eq!(
        (&progress["queued"], &progress["cancelled"]),
        (&json!(2), &json!(1))
    );
    let result = api.get(&format!("/api/v1/result/{batch}-2")).await.body;
    assert_eq!(
        (&result["status"], &result["result"]),
        (&json!("cancelled"), &json!(null))
    );
}
