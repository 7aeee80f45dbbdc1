//! What callers of the predecessor may send: each of it is taken, refused with words, or listed as
//! ignored; nothing is ignored without a word.

use serde_json::{Value, json};

use super::accepting;
use crate::support::api::{Answer, Api};

const SINGLE: &str = "/api/v1/queue-matching";
const BULK: &str = "/api/v1/queue-matching/bulk";

/// Returns part, pointer and code of each entry of a list.
fn entries(list: &Value) -> Vec<[&str; 3]> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .map(|entry| ["in", "pointer", "code"].map(|name| entry[name].as_str().unwrap()))
        .collect()
}

async fn status_of(api: &Api, answer: &Answer) -> Value {
    assert_eq!(answer.status, 202, "{}", answer.text);
    let first = answer.body.get(0).unwrap_or(&answer.body);
    let job_id = first["job_id"].as_str().unwrap();
    api.get(&format!("/api/v1/status/{job_id}")).await.body
}

#[tokio::test]
async fn an_id_may_be_a_text_of_digits() {
    let (_environment, _process, api) = accepting().await;
    let single = json!({"candidate_id": "123", "job_id": " 456 "});
    let status = status_of(&api, &api.post(SINGLE, &single).await).await;
    assert_eq!(
        (&status["candidate_id"], &status["job_posting_id"]),
        (&json!(123), &json!(456))
    );
    let bulk = json!({"candidate_id": "9007199254740993", "job_ids": ["1", 2]});
    let answer = api.post(BULK, &bulk).await;
    let status = status_of(&api, &answer).await;
    assert_eq!(status["candidate_id"], json!(9_007_199_254_740_993_i64));
    assert_eq!(answer.body.as_array().unwrap().len(), 2);
    for (id, code) in [
        ("0", "out_of_range"),
        ("99999999999999999999", "wrong_type"),
        ("-1", "wrong_type"),
        ("12a", "wrong_type"),
        ("1e3", "wrong_type"),
    ] {
        let answer = api
            .post(SINGLE, &json!({"candidate_id": id, "job_id": 1}))
            .await;
        let expected = [["body", "/candidate_id", code]];
        assert_eq!(entries(&answer.body["errors"]), expected, "{id}");
    }
}

#[tokio::test]
async fn an_empty_text_counts_as_absent_in_a_submission() {
    let (_environment, _process, api) = accepting().await;
    let query = "?priority=&depends_on=&user_id=&id=&on_parent_failure=";
    let body = json!({"candidate_id": 1, "job_id": 2, "webhook_url": "", "webhook_events": "",
        "weights": ""});
    let status = status_of(&api, &api.post(&format!("{SINGLE}{query}"), &body).await).await;
    assert_eq!(status["queue"], "matching_standard");
    assert_eq!(status["depends_on"], Value::Null);
    assert_eq!(status["user_id"], Value::Null);
    let required = api
        .post(SINGLE, &json!({"candidate_id": "", "job_id": 2}))
        .await;
    let expected = [["body", "/candidate_id", "missing"]];
    assert_eq!(entries(&required.body["errors"]), expected);
}

#[tokio::test]
async fn a_path_may_end_with_a_slash() {
    let (_environment, _process, api) = accepting().await;
    let body = json!({"candidate_id": 1, "job_id": 2});
    let answer = api
        .post("/api/v1/queue-matching/?priority=high", &body)
        .await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let job_id = answer.body["job_id"].as_str().unwrap();
    let status = api.get(&format!("/api/v1/status/{job_id}/")).await;
    assert_eq!(status.body["queue"], "matching_high");
    assert_eq!(api.get("/api/v1/status/").await.status, 404);
    assert_eq!(api.get("/api/v1/queues//").await.status, 404);
    assert_eq!(api.get("/docs/").await.status, 200);
}

#[tokio::test]
async fn an_empty_list_queues_nothing_and_is_answered_with_an_empty_list() {
    let (_environment, _process, api) = accepting().await;
    for (path, body) in [
        (BULK, json!({"candidate_id": 1, "job_ids": []})),
        (
            "/api/v1/queue-matching/candidates",
            json!({"job_id": 1, "candidate_ids": []}),
        ),
    ] {
        let answer = api.post(path, &body).await;
        assert_eq!(answer.status, 202);
        assert_eq!(answer.body, json!([]));
        assert_eq!(answer.header("x-batch-id"), "");
    }
    let invalid = json!({"candidate_id": 0, "job_ids": []});
    assert_eq!(api.post(BULK, &invalid).await.status, 422);
}

