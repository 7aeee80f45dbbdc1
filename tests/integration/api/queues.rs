//! Showing, pausing and resuming queues.

use serde_json::json;

use super::accepting;
use crate::support::environment::Environment;

#[tokio::test]
async fn queues_tell_what_they_hold() {
    let (_environment, _process, api) = accepting().await;
    let body = json!({"candidate_id": 1, "job_id": 1});
    api.queue("?priority=high", &body).await;
    api.queue("?priority=high&depends_on=cv", &body).await;
    let all = api.get("/api/v1/queues").await;
    assert_eq!(all.status, 200);
    let names: Vec<&str> = all
        .body
        .as_array()
        .unwrap()
        .iter()
        .map(|queue| queue["queue"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["matching_high", "matching_standard", "matching_bulk"]
    );
    let mut high = api.get("/api/v1/queues/high").await.body;
    assert!(high["oldest_ready_seconds"].take().as_f64().unwrap() >= 0.0);
    assert_eq!(
        high,
        json!({
            "queue": "matching_high",
            "paused": false,
            "paused_at": null,
            "paused_by": null,
            "pause_reason": null,
            "waiting": 1,
            "queued": 1,
            "processing": 0,
            "dead": 0,
            "backlog": 2,
            "backlog_limit": 1_000_000,
            "window_used": 0,
            "window": 2_000,
            "drained_per_second": 0.0,
            "oldest_ready_seconds": null,
        })
    );
    let full_name = api.get("/api/v1/queues/matching_bulk").await.body;
    assert_eq!(full_name["oldest_ready_seconds"], json!(null));
    for path in ["/api/v1/queues/urgent", "/api/v1/queues/high:pause"] {
        assert_eq!(api.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_paused_queue_accepts_is_ready_and_says_so() {
    let (_environment, _process, api) = accepting().await;
    let paused = api
        .post("/api/v1/queues/standard:pause", &json!(null))
        .await;
    assert_eq!(
        (paused.status.as_u16(), &paused.body["paused"]),
        (200, &json!(true))
    );
    let again = api
        .post("/api/v1/queues/standard:pause", &json!(null))
        .await;
    assert_eq!(again.body["paused_at"], paused.body["paused_at"]);
    api.queue("", &json!({"candidate_id": 1, "job_id": 1}))
        .await;
    assert_eq!(api.get("/readyz").await.body["status"], "ready");
    let resumed = api
        .post("/api/v1/queues/standard:resume", &json!(null))
        .await;
    assert_eq!(resumed.body["paused"], false);
    let unknown = api.post("/api/v1/queues/urgent:pause", &json!(null)).await;
    assert_eq!(
        (unknown.status.as_u16(), unknown.problem().0),
        (404, "not_found")
    );
}

#[tokio::test]
async fn queues_need_a_key_where_there_are_keys() {
    let environment = Environment::embedded().with("API_KEYS", "first-key-1234-q7Zr");
    let process = environment.serve(&["--no-workers"]).await;
    let api = process.api();
    assert_eq!(api.get("/api/v1/queues").await.status, 401);
    let pause = api.post("/api/v1/queues/high:pause", &json!(null)).await;
    assert_eq!(pause.status, 401);
}
