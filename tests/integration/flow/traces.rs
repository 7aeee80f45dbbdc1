//! What the log holds: one trace from a request to its webhook, and neither secrets nor personal
//! data at any level.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    api::{Answer, Api},
    encoder::EncoderServer,
    environment::Environment,
    process::Process,
    profiles::{candidate, candidates, job_postings},
    receiver::Receiver,
};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Submits a match with a trace whose webhook succeeds at the second attempt. Returns the id of the
/// job and the header that the receiver got.
async fn announce_with_trace(api: &Api) -> (String, String) {
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=1)).await;
    let mut receiver = Receiver::failing_first(1);
    let body = json!({"candidate_id": 1, "job_id": 1, "webhook_url": receiver.url()});
    let headers = [("traceparent", TRACEPARENT)];
    let accepted = api
        .post_with("/api/v1/queue-matching", &headers, &body)
        .await;
    assert_eq!(accepted.status, 202, "{}", accepted.text);
    let job = accepted.body["job_id"].as_str().unwrap().to_owned();
    let webhook = receiver.next().await;
    let header = webhook.headers["traceparent"].to_str().unwrap().to_owned();
    let delivered = |status: &Value| status["webhooks"][0]["state"] == "delivered";
    api.until(&format!("/api/v1/status/{job}"), delivered).await;
    (job, header)
}

/// The lines with this message, each of which must name the trace and the job.
fn assert_traced(lines: &[String], message: &str, job: &str) {
    let of_message: Vec<&String> = lines
        .iter()
        .filter(|line| line.contains(&format!("\"message\":\"{message}")))
        .collect();
    assert!(!of_message.is_empty(), "no line {message:?}");
    for line in of_message {
        assert!(line.contains(TRACE) && line.contains(job), "{line}");
    }
}

async fn assert_one_trace(api: &Api, processes: &[&Process]) {
    let (job, header) = announce_with_trace(api).await;
    let position = header.strip_prefix(&format!("00-{TRACE}-")).unwrap();
    assert!(position.ends_with("-01"), "{header}");
    assert!(!position.starts_with("b7ad6b7169203331"), "{header}");
    let lines: Vec<String> = processes
        .iter()
        .flat_map(|process| process.lines())
        .collect();
    for message in [
        "accepted",
        "task ended",
        "webhook failed",
        "webhook delivered",
    ] {
        assert_traced(&lines, message, &job);
    }
    let listed = api.get("/api/v1/jobs").await.body;
    assert_eq!(listed["jobs"][0]["job_id"], *job);
    assert_eq!(listed["jobs"][0]["trace_id"], TRACE);
}

#[tokio::test]
async fn a_trace_goes_from_the_request_through_the_worker_to_the_webhook() {
    let environment = Environment::on_servers().await.with("LOG_LEVEL", "debug");
    let serve = environment.serve(&["--no-workers"]).await;
    let work = environment.work("standard").await;
    assert_one_trace(&serve.api(), &[&serve, &work]).await;
    // What a worker logs about a job belongs to its trace.
    let job_id = serve.api().get("/api/v1/jobs").await.body["jobs"][0]["job_id"].to_string();
    let of_job = |line: &&String| line.contains(job_id.trim_matches('"'));
    let lines = work.lines();
    let untraced: Vec<&String> = lines
        .iter()
        .filter(of_job)
        .filter(|line| !line.contains(TRACE))
        .collect();
    assert_eq!(untraced, Vec::<&String>::new());
}

#[tokio::test]
async fn a_trace_goes_through_the_embedded_service_also_if_only_warnings_are_logged() {
    let environment = Environment::embedded().with("LOG_LEVEL", "info");
    let serve = environment.serve(&[]).await;
    assert_one_trace(&serve.api(), &[&serve]).await;

    let quiet = Environment::embedded().with("LOG_LEVEL", "warn,matching::application=info");
    let serve = quiet.serve(&[]).await;
    let (job, _) = announce_with_trace(&serve.api()).await;
    assert_traced(&serve.lines(), "webhook failed", &job);
}

