//! Invalid input is answered with a 4xx that names the field, and stores nothing.

use reqwest::Method;
use serde_json::{Value, json};

use super::accepting;

#[tokio::test]
async fn each_bad_field_of_a_submission_is_named() {
    let (_environment, _process, api) = accepting().await;
    let one = "/api/v1/queue-matching";
    let bulk = "/api/v1/queue-matching/bulk";
    let many: Vec<i64> = (1..=10_001).collect();
    let cases: Vec<(&str, Value, &[&str])> = vec![
        (one, json!({}), &["/candidate_id", "/job_id"]),
        (one, json!([]), &[""]),
        (
            one,
            json!({"candidate_id": "one", "job_id": 1}),
            &["/candidate_id"],
        ),
        (
            one,
            json!({"candidate_id": 0, "job_id": -1}),
            &["/candidate_id", "/job_id"],
        ),
        (
            one,
            json!({"candidate_id": 1.5, "job_id": 1}),
            &["/candidate_id"],
        ),
        (
            one,
            json!({"candidate_id": 1e30, "job_id": true}),
            &["/candidate_id", "/job_id"],
        ),
        (
            one,
            json!({"candidate_id": 1, "job_id": 1, "webhook_url": "ftp://platform.example/"}),
            &["/webhook_url"],
        ),
        (
            one,
            json!({"candidate_id": 1, "job_id": 1, "webhook_url": "http://10.0.0.1/hook"}),
            &["/webhook_url"],
        ),
        (
            one,
            json!({"candidate_id": 1, "job_id": 1, "webhook_url": "https://platform.example/\u{0}"}),
            &["/webhook_url"],
        ),
        (
            one,
            json!({"candidate_id": 1, "job_id": 1, "webhook_url": 7}),
            &["/webhook_url"],
        ),
        (
            bulk,
            json!({"candidate_id": 1, "job_ids": many}),
            &["/job_ids"],
        ),
        (
            bulk,
            json!({"candidate_id": 1, "job_ids": 5}),
            &["/job_ids"],
        ),
        (
            bulk,
            json!({"candidate_id": 1, "job_ids": [1, "two", 3, 0]}),
            &["/job_ids/1", "/job_ids/3"],
        ),
    ];
    for (path, body, expected) in cases {
        let answer = api.post(path, &body).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert_eq!(answer.problem(), ("invalid_request", expected.to_vec()));
        assert_eq!(answer.body["status"], 422);
        assert_eq!(answer.body["instance"], path);
        assert_eq!(answer.body["request_id"], answer.header("x-request-id"));
    }
    let oversized = api
        .post(bulk, &json!({"candidate_id": 1, "job_ids": many}))
        .await;
    assert!(oversized.text.contains("10000"), "{}", oversized.text);
    for query in [
        "?priority=urgent",
        "?id=%20",
        "?id=a/b",
        "?depends_on=%C3",
        "?on_parent_failure=perhaps&depends_on=cv",
        "?user_id=%07",
    ] {
        let body = json!({"candidate_id": 1, "job_id": 1});
        let answer = api.post(&format!("{one}{query}"), &body).await;
        assert_eq!(answer.status, 422, "{query}: {}", answer.text);
        let field = query.trim_start_matches('?').split('=').next().unwrap();
        assert_eq!(answer.problem().1, [format!("/{field}")]);
    }
    let metrics = api.get("/metrics").await.text;
    let stored = metrics.lines().find(|line| {
        line.starts_with("matching_tasks{") && line.contains("queued") && !line.ends_with(" 0")
    });
    assert_eq!(stored, None, "something was stored");
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused() {
    let (_environment, _process, api) = accepting().await;
    let path = "/api/v1/queue-matching";
    let post = |content_type: &'static str, body: Vec<u8>| {
        let api = api.clone();
        async move { api.post_bytes(path, content_type, &body).await }
    };
    let malformed = post("application/json", b"{\"candidate_id\": 1,".to_vec()).await;
    assert_eq!(
        (malformed.status.as_u16(), malformed.problem().0),
        (400, "malformed_json")
    );
    let half_a_character = post("application/json", b"{\"candidate_id\": \"\xc3\"}".to_vec()).await;
    assert_eq!(half_a_character.status, 400);
    let form = post(
        "application/x-www-form-urlencoded",
        b"candidate_id=1".to_vec(),
    )
    .await;
    assert_eq!(
        (form.status.as_u16(), form.problem().0),
        (415, "unsupported_media_type")
    );
    let large = post("application/json", vec![b' '; 3 * 1024 * 1024]).await;
    assert_eq!(
        (large.status.as_u16(), large.problem().0),
        (413, "body_too_large")
    );
    let deep = post("application/json", b"[".repeat(100_000)).await;
    assert_eq!(deep.status, 400);
}

