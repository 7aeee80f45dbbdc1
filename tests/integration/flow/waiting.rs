//! Waiting on several processes of one deployment.

use reqwest::Method;
use serde_json::json;

use crate::support::{
    environment::Environment,
    profiles::{candidate, job_postings},
};

#[tokio::test]
async fn events_of_a_killed_process_continue_on_another() {
    let environment = Environment::on_servers().await;
    let first = environment.serve(&["--no-workers"]).await;
    let second = environment.serve(&["--no-workers"]).await;
    let api = first.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=30)).await;
    let postings: Vec<i64> = (1..=30).collect();
    let bulk = json!({"candidate_id": 1, "job_ids": postings});
    let batch = api.queue_bulk("", &bulk).await;
    let path = format!("/api/v1/batches/{batch}/events");
    let mut listening = reqwest::get(format!("{}{path}", api.base)).await.unwrap();
    let event = listening.chunk().await.unwrap().unwrap();
    let event = String::from_utf8_lossy(&event).into_owned();
    let id = event
        .lines()
        .find_map(|line| line.strip_prefix("id: "))
        .unwrap();
    first.kill().await;
    assert!(listening.chunk().await.is_err());
    let _worker = environment.work("bulk").await;
    let headers = [("Last-Event-ID", id)];
    let rest = second
        .api()
        .send(Method::GET, &path, &headers, None)
        .await
        .text;
    assert!(!rest.contains(&format!("id: {id}\n")), "{rest}");
    assert!(
        rest.trim_end()
            .rsplit("\n\n")
            .next()
            .unwrap()
            .contains("event: end"),
        "{rest}"
    );
    assert!(rest.contains("\"completed\":30"), "{rest}");
}

#[tokio::test]
async fn a_process_without_workers_answers_waiting_callers_when_another_has_done_the_work() {
    let environment = Environment::on_servers().await;
    let process = environment.serve(&["--no-workers"]).await;
    let api = process.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=20)).await;
    let mut waiting = Vec::new();
    for posting in 1..=20 {
        let job = api
            .queue("", &json!({"candidate_id": 1, "job_id": posting}))
            .await;
        let api = api.clone();
        waiting.push(tokio::spawn(async move {
            let path = format!("/api/v1/result/{job}");
            api.send(Method::GET, &path, &[("Prefer", "wait=60")], None)
                .await
        }));
    }
    api.until_text("/metrics", |text| {
        text.contains("matching_waiting_callers 20")
    })
    .await;
    let _worker = environment.work("standard").await;
    for answer in waiting {
        let answer = answer.await.unwrap();
        assert_eq!(answer.body["status"], "completed", "{}", answer.text);
        assert_eq!(answer.body["result"]["candidate_id"], 1);
    }
}
