//! Repeated calls.

use serde_json::json;

use super::accepting;

#[tokio::test]
async fn a_repeated_submission_under_the_same_id_returns_the_first_job() {
    let (_environment, _process, api) = accepting().await;
    let body = json!({"candidate_id": 1, "job_id": 2});
    let first = api.post("/api/v1/queue-matching?id=invoice-1", &body).await;
    assert_eq!(first.status, 202);
    assert_eq!(first.body["job_id"], "invoice-1");
    assert_eq!(first.header("location"), "/api/v1/status/invoice-1");
    let second = api.post("/api/v1/queue-matching?id=invoice-1", &body).await;
    assert_eq!(
        (second.status.as_u16(), &second.body["job_id"]),
        (202, &json!("invoice-1"))
    );
    let other = json!({"candidate_id": 1, "job_id": 3});
    let conflict = api
        .post("/api/v1/queue-matching?id=invoice-1", &other)
        .await;
    assert_eq!(
        (conflict.status.as_u16(), conflict.problem().0),
        (409, "conflict")
    );
}

#[tokio::test]
async fn a_repeated_idempotency_key_returns_the_first_job() {
    let (_environment, _process, api) = accepting().await;
    let body = json!({"candidate_id": 1, "job_ids": [2, 3]});
    let path = "/api/v1/queue-matching/bulk";
    let headers = [("idempotency-key", "retry of monday")];
    let first = api.post_with(path, &headers, &body).await;
    let second = api.post_with(path, &headers, &body).await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (202, 202));
    assert_eq!(first.header("x-batch-id"), second.header("x-batch-id"));
    assert_eq!(first.body[0]["job_id"], second.body[0]["job_id"]);
    let other = json!({"candidate_id": 1, "job_ids": [2]});
    let conflict = api.post_with(path, &headers, &other).await;
    assert_eq!(conflict.status, 409);
}

#[tokio::test]
async fn concurrent_calls_under_one_id_make_one_job() {
    let (_environment, _process, api) = accepting().await;
    let calls = (0..20).map(|_| {
        let api = api.clone();
        async move {
            let body = json!({"candidate_id": 1, "job_id": 2});
            api.post("/api/v1/queue-matching?id=once", &body)
                .await
                .status
        }
    });
    let statuses = futures::future::join_all(calls).await;
    assert!(statuses.iter().all(|status| *status == 202), "{statuses:?}");
    let metrics = api.get("/metrics").await.text;
    let queued = metrics.lines().find(|line| {
        line.starts_with("matching_tasks{") && line.contains("standard") && line.contains("queued")
    });
    assert!(queued.unwrap().ends_with(" 1"), "{queued:?}");
}
