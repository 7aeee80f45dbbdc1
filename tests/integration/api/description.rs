//! The OpenAPI document, health checks and metrics.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::accepting;

#[tokio::test]
async fn the_openapi_document_lists_every_call_and_its_pages_are_served() {
    let (environment, _process, api) = accepting().await;
    let document = api.get("/openapi.json").await.body;
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let paths = document["paths"].as_object().unwrap();
    for (path, method) in [
        ("/api/v1/keys", "get"),
        ("/api/v1/keys", "post"),
        ("/api/v1/keys/{id}", "delete"),
        ("/api/v1/keys/{id}:rotate", "post"),
        ("/api/v1/queue-matching", "post"),
        ("/api/v1/queue-matching/bulk", "post"),
        ("/api/v1/queue-matching/candidates", "post"),
        ("/api/v1/status/{job_id}", "get"),
        ("/api/v1/result/{job_id}", "get"),
        ("/api/v1/match", "post"),
        ("/api/v1/search", "post"),
        ("/api/v1/matches:reweigh", "post"),
        ("/api/v1/results/{job_id}:verify", "post"),
        ("/api/v1/candidates/{id}", "get"),
        ("/api/v1/candidates/{id}", "put"),
        ("/api/v1/candidates/{id}", "delete"),
        ("/api/v1/job-postings/{id}", "put"),
        ("/api/v1/candidates:import", "post"),
        ("/api/v1/job-postings:import", "post"),
        ("/api/v1/candidates/{id}/matches", "get"),
        ("/api/v1/job-postings/{id}/matches", "get"),
        ("/api/v1/batches/{id}", "get"),
        ("/api/v1/batches/{id}/results", "get"),
        ("/api/v1/batches/{id}", "delete"),
        ("/api/v1/jobs/{id}", "delete"),
        ("/api/v1/dead-letters", "get"),
        ("/api/v1/dead-letters/groups", "get"),
        ("/api/v1/dead-letters/actions", "get"),
        ("/api/v1/dead-letters/{id}", "get"),
        ("/api/v1/dead-letters/{id}", "delete"),
        ("/api/v1/dead-letters/{id}:retry", "post"),
        ("/api/v1/dead-letters:retry", "post"),
        ("/api/v1/dead-letters:purge", "post"),
        ("/api/v1/dependencies/{id}", "post"),
        ("/api/v1/queues", "get"),
        ("/api/v1/queues/{name}", "get"),
        ("/api/v1/queues/{name}:pause", "post"),
        ("/api/v1/queues/{name}:resume", "post"),
        ("/livez", "get"),
        ("/readyz", "get"),
        ("/metrics", "get"),
    ] {
        assert!(
            paths[path][method]["responses"].is_object(),
            "{method} {path}"
        );
    }
    let docs = api.get("/docs/").await;
    assert_eq!(docs.status, 200);
    assert!(docs.text.contains("swagger"), "{}", docs.text);

    let printed = environment.run(&["openapi"]).await;
    let printed: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(printed, document);
}

#[tokio::test]
async fn health_and_metrics_are_there_for_operators() {
    let (_environment, _process, api) = accepting().await;
    assert_eq!(api.get("/livez").await.status, 200);
    let ready = api.get("/readyz").await;
    assert_eq!(ready.status, 200);
    assert_eq!(ready.body["checks"]["database"], "ok");
    let metrics = api.get("/metrics").await;
    assert!(metrics.text.contains("matching_http_requests_total"));
}

#[tokio::test]
async fn a_request_id_of_the_client_is_kept() {
    let (_environment, _process, api) = accepting().await;
    let headers = [("x-request-id", "platform-77")];
    let answer = api
        .send(reqwest::Method::GET, "/api/v1/status/none", &headers, None)
        .await;
    assert_eq!(answer.header("x-request-id"), "platform-77");
    assert_eq!(answer.body["request_id"], "platform-77");
}

fn document() -> Value {
    serde_json::to_value(matching::api::document()).unwrap()
}

/// The calls of the document, with their path, method and description.
fn calls(document: &Value) -> Vec<(String, Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let calls = paths.flat_map(|(path, item)| {
        let item = item.as_object().unwrap().iter();
        item.map(move |(method, call)| (format!("{method} {path}"), call.clone()))
    });
    calls.collect()
}

/// The answers of a call by status, with references resolved.
fn answers(document: &Value, call: &Value) -> Vec<(u16, Value)> {
    let answers = call["responses"].as_object().unwrap().iter();
    let answers = answers.map(|(status, answer)| {
        let answer = match answer["$ref"].as_str() {
            Some(reference) => document.pointer(&reference[1..]).unwrap().clone(),
            None => answer.clone(),
        };
        (status.parse().unwrap(), answer)
    });
    answers.collect()
}

#[test]
fn every_call_has_an_id_of_its_own_for_generated_clients() {
    let document = document();
    let calls = calls(&document);
    let ids: BTreeSet<&str> = calls
        .iter()
        .map(|(_, call)| call["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), calls.len());
}

#[test]
fn every_answer_is_described_and_every_error_is_a_problem_document() {
    let document = document();
    for (name, call) in calls(&document) {
        for (status, answer) in answers(&document, &call) {
            let place = format!("{name} {status}");
            assert_ne!(answer["description"], "", "{place}");
            assert!(answer["description"].is_string(), "{place}");
            let types: Vec<&String> = match answer["content"].as_object() {
                Some(content) => content.keys().collect(),
                None => vec![],
            };
            // /readyz answers 503 with its checks.
            if status >= 400 && !name.ends_with("/readyz") {
                assert_eq!(types, ["application/problem+json"], "{place}");
            }
        }
    }
}

#[test]
fn a_call_needs_a_key_unless_it_is_for_probes() {
    let document = document();
    let schemes = document["components"]["securitySchemes"].as_object();
    assert_eq!(schemes.unwrap().len(), 2);
    for (name, call) in calls(&document) {
        let is_open = call["security"] == json!([]);
        let is_probe = name.ends_with(" /livez") || name.ends_with(" /readyz");
        assert_eq!(is_open, is_probe, "{name}");
        let refuses = answers(&document, &call)
            .iter()
            .any(|(status, _)| *status == 401);
        assert_eq!(refuses, !is_open, "{name}");
    }
}