#[tokio::test]
async fn an_unknown_path_is_a_problem_document() {
    let (_environment, _process, api) = accepting().await;
    for path in [
        "/api/v1/status/01NOTHING",
        "/api/v1/result/nothing-1",
        "/api/v1/batches/nothing",
        "/api/v1/candidates/12",
        "/api/v1/candidates/12/matches",
        "/api/v1/nothing",
        "/",
    ] {
        let answer = api.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.problem().0, "not_found", "{path}");
    }
    let wrong_method = api.delete("/api/v1/queue-matching").await;
    assert_eq!(wrong_method.problem().0, "method_not_allowed");
    assert_eq!(wrong_method.status, 405);
    assert_eq!(wrong_method.header("allow"), "POST");
    let wrong_method = api.post("/api/v1/candidates/1", &json!({})).await;
    assert_eq!(wrong_method.header("allow"), "GET, PUT, DELETE");
    let probe = api.send(Method::HEAD, "/livez", &[], None).await;
    assert_eq!((probe.status.as_u16(), probe.text.as_str()), (200, ""));
    for path in [
        "/api/v1/status/a%00b",
        "/api/v1/batches/%0a",
        "/api/v1/result/%00",
    ] {
        assert_eq!(
            api.get(path).await.problem(),
            ("invalid_request", vec!["/id"])
        );
    }
    for path in [
        "/api/v1/candidates/abc",
        "/api/v1/candidates/0",
        "/api/v1/job-postings/-1",
    ] {
        let answer = api.get(path).await;
        assert_eq!(answer.problem(), ("invalid_request", vec!["/id"]), "{path}");
    }
}

#[tokio::test]
async fn a_bad_dependency_report_is_refused() {
    let (_environment, _process, api) = accepting().await;
    for body in [
        json!({}),
        json!({"status": "perhaps"}),
        json!({"status": 1}),
    ] {
        let answer = api.post("/api/v1/dependencies/cv-1", &body).await;
        assert_eq!(
            answer.problem(),
            ("invalid_request", vec!["/status"]),
            "{body}"
        );
    }
    let itself = json!({"candidate_id": 1, "job_id": 1});
    let answer = api
        .post("/api/v1/queue-matching?id=loop&depends_on=loop", &itself)
        .await;
    assert_eq!(answer.problem(), ("dependency_cycle", vec!["/depends_on"]));
    let without_parent = api
        .post("/api/v1/queue-matching?on_parent_failure=run", &itself)
        .await;
    assert_eq!(without_parent.problem().1, ["/on_parent_failure"]);
    assert_eq!(answer.status, 422);
}

#[tokio::test]
async fn a_client_that_disconnects_within_its_body_does_no_harm() {
    use tokio::io::AsyncWriteExt;
    let (_environment, _process, api) = accepting().await;
    let address = api.base.trim_start_matches("http://");
    let mut connection = tokio::net::TcpStream::connect(address).await.unwrap();
    connection
        .write_all(
            b"POST /api/v1/queue-matching HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
              content-length: 40\r\n\r\n{\"candidate_id\"",
        )
        .await
        .unwrap();
    drop(connection);
    let answer = api.send(Method::GET, "/livez", &[], None).await;
    assert_eq!(answer.status, 200);
}
