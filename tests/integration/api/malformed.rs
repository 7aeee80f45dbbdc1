//! Requests that aren't HTTP, or that the framework refuses: each answer is a problem document with
//! an id, and none is an error in the log.

use serde_json::json;

use super::accepting;
use crate::support::raw_http::RawConnection;

#[tokio::test]
async fn a_request_that_the_parser_refuses_is_answered_with_a_problem_document() {
    let (_environment, process, api) = accepting().await;
    let long_head = format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}", "a".repeat(140_000));
    let many_headers: Vec<String> = (0..150).map(|n| format!("H{n}: 1\r\n")).collect();
    let many_headers = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", many_headers.concat());
    for (request, status, code) in [
        ("GARBAGE\r\n\r\n", 400, "malformed_request"),
        (
            "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
            400,
            "malformed_request",
        ),
        (
            "GET / HTTP/1.1\r\nbad header\r\n\r\n",
            400,
            "malformed_request",
        ),
        (
            "GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
            400,
            "malformed_request",
        ),
        (
            "POST /api/v1/match HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
            400,
            "malformed_request",
        ),
        (&long_head, 431, "headers_too_large"),
        (&many_headers, 431, "headers_too_large"),
        // The rest of the head never comes.
        ("GET /livez HTTP/1.1\r\nHost: x\r\n", 408, "request_timeout"),
    ] {
        let mut connection = RawConnection::open(&api).await;
        connection.send(request.as_bytes()).await;
        let answer = connection.answer().await;
        assert_eq!(answer.status(), status, "{}", answer.head);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.header("connection"), "close");
        assert_eq!(answer.body["code"], code);
        assert_eq!(answer.body["status"], status);
        assert_eq!(answer.body["request_id"], answer.header("x-request-id"));
        assert!(answer.header("date").ends_with("GMT"));
        let id = answer.body["request_id"].as_str().unwrap();
        process.says(&["unreadable request", id]).await;
    }
    assert_eq!(process.count_of_lines_with("ERROR"), 0, "{}", process.log());
}

#[tokio::test]
async fn earlier_answers_on_the_connection_are_complete() {
    let (_environment, _process, api) = accepting().await;
    let mut connection = RawConnection::open(&api).await;
    connection
        .send(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\nGARBAGE\r\n\r\n")
        .await;
    let first = connection.answer().await;
    assert_eq!(
        (first.status(), &first.body),
        (200, &json!({"status": "alive"}))
    );
    assert_eq!(connection.answer().await.body["code"], "malformed_request");
}

#[tokio::test]
async fn a_body_of_another_kind_is_refused_with_the_reason() {
    let (_environment, _process, api) = accepting().await;
    let path = "/api/v1/match";
    let compressed = [
        ("content-type", "application/json"),
        ("content-encoding", "gzip"),
    ];
    let answer = api
        .send(
            reqwest::Method::POST,
            path,
            &compressed,
            Some(b"{}".to_vec()),
        )
        .await;
    assert_eq!(answer.status, 415);
    assert_eq!(answer.problem().0, "unsupported_content_encoding");
    assert_eq!(answer.header("accept-encoding"), "identity");
    let plain = [
        ("content-type", "application/json"),
        ("content-encoding", "identity"),
    ];
    let answer = api
        .send(reqwest::Method::POST, path, &plain, Some(b"{}".to_vec()))
        .await;
    assert_eq!(answer.status, 422);
    for headers in [&[][..], &[("content-type", "text/plain")]] {
        let answer = api
            .send(reqwest::Method::POST, path, headers, Some(b"{}".to_vec()))
            .await;
        assert_eq!(answer.status, 415);
        assert_eq!(answer.problem().0, "unsupported_media_type");
    }
    for body in ["", " \n"] {
        let answer = api
            .post_bytes(path, "application/json", body.as_bytes())
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.problem().0),
            (400, "empty_body")
        );
    }
}

#[tokio::test]
async fn a_body_with_malformed_chunks_is_told_from_malformed_json() {
    let (_environment, _process, api) = accepting().await;
    let mut connection = RawConnection::open(&api).await;
    connection
        .send(
            b"POST /api/v1/match HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
              Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
        )
        .await;
    let answer = connection.answer().await;
    assert_eq!(
        (answer.status(), &answer.body["code"]),
        (400, &json!("malformed_request"))
    );
}
