//! Single matches and bulks, on PostgreSQL, Redis and S3, with one process for each role.

use std::collections::BTreeSet;

use serde_json::json;

use crate::support::{
    api::Api,
    environment::Environment,
    process::Process,
    profiles::{candidate, candidates, job_posting, job_postings},
    receiver::Receiver,
};

struct Deployment {
    api: Api,
    _environment: Environment,
    _processes: Vec<Process>,
}

/// Starts `serve --no-workers` and a `work` for each queue, with a candidate and some postings.
async fn deployment(postings: i64) -> Deployment {
    let environment = Environment::on_servers().await;
    let serve = environment.serve(&["--no-workers"]).await;
    let api = serve.api();
    let mut processes = vec![serve];
    for queue in ["high", "standard", "bulk"] {
        processes.push(environment.work(queue).await);
    }
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=postings))
        .await;
    Deployment {
        api,
        _environment: environment,
        _processes: processes,
    }
}

#[tokio::test]
async fn a_match_of_each_priority_is_scored_stored_and_reported() {
    let deployment = deployment(3).await;
    let api = &deployment.api;
    let mut receiver = Receiver::start();
    for (posting, priority) in [(1, "high"), (2, "matching_standard"), (3, "bulk")] {
        let body = json!({"candidate_id": 1, "job_id": posting, "webhook_url": receiver.url()});
        let job_id = api.queue(&format!("?priority={priority}"), &body).await;

        let webhook = receiver.next().await;
        webhook.assert_signed();
        let event = webhook.event();
        assert_eq!(event["type"], "match.completed");
        assert_eq!(event["job_id"], job_id);
        assert_eq!(event["candidate_id"], 1);
        assert_eq!(event["job_posting_id"], posting);

        let status = api.get(&format!("/api/v1/status/{job_id}")).await.body;
        assert_eq!(status["status"], "completed");
        assert_eq!(status["attempts"], 1);
        let result = api.get(&format!("/api/v1/result/{job_id}")).await.body;
        assert_eq!(result["result"]["score"], event["score"]);
        assert_eq!(result["result"]["category"], event["category"]);
        assert_eq!(result["result"]["job_posting_id"], posting);
        assert!(result["result"]["criteria"]["skills"]["score"].is_number());
    }
}

#[tokio::test]
async fn a_bulk_answers_in_order_and_reports_each_match_under_its_own_id() {
    let deployment = deployment(1_200).await;
    let api = &deployment.api;
    let mut receiver = Receiver::start();
    let postings: Vec<i64> = (1..=1_200).rev().collect();
    let body = json!({"candidate_id": 1, "job_ids": postings, "webhook_url": receiver.url()});
    let answer = api
        .post("/api/v1/queue-matching/bulk?id=monday", &body)
        .await;
    assert_eq!(answer.status, 202);
    assert_eq!(answer.header("x-batch-id"), "monday");
    let jobs = answer.body.as_array().unwrap();
    assert_eq!(jobs.len(), 1_200);
    assert_eq!(jobs[0]["job_id"], "monday-1");
    assert_eq!(jobs[1_199]["job_id"], "monday-1200");
    assert_eq!(jobs[0]["queue"], "matching_bulk");

    let webhooks = receiver.take(1_200).await;
    let mut reported = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for webhook in &webhooks {
        webhook.assert_signed();
        let event = webhook.event();
        assert_eq!(event["type"], "match.completed");
        reported.insert(event["job_posting_id"].as_i64().unwrap());
        ids.insert(webhook.id().to_owned());
    }
    assert_eq!(reported.len(), 1_200);
    assert_eq!(ids.len(), 1_200);

    let batch = api.ended_batch("monday").await;
    assert_eq!(
        (&batch["completed"], &batch["failed"]),
        (&json!(1_200), &json!(0))
    );
    let first = api.get("/api/v1/status/monday-1").await.body;
    assert_eq!(first["job_posting_id"], 1_200);
    assert_eq!(first["status"], "completed");
}

