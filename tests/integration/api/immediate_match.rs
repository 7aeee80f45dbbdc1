//! Immediate matches, which use no queue.

use serde_json::json;

use super::accepting;
use crate::support::profiles::{candidate, job_posting};

#[tokio::test]
async fn stored_and_given_profiles_score_alike_and_nothing_is_stored() {
    let (_environment, _process, api) = accepting().await;
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &[job_posting(1)]).await;
    let stored = api
        .post("/api/v1/match", &json!({"candidate_id": 1, "job_id": 1}))
        .await;
    assert_eq!(stored.status, 200, "{}", stored.text);
    let given = api
        .post(
            "/api/v1/match",
            &json!({"candidate": candidate(1), "job_posting": job_posting(1)}),
        )
        .await;
    assert_eq!(given.body["score"], stored.body["score"]);
    assert_eq!(given.body["criteria"], stored.body["criteria"]);
    assert_eq!(given.body["input_hash"], stored.body["input_hash"]);
    assert_eq!(stored.body["candidate_id"], 1);
    let matches = api.get("/api/v1/candidates/1/matches").await.body;
    assert_eq!(matches["matches"], json!([]));
}

#[tokio::test]
async fn faults_of_a_given_profile_are_reported_by_field() {
    let (_environment, _process, api) = accepting().await;
    let body = json!({
        "candidate": {"skills": [{"name": "Rust", "level": 9}]},
        "job_posting": {"title": "x"},
    });
    let answer = api.post("/api/v1/match", &body).await;
    assert_eq!(
        answer.problem(),
        ("invalid_request", vec!["/candidate/skills/0/level"])
    );
    let neither = api.post("/api/v1/match", &json!({"candidate_id": 1})).await;
    assert_eq!(neither.problem(), ("invalid_request", vec!["/job_posting"]));
    let unknown = api
        .post("/api/v1/match", &json!({"candidate_id": 5, "job_id": 5}))
        .await;
    assert_eq!(unknown.problem().0, "not_found");
}
