//! Webhooks over HTTP and on the command line: what was given up is counted, found and resent.

use actix_web::HttpResponse;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    api::Api,
    environment::Environment,
    process::Process,
    profiles::{candidate, job_postings},
    receiver::Receiver,
};

const LIST: &str = "/api/v1/webhook-deliveries";

/// Starts a service with three webhooks that were given up, and a receiver that takes further ones.
async fn with_given_up(environment: &Environment) -> (Process, Api, Receiver) {
    let process = environment.serve(&[]).await;
    let api = process.api();
    let mut receiver = Receiver::refusing_first(3, || HttpResponse::BadRequest().finish());
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=1)).await;
    for (name, path) in [("one", "/a?token=hunter2"), ("two", "/a"), ("three", "/b")] {
        let url = receiver.at(path);
        let body = json!({"candidate_id": 1, "job_id": 1, "webhook_url": url});
        api.queue(&format!("?id={name}"), &body).await;
        receiver.next().await;
    }
    api.until(&format!("{LIST}?state=failed"), |page| {
        jobs(page).len() == 3
    })
    .await;
    (process, api, receiver)
}

fn unretried() -> Environment {
    Environment::embedded().with("WEBHOOK_RETRY_COUNT", "0")
}

fn jobs(page: &Value) -> Vec<&str> {
    let deliveries = page["webhook_deliveries"].as_array().unwrap();
    let jobs = deliveries.iter();
    jobs.map(|one| one["job_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn webhooks_are_listed_by_filter_and_page_and_shown() {
    let environment = unretried();
    let (_process, api, receiver) = with_given_up(&environment).await;
    let all = api.get(LIST).await;
    assert_eq!(jobs(&all.body), ["three", "two", "one"]);
    assert!(
        !all.text.contains("hunter2") && !all.text.contains("/a"),
        "{}",
        all.text
    );
    let one = &all.body["webhook_deliveries"][2];
    assert_eq!(
        (&one["state"], &one["attempts"]),
        (&json!("failed"), &json!(1))
    );
    assert_eq!(one["last_status"], 400);
    let endpoint = one["endpoint"].as_str().unwrap();
    let host = receiver.at("").replace("http://", "");
    let by_url = receiver.at("/a%3Ftoken=other");
    for (query, expected) in [
        ("state=failed", &["three", "two", "one"][..]),
        ("state=delivered", &[]),
        (&format!("endpoint={endpoint}"), &["two", "one"]),
        (&format!("endpoint={by_url}"), &["two", "one"]),
        (&format!("host={host}"), &["three", "two", "one"]),
        ("host=127.0.0.1", &["three", "two", "one"]),
        ("host=127.0.0.2", &[]),
        ("job_id=two", &["two"]),
        ("event_type=match.failed", &[]),
        ("event_type=match.completed&to=2020-01-01T00:00:00Z", &[]),
    ] {
        let page = api.get(&format!("{LIST}?{query}")).await;
        assert_eq!(jobs(&page.body), expected, "{query}");
    }
    let first = api.get(&format!("{LIST}?limit=2")).await.body;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = api.get(&format!("{LIST}?limit=2&cursor={cursor}")).await;
    assert_eq!(jobs(&second.body), ["one"]);
    for query in ["state=lost", "event_type=match", "host=a/b", "path=/a"] {
        let refused = api.get(&format!("{LIST}?{query}")).await;
        assert_eq!(refused.status, 422, "{query}");
    }

    let id = one["id"].as_str().unwrap();
    let shown = api.get(&format!("{LIST}/{id}")).await;
    assert_eq!(shown.body["event"]["job_id"], "one");
    assert_eq!(shown.body["last_action"], Value::Null);
    assert!(!shown.text.contains("hunter2"), "{}", shown.text);
    assert_eq!(api.get(&format!("{LIST}/msg_none")).await.status, 404);
    let status = api.get("/api/v1/status/one").await.body;
    assert_eq!(status["webhooks"][0], *one);
}

#[tokio::test]
async fn webhooks_that_were_given_up_are_counted_everywhere() {
    let environment = unretried();
    let (_process, api, _receiver) = with_given_up(&environment).await;
    let metrics = api.get("/metrics").await.text;
    let mut lines = metrics.lines();
    assert!(lines.any(|line| line == "matching_webhook_deliveries_given_up 3"));
    let doctor = environment.run(&["doctor", "--json"]).await;
    let found: Value = serde_json::from_slice(&doctor.stdout).unwrap();
    assert_eq!(found["given_up_webhooks"], 3);
    let doctor = environment.run(&["doctor"]).await;
    let text = String::from_utf8(doctor.stdout).unwrap();
    assert!(text.contains("webhooks given up: 3;"), "{text}");
}

#[tokio::test]
async fn a_resent_webhook_keeps_its_id_and_is_on_record() {
    let environment = unretried();
    let (_process, api, mut receiver) = with_given_up(&environment).await;
    let page = api.get(&format!("{LIST}?job_id=two")).await.body;
    let id = page["webhook_deliveries"][0]["id"].as_str().unwrap();
    let send_again = async || {
        let path = format!("{LIST}/{id}:resend");
        api.send(Method::POST, &path, &[], None).await
    };
    let accepted = send_again().await;
    assert_eq!(accepted.status, 202, "{}", accepted.text);
    let webhook = receiver.next().await;
    webhook.assert_signed();
    assert_eq!(
        (webhook.id(), &webhook.event()["job_id"]),
        (id, &json!("two"))
    );
    let path = format!("{LIST}/{id}");
    let shown = api
        .until(&path, |shown| shown["state"] == "delivered")
        .await;
    assert_eq!(shown["attempts"], 1);
    assert_eq!(shown["last_action"]["action"], "resend");
    let actions = api.get("/api/v1/dead-letters/actions").await.body;
    assert_eq!(actions["actions"][0]["target"]["delivery_ids"], json!([id]));
    // A delivered one can be sent once more.
    assert_eq!(send_again().await.status, 202);
    assert_eq!(receiver.next().await.id(), id);
    let unknown = format!("{LIST}/msg_none:resend");
    let unknown = api.send(Method::POST, &unknown, &[], None).await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn a_pending_webhook_is_not_resent() {
    let environment = Environment::embedded().with("WEBHOOK_RETRY_DELAY", "");
    let process = environment.serve(&[]).await;
    let api = process.api();
    let mut receiver = Receiver::refusing_first(1, || HttpResponse::BadRequest().finish());
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=1)).await;
    let body = json!({"candidate_id": 1, "job_id": 1, "webhook_url": receiver.url()});
    api.queue("?id=early", &body).await;
    let id = receiver.next().await.id().to_owned();
    let path = format!("{LIST}/{id}:resend");
    let refused = api.send(Method::POST, &path, &[], None).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert_eq!(refused.problem().0, "delivery_pending");
    let resend = format!("{LIST}:resend");
    let refused = api.post(&resend, &json!({"state": "pending"})).await;
    assert_eq!(refused.problem().1, ["/state"]);
}

#[tokio::test]
async fn webhooks_are_resent_by_filter_after_a_dry_run() {
    let environment = unretried();
    let (_process, api, mut receiver) = with_given_up(&environment).await;
    let call = async |body: Value| api.post(&format!("{LIST}:resend"), &body).await;
    for body in [
        json!({}),
        json!({"dry_run": true}),
        json!({"all": true, "host": "127.0.0.1"}),
        json!({"hosts": "127.0.0.1"}),
    ] {
        assert_eq!(call(body.clone()).await.status, 422, "{body}");
    }
    let endpoint = receiver.at("/a");
    let dry = call(json!({"endpoint": endpoint, "dry_run": true})).await;
    assert_eq!(dry.body, json!({"selected": 2, "resent": 0}));
    let resent = call(json!({"endpoint": endpoint})).await;
    assert_eq!(resent.body, json!({"selected": 2, "resent": 2}));
    let mut sent: Vec<Value> = Vec::new();
    for webhook in receiver.take(2).await {
        sent.push(webhook.event()["job_id"].clone());
    }
    sent.sort_by_key(Value::to_string);
    assert_eq!(sent, ["one", "two"]);
    let left = api.get(&format!("{LIST}?state=failed")).await.body;
    assert_eq!(jobs(&left), ["three"]);
}

#[tokio::test]
async fn the_command_line_lists_shows_and_resends_webhooks() {
    let environment = unretried();
    let (_process, _api, mut receiver) = with_given_up(&environment).await;
    let run = async |arguments: &[&str]| {
        let output = environment.run(&[&["webhooks"], arguments].concat()).await;
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), text)
    };
    let (_, listed) = run(&["attempts", "--state", "failed", "--host", "127.0.0.1"]).await;
    let listed: Vec<Value> = listed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(listed.len(), 3);
    assert_eq!(listed[0]["job_id"], "three");
    let id = listed[0]["id"].as_str().unwrap();
    let (_, shown) = run(&["show", id, "--table"]).await;
    assert!(shown.contains("last error: 127.0.0.1:"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
    let (_, table) = run(&["list", "--table"]).await;
    assert!(table.starts_with("WEBHOOK-ID"), "{table}");

    for unsaid in [&["resend"][..], &["resend", "--all", "--job", "one"]] {
        assert_eq!(run(unsaid).await.0, Some(2), "{unsaid:?}");
    }
    let (_, dry) = run(&["resend", "--all", "--dry-run"]).await;
    assert_eq!(dry.trim(), "3 webhooks would be sent again");
    let (status, resent) = run(&["resend", id]).await;
    assert_eq!(
        (status, resent.trim()),
        (Some(0), "1 webhooks are sent again")
    );
    assert_eq!(receiver.next().await.id(), id);
    let (status, _) = run(&["resend", "msg_none"]).await;
    assert_eq!(status, Some(1));
}

#[tokio::test]
async fn the_webhooks_of_a_purged_job_are_not_those_of_a_later_job_of_the_same_id() {
    let environment = Environment::embedded();
    let process = environment.serve(&[]).await;
    let api = process.api();
    let mut receiver = Receiver::start();
    api.import("candidates", &[candidate(1)]).await;
    let body = json!({"candidate_id": 1, "job_id": 1, "webhook_url": receiver.at("/")});
    api.queue("?id=mine", &body).await;
    assert_eq!(receiver.next().await.event()["type"], "match.failed");
    api.post("/api/v1/dead-letters:purge", &json!({"all": true}))
        .await;
    api.import("job-postings", &job_postings(1..=1)).await;
    api.queue("?id=mine", &body).await;
    receiver.next().await;
    let status = api
        .until("/api/v1/status/mine", |status| {
            status["webhooks"][0]["state"] == "delivered"
        })
        .await;
    let webhooks = status["webhooks"].as_array().unwrap();
    assert_eq!(webhooks.len(), 1, "{webhooks:?}");
    assert_eq!(webhooks[0]["event_type"], "match.completed");
    let all = api.get(&format!("{LIST}?job_id=mine")).await;
    assert_eq!(jobs(&all.body), ["mine", "mine"]);
}
