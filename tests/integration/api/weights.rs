//! Weights of one request, immediate or queued.

use matching_engine::scoring::Criterion;
use serde_json::{Value, json};

use super::accepting;
use crate::support::{
    environment::Environment,
    profiles::{candidate, candidates, job_posting, job_postings},
};

fn only(criterion: &str) -> Value {
    let weights = Criterion::ALL.map(|one| {
        let name = one.as_str();
        (name.to_owned(), json!(u8::from(name == criterion)))
    });
    Value::Object(weights.into_iter().collect())
}

#[tokio::test]
async fn weights_of_an_immediate_match_decide_its_score_and_are_echoed() {
    let (_environment, _process, api) = accepting().await;
    let mut body = json!({"candidate": candidate(1), "job_posting": job_posting(1)});
    let plain = api.post("/api/v1/match", &body).await.body;
    body["weights"] = only("skills");
    let weighed = api.post("/api/v1/match", &body).await;
    assert_eq!(weighed.status, 200, "{}", weighed.text);
    assert_eq!(
        weighed.body["score"],
        weighed.body["criteria"]["skills"]["score"]
    );
    assert_ne!(weighed.body["score"], plain["score"]);
    assert_eq!(
        weighed.body["criteria"]["title"]["score"],
        plain["criteria"]["title"]["score"]
    );
    assert_eq!(weighed.body["weights_configured"]["skills"], 1.0);
    assert_eq!(weighed.body["weights_configured"]["title"], 0.0);

    body["weights"] = json!({"salary": 0.2});
    let some = api.post("/api/v1/match", &body).await.body;
    assert_eq!(some["weights_configured"]["salary"], 0.2);
    assert_eq!(
        some["weights_configured"]["skills"],
        plain["weights_configured"]["skills"]
    );
}

#[tokio::test]
async fn queued_matches_are_scored_with_their_requested_weights() {
    let environment = Environment::embedded();
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    api.import("candidates", &candidates(1..=2)).await;
    api.import("job-postings", &job_postings(1..=2)).await;
    let weights = only("experience");
    let one = json!({"candidate_id": 1, "job_id": 1, "weights": weights});
    let one = api.queue("", &one).await;
    let many = json!({"candidate_id": 2, "job_ids": [1, 2], "weights": weights});
    let many = api.queue_bulk("", &many).await;
    let body = json!({"job_id": 2, "candidate_ids": [1], "weights": weights});
    let candidates = api.post("/api/v1/queue-matching/candidates", &body).await;
    let candidates = candidates.header("x-batch-id").to_owned();
    for job in [
        one,
        format!("{many}-1"),
        format!("{many}-2"),
        format!("{candidates}-1"),
    ] {
        assert_eq!(api.ended_job(&job).await["status"], "completed");
        let result = api.get(&format!("/api/v1/result/{job}")).await.body["result"].clone();
        assert_eq!(
            result["score"], result["criteria"]["experience"]["score"],
            "{result}"
        );
        assert_eq!(result["weights_configured"]["experience"], 1.0);
    }
    let plain = api
        .queue("", &json!({"candidate_id": 1, "job_id": 1}))
        .await;
    api.ended_job(&plain).await;
    let result = api.get(&format!("/api/v1/result/{plain}")).await.body["result"].clone();
    assert_eq!(result["weights_configured"]["experience"], 0.12);
}

#[tokio::test]
async fn a_submission_with_other_weights_is_a_conflict() {
    let (_environment, _process, api) = accepting().await;
    let queue = |weights: Option<&'static str>| {
        let api = api.clone();
        async move {
            let weights =
                weights.map_or(String::new(), |weights| format!(", \"weights\": {weights}"));
            let body = format!("{{\"candidate_id\": 1, \"job_id\": 1{weights}}}");
            let path = "/api/v1/queue-matching?id=weighed";
            api.post_bytes(path, "application/json", body.as_bytes())
                .await
        }
    };
    let first = r#"{"skills": 0.5, "text": 0}"#;
    assert_eq!(queue(Some(first)).await.status, 202);
    let again = queue(Some(r#"{"text": 0.0, "skills": 5e-1}"#)).await;
    assert_eq!(again.status, 202);
    assert_eq!(again.header("idempotency-replayed"), "true");
    for other in [
        None,
        Some("{}"),
        Some(r#"{"skills": 0.5}"#),
        Some(r#"{"skills": 0.6, "text": 0}"#),
    ] {
        assert_eq!(queue(other).await.status, 409, "{other:?}");
    }
}

#[tokio::test]
async fn wrong_weights_are_named_and_nothing_is_stored() {
    let (_environment, _process, api) = accepting().await;
    let cases: [(Value, &[&str]); 5] = [
        (json!(7), &["/weights"]),
        (json!([0.5]), &["/weights"]),
        (
            json!({"skills": -1, "luck": 1, "text": "much"}),
            &["/weights/skills", "/weights/luck", "/weights/text"],
        ),
        (json!({"a/b": 1}), &["/weights/a~1b"]),
        (only("none"), &["/weights"]),
    ];
    for (weights, pointers) in cases {
        for (path, mut body) in [
            ("/api/v1/match", json!({"candidate": {}, "job_posting": {}})),
            (
                "/api/v1/queue-matching",
                json!({"candidate_id": 1, "job_id": 1}),
            ),
            (
                "/api/v1/queue-matching/bulk",
                json!({"candidate_id": 1, "job_ids": [1]}),
            ),
            (
                "/api/v1/queue-matching/candidates",
                json!({"job_id": 1, "candidate_ids": [1]}),
            ),
            ("/api/v1/search", json!({"candidate": {}})),
            ("/api/v1/matches:reweigh", json!({"all": true})),
        ] {
            body["weights"] = weights.clone();
            let answer = api.post(path, &body).await;
            assert_eq!(answer.status, 422, "{path}: {}", answer.text);
            assert_eq!(
                answer.problem(),
                ("invalid_request", pointers.to_vec()),
                "{path}"
            );
        }
    }
    let metrics = api.get("/metrics").await.text;
    let stored = metrics.lines().find(|line| {
        line.starts_with("matching_tasks{") && line.contains("queued") && !line.ends_with(" 0")
    });
    assert_eq!(stored, None, "something was stored");
}

#[tokio::test]
async fn reweighing_requires_a_scope() {
    let (_environment, _process, api) = accepting().await;
    let weights = json!({"skills": 1});
    let cases: [(Value, &[&str]); 7] = [
        (json!({"all": true}), &["/weights"]),
        (json!({"weights": weights}), &["/all"]),
        (json!({"weights": weights, "all": false}), &["/all"]),
        (
            json!({"weights": weights, "all": true, "candidate_id": 1}),
            &["/all"],
        ),
        (
            json!({"weights": weights, "job_id": 0, "limit": 0}),
            &["/job_id", "/limit"],
        ),
        (
            json!({"weights": weights, "job_id": 1, "job_posting_id": 1}),
            &["/job_id"],
        ),
        (
            json!({"weights": weights, "all": "yes", "limit": 1001}),
            &["/all", "/all", "/limit"],
        ),
    ];
    for (body, pointers) in cases {
        let answer = api.post("/api/v1/matches:reweigh", &body).await;
        assert_eq!(
            answer.problem(),
            ("invalid_request", pointers.to_vec()),
            "{body}"
        );
    }
    let nothing = json!({"weights": weights, "candidate_id": 77});
    let answer = api.post("/api/v1/matches:reweigh", &nothing).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        (&answer.body["updated"], &answer.body["matches"]),
        (&json!(0), &json!([]))
    );
    assert_eq!(answer.body["weights"]["skills"], 1.0);
}
