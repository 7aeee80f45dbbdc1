//! Matches with a dependency: another job, a batch, or work outside the service.

use serde_json::json;

use crate::support::{
    api::Api,
    environment::Environment,
    process::Process,
    profiles::{candidate, job_postings},
};

async fn serve() -> (Environment, Process, Api) {
    serve_at(Environment::embedded()).await
}

async fn serve_at(environment: Environment) -> (Environment, Process, Api) {
    let process = environment.serve(&[]).await;
    let api = process.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=5)).await;
    (environment, process, api)
}

#[tokio::test]
async fn a_match_waits_for_the_success_of_its_parent() {
    let (_environment, _process, api) = serve().await;
    let body = json!({"candidate_id": 1, "job_id": 1});
    let parent = api.queue("?depends_on=cv-parsing-7", &body).await;
    let child = api
        .queue(
            &format!("?depends_on={parent}"),
            &json!({"candidate_id": 1, "job_id": 2}),
        )
        .await;
    for job in [&parent, &child] {
        let status = api.get(&format!("/api/v1/status/{job}")).await.body;
        assert_eq!(status["status"], "waiting");
    }
    let report = api
        .post(
            "/api/v1/dependencies/cv-parsing-7",
            &json!({"status": "completed"}),
        )
        .await;
    assert_eq!(report.status, 200);
    assert_eq!(report.body["recorded"], true);
    assert_eq!(api.ended_job(&child).await["status"], "completed");
    let parent = api.get(&format!("/api/v1/status/{parent}")).await.body;
    assert_eq!(parent["status"], "completed");
}

#[tokio::test]
async fn a_report_that_came_first_counts() {
    let (_environment, _process, api) = serve().await;
    api.post("/api/v1/dependencies/cv-8", &json!({"status": "completed"}))
        .await;
    let body = json!({"candidate_id": 1, "job_id": 1});
    let accepted = api
        .post("/api/v1/queue-matching?depends_on=cv-8", &body)
        .await;
    assert_ne!(accepted.body["status"], "waiting");
    let job = accepted.body["job_id"].as_str().unwrap();
    assert_eq!(api.ended_job(job).await["status"], "completed");
}

#[tokio::test]
async fn a_failed_parent_fails_the_whole_chain_with_the_reason() {
    let (_environment, _process, api) = serve().await;
    let body = json!({"candidate_id": 1, "job_id": 1});
    let first = api.queue("?depends_on=cv-9", &body).await;
    let second = api.queue(&format!("?depends_on={first}"), &body).await;
    let third = api.queue(&format!("?depends_on={second}"), &body).await;
    api.post("/api/v1/dependencies/cv-9", &json!({"status": "failed"}))
        .await;
    let ended = api.ended_job(&third).await;
    assert_eq!(ended["status"], "failed");
    assert_eq!(ended["error"]["code"], "dependency_failed");
    assert!(ended["error"]["detail"].as_str().unwrap().contains(&second));
    let again = api
        .post("/api/v1/dependencies/cv-9", &json!({"status": "failed"}))
        .await;
    assert_eq!(
        (again.status.as_u16(), &again.body["recorded"]),
        (200, &json!(false))
    );
    let contradiction = api
        .post("/api/v1/dependencies/cv-9", &json!({"status": "completed"}))
        .await;
    assert_eq!(
        (contradiction.status.as_u16(), contradiction.problem().0),
        (409, "conflict")
    );
    let of_own_job = api
        .post(
            &format!("/api/v1/dependencies/{first}"),
            &json!({"status": "completed"}),
        )
        .await;
    assert_eq!(of_own_job.status, 409);
    assert!(
        of_own_job.body["detail"]
            .as_str()
            .unwrap()
            .contains("of this service")
    );
}

