//! The list of jobs, over HTTP and on the command line.

use serde_json::{Value, json};

use super::accepting;
use crate::support::{environment::Environment, profiles::candidate};

fn ids(page: &Value) -> Vec<String> {
    let jobs = page["jobs"].as_array().unwrap();
    jobs.iter()
        .map(|job| job["job_id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn jobs_are_listed_by_their_filters_and_pages() {
    let (_environment, _process, api) = accepting().await;
    let pair = json!({"candidate_id": 1, "job_id": 1});
    api.queue("?priority=high&id=first", &pair).await;
    let many = json!({"candidate_id": 2, "job_ids": [1, 2]});
    api.queue_bulk("?id=many&user_id=someone", &many).await;
    let path = "/api/v1/jobs";
    let all = api.get(path).await.body;
    assert_eq!(ids(&all), ["many-1", "many-2", "first"]);
    assert_eq!(all["next_cursor"], Value::Null);
    for (query, expected) in [
        ("queue=high", &["first"][..]),
        ("queue=matching_bulk&status=queued", &["many-1", "many-2"]),
        ("status=completed", &[]),
        ("candidate_id=2", &["many-1", "many-2"]),
        ("job_posting_id=1", &["many-1", "first"]),
        ("job_posting_id=1&candidate_id=1", &["first"]),
        ("batch_id=many", &["many-1", "many-2"]),
        ("user_id=someone", &["many-1", "many-2"]),
        ("error_code=candidate_not_found", &[]),
        (
            "from=2020-01-01T00:00:00Z&to=9999-01-01T00:00:00Z",
            &["many-1", "many-2", "first"],
        ),
        ("to=2020-01-01T00:00:00Z", &[]),
    ] {
        let page = api.get(&format!("{path}?{query}")).await.body;
        assert_eq!(ids(&page), expected, "{query}");
    }
    let first = api.get(&format!("{path}?limit=2&queue=bulk")).await;
    let link = first.header("link").to_owned();
    assert!(
        link.starts_with("</api/v1/jobs?limit=2&queue=bulk&cursor="),
        "{link}"
    );
    assert!(link.ends_with(">; rel=\"next\""), "{link}");
    let next = first.body["next_cursor"].as_str().unwrap();
    let rest = api.get(&format!("{path}?limit=2&cursor={next}")).await.body;
    assert_eq!(ids(&rest), ["first"]);
}

#[tokio::test]
async fn faulty_filters_and_cursors_are_all_reported() {
    let (_environment, _process, api) = accepting().await;
    let faults = [
        ("cursor=nonsense", "/cursor"),
        ("cursor=", "/cursor"),
        ("cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTk5OjE6eA", "/cursor"),
        ("cursor=JzsgRFJPUCBUQUJMRSB0YXNrczstLQ", "/cursor"),
        ("status=done", "/status"),
        ("queue=low", "/queue"),
        ("candidate_id=0", "/candidate_id"),
        ("from=yesterday", "/from"),
        ("limit=0", "/limit"),
        ("limit=1001", "/limit"),
        ("candidate=7", "/candidate"),
    ];
    for (query, pointer) in faults {
        let answer = api.get(&format!("/api/v1/jobs?{query}")).await;
        assert_eq!(
            answer.problem(),
            ("invalid_request", vec![pointer]),
            "{query}"
        );
    }
    let both = api.get("/api/v1/jobs?status=done&limit=0").await;
    assert_eq!(both.problem().1, ["/status", "/limit"]);
}

#[tokio::test]
async fn a_page_of_jobs_that_the_caller_has_is_not_sent_again() {
    let (_environment, _process, api) = accepting().await;
    api.queue("", &json!({"candidate_id": 1, "job_id": 1}))
        .await;
    let tag = api.get("/api/v1/jobs").await.header("etag").to_owned();
    let headers = [("If-None-Match", tag.as_str())];
    let again = api.send(reqwest::Method::GET, "/api/v1/jobs", &headers, None);
    assert_eq!(again.await.status, 304);
}

#[tokio::test]
async fn the_command_line_lists_shows_and_cancels_jobs() {
    let environment = Environment::embedded();
    let process = environment.serve(&["--no-workers"]).await;
    let api = process.api();
    api.import("candidates", &[candidate(1)]).await;
    api.queue("?id=one", &json!({"candidate_id": 1, "job_id": 1}))
        .await;
    api.queue(
        "?id=two&priority=high",
        &json!({"candidate_id": 1, "job_id": 2}),
    )
    .await;
    let listed = environment.run(&["jobs", "list", "--queue", "high"]).await;
    assert!(listed.status.success());
    let line: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(
        (&line["job_id"], &line["status"]),
        (&json!("two"), &json!("queued"))
    );
    let page = environment
        .run(&["jobs", "list", "--table", "--limit", "1"])
        .await;
    let (table, hint) = (
        String::from_utf8_lossy(&page.stdout),
        String::from_utf8_lossy(&page.stderr),
    );
    assert!(table.contains("two") && !table.contains("one"), "{table}");
    assert!(hint.contains("--cursor "), "{hint}");
    let cancelled = environment.run(&["jobs", "cancel", "two", "nowhere"]).await;
    assert!(!cancelled.status.success());
    assert!(String::from_utf8_lossy(&cancelled.stdout).contains("two is cancelled"));
    assert!(String::from_utf8_lossy(&cancelled.stderr).contains("nowhere"));
    let shown = environment.run(&["jobs", "show", "two"]).await;
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown["status"], "cancelled");
    assert_eq!(
        api.get("/api/v1/status/two").await.body["status"],
        "cancelled"
    );
}
