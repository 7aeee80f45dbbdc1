//! Queues that are paused and resumed while several processes serve them.

use serde_json::json;

use crate::support::{
    environment::Environment,
    profiles::{candidate, job_postings},
};

#[tokio::test]
async fn a_pause_holds_in_every_process_and_over_restarts() {
    let environment = Environment::on_servers().await;
    let serving = environment.serve(&["--no-workers"]).await;
    let worker = environment.work("standard").await;
    let _other_worker = environment.work("high").await;
    let api = serving.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=3)).await;
    let body = json!({"candidate_id": 1, "job_id": 1});
    let before = api.queue("", &body).await;
    assert_eq!(api.ended_job(&before).await["status"], "completed");

    api.post("/api/v1/queues/standard:pause", &json!(null))
        .await;
    // Some tasks are pushed before this process's dispatcher notices the pause; workers don't claim
    // them.
    let mut held = Vec::new();
    for _ in 0..20 {
        held.push(api.queue("", &body).await);
    }
    let urgent = api.queue("?priority=high", &body).await;
    assert_eq!(api.ended_job(&urgent).await["status"], "completed");
    // Every pointer that was on its way has been settled.
    api.until("/api/v1/queues/standard", |queue| queue["window_used"] == 0)
        .await;
    worker.kill().await;
    serving.kill().await;

    let serving = environment.serve(&["--no-workers"]).await;
    let _worker = environment.work("standard").await;
    let api = serving.api();
    let urgent = api.queue("?priority=high", &body).await;
    assert_eq!(api.ended_job(&urgent).await["status"], "completed");
    let queue = api.get("/api/v1/queues/standard").await.body;
    assert_eq!(
        (&queue["paused"], &queue["queued"]),
        (&json!(true), &json!(20))
    );
    assert_eq!(queue["processing"], 0);
    let paused = "matching_queue_paused{queue=\"matching_standard\"} 1";
    assert!(api.get("/metrics").await.text.contains(paused));

    api.post("/api/v1/queues/standard:resume", &json!(null))
        .await;
    for job in &held {
        assert_eq!(api.ended_job(job).await["status"], "completed");
    }
    // The workers are other processes, so the count comes from the ledger.
    let drained = api.get("/api/v1/queues/standard").await.body;
    assert!(
        drained["drained_per_second"].as_f64().unwrap() > 0.0,
        "{drained}"
    );
    assert_eq!(drained["backlog"], 0);
}
