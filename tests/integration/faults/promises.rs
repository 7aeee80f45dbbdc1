//! Single guarantees, one per test: the consequences that a crash, a pause or an empty Redis may
//! have.

use serde_json::{Value, json};

use super::deployment::Deployment;
use crate::support::{api::Api, polling::poll, process::Process, proxy::Wire, receiver::Receiver};

/// Returns the size of large tests, which `MATCHING_FAULT_MATCHES` overrides.
fn large(default: usize) -> usize {
    std::env::var("MATCHING_FAULT_MATCHES").map_or(default, |text| text.parse().unwrap())
}

pub async fn until_processing(api: &Api, job: &str, attempt: i64) {
    api.until(&format!("/api/v1/status/{job}"), |status| {
        status["status"] == "processing" && status["attempts"] == attempt
    })
    .await;
}

/// Starts a deployment whose next worker hangs, and returns it with the API.
async fn hanging() -> (Deployment, Process, Api) {
    let mut deployment = Deployment::start()
        .await
        .with("WORKER_CONCURRENCY", "1")
        .with("MATCHING__QUEUES__WINDOW", "1");
    deployment.hang_workers();
    let serve = deployment.serve(20).await;
    let api = deployment.api();
    (deployment, serve, api)
}

#[tokio::test]
async fn a_worker_that_slept_past_its_lease_records_nothing() {
    let (mut deployment, _serve, api) = hanging().await;
    let mut receiver = Receiver::start();
    let sleeper = deployment.work().await;
    let body = json!({"candidate_id": 1, "job_id": 1, "webhook_url": receiver.url()});
    let job = api.queue("", &body).await;
    until_processing(&api, &job, 1).await;
    sleeper.signal("STOP");

    deployment.let_workers_through();
    let _other = deployment.work().await;
    let ended = api.ended_job(&job).await;
    assert_eq!(
        (&ended["status"], &ended["attempts"]),
        (&json!("completed"), &json!(2))
    );
    let recorded = "SELECT string_agg(document_key || ' ' || computed_at, ', ') FROM results";
    let before = deployment.text(recorded).await;

    deployment.object_wire.set(Wire::Open);
    sleeper.signal("CONT");
    sleeper
        .says(&["this run records nothing", "another worker holds this task"])
        .await;
    assert_eq!(deployment.text(recorded).await, before);
    deployment.until_drained().await;
    let ids = receiver.so_far();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(
        deployment.breaches(&["--documents"]).await,
        [] as [Value; 0]
    );
}

#[tokio::test]
async fn a_killed_workers_task_goes_before_all_that_came_later() {
    let (mut deployment, _serve, api) = hanging().await;
    let worker = deployment.work().await;
    let body = json!({"candidate_id": 1, "job_id": 1});
    let first = api.queue("?id=first", &body).await;
    until_processing(&api, &first, 1).await;
    let mut later = vec![];
    for posting in 2..=20 {
        let body = json!({"candidate_id": 1, "job_id": posting});
        later.push(api.queue("", &body).await);
    }
    worker.kill().await;
    api.until("/api/v1/status/first", |status| {
        status["status"] == "queued"
    })
    .await;

    deployment.let_workers_through();
    let _next = deployment.work().await;
    for job in later.iter().chain([&first]) {
        assert_eq!(api.ended_job(job).await["status"], "completed");
    }
    let overtook = "SELECT count(*) FROM tasks
         WHERE started_at < (SELECT started_at FROM tasks WHERE job_id = 'first')";
    // At most the tasks that were in the window, here one, when the worker died.
    assert!(deployment.number(overtook).await <= 1);
}

#[tokio::test]
async fn a_task_whose_worker_dies_twice_is_a_dead_letter() {
    let (mut deployment, _serve, api) = hanging().await;
    let mut receiver = Receiver::start();
    let body = json!({"candidate_id": 1, "job_id": 1, "webhook_url": receiver.url()});
    let job = api.queue("", &body).await;
    for attempt in 1..=2 {
        let worker = deployment.work().await;
        until_processing(&api, &job, attempt).await;
        worker.kill().await;
    }
    deployment.let_workers_through();
    let _next = deployment.work().await;
    let ended = api.ended_job(&job).await;
    assert_eq!(ended["status"], "failed");
    assert_eq!(ended["error"]["code"], "worker_lost");
    assert_eq!(receiver.next().await.event()["type"], "match.failed");
    deployment.until_drained().await;
    assert_eq!(receiver.so_far().len(), 0);
    assert_eq!(deployment.breaches(&[]).await, [] as [Value; 0]);
}

async fn queue_singles(api: &Api, count: i64) -> Vec<String> {
    let mut jobs = vec![];
    for number in 0..count {
        let body = json!({"candidate_id": 1 + number % 20, "job_id": 1 + number / 20});
        jobs.push(api.queue("", &body).await);
    }
    jobs
}

async fn assert_completed(api: &Api, jobs: &[String]) {
    for job in jobs {
        assert_eq!(api.ended_job(job).await["status"], "completed");
    }
}

const COMPLETED: &str = "SELECT count(*) FROM tasks WHERE state = 'completed'";

#[tokio::test]
async fn a_flushed_redis_gets_its_backlog_again() {
    let deployment = Deployment::start()
        .await
        .with("MATCHING__QUEUES__WINDOW", "50");
    let _serve = deployment.serve(20).await;
    let api = deployment.api();
    let jobs = queue_singles(&api, 300).await;
    let _: String = deployment.redis.call(&["FLUSHALL"]).await;
    let _worker = deployment.work().await;
    deployment.until_number(COMPLETED, |done| done > 20).await;
    let _: String = deployment.redis.call(&["FLUSHALL"]).await;
    assert_completed(&api, &jobs).await;
    assert_eq!(deployment.breaches(&[]).await, [] as [Value; 0]);
}

