//! Limits of bodies: their time, their memory, and what is answered beyond.

use serde_json::json;

use crate::support::{api::Api, environment::Environment, raw_http::RawConnection};

/// Begins a body of which `sent` of `length` bytes arrive.
async fn unfinished(api: &Api, length: usize, sent: usize) -> RawConnection {
    let mut connection = RawConnection::open(api).await;
    let head = format!(
        "POST /api/v1/candidates:import HTTP/1.1\r\nHost: localhost\r\n\
         Content-Type: application/x-ndjson\r\nContent-Length: {length}\r\n\r\n"
    );
    connection.send(head.as_bytes()).await;
    connection.send(&vec![b' '; sent]).await;
    connection
}

#[tokio::test]
async fn a_body_that_arrives_too_slowly_is_answered_408() {
    let environment = Environment::embedded().with("MATCHING__HTTP__BODY_GRACE_SECONDS", "1");
    let process = environment.serve(&["--no-workers"]).await;
    let mut connection = unfinished(&process.api(), 1_000, 10).await;
    let answer = connection.answer().await;
    assert_eq!(answer.status(), 408);
    assert_eq!(answer.body["code"], "request_timeout");
    assert_eq!(answer.header("connection"), "close");
    assert_eq!(process.count_of_lines_with("ERROR"), 0);
}

#[tokio::test]
async fn bodies_beyond_the_memory_for_all_of_them_are_answered_503_until_others_end() {
    let environment = Environment::embedded()
        .with("MATCHING__HTTP__BODY_LIMIT_BYTES", "2048")
        .with("MATCHING__HTTP__BODIES_LIMIT_BYTES", "20480");
    let process = environment.serve(&["--no-workers"]).await;
    let api = process.api();
    let held = unfinished(&api, 20_480, 20_000).await;
    let body = json!({"candidate": {"summary": "x".repeat(1_500)}, "job_posting": {}});
    api.until_text("/metrics", |text| {
        text.contains("matching_http_body_bytes 20000")
    })
    .await;
    let refused = api.post("/api/v1/match", &body).await;
    assert_eq!(refused.status, 503, "{}", refused.text);
    assert_eq!(refused.problem().0, "busy");
    assert_eq!(refused.header("retry-after"), "1");
    drop(held);
    api.until_text("/metrics", |text| {
        text.contains("matching_http_body_bytes 0")
    })
    .await;
    assert_eq!(api.post("/api/v1/match", &body).await.status, 200);
}
