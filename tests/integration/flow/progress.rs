//! Work that does not move is seen by probes, by `matching doctor` and in metrics, with its cause.

use matching_test_servers::redis::RedisServer;
use serde_json::{Value, json};

use crate::support::{
    api::Api,
    environment::{Environment, redis_url},
    polling::eventually,
    process::Process,
    profiles::{candidate, job_postings},
    proxy::Proxy,
};

/// Lets all ready tasks have been ready for five hours.
async fn age_ready_tasks(environment: &Environment) {
    let is_sqlite = environment.variable("DATABASE_URL").is_empty();
    environment
        .execute(if is_sqlite {
            "UPDATE tasks SET next_attempt_at = next_attempt_at - 18000000 WHERE state = 'queued'"
        } else {
            "UPDATE tasks SET next_attempt_at = next_attempt_at - interval '5 h' WHERE state = 'queued'"
        })
        .await;
}

async fn serve_with_profiles(environment: &Environment, arguments: &[&str]) -> (Process, Api) {
    let process = environment.serve(arguments).await;
    let api = process.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=5)).await;
    (process, api)
}

fn pair() -> Value {
    json!({"candidate_id": 1, "job_id": 1})
}

/// Waits until a check of readiness has this text, and returns the answer.
async fn until_check(api: &Api, check: &str, text: &str) -> Value {
    let is_so = |ready: &Value| {
        ready["checks"][check]
            .as_str()
            .is_some_and(|said| said.contains(text))
    };
    api.until("/readyz", is_so).await
}

/// Runs `matching doctor`; returns whether it succeeded, and its document.
async fn doctor(environment: &Environment) -> (bool, Value) {
    let output = environment.run(&["doctor", "--json"]).await;
    let document = serde_json::from_slice(&output.stdout);
    (output.status.success(), document.unwrap())
}

fn detail<'a>(document: &'a Value, name: &str) -> &'a str {
    let checks = document["progress"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == name).unwrap();
    assert_eq!(check["holds"], check["detail"].is_null());
    check["detail"].as_str().unwrap_or("ok")
}

#[tokio::test]
async fn ready_work_without_a_worker_is_seen_until_one_comes() {
    for environment in [Environment::embedded(), Environment::on_servers().await] {
        let (_serve, api) = serve_with_profiles(&environment, &["--no-workers"]).await;
        let job = api.queue("", &pair()).await;
        let fresh = api.get("/readyz").await;
        assert_eq!(
            (fresh.status.as_u16(), &fresh.body["status"]),
            (200, &json!("ready"))
        );
        age_ready_tasks(&environment).await;

        let fault = "no running process has a pool of this queue that is up, and work has been ready \
                     for 5 h; start `matching work --queue standard`";
        let ready = until_check(&api, "queue matching_standard", fault).await;
        assert_eq!(ready["status"], "degraded");
        assert_eq!(ready["checks"]["queue matching_high"], "ok");
        assert_eq!(api.get("/readyz").await.status, 200);
        let metrics = api.get("/metrics").await.text;
        assert!(
            metrics.contains("matching_workers{queue=\"matching_standard\"} 0"),
            "{metrics}"
        );
        let age = metrics.lines().find_map(|line| {
            line.strip_prefix("matching_queue_oldest_ready_seconds{queue=\"matching_standard\"} ")
        });
        assert!(age.unwrap().parse::<f64>().unwrap() > 17_000.0);
        let (holds, document) = doctor(&environment).await;
        assert!(!holds);
        assert!(detail(&document, "queue matching_standard").starts_with("no running process"));

        if environment.variable("DATABASE_URL").is_empty() {
            continue;
        }
        let _worker = environment.work("standard").await;
        assert_eq!(api.ended_job(&job).await["status"], "completed");
        api.until("/readyz", |ready| ready["status"] == "ready")
            .await;
        let one = "matching_workers{queue=\"matching_standard\"} 1";
        api.until_text("/metrics", |metrics| metrics.contains(one))
            .await;
        assert!(doctor(&environment).await.0);
    }
}

#[tokio::test]
async fn work_that_redis_refuses_is_seen() {
    let address = redis_url().replace("redis://", "");
    let proxy = Proxy::cut_from(&address).await;
    let environment = Environment::on_servers()
        .await
        .with("REDIS_URL", &format!("redis://{}", proxy.address()));
    let (_serve, api) = serve_with_profiles(&environment, &["--no-workers"]).await;
    api.queue("", &pair()).await;
    age_ready_tasks(&environment).await;
    let ready = until_check(&api, "queue matching_standard", "ready for 5 h").await;
    assert_ne!(ready["checks"]["queues"], "ok");
    let (holds, document) = doctor(&environment).await;
    assert!(!holds);
    assert!(detail(&document, "queue matching_standard").contains("ready for 5 h"));
    assert_ne!(detail(&document, "queues"), "ok");
}

