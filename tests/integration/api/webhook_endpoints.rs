//! Endpoints of receivers over HTTP and on the command line: paused ones are listed, and operators
//! end their pauses.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::support::{
    environment::Environment,
    profiles::{candidate, job_posting},
    receiver::Receiver,
};

const LIST: &str = "/api/v1/webhook-endpoints";
const RESUME: &str = "/api/v1/webhook-endpoints:resume";

fn count(page: &Value) -> usize {
    page["webhook_endpoints"].as_array().unwrap().len()
}

#[tokio::test]
async fn an_operator_ends_the_pause_that_a_receiver_asked_for() {
    let environment = Environment::embedded();
    let process = environment.serve(&[]).await;
    let api = process.api();
    let four_hours = || {
        HttpResponse::TooManyRequests()
            .insert_header(("Retry-After", "14400"))
            .finish()
    };
    let mut receiver = Receiver::refusing_first(1, four_hours);
    let url = receiver.at("/hook?token=hunter2");
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &[job_posting(1)]).await;
    let body = json!({"candidate_id": 1, "job_id": 1, "webhook_url": url});
    api.queue("?id=one", &body).await;
    let id = receiver.next().await.id().to_owned();

    let paused = format!("{LIST}?state=paused");
    let page = api.until(&paused, |page| count(page) == 1).await;
    let listed = &page["webhook_endpoints"][0];
    assert_eq!(
        (&listed["state"], &listed["pending"]),
        (&json!("paused"), &json!(1))
    );
    assert!(
        listed["reason"].as_str().unwrap().contains("429"),
        "{listed}"
    );
    assert!(!page.to_string().contains("hunter2"), "{page}");
    api.until_text("/readyz", |ready| {
        ready.contains("matching webhooks endpoints")
    })
    .await;

    let endpoint = listed["endpoint"].as_str().unwrap();
    let printed = environment
        .run(&["webhooks", "endpoints", "--paused"])
        .await;
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(printed, *listed);
    let dry_run = environment
        .run(&["webhooks", "resume", endpoint, "--dry-run"])
        .await;
    assert_eq!(dry_run.stdout, b"1 pauses would end\n");
    let dry_run = api
        .post(RESUME, &json!({"all": true, "dry_run": true}))
        .await;
    assert_eq!(dry_run.body, json!({"selected": 1, "resumed": 0}));
    for (body, code) in [
        (json!({}), "missing"),
        (json!({"all": true, "endpoint": endpoint}), "inconsistent"),
    ] {
        let refused = api.post(RESUME, &body).await;
        assert_eq!(refused.status, 422);
        assert_eq!(refused.body["errors"][0]["code"], code, "{}", refused.text);
    }

    // The process that was told to wait sends at once.
    let resumed = api.post(RESUME, &json!({"endpoint": url})).await;
    assert_eq!(resumed.body, json!({"selected": 1, "resumed": 1}));
    assert_eq!(receiver.next().await.id(), id);
    api.until(LIST, |page| count(page) == 0).await;
    let actions = api.get("/api/v1/dead-letters/actions").await.body;
    let action = &actions["actions"][0];
    assert_eq!(
        (&action["action"], &action["tasks"]),
        (&json!("resume"), &json!(1))
    );
    assert_eq!(action["target"], json!({"endpoint": endpoint}));
    let again = environment.run(&["webhooks", "resume", endpoint]).await;
    assert!(!again.status.success(), "it is not paused");
    let all = environment
        .run(&["webhooks", "resume", "--all", "--yes", "--json"])
        .await;
    let all: Value = serde_json::from_slice(&all.stdout).unwrap();
    assert_eq!(all, json!({"selected": 0, "resumed": 0}));
}
