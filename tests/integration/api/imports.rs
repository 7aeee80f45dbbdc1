//! Partial imports: good lines are stored while the body arrives, bad ones are listed.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::{
    api::{Answer, Api},
    environment::Environment,
    raw_http::RawConnection,
};

const PARTIAL: &str = "/api/v1/candidates:import?partial=true";

async fn import(api: &Api, path: &str, lines: &str) -> Answer {
    api.post_bytes(path, "application/x-ndjson", lines.as_bytes())
        .await
}

fn lines_of(faults: &Value) -> Vec<u64> {
    let faults = faults.as_array().unwrap().iter();
    faults
        .map(|fault| fault["line"].as_u64().unwrap())
        .collect()
}

/// Lines of candidates with these ids.
fn candidates(ids: std::ops::RangeInclusive<usize>) -> String {
    ids.fold(String::new(), |mut lines, id| {
        let _ = writeln!(lines, r#"{{"id": {id}, "title": "Welder"}}"#);
        lines
    })
}

/// Begins a partial import whose body is announced to be longer than what is sent.
async fn unfinished(api: &Api, sent: &str) -> RawConnection {
    let mut connection = RawConnection::open(api).await;
    let head = format!(
        "POST {PARTIAL} HTTP/1.1\r\nHost: localhost\r\n\
         Content-Type: application/x-ndjson\r\nContent-Length: {}\r\n\r\n",
        sent.len() + 1_000
    );
    connection.send(head.as_bytes()).await;
    connection.send(sent.as_bytes()).await;
    connection
}

#[tokio::test]
async fn a_partial_import_stores_the_good_lines_and_lists_the_bad_ones() {
    let environment = Environment::embedded();
    let process = environment.serve(&["--no-workers"]).await;
    let api = process.api();
    let lines = "{\"id\": 1}\n\n{\"title\": \"x\"}\n{\"id\": 3, \"remote\": \"on Mars\"}\r\nnonsense\n{\"id\": 1}\n{\"id\": 4}";
    let answer = import(&api, PARTIAL, lines).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let body = &answer.body;
    assert_eq!(body["imported"], 3);
    assert_eq!(body["bad_lines"], 3);
    assert_eq!(lines_of(&body["errors"]), [3, 5, 6]);
    assert_eq!(body["errors"][2]["code"], "duplicate_id");
    assert_eq!(body["warned_lines"], 1);
    assert_eq!(lines_of(&body["warnings"]), [4]);
    for (id, status) in [(1, 200), (3, 200), (4, 200), (5, 404)] {
        let stored = api.get(&format!("/api/v1/candidates/{id}")).await;
        assert_eq!(stored.status, status, "{id}");
    }
    let again = import(&api, PARTIAL, "{\"id\": 1}\n{\"id\": 9}\n")
        .await
        .body;
    assert_eq!(
        (&again["created"], &again["replaced"]),
        (&json!(1), &json!(1))
    );
}

#[tokio::test]
async fn a_partial_import_may_be_larger_than_any_other_body() {
    let environment = Environment::embedded()
        .with("MATCHING__HTTP__BODY_LIMIT_BYTES", "2048")
        .with("MATCHING__HTTP__BODIES_LIMIT_BYTES", "20480");
    let process = environment.serve(&["--no-workers"]).await;
    let api = process.api();
    let mut lines = candidates(1..=3_000);
    let _ = writeln!(lines, r#"{{"id": 3001, "title": "{}"}}"#, "x".repeat(3_000));
    lines.push_str(&candidates(3_002..=3_002));
    let whole = import(&api, "/api/v1/candidates:import", &lines).await;
    assert_eq!(whole.status, 413);
    let partial = import(&api, PARTIAL, &lines).await;
    assert_eq!(partial.status, 200, "{}", partial.text);
    assert_eq!(partial.body["created"], 3_001);
    assert_eq!(partial.body["bad_lines"], 1);
    assert_eq!(partial.body["errors"][0]["code"], "line_too_long");
    assert_eq!(partial.body["errors"][0]["line"], 3_001);
}

#[tokio::test]
async fn a_partial_import_that_stalls_names_the_last_line_that_is_stored() {
    let environment = Environment::embedded().with("MATCHING__HTTP__BODY_GRACE_SECONDS", "1");
    let process = environment.serve(&["--no-workers"]).await;
    let api = process.api();
    let mut connection = unfinished(&api, &candidates(1..=2_500)).await;
    let answer = connection.answer().await;
    assert_eq!(answer.status(), 408, "{}", answer.body);
    let detail = answer.body["detail"].as_str().unwrap();
    let through = detail.split_once("up to line ").unwrap().1;
    let through: usize = through[..through.find(' ').unwrap()]
        .trim_end_matches(',')
        .parse()
        .unwrap();
    assert!((2_000..=2_500).contains(&through), "{detail}");
    for (id, status) in [(through, 200), (through + 1, 404)] {
        let stored = api.get(&format!("/api/v1/candidates/{id}")).await;
        assert_eq!(stored.status, status, "{id}");
    }
}

#[tokio::test]
async fn a_partial_import_without_lines_or_in_another_format_is_refused() {
    let environment = Environment::embedded();
    let process = environment.serve(&["--no-workers"]).await;
    let api = process.api();
    for body in [
        "",
        " \n\n ",
        "{\n \"id\": 4\n}",
        "id;title\n4;Welder\n5;Baker",
    ] {
        let refused = import(&api, PARTIAL, body).await;
        assert_eq!(refused.status, 422, "{body:?}: {}", refused.text);
        assert_eq!(refused.body["errors"].as_array().unwrap().len(), 1);
    }
    let refused = import(
        &api,
        "/api/v1/candidates:import?partial=maybe",
        "{\"id\": 1}",
    )
    .await;
    assert_eq!(refused.status, 422);
    assert_eq!(api.get("/api/v1/candidates/1").await.status, 404);
}