#[tokio::test]
async fn a_forgotten_pause_is_seen_with_who_and_why() {
    let environment = Environment::embedded().with("API_KEYS", "first-key-1234-q7Zr");
    let process = environment.serve(&[]).await;
    let api = process.api();
    let key = [("x-api-key", "first-key-1234-q7Zr")];
    let reason = json!({"reason": "upgrade of the database"});
    let paused = api
        .post_with("/api/v1/queues/standard:pause", &key, &reason)
        .await;
    let actor = paused.body["paused_by"].as_str().unwrap().to_owned();
    assert_eq!(actor.len(), 8);
    assert_eq!(paused.body["pause_reason"], reason["reason"]);
    let queued = api.post_with("/api/v1/queue-matching", &key, &pair()).await;
    assert_eq!(queued.status, 202);
    age_ready_tasks(&environment).await;
    let ready = until_check(&api, "queue matching_standard", "paused since").await;
    assert_eq!(ready["status"], "degraded");
    let said = ready["checks"]["queue matching_standard"].as_str().unwrap();
    let words =
        format!("by {actor} (reason: upgrade of the database), and work has been ready for 5 h");
    assert!(said.contains(&words), "{said}");
    assert!(!doctor(&environment).await.0);

    let reason = ["--reason", "done"];
    let resumed = environment
        .run(&[&["queues", "resume", "standard"][..], &reason].concat())
        .await;
    assert!(resumed.status.success(), "{resumed:?}");
    api.until("/readyz", |ready| ready["status"] == "ready")
        .await;
    let actions = environment
        .run(&["dead-letters", "actions", "--json"])
        .await;
    let actions = String::from_utf8(actions.stdout).unwrap();
    let actions: Vec<Value> = actions
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let kinds: Vec<_> = actions
        .iter()
        .map(|one| one["action"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["resume", "pause"]);
    assert_eq!(
        actions[0]["target"],
        json!({"queue": "matching_standard", "reason": "done"})
    );
    assert_eq!(actions[1]["actor"], actor);
}

#[tokio::test]
async fn matches_that_fail_by_a_fault_of_the_service_are_seen() {
    let environment = Environment::embedded().with("MAX_RETRIES", "0");
    let (_serve, api) = serve_with_profiles(&environment, &[]).await;
    let unknown = api
        .queue("", &json!({"candidate_id": 1, "job_id": 99}))
        .await;
    assert_eq!(api.ended_job(&unknown).await["status"], "failed");
    assert_eq!(api.get("/readyz").await.body["status"], "ready");
    environment
        .execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON results
             BEGIN SELECT RAISE(ABORT, 'the disk is on fire'); END",
        )
        .await;
    for _ in 0..3 {
        let job = api.queue("", &pair()).await;
        assert_eq!(api.ended_job(&job).await["status"], "failed");
    }
    let fault = "3 of the last 4 tasks that ended within 10 min became dead letters by a fault of the \
                 service, such as database_error";
    let ready = until_check(&api, "queue matching_standard", fault).await;
    assert_eq!(ready["status"], "degraded");
    assert!(!doctor(&environment).await.0);
}

#[tokio::test]
async fn processes_are_listed_until_they_end_or_fall_silent() {
    let environment = Environment::on_servers().await;
    let serve = environment.serve(&["--no-workers"]).await;
    let api = serve.api();
    let bulk = environment.work("bulk").await;
    let high = environment.work("high").await;
    let listed = async |count: usize| {
        let is_so = |workers: &Value| workers.as_array().is_some_and(|all| all.len() == count);
        api.until("/api/v1/workers", is_so).await
    };
    let workers = listed(3).await;
    let of_bulk = workers
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["process_id"] == bulk.id())
        .unwrap();
    assert_eq!(
        (&of_bulk["role"], &of_bulk["queues"]),
        (&json!("work"), &json!(["matching_bulk"]))
    );
    assert!(!of_bulk["host"].as_str().unwrap().is_empty());
    let printed = environment.run(&["workers", "--json"]).await;
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert_eq!(printed.lines().count(), 3, "{printed}");
    assert!(
        printed.contains(&format!("\"process_id\":{}", bulk.id())),
        "{printed}"
    );

    assert!(bulk.terminate().await.success());
    listed(2).await;
    // Leaves its row behind, as after a power loss.
    let killed = high.id();
    high.kill().await;
    listed(2).await;
    environment
        .execute("UPDATE processes SET seen_at = seen_at - interval '31 s' WHERE queues <> '{}'")
        .await;
    let left = listed(1).await;
    assert_ne!(left[0]["process_id"], killed);
}

/// Returns the warnings of readiness once there is one with this text.
async fn until_warned(api: &Api, text: &str) -> String {
    let of = |ready: &Value| {
        let warnings = ready["warnings"].as_array().cloned().unwrap_or_default();
        let mut warnings = warnings
            .into_iter()
            .filter_map(|one| one.as_str().map(str::to_owned));
        warnings.find(|warning| warning.contains(text))
    };
    let ready = api.until("/readyz", |ready| of(ready).is_some()).await;
    assert_eq!(ready["status"], "ready");
    of(&ready).unwrap()
}