#[tokio::test]
async fn a_parameter_of_the_query_may_stand_in_the_body() {
    let (_environment, _process, api) = accepting().await;
    let body = json!({"candidate_id": 1, "job_id": 2, "priority": "high", "user_id": 42,
        "depends_on": "cv-1", "id": "match-1"});
    let answer = api.post(SINGLE, &body).await;
    let status = status_of(&api, &answer).await;
    assert_eq!(answer.body["warnings"], Value::Null);
    assert_eq!(status["job_id"], "match-1");
    assert_eq!(status["queue"], "matching_high");
    assert_eq!(status["user_id"], "42");
    assert_eq!(status["depends_on"], "cv-1");

    let body = json!({"candidate_id": 1, "job_id": 2, "priority": "urgent", "depends_on": ["a"]});
    let answer = api.post(SINGLE, &body).await;
    let expected = [
        ["body", "/depends_on", "wrong_type"],
        ["body", "/priority", "unknown_value"],
    ];
    assert_eq!(entries(&answer.body["errors"]), expected);

    let body = json!({"candidate_id": 1, "job_id": 2, "priority": "high"});
    let same = api.post(&format!("{SINGLE}?priority=high"), &body).await;
    assert_eq!(same.status, 202);
    let other = api.post(&format!("{SINGLE}?priority=bulk"), &body).await;
    let expected = [["body", "/priority", "inconsistent"]];
    assert_eq!(entries(&other.body["errors"]), expected);
}

#[tokio::test]
async fn a_misspelt_or_misplaced_name_is_refused_with_the_right_one() {
    let (_environment, _process, api) = accepting().await;
    let refused = [
        (SINGLE, "webhok_url", "webhook_url"),
        (SINGLE, "webhookUrl", "webhook_url"),
        (SINGLE, "prioritty", "priority"),
        (SINGLE, "dependsOn", "depends_on"),
        (SINGLE, "idempotency_key", "Idempotency-Key"),
        (BULK, "job_id", "job_ids"),
        (BULK, "candidateId", "candidate_id"),
        ("/api/v1/match", "candidat_id", "candidate_id"),
        ("/api/v1/search", "filter", "filters"),
    ];
    for (path, name, meant) in refused {
        let mut body = match path {
            BULK => json!({"candidate_id": 1, "job_ids": [2]}),
            "/api/v1/match" => json!({"candidate": {}, "job_posting": {}}),
            "/api/v1/search" => json!({"candidate": {}}),
            _ => json!({"candidate_id": 1, "job_id": 2}),
        };
        body[name] = json!("x");
        let answer = api.post(path, &body).await;
        assert_eq!(answer.status, 422, "{path} {name}: {}", answer.text);
        let errors = answer.body["errors"].as_array().unwrap();
        assert_eq!(errors[0]["code"], "unknown_field", "{name}");
        assert!(
            errors[0]["detail"].as_str().unwrap().contains(meant),
            "{name}"
        );
    }
    let body = json!({"candidate_id": 1, "job_id": 2});
    for (query, pointer) in [
        ("?prioritty=high", "/prioritty"),
        ("?webhook_url=https://example.com/", "/webhook_url"),
    ] {
        let answer = api.post(&format!("{SINGLE}{query}"), &body).await;
        let expected = [["query", pointer, "unknown_field"]];
        assert_eq!(entries(&answer.body["errors"]), expected, "{query}");
    }
}

#[tokio::test]
async fn other_unknown_names_are_listed_as_ignored() {
    let (_environment, _process, api) = accepting().await;
    let body = json!({"candidate_id": 1, "job_id": 2, "source": "crm", "a/b": 1});
    let answer = api.post(&format!("{SINGLE}?utm=1"), &body).await;
    assert_eq!(answer.status, 202);
    let expected = [
        ["query", "/utm", "unknown_field"],
        ["body", "/source", "unknown_field"],
        ["body", "/a~1b", "unknown_field"],
    ];
    assert_eq!(entries(&answer.body["warnings"]), expected);
    let body = json!({"candidate_id": 1, "job_ids": [2, 3], "source": "crm"});
    let answer = api.post(BULK, &body).await;
    assert_eq!(entries(&answer.body[0]["warnings"]).len(), 1);
    assert_eq!(answer.body[1]["warnings"], Value::Null);
}
