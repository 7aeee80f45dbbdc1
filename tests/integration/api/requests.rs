//! Reading requests: one answer reports all faults of all parts, each with its JSON pointer.

use serde_json::{Value, json};

use super::accepting;
use crate::support::api::Answer;

/// Returns part, pointer and code of each fault.
fn faults(answer: &Answer) -> Vec<[&str; 3]> {
    assert_eq!(answer.status, 422, "{}", answer.text);
    let errors = answer.body["errors"].as_array().unwrap();
    let faults = errors
        .iter()
        .map(|error| ["in", "pointer", "code"].map(|name| error[name].as_str().unwrap()));
    faults.collect()
}

fn in_body(faults: &[(&'static str, &'static str)]) -> Vec<[&'static str; 3]> {
    let faults = faults.iter();
    faults
        .map(|(pointer, code)| ["body", pointer, code])
        .collect()
}

/// The path and body of a call, and its expected faults.
type Case = (&'static str, Value, Vec<[&'static str; 3]>);

async fn assert_all_are_told(cases: &[Case]) {
    let (_environment, _process, api) = accepting().await;
    for (path, body, expected) in cases {
        let answer = api.post(path, body).await;
        assert_eq!(faults(&answer), *expected, "{path} {body}");
        assert_eq!(answer.body["code"], "invalid_request");
    }
}

#[tokio::test]
async fn every_match_body_reports_all_its_faults_at_once() {
    let private = "http://10.0.0.1/hook";
    let cases = [
        (
            "/api/v1/queue-matching",
            json!({"job_id": "one", "webhook_url": private, "webhook_events": "all",
                "weights": {"skills": -1}}),
            in_body(&[
                ("/job_id", "wrong_type"),
                ("/webhook_url", "refused"),
                ("/webhook_events", "unknown_value"),
                ("/weights/skills", "out_of_range"),
                ("/candidate_id", "missing"),
            ]),
        ),
        (
            "/api/v1/queue-matching/bulk",
            json!({"candidate_id": 0, "job_ids": [1, "two", 0, 1.5, null], "webhook_url": "x",
                "webhook_events": 1, "weights": []}),
            in_body(&[
                ("/candidate_id", "out_of_range"),
                ("/job_ids/1", "wrong_type"),
                ("/job_ids/2", "out_of_range"),
                ("/job_ids/3", "out_of_range"),
                ("/job_ids/4", "wrong_type"),
                ("/webhook_url", "refused"),
                ("/webhook_events", "wrong_type"),
                ("/weights", "wrong_type"),
            ]),
        ),
        (
            "/api/v1/queue-matching/candidates",
            json!({"candidate_ids": 1, "webhook_url": 7}),
            in_body(&[
                ("/candidate_ids", "wrong_type"),
                ("/webhook_url", "wrong_type"),
                ("/job_id", "missing"),
            ]),
        ),
        (
            "/api/v1/match",
            json!({"candidate": 1, "job_id": 0, "weights": {"luck": 1}}),
            in_body(&[
                ("/candidate", "wrong_type"),
                ("/job_id", "out_of_range"),
                ("/weights/luck", "unknown_value"),
            ]),
        ),
        (
            "/api/v1/match",
            json!({"candidate": {}, "candidate_id": "one"}),
            in_body(&[
                ("/candidate", "inconsistent"),
                ("/job_posting", "missing"),
                ("/candidate_id", "wrong_type"),
            ]),
        ),
        (
            "/api/v1/search",
            json!({"job_id": 1, "candidate_id": 0, "top": "many", "min_score": 2, "explain": "yes",
                "filters": {"age": 30, "ids": [0]}}),
            in_body(&[
                ("", "inconsistent"),
                ("/candidate_id", "out_of_range"),
                ("/top", "wrong_type"),
                ("/min_score", "out_of_range"),
                ("/explain", "wrong_type"),
                ("/filters/age", "unknown_value"),
                ("/filters/ids/0", "out_of_range"),
            ]),
        ),
    ];
    assert_all_are_told(&cases).await;
}

