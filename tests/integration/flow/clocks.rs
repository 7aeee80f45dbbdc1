//! Processes whose clocks differ: none of them decides when work is done. Without `TEST_FAKETIME`,
//! of which `scripts/test` tells, these tests check nothing.

use serde_json::json;

use crate::support::{
    environment::Environment,
    profiles::{candidate, job_postings},
};

/// Returns the environment of processes whose wall clocks are off by this time, such as `-1h`.
fn with_clock(environment: Environment, library: &str, offset: &str) -> Environment {
    environment
        .with("LD_PRELOAD", library)
        .with("FAKETIME", offset)
        .with("FAKETIME_DONT_FAKE_MONOTONIC", "1")
}

/// Queues a bulk by an API with the right time, for two workers with these clocks.
async fn a_bulk_is_completed_by_workers_with(clocks: [&str; 2]) {
    let Ok(library) = std::env::var("TEST_FAKETIME") else {
        return;
    };
    let mut environment = Environment::on_servers()
        .await
        .with("MATCHING__QUEUES__CHUNK_SIZE", "1");
    let serve = environment.serve(&["--no-workers"]).await;
    let api = serve.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=200)).await;
    let mut workers = Vec::new();
    for clock in clocks {
        environment = with_clock(environment, &library, clock);
        workers.push(environment.work("bulk").await);
    }
    let postings: Vec<i64> = (1..=200).collect();
    let body = json!({"candidate_id": 1, "job_ids": postings});
    let batch = api.queue_bulk("", &body).await;
    let ended = api.ended_batch(&batch).await;
    assert_eq!(ended["completed"], 200, "{ended}");
    for worker in &workers {
        assert_eq!(
            worker.count_of_lines_with("pool down"),
            0,
            "{}",
            worker.log()
        );
        assert_eq!(worker.count_of_lines_with("silent workers"), 0);
    }
    drop(environment);
}

#[tokio::test]
async fn clocks_that_differ_by_two_seconds_delay_nothing() {
    a_bulk_is_completed_by_workers_with(["-2s", "+2s"]).await;
}

#[tokio::test]
async fn clocks_that_differ_by_half_a_minute_delay_nothing() {
    a_bulk_is_completed_by_workers_with(["-30s", "+30s"]).await;
}

#[tokio::test]
async fn clocks_that_differ_by_an_hour_delay_nothing() {
    a_bulk_is_completed_by_workers_with(["-1h", "+1h"]).await;
}