#[tokio::test]
async fn a_bulk_may_wait_and_others_may_wait_for_it_or_for_one_of_its_matches() {
    let (_environment, _process, api) = serve().await;
    let bulk = json!({"candidate_id": 1, "job_ids": [1, 2, 3]});
    let chained = api.queue_bulk("?depends_on=cv-10&id=chained", &bulk).await;
    let body = json!({"candidate_id": 1, "job_id": 4});
    let waits_for_all = api.queue("?depends_on=chained", &body).await;
    let waits_for_one = api.queue("?depends_on=chained-2", &body).await;
    assert_eq!(
        api.get("/api/v1/batches/chained").await.body["status"],
        "waiting"
    );
    api.post(
        "/api/v1/dependencies/cv-10",
        &json!({"status": "completed"}),
    )
    .await;
    assert_eq!(api.ended_batch(&chained).await["completed"], 3);
    for job in [waits_for_all, waits_for_one] {
        assert_eq!(api.ended_job(&job).await["status"], "completed");
    }
}

#[tokio::test]
async fn an_unreported_dependency_expires() {
    let environment =
        Environment::embedded().with("MATCHING__QUEUES__DEPENDENCY_EXPIRY_SECONDS", "1");
    let (_environment, _process, api) = serve_at(environment).await;
    let job = api
        .queue(
            "?depends_on=never",
            &json!({"candidate_id": 1, "job_id": 1}),
        )
        .await;
    let ended = api.ended_job(&job).await;
    assert_eq!(ended["status"], "failed");
    assert_eq!(ended["error"]["code"], "dependency_expired");
}

#[tokio::test]
async fn a_waiting_match_survives_a_restart() {
    let (environment, process, api) = serve().await;
    let job = api
        .queue(
            "?depends_on=cv-11",
            &json!({"candidate_id": 1, "job_id": 1}),
        )
        .await;
    process.kill().await;
    let restarted = environment.serve(&[]).await;
    let api = restarted.api();
    api.post(
        "/api/v1/dependencies/cv-11",
        &json!({"status": "completed"}),
    )
    .await;
    assert_eq!(api.ended_job(&job).await["status"], "completed");
}

#[tokio::test]
async fn a_match_may_run_regardless_of_its_parents_outcome() {
    let (_environment, _process, api) = serve().await;
    let body = json!({"candidate_id": 1, "job_id": 1});
    let anyway = "on_parent_failure=run";
    let of_report = api
        .queue(&format!("?depends_on=cv-12&{anyway}"), &body)
        .await;
    let missing = json!({"candidate_id": 99, "job_id": 1});
    let parent = api.queue("?depends_on=cv-13", &missing).await;
    let of_job = api
        .queue(&format!("?depends_on={parent}&{anyway}"), &body)
        .await;
    for (id, status) in [("cv-12", "failed"), ("cv-13", "completed")] {
        api.post(
            &format!("/api/v1/dependencies/{id}"),
            &json!({"status": status}),
        )
        .await;
    }
    assert_eq!(api.ended_job(&parent).await["status"], "failed");
    for job in [of_report, of_job] {
        assert_eq!(api.ended_job(&job).await["status"], "completed");
    }
}

#[tokio::test]
async fn a_cyclic_chain_is_refused_with_its_links() {
    let (_environment, _process, api) = serve().await;
    let body = json!({"candidate_id": 1, "job_id": 1});
    api.queue("?id=a&depends_on=b", &body).await;
    api.queue("?id=b&depends_on=c", &body).await;
    let closing = api
        .post("/api/v1/queue-matching?id=c&depends_on=a", &body)
        .await;
    assert_eq!(closing.status, 422);
    assert_eq!(closing.problem(), ("dependency_cycle", vec!["/depends_on"]));
    let detail = closing.body["detail"].as_str().unwrap();
    assert!(
        detail.contains("a, which waits for b, which waits for c"),
        "{detail}"
    );
    // Without its dependency it is accepted, and ends the waiting of the others.
    api.queue("?id=c", &body).await;
    assert_eq!(api.ended_job("a").await["status"], "completed");
}
