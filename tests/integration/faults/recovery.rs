//! Measures the time of recovery; run by hand: `scripts/test --test integration faults::recovery --
//! --ignored --nocapture`.

use std::time::{Duration, Instant};

use serde_json::json;

use super::deployment::Deployment;
use crate::support::{
    api::Api,
    polling::poll,
    process::{Process, last_line_with},
};

const ROUNDS: usize = 20;
/// Enough postings for a bulk that takes a while.
const POSTINGS: i64 = 2_000;

/// Returns the median and the maximum, in seconds.
fn summary(what: &str, mut times: Vec<Duration>) -> String {
    times.sort();
    let seconds = |time: &Duration| time.as_secs_f64();
    format!(
        "| {what} | {:.3} | {:.3} |",
        seconds(&times[times.len() / 2]),
        seconds(times.last().unwrap())
    )
}

/// Submits a match until the API answers, and then polls for the result.
async fn ask_until_done(api: &Api, client: &reqwest::Client) {
    let body = json!({"candidate_id": 1, "job_id": 1}).to_string();
    let look = async || {
        let request = client
            .post(format!("{}/api/v1/queue-matching?priority=high", api.base))
            .header("content-type", "application/json")
            .body(body.clone());
        let response = request.send().await.map_err(|error| error.to_string())?;
        let status = response.status();
        let text = response.text().await.map_err(|error| error.to_string())?;
        if status == 202 { Ok(text) } else { Err(text) }
    };
    let text = poll(Duration::from_mins(2), look).await.unwrap();
    let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
    let job = answer["job_id"].as_str().unwrap().to_owned();
    assert_eq!(api.ended_job(&job).await["status"], "completed");
}

async fn after_a_killed_worker(deployment: &mut Deployment, api: &Api) -> Vec<Duration> {
    let mut times = vec![];
    for _ in 0..ROUNDS {
        deployment.hang_workers();
        let victim: Process = deployment.work().await;
        let job = api
            .queue("", &json!({"candidate_id": 1, "job_id": 1}))
            .await;
        api.until(&format!("/api/v1/status/{job}"), |status| {
            status["status"] == "processing"
        })
        .await;
        deployment.let_workers_through();
        let other = deployment.work().await;
        let killed = Instant::now();
        victim.kill().await;
        assert_eq!(api.ended_job(&job).await["status"], "completed");
        times.push(killed.elapsed());
        other.kill().await;
    }
    times
}

/// Measures the time from the call that cancels a batch until its worker, another process, logs the
/// withdrawal.
async fn until_runs_notice(worker: &Process, api: &Api) -> Vec<Duration> {
    let mut times = vec![];
    let postings: Vec<i64> = (1..=POSTINGS).collect();
    let body = json!({"candidate_id": 1, "job_ids": postings});
    let notice = "cancelled while it ran";
    while times.len() < ROUNDS {
        let before = worker.last_line_with(notice);
        let batch = api.queue_bulk("", &body).await;
        let path = format!("/api/v1/batches/{batch}");
        api.until(&path, |batch| batch["processing"].as_i64() > Some(0))
            .await;
        let cancelled = Instant::now();
        assert_eq!(api.delete(&path).await.status, 200);
        // If a run ended just before, there is no withdrawal to log.
        let noticing = worker.says_what(|log| last_line_with(log, notice) != before);
        if tokio::time::timeout(Duration::from_secs(5), noticing)
            .await
            .is_ok_and(|noticed| noticed)
        {
            times.push(cancelled.elapsed());
        }
    }
    times
}

#[tokio::test]
#[ignore = "a measurement of some minutes"]
async fn recovery_times() {
    let mut deployment = Deployment::start().await;
    let _serve = deployment.serve(POSTINGS).await;
    let api = deployment.api();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let killed = after_a_killed_worker(&mut deployment, &api).await;

    deployment = deployment.with("LOG_LEVEL", "info,matching::service::leases=debug");
    let worker = deployment.work().await;
    ask_until_done(&api, &client).await;
    let cancelled = until_runs_notice(&worker, &api).await;
    let (mut redis, mut postgres) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        deployment.redis.stop().await;
        let job = api
            .queue("", &json!({"candidate_id": 1, "job_id": 1}))
            .await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        deployment.redis.restart().await;
        let back = Instant::now();
        assert_eq!(api.ended_job(&job).await["status"], "completed");
        redis.push(back.elapsed());
    }
    for _ in 0..ROUNDS {
        deployment.postgres.stop_immediately().await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        deployment.postgres.restart().await;
        let back = Instant::now();
        ask_until_done(&api, &client).await;
        postgres.push(back.elapsed());
    }
    println!("| {ROUNDS} times each, leases of 2 s | median, s | worst, s |");
    println!("|---|---:|---:|");
    println!(
        "{}",
        summary("`kill -9` of a worker to its task's result", killed)
    );
    println!(
        "{}",
        summary(
            "Redis is back to the result of what was accepted meanwhile",
            redis
        )
    );
    println!(
        "{}",
        summary("PostgreSQL is back to the next result", postgres)
    );
    println!(
        "{}",
        summary("a bulk is cancelled to its worker's stop", cancelled)
    );
}