#[tokio::test]
async fn a_request_without_a_valid_trace_begins_one() {
    let environment = Environment::embedded();
    let serve = environment.serve(&["--no-workers"]).await;
    let api = serve.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=3)).await;
    let mut traces = Vec::new();
    for header in ["", "00-0-0-00", &TRACEPARENT.to_uppercase()] {
        let body = json!({"candidate_id": 1, "job_ids": [1, 2, 3]});
        let headers = [("traceparent", header)];
        let accepted = api
            .post_with("/api/v1/queue-matching/bulk", &headers, &body)
            .await;
        let first = accepted.body[0]["job_id"].as_str().unwrap();
        let batch = first.strip_suffix("-1").unwrap();
        let jobs = api
            .get(&format!("/api/v1/jobs?batch_id={batch}"))
            .await
            .body;
        let of_batch: Vec<String> = jobs["jobs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|job| job["trace_id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(of_batch.len(), 3);
        assert!(of_batch.iter().all(|trace| *trace == of_batch[0]));
        assert_eq!(of_batch[0].len(), 32);
        traces.push(of_batch[0].clone());
    }
    traces.sort();
    traces.dedup();
    assert_eq!(traces.len(), 3, "each begins a trace of its own");
}

/// A text that must not be logged. Without word characters of its own beside the marker, so that no
/// reader of profiles finds anything else in it.
fn marked(name: &str) -> String {
    format!("zqx{name}zqx")
}

/// A candidate whose every personal field has a marker.
fn marked_candidate(id: i64) -> Value {
    let mut document = candidate(id);
    document["name"] = json!(marked("name"));
    document["email"] = json!(format!("{}@example.org", marked("email")));
    document["phone"] = json!(marked("phone"));
    document["title"] = json!(format!("Développeur backend {}", marked("title")));
    document["summary"] = json!(format!(
        "Dix ans de développement. {} a congé maternité.",
        marked("summary")
    ));
    document["skills"] = json!(["Rust", marked("skill")]);
    document["location"]["city"] = json!(marked("city"));
    document["custom"] = json!({"note": marked("custom")});
    document["positions"] = json!([{"title": marked("position"), "company": marked("company")}]);
    document
}

/// A client with a key.
struct Client {
    api: Api,
}

/// The key of all calls; not a placeholder, which would be refused.
const KEY: &str = "zqxapikeyzqx-0123456789";

