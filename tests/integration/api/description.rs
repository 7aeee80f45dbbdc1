//! The OpenAPI document, health checks and metrics.

use super::accepting;

#[tokio::test]
async fn the_openapi_document_lists_every_call_and_its_pages_are_served() {
    let (environment, _process, api) = accepting().await;
    let document = api.get("/openapi.json").await.body;
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let paths = document["paths"].as_object().unwrap();
    for (path, method) in [
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
