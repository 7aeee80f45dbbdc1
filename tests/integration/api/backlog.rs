//! Full queues refuse requests.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::environment::Environment;

#[tokio::test]
async fn a_full_queue_refuses_submissions_with_retry_after() {
    let environment = Environment::embedded()
        .with("MATCHING__QUEUES__BACKLOG_LIMIT", "3")
        .with("MATCHING__QUEUES__BACKLOG_LIMIT_HIGH", "1")
        .with("MATCHING__QUEUES__BACKLOG_LIMIT_BULK", "0")
        .with("MATCHING__QUEUES__CHUNK_SIZE", "1");
    let process = environment.serve(&["--no-workers"]).await;
    let api = process.api();
    let body = json!({"candidate_id": 1, "job_id": 1});
    let path = "/api/v1/queue-matching";
    api.queue("?id=first", &body).await;
    let key = [("idempotency-key", "second")];
    let second = api.post_with(path, &key, &body).await;
    // Tasks that wait for a dependency count too, since they have not begun.
    api.queue("?depends_on=cv", &body).await;

    let refused = api.post(&format!("{path}?id=fourth"), &body).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.problem().0, "backlog_full");
    // No tasks end, so the answer states the maximum, a minute.
    assert_eq!(refused.header("retry-after"), "60");
    let detail = refused.body["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("the request was not accepted: "),
        "{detail}"
    );
    assert_eq!(api.get("/api/v1/status/fourth").await.status, 404);

    // Repeated calls add no work, and another use of a key is still a conflict.
    let again = api.post(&format!("{path}?id=first"), &body).await;
    assert_eq!(again.status, StatusCode::ACCEPTED);
    assert_eq!(again.header("idempotency-replayed"), "true");
    let again = api.post_with(path, &key, &body).await;
    assert_eq!(again.body["job_id"], second.body["job_id"]);
    let other = json!({"candidate_id": 2, "job_id": 1});
    let conflict = api.post(&format!("{path}?id=first"), &other).await;
    assert_eq!(conflict.status, StatusCode::CONFLICT);

    // Each queue has its own limit, or none.
    api.queue("?priority=high", &body).await;
    let refused = api.post(&format!("{path}?priority=high"), &body).await;
    assert_eq!(refused.problem().0, "backlog_full");
    let bulk = json!({"candidate_id": 1, "job_ids": [1, 2, 3, 4, 5]});
    api.queue_bulk("", &bulk).await;
    api.queue_bulk("", &bulk).await;
    // A call that is accepted is accepted as a whole.
    assert_eq!(api.get("/api/v1/queues/bulk").await.body["backlog"], 10);
    assert_eq!(
        api.get("/api/v1/queues/standard").await.body["backlog_limit"],
        3
    );
    assert!(
        api.get("/metrics")
            .await
            .text
            .contains("matching_refused_total")
    );
}

#[tokio::test]
async fn a_backlog_from_before_the_start_counts() {
    let mut environment = Environment::embedded();
    let body = json!({"candidate_id": 1, "job_id": 1});
    let process = environment.serve(&["--no-workers"]).await;
    process.api().queue("", &body).await;
    process.kill().await;
    environment.set("MATCHING__QUEUES__BACKLOG_LIMIT", "1");
    let process = environment.serve(&["--no-workers"]).await;
    let refused = process.api().post("/api/v1/queue-matching", &body).await;
    assert_eq!(refused.problem().0, "backlog_full");
}

#[tokio::test]
async fn concurrent_callers_do_not_exceed_the_limit() {
    let environment = Environment::embedded().with("MATCHING__QUEUES__BACKLOG_LIMIT", "10");
    let process = environment.serve(&["--no-workers"]).await;
    let api = process.api();
    let body = json!({"candidate_id": 1, "job_id": 1});
    let calls = (0..40).map(|_| api.post("/api/v1/queue-matching", &body));
    let answers = futures::future::join_all(calls).await;
    let accepted = answers.iter().filter(|answer| answer.status == 202).count();
    assert_eq!(accepted, 10);
    let backlog = api.get("/api/v1/queues/standard").await;
    assert_eq!(backlog.body["backlog"], 10);
}