impl Client {
    async fn send(&self, method: Method, path: &str, body: Option<String>) -> Answer {
        let authorization = format!("Bearer {KEY}");
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/json"),
        ];
        self.api
            .send(method, path, &headers, body.map(String::into_bytes))
            .await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: impl ToString) -> Answer {
        self.send(Method::POST, path, Some(body.to_string())).await
    }

    /// Imports good, faulty and unreadable profiles.
    async fn import_marked_profiles(&self) {
        let mut lines: Vec<String> = candidates(2..=3).iter().map(Value::to_string).collect();
        lines.push(marked_candidate(1).to_string());
        let imported = self.post("/api/v1/candidates:import", lines.join("\n"));
        assert_eq!(imported.await.status, 200);
        let faulty = json!({"id": 4, "skills": 5, "summary": marked("faulty")});
        lines.extend([faulty.to_string(), marked("nojson")]);
        let refused = self.post("/api/v1/candidates:import", lines.join("\n"));
        assert_eq!(refused.await.status, 422);
        let partial = self.post("/api/v1/candidates:import?partial=true", lines.join("\n"));
        assert_eq!(partial.await.body["bad_lines"], 2);
        let mut postings = job_postings(1..=3);
        postings[0]["description"] = json!(format!("Services web en Rust, {}.", marked("posting")));
        let lines: Vec<String> = postings.iter().map(Value::to_string).collect();
        let imported = self.post("/api/v1/job-postings:import", lines.join("\n"));
        assert_eq!(imported.await.status, 200);
    }

    /// Runs matches with and without a result. The URL of their webhooks has secrets.
    async fn run_marked_matches(&self) {
        let mut receiver = Receiver::failing_first(1);
        let path = format!("/{}?token={}", marked("urlpath"), marked("urlquery"));
        let url = receiver.at(&path);
        let mut jobs = Vec::new();
        for posting in [1, 2, 9] {
            let body = json!({"candidate_id": 1, "job_id": posting, "webhook_url": url});
            let accepted = self.post("/api/v1/queue-matching", body).await;
            assert_eq!(accepted.status, 202, "{}", accepted.text);
            jobs.push(accepted.body["job_id"].as_str().unwrap().to_owned());
        }
        for _ in &jobs {
            receiver.next().await;
        }
        for job in &jobs {
            self.get(&format!("/api/v1/result/{job}")).await;
        }
        let user = format!(
            "http://{}:{}@hook.example",
            marked("user"),
            marked("password")
        );
        let body = json!({"candidate_id": 1, "job_id": 1, "webhook_url": user});
        let refused = self.post("/api/v1/queue-matching", body).await;
        assert_eq!(refused.status, 422);
    }

    /// Scores and searches without storing.
    async fn score_marked_profiles(&self) {
        let posting = json!({"title": marked("inline")});
        let body = json!({"candidate": marked_candidate(7), "job_posting": posting});
        assert_eq!(self.post("/api/v1/match", body).await.status, 200);
        let body = json!({"candidate": marked_candidate(8)});
        assert_eq!(self.post("/api/v1/search", body).await.status, 200);
        assert_eq!(self.get("/api/v1/candidates/1").await.status, 200);
        let cut = format!("{{\"candidate\": {}", marked("cut"));
        assert_eq!(self.post("/api/v1/match", cut).await.status, 400);
    }

    async fn present_wrong_keys(&self) {
        for (name, value) in [
            ("authorization", format!("Bearer {}", marked("wrongkey"))),
            ("x-api-key", marked("wrongapikey")),
            ("authorization", format!("Basic {}", marked("basic"))),
        ] {
            let headers = [(name, value.as_str())];
            let refused = self.api.send(Method::GET, "/api/v1/jobs", &headers, None);
            assert_eq!(refused.await.status, 401);
        }
    }

    /// Returns the text of a new key.
    async fn created_key(&self) -> String {
        let body = json!({"name": "one", "scopes": ["read"]});
        let created = self.post("/api/v1/keys", body).await;
        created.body["key"].as_str().unwrap().to_owned()
    }
}

/// Checks that these lines are those of a run at `trace`, in which these crates logged.
fn assert_complete(lines: &[String], crates: [&str; 4]) {
    let entries: Vec<Value> = lines
        .iter()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let at_trace = entries.iter().filter(|entry| entry["level"] == "TRACE");
    assert!(at_trace.count() > 20);
    let targets: BTreeSet<&str> = entries
        .iter()
        .filter_map(|entry| entry["target"].as_str()?.split("::").next())
        .collect();
    for name in crates {
        assert!(targets.contains(name), "{name} is not in {targets:?}");
    }
}

#[tokio::test]
async fn no_personal_data_or_secret_is_logged_at_any_level() {
    let encoder = EncoderServer::start();
    let environment = encoder
        .set_in(Environment::on_servers().await)
        .with("LOG_LEVEL", "trace")
        .with("API_KEYS", KEY)
        .with("MATCHING__ENCODER__API_KEY", &marked("encoderkey"))
        .with("MATCHING__DOCUMENTS__INLINE_LIMIT_BYTES", "0");
    let serve = environment.serve(&["--no-workers"]).await;
    let work = environment.work("standard").await;
    let client = Client { api: serve.api() };
    client.import_marked_profiles().await;
    client.run_marked_matches().await;
    client.score_marked_profiles().await;
    client.present_wrong_keys().await;
    let mut secrets = vec!["zqx".to_owned(), client.created_key().await];
    secrets.extend(["MINIO_SECRET_KEY", "WEBHOOK_SECRET"].map(|name| environment.variable(name)));

    let (served, worked) = (serve.lines(), work.lines());
    assert_complete(&served, ["matching", "sqlx", "hyper_util", "reqwest"]);
    assert_complete(&worked, ["matching", "sqlx", "hyper_util", "apalis_core"]);
    for line in served.iter().chain(&worked) {
        for secret in &secrets {
            assert!(!line.contains(secret), "{secret}: {line}");
        }
    }
}