#[tokio::test]
async fn the_body_of_every_operation_reports_all_its_faults_at_once() {
    let cases = [
        (
            "/api/v1/matches:reweigh",
            json!({"job_id": 1, "job_posting_id": 2.5, "all": true, "limit": 0}),
            in_body(&[
                ("/job_id", "inconsistent"),
                ("/all", "inconsistent"),
                ("/job_posting_id", "out_of_range"),
                ("/limit", "out_of_range"),
                ("/weights", "missing"),
            ]),
        ),
        (
            "/api/v1/dead-letters:purge",
            json!({"all": true, "queue": "slow", "reason": "", "fingerprint": 1, "candidate_id": {},
                "job_posting_id": -1, "from": "yesterday", "to": true}),
            in_body(&[
                ("/all", "inconsistent"),
                ("/queue", "unknown_value"),
                ("/reason", "malformed"),
                ("/fingerprint", "wrong_type"),
                ("/candidate_id", "wrong_type"),
                ("/job_posting_id", "out_of_range"),
                ("/from", "malformed"),
                ("/to", "wrong_type"),
            ]),
        ),
        (
            "/api/v1/dead-letters/any:retry",
            json!({"candidate_id": [], "queue": 5, "webhook_url": "http://10.0.0.1/hook", "candidate": 1}),
            in_body(&[
                ("/candidate_id", "wrong_type"),
                ("/queue", "wrong_type"),
                ("/webhook_url", "refused"),
                ("/candidate", "unknown_field"),
            ]),
        ),
        (
            "/api/v1/dependencies/cv%0a1",
            json!({"status": "perhaps"}),
            vec![
                ["path", "/id", "malformed"],
                ["body", "/status", "unknown_value"],
            ],
        ),
    ];
    assert_all_are_told(&cases).await;
}

#[tokio::test]
async fn faults_of_query_headers_and_body_are_reported_together() {
    let (_environment, _process, api) = accepting().await;
    let path = "/api/v1/queue-matching\
        ?priority=urgent&user_id=%07&id=a/b&depends_on=%C3&on_parent_failure=perhaps&unknown=x";
    let headers = [("idempotency-key", "")];
    let answer = api
        .post_with(path, &headers, &json!({"candidate_id": 1}))
        .await;
    let mut found = faults(&answer);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ["body", "/job_id", "missing"],
            ["header", "/Idempotency-Key", "malformed"],
            ["query", "/depends_on", "malformed"],
            ["query", "/id", "malformed"],
            ["query", "/on_parent_failure", "unknown_value"],
            ["query", "/priority", "unknown_value"],
            ["query", "/user_id", "malformed"],
        ]
    );
    let path = "/api/v1/dead-letters?candidate_id=x&job_posting_id=0&limit=1001&cursor=x&all=true\
        &from=now&queue=";
    let answer = api.get(path).await;
    let mut found = faults(&answer);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ["query", "/all", "unknown_field"],
            ["query", "/candidate_id", "out_of_range"],
            ["query", "/cursor", "malformed"],
            ["query", "/from", "malformed"],
            ["query", "/job_posting_id", "out_of_range"],
            ["query", "/limit", "out_of_range"],
            ["query", "/queue", "unknown_value"],
        ]
    );
}

#[tokio::test]
async fn null_counts_as_absent() {
    let (_environment, _process, api) = accepting().await;
    let given = json!({"candidate_id": 1, "job_id": 2, "webhook_url": null, "webhook_events": null,
        "weights": null});
    assert_eq!(api.post("/api/v1/queue-matching", &given).await.status, 202);
    let found = json!({"candidate": {}, "candidate_id": null, "job_id": null, "top": null,
        "min_score": null, "explain": null, "filters": null, "weights": null});
    let found = api.post("/api/v1/search", &found).await;
    assert_eq!(found.status, 200, "{}", found.text);
    for (path, body, expected) in [
        (
            "/api/v1/queue-matching",
            json!({"candidate_id": null, "job_id": null}),
            in_body(&[("/candidate_id", "missing"), ("/job_id", "missing")]),
        ),
        (
            "/api/v1/queue-matching/bulk",
            json!({"candidate_id": 1, "job_ids": null}),
            in_body(&[("/job_ids", "missing")]),
        ),
        (
            "/api/v1/match",
            json!({"candidate": null, "job_posting": {}}),
            in_body(&[("/candidate", "missing")]),
        ),
        (
            "/api/v1/matches:reweigh",
            json!({"weights": null, "all": null}),
            in_body(&[("/all", "missing"), ("/weights", "missing")]),
        ),
        (
            "/api/v1/dead-letters:retry",
            json!({"all": null, "queue": null}),
            in_body(&[("/all", "missing")]),
        ),
        (
            "/api/v1/dependencies/cv",
            json!({"status": null}),
            in_body(&[("/status", "missing")]),
        ),
        ("/api/v1/match", json!(null), in_body(&[("", "wrong_type")])),
    ] {
        let answer = api.post(path, &body).await;
        let mut found = faults(&answer);
        found.sort_unstable();
        assert_eq!(found, expected, "{path} {body}");
    }
}