#[tokio::test]
async fn one_posting_against_many_candidates_may_report_once_for_the_whole_batch() {
    let deployment = deployment(1).await;
    let api = &deployment.api;
    api.import("candidates", &candidates(1..=700)).await;
    let mut receiver = Receiver::start();
    let ids: Vec<i64> = (1..=700).collect();
    let body = json!({
        "job_id": 1, "candidate_ids": ids,
        "webhook_url": receiver.url(), "webhook_events": "batch",
    });
    let answer = api.post("/api/v1/queue-matching/candidates", &body).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let batch_id = answer.header("x-batch-id");

    let webhook = receiver.next().await;
    webhook.assert_signed();
    let event = webhook.event();
    assert_eq!(event["type"], "batch.completed");
    assert_eq!(event["batch_id"], batch_id);
    assert_eq!(event["completed"], 700);

    let page = api
        .get("/api/v1/job-postings/1/matches?limit=700")
        .await
        .body;
    let scores: Vec<f64> = page["matches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|ranked| ranked["score"].as_f64().unwrap())
        .collect();
    assert_eq!(scores.len(), 700);
    assert!(scores.is_sorted_by(|better, worse| better >= worse));
}

#[tokio::test]
async fn an_unknown_posting_fails_finally_and_alone() {
    let deployment = deployment(2).await;
    let api = &deployment.api;
    let body = json!({"candidate_id": 1, "job_ids": [1, 999, 2]});
    let batch_id = api.queue_bulk("", &body).await;
    let batch = api.ended_batch(&batch_id).await;
    assert_eq!(
        (&batch["completed"], &batch["failed"]),
        (&json!(2), &json!(1))
    );
    let failed = api.get(&format!("/api/v1/result/{batch_id}-2")).await.body;
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["result"], json!(null));
    assert_eq!(failed["error"]["code"], "job_posting_not_found");
    let status = api.get(&format!("/api/v1/status/{batch_id}-2")).await.body;
    assert_eq!(status["attempts"], 1);
    let other = api.get(&format!("/api/v1/status/{batch_id}-3")).await.body;
    assert_eq!(other["status"], "completed");
}

#[tokio::test]
async fn the_result_of_an_older_job_is_the_newest_of_its_pair() {
    let deployment = deployment(1).await;
    let api = &deployment.api;
    let body = json!({"candidate_id": 1, "job_id": 1});
    let older = api.queue("?priority=high", &body).await;
    api.ended_job(&older).await;
    let mut better = job_posting(1);
    better["required_skills"] = json!(["Rust"]);
    api.put("/api/v1/job-postings/1", &better).await;
    let newer = api.queue("?priority=high", &body).await;
    api.ended_job(&newer).await;
    let of_older = api.get(&format!("/api/v1/result/{older}")).await.body;
    let of_newer = api.get(&format!("/api/v1/result/{newer}")).await.body;
    assert_eq!(of_older["superseded_by"], newer);
    assert_eq!(of_older["result"], of_newer["result"]);
    assert!(of_newer.get("superseded_by").is_none());
}

#[tokio::test]
async fn a_chain_runs_across_the_processes_of_its_queues() {
    let deployment = deployment(3).await;
    let api = &deployment.api;
    let mut receiver = Receiver::start();
    let body = json!({"candidate_id": 1, "job_id": 1});
    let parent = api.queue("?priority=bulk&depends_on=cv-1", &body).await;
    let child = json!({"candidate_id": 1, "job_id": 2, "webhook_url": receiver.url()});
    let child = api
        .queue(&format!("?priority=high&depends_on={parent}"), &child)
        .await;
    api.post("/api/v1/dependencies/cv-1", &json!({"status": "completed"}))
        .await;
    assert_eq!(receiver.next().await.event()["job_id"], child);
    let parent = api.get(&format!("/api/v1/status/{parent}")).await.body;
    assert_eq!(parent["status"], "completed");
}
