//! The embedded service, with nothing installed or configured: SQLite, in-process queues, a folder.

use serde_json::json;

use crate::support::{
    environment::Environment,
    profiles::{candidate, job_postings},
    receiver::Receiver,
};

#[tokio::test]
async fn one_process_does_the_whole_job() {
    let environment = Environment::embedded();
    let process = environment.serve(&[]).await;
    let api = process.api();
    let mut receiver = Receiver::start();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=600)).await;
    let postings: Vec<i64> = (1..=600).collect();
    let bulk = json!({
        "candidate_id": 1, "job_ids": postings,
        "webhook_url": receiver.url(), "webhook_events": "batch",
    });
    let batch = api.queue_bulk("", &bulk).await;
    let webhook = receiver.next().await;
    webhook.assert_signed();
    assert_eq!(webhook.event()["completed"], 600);
    let single = json!({"candidate_id": 1, "job_id": 5, "webhook_url": receiver.url()});
    let job = api.queue("?priority=high", &single).await;
    assert_eq!(receiver.next().await.event()["job_id"], job);
    let progress = api.get(&format!("/api/v1/batches/{batch}")).await.body;
    assert_eq!(progress["progress"], 1.0);
    assert!(process.terminate().await.success());
}

#[tokio::test]
async fn accepted_work_survives_a_kill() {
    let environment = Environment::embedded();
    let process = environment.serve(&["--no-workers"]).await;
    let api = process.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=50)).await;
    let mut jobs = Vec::new();
    for posting in 1..=50 {
        jobs.push(
            api.queue("", &json!({"candidate_id": 1, "job_id": posting}))
                .await,
        );
    }
    process.kill().await;
    let restarted = environment.serve(&[]).await;
    for job in jobs {
        assert_eq!(restarted.api().ended_job(&job).await["status"], "completed");
    }
}

#[tokio::test]
async fn a_webhook_is_sent_again_under_the_same_id_until_it_is_received() {
    let environment = Environment::embedded();
    let process = environment.serve(&[]).await;
    let api = process.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=1)).await;
    let mut receiver = Receiver::failing_first(2);
    let body = json!({"candidate_id": 1, "job_id": 1, "webhook_url": receiver.url()});
    api.queue("", &body).await;
    let attempts = receiver.take(3).await;
    for attempt in &attempts {
        attempt.assert_signed();
        assert_eq!(attempt.id(), attempts[0].id());
        assert_eq!(attempt.body, attempts[0].body);
    }
}