#[tokio::test]
async fn settings_of_servers_that_break_promises_are_warned_of() {
    let redis = RedisServer::start().await;
    let _: String = redis
        .call(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"])
        .await;
    // The PostgreSQL of tests is set up for speed.
    let environment = Environment::on_servers()
        .await
        .with("REDIS_URL", &redis.url());
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        let warning = until_warned(&api, &format!("PostgreSQL runs with {setting} = off")).await;
        assert!(warning.ends_with("set it to on"), "{warning}");
    }
    until_warned(&api, "Redis runs with maxmemory-policy = allkeys-lru").await;
    serve.says(&["maxmemory-policy = allkeys-lru"]).await;
    let (_, document) = doctor(&environment).await;
    assert_eq!(
        document["warnings"].as_array().unwrap().len(),
        4,
        "{document}"
    );
    let _: String = redis
        .call(&["CONFIG", "SET", "maxmemory-policy", "noeviction"])
        .await;
    serve.says(&["no longer so"]).await;
}

#[tokio::test]
async fn two_deployments_on_one_prefix_are_warned_of() {
    let production = Environment::on_servers().await;
    let prefix = production.variable("MATCHING__REDIS__KEY_PREFIX");
    let staging = Environment::on_servers()
        .await
        .with("MATCHING__REDIS__KEY_PREFIX", &prefix);
    let (serve, other) = tokio::join!(production.serve(&[]), staging.serve(&[]));
    for process in [&serve, &other] {
        let warning = until_warned(&process.api(), "another deployment uses this Redis").await;
        assert!(warning.contains("redis.key_prefix"), "{warning}");
        process.says(&["another deployment uses this Redis"]).await;
    }
    // A second process of the same deployment is none.
    let alone = Environment::on_servers().await;
    let (one, two) = tokio::join!(alone.serve(&[]), alone.serve(&[]));
    eventually(async || {
        let workers = one.api().get("/api/v1/workers").await.body;
        workers.as_array().is_some_and(|all| all.len() == 2)
    })
    .await;
    let ready = two.api().get("/readyz").await.text;
    assert!(!ready.contains("another deployment"), "{ready}");
}

#[tokio::test]
async fn probes_are_not_logged_but_calls_are() {
    let environment = Environment::embedded();
    let process = environment.serve(&[]).await;
    let api = process.api();
    for path in ["/livez", "/readyz", "/metrics", "/api/v1/queues"] {
        assert_eq!(api.get(path).await.status, 200);
    }
    process.says(&["/api/v1/queues"]).await;
    for path in ["/livez", "/readyz", "/metrics"] {
        assert!(!process.log().contains(path), "{}", process.log());
    }
}

#[tokio::test]
async fn a_fault_of_a_worker_is_seen_by_every_process_and_by_doctor() {
    let mut proxy = Proxy::to(&redis_url().replace("redis://", "")).await;
    let mut environment = Environment::on_servers().await;
    let serve = environment.serve(&["--no-workers"]).await;
    let api = serve.api();
    let direct = environment.variable("REDIS_URL");
    environment.set("REDIS_URL", &format!("redis://{}", proxy.address()));
    let worker = environment.work("standard").await;
    environment.set("REDIS_URL", &direct);
    api.until("/readyz", |ready| ready["status"] == "ready")
        .await;
    assert!(doctor(&environment).await.0);

    proxy.cut().await;
    let fault = "can't use its queues: ";
    let ready = until_check(&api, "processes", fault).await;
    assert_eq!(ready["status"], "degraded");
    assert_eq!(ready["checks"]["queues"], "ok");
    let said = ready["checks"]["processes"].as_str().unwrap();
    assert!(
        said.starts_with(&format!("process {} on ", worker.id())),
        "{said}"
    );
    let (holds, document) = doctor(&environment).await;
    assert!(!holds);
    assert!(detail(&document, "processes").contains(fault));
    let workers = api.get("/api/v1/workers").await.body;
    assert!(workers[1]["faults"]["queues"].is_string(), "{workers}");
    assert_eq!(workers[0]["faults"], json!({}));

    proxy.restore().await;
    api.until("/readyz", |ready| ready["status"] == "ready")
        .await;
}

#[tokio::test]
async fn outcomes_that_the_database_refuses_are_logged_and_recorded_later() {
    let environment = Environment::on_servers().await;
    let (process, api) = serve_with_profiles(&environment, &[]).await;
    // As if the service's role had lost its privilege.
    environment
        .execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE insufficient_privilege USING MESSAGE = 'no more results'; END $$",
        )
        .await;
    environment
        .execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON results FOR EACH ROW EXECUTE FUNCTION refuse()",
        )
        .await;
    let job = api.queue("", &pair()).await;
    process
        .says(&["tasks can't be claimed or recorded", "no more results"])
        .await;
    environment.execute("DROP TRIGGER refuse ON results").await;
    assert_eq!(api.ended_job(&job).await["status"], "completed");
    process
        .says(&["tasks are claimed and recorded again"])
        .await;
}
