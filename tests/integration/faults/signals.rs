//! Signals: each that asks a process to end ends it in an orderly way, and those without a meaning
//! end nothing.

use serde_json::json;

use super::{deployment::Deployment, promises::until_processing};
use crate::support::environment::Environment;

#[tokio::test]
async fn every_signal_to_end_is_an_orderly_stop() {
    for signal in ["TERM", "INT", "HUP", "QUIT"] {
        let environment = Environment::embedded();
        let mut process = environment.serve(&[]).await;
        process.signal(signal);
        process.says(&["\"message\":\"stopped\""]).await;
        assert!(process.ended().await.success(), "SIG{signal}");
    }
}

#[tokio::test]
async fn signals_without_a_meaning_are_ignored() {
    let environment = Environment::embedded();
    let process = environment.serve(&[]).await;
    process.signal("USR1");
    process.signal("USR2");
    // By default either of them would have ended the process with a failure.
    assert!(process.terminate().await.success());
}

#[tokio::test]
async fn a_hang_up_that_nohup_ignores_stays_ignored() {
    let environment = Environment::embedded();
    let mut process = environment.start_under_nohup(&["serve"]).await;
    process.signal("HUP");
    assert_eq!(process.api().get("/livez").await.status, 200);
    process.signal("TERM");
    assert!(process.ended().await.success());
    assert!(!process.log().contains("SIGHUP"), "{}", process.log());
}

#[tokio::test]
async fn a_worker_that_is_told_twice_to_end_takes_no_life_from_its_tasks() {
    let mut deployment = Deployment::start()
        .await
        .with("WORKER_CONCURRENCY", "1")
        .with("MATCHING__WORKERS__STOP_GRACE_SECONDS", "300")
        // Longer than the test: a lease that expires would hide that it was not released.
        .with("MATCHING__WORKERS__LEASE_SECONDS", "600");
    deployment.hang_workers();
    let _serve = deployment.serve(1).await;
    let api = deployment.api();
    let body = json!({"candidate_id": 1, "job_id": 1});
    let job = api.queue("", &body).await;
    for (first, second) in [("TERM", "TERM"), ("HUP", "INT"), ("QUIT", "HUP")] {
        let mut worker = deployment.work().await;
        until_processing(&api, &job, 1).await;
        worker.signal(first);
        worker.says(&["\"message\":\"stopping\""]).await;
        worker.signal(second);
        assert_eq!(worker.ended().await.code(), Some(130));
        api.until(&format!("/api/v1/status/{job}"), |status| {
            status["status"] == "queued" && status["attempts"] == 0
        })
        .await;
    }
    deployment.let_workers_through();
    let _worker = deployment.work().await;
    assert_eq!(api.ended_job(&job).await["status"], "completed");
    let losses = "SELECT sum(worker_losses)::bigint FROM tasks";
    assert_eq!(deployment.number(losses).await, 0);
}