#[tokio::test]
async fn pools_outlive_redis_and_need_no_restart() {
    let mut deployment = Deployment::start().await;
    let mut serve = deployment.serve(20).await;
    let mut worker = deployment.work().await;
    let api = deployment.api();
    for _ in 0..3 {
        let before = queue_singles(&api, 20).await;
        deployment.redis.stop().await;
        let meanwhile = queue_singles(&api, 20).await;
        deployment.redis.restart().await;
        assert_completed(&api, &before).await;
        assert_completed(&api, &meanwhile).await;
        deployment.redis.kill_clients().await;
        let afterwards = queue_singles(&api, 20).await;
        assert_completed(&api, &afterwards).await;
    }
    assert!(serve.is_running() && worker.is_running());
}

/// Returns Redis's number of keys and its memory in bytes.
async fn redis_size(deployment: &Deployment) -> (u64, f64) {
    let keys = deployment.redis.call(&["DBSIZE"]).await;
    let memory: String = deployment.redis.call(&["INFO", "memory"]).await;
    let used = memory
        .lines()
        .find_map(|line| line.strip_prefix("used_memory:"))
        .unwrap();
    (keys, used.trim().parse().unwrap())
}

/// The maximum number of keys of an idle service in Redis: some for each queue and worker.
const IDLE_KEYS: u64 = 40;

/// Waits until Redis has no data of finished tasks any more; returns its size.
async fn redis_size_once_tidy(deployment: &Deployment) -> (u64, f64) {
    deployment.until_drained().await;
    let look = async || {
        let size = redis_size(deployment).await;
        if size.0 < IDLE_KEYS {
            Ok(size)
        } else {
            Err(format!("{size:?}"))
        }
    };
    let tidy = poll(std::time::Duration::from_mins(2), look).await;
    tidy.unwrap()
}

#[tokio::test]
async fn finished_tasks_leave_nothing_in_redis() {
    let deployment = Deployment::start()
        .await
        .with("MATCHING__QUEUES__CHUNK_SIZE", "10");
    let _serve = deployment.serve(1_000).await;
    let api = deployment.api();
    let _workers = [deployment.work().await, deployment.work().await];
    let postings: Vec<i64> = (1..=1_000).collect();
    let bulk = |candidate: usize| json!({"candidate_id": 1 + candidate % 20, "job_ids": postings});
    api.queue_bulk("", &bulk(0)).await;
    queue_singles(&api, 100).await;
    let (keys_before, memory_before) = redis_size_once_tidy(&deployment).await;

    let matches = large(5_000);
    for number in 0..matches / 1_000 {
        api.queue_bulk("", &bulk(number)).await;
    }
    queue_singles(&api, i64::try_from(matches / 20).unwrap()).await;
    let (keys_after, memory_after) = redis_size_once_tidy(&deployment).await;
    let growth = memory_after / memory_before;
    eprintln!(
        "{matches} matches: {keys_before} keys, then {keys_after}; memory grew {growth:.2}-fold"
    );
    assert!(growth < 1.5, "{memory_before} bytes, then {memory_after}");
}

#[tokio::test]
async fn a_stop_in_the_middle_of_a_large_bulk_loses_and_repeats_nothing() {
    let count = large(20_000);
    let deployment = Deployment::start()
        .await
        .with("MATCHING__QUEUES__CHUNK_SIZE", "100")
        .with("MATCHING__QUEUES__BULK_LIMIT", "1000000");
    let _serve = deployment.serve(1_000).await;
    let api = deployment.api();
    let mut receiver = Receiver::start();
    let postings: Vec<usize> = (0..count).map(|number| 1 + number % 1_000).collect();
    let body = json!({
        "candidate_id": 1, "job_ids": postings,
        "webhook_url": receiver.url(), "webhook_events": "batch",
    });
    let batch = api.queue_bulk("", &body).await;
    let path = format!("/api/v1/batches/{batch}");
    let progress = async |share: usize| {
        let enough = i64::try_from(count / 100 * share).unwrap();
        api.until(&path, |batch| batch["completed"].as_i64() > Some(enough))
            .await
    };

    let worker = deployment.work().await;
    progress(5).await;
    assert!(worker.terminate().await.success());
    let stopped = api.get(&path).await.body;
    assert_eq!(
        stopped["processing"], 0,
        "the worker kept a lease: {stopped}"
    );
    assert_ne!(stopped["status"], "completed", "stopped too late");

    let mut worker = deployment.work().await;
    progress(30).await;
    worker.signal("TERM");
    worker.signal("TERM");
    let status = worker.ended().await;
    assert!(matches!(status.code(), Some(0 | 130)), "{status}");

    let _next = deployment.work().await;
    let ended = api.ended_batch(&batch).await;
    assert_eq!(
        (&ended["completed"], &ended["failed"]),
        (&json!(count), &json!(0))
    );
    let event = receiver.next().await.event();
    assert_eq!(
        (&event["type"], &event["completed"]),
        (&json!("batch.completed"), &json!(count))
    );
    deployment.until_drained().await;
    assert_eq!(receiver.so_far().len(), 0);
    assert_eq!(deployment.breaches(&[]).await, [] as [Value; 0]);
}