#[tokio::test]
async fn names_with_separators_are_escaped_in_pointers() {
    let (_environment, _process, api) = accepting().await;
    let filter = json!({"queue": "high", "a/b": 1, "~": null});
    let answer = api.post("/api/v1/dead-letters:purge", &filter).await;
    assert_eq!(
        faults(&answer),
        in_body(&[("/a~1b", "unknown_field"), ("/~0", "unknown_field")])
    );
    let answer = api.get("/api/v1/dead-letters?a/b~c=1").await;
    assert_eq!(faults(&answer), [["query", "/a~1b~0c", "unknown_field"]]);
    let body = json!({"candidate": {}, "filters": {"~/": 1}, "weights": {"/": 1}});
    let answer = api.post("/api/v1/search", &body).await;
    assert_eq!(
        faults(&answer),
        in_body(&[
            ("/filters/~0~1", "unknown_value"),
            ("/weights/~1", "unknown_value"),
        ])
    );
}

#[tokio::test]
async fn the_last_value_of_a_repeated_name_counts() {
    let (_environment, _process, api) = accepting().await;
    let post = |body: &'static str| {
        let api = api.clone();
        async move {
            let path = "/api/v1/queue-matching?priority=urgent&priority=high";
            api.post_bytes(path, "application/json", body.as_bytes())
                .await
        }
    };
    let queued = post(r#"{"candidate_id": "x", "job_id": 2, "candidate_id": 7}"#).await;
    assert_eq!(queued.status, 202, "{}", queued.text);
    assert_eq!(queued.body["queue"], "matching_high");
    let job = queued.body["job_id"].as_str().unwrap();
    let status = api.get(&format!("/api/v1/status/{job}")).await.body;
    assert_eq!(status["candidate_id"], 7);
    let refused = post(r#"{"candidate_id": 7, "job_id": 2, "candidate_id": 0}"#).await;
    assert_eq!(
        faults(&refused),
        in_body(&[("/candidate_id", "out_of_range")])
    );
}

#[tokio::test]
async fn numbers_beyond_an_id_are_out_of_range() {
    let (_environment, _process, api) = accepting().await;
    for number in [
        "9223372036854775808",
        "18446744073709551616",
        "-9223372036854775809",
        "1e30",
        "1.0",
        "-0",
    ] {
        let body = format!("{{\"candidate_id\": {number}, \"job_id\": 1}}");
        let path = "/api/v1/queue-matching";
        let answer = api
            .post_bytes(path, "application/json", body.as_bytes())
            .await;
        assert_eq!(
            faults(&answer),
            in_body(&[("/candidate_id", "out_of_range")]),
            "{number}"
        );
    }
    let largest = json!({"candidate_id": i64::MAX, "job_id": 1});
    let answer = api.post("/api/v1/queue-matching", &largest).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
}

#[tokio::test]
async fn the_document_states_the_ranges_by_which_requests_are_read() {
    let (_environment, _process, api) = accepting().await;
    let document = api.get("/openapi.json").await.body;
    let schemas = &document["components"]["schemas"];
    let id = &schemas["ProfileId"];
    assert_eq!(
        (&id["type"], &id["minimum"]),
        (&json!("integer"), &json!(1))
    );
    let weights = schemas["WeightsBody"]["properties"].as_object().unwrap();
    assert_eq!(weights.len(), 11);
    assert!(weights.values().all(|weight| weight["minimum"] == 0));
    assert_eq!(
        schemas["DependencyOutcome"]["enum"],
        json!(["completed", "failed"])
    );
    assert_eq!(
        schemas["MatchBody"]["required"],
        json!(["candidate_id", "job_id"])
    );
    let parameters = |path: &str, method: &str| -> Vec<(String, Value)> {
        let parameters = document["paths"][path][method]["parameters"].as_array();
        let parameters = parameters.unwrap().iter();
        parameters
            .map(|one| {
                (
                    one["name"].as_str().unwrap().to_owned(),
                    one["schema"].clone(),
                )
            })
            .collect()
    };
    let matches = parameters("/api/v1/candidates/{id}/matches", "get");
    let limit = &matches.iter().find(|(name, _)| name == "limit").unwrap().1;
    let limit = limit.to_string();
    for stated in ["\"minimum\":1", "\"maximum\":1000", "\"default\":50"] {
        assert!(limit.contains(stated), "{limit}");
    }
    let queue = parameters("/api/v1/queue-matching", "post");
    let names: Vec<&str> = queue.iter().map(|(name, _)| &**name).collect();
    assert_eq!(
        names,
        [
            "priority",
            "depends_on",
            "on_parent_failure",
            "user_id",
            "id",
            "Idempotency-Key",
        ]
    );
    // Every reference has a target.
    let text = document.to_string();
    for part in text.split("\"#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(schemas[name].is_object(), "{name}");
    }
}
