//! Webhooks to receivers that fail, throttle, close connections or have private certificates.

use actix_web::{HttpResponse, http::StatusCode};
use serde_json::{Value, json};

use crate::support::{
    api::Api,
    environment::Environment,
    process::Process,
    profiles::{candidate, job_postings},
    receiver::{AUTHORITY, Receiver, TlsReceiver},
};

async fn serve(environment: &Environment) -> (Process, Api) {
    let serve = environment.serve(&[]).await;
    let api = serve.api();
    api.import("candidates", &[candidate(1)]).await;
    api.import("job-postings", &job_postings(1..=1)).await;
    (serve, api)
}

/// Runs a match whose webhook goes to this URL; returns its job id.
async fn announce(api: &Api, url: &str) -> String {
    let body = json!({"candidate_id": 1, "job_id": 1, "webhook_url": url});
    let job = api.queue("", &body).await;
    api.ended_job(&job).await;
    job
}

/// Waits until the webhook of a job is as wanted, and returns it.
async fn webhook(api: &Api, job: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let path = format!("/api/v1/status/{job}");
    let status = api.until(&path, |status| wanted(&status["webhooks"][0]));
    status.await["webhooks"][0].clone()
}

#[tokio::test]
async fn an_endpoint_that_fails_delays_no_other_endpoint_of_its_host() {
    let environment = Environment::embedded().with("WEBHOOK_RETRY_DELAY", "");
    let (serve, api) = serve(&environment).await;
    let mut receiver = Receiver::answering(|path| {
        let status = match path {
            "/good" => StatusCode::NO_CONTENT,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        HttpResponse::new(status)
    });
    let bad = receiver.at("/bad/hunter2?token=hunter3");
    let mut jobs = Vec::new();
    for _ in 0..20 {
        jobs.push(announce(&api, &bad).await);
    }
    // By default five failures in a row pause an endpoint, for a minute.
    let paused = |webhook: &Value| {
        let error = webhook["last_error"].as_str().unwrap_or_default();
        error.contains("paused after repeated failures")
    };
    let waiting = webhook(&api, &jobs[19], paused).await;
    let reason = waiting["last_error"].as_str().unwrap();
    assert!(reason.starts_with("127.0.0.1:"), "{reason}");
    assert!(reason.ends_with("the receiver answered 500"), "{reason}");
    assert_eq!(waiting["attempts"], 0);
    receiver.so_far();
    for _ in 0..6 {
        let job = announce(&api, &receiver.at("/good")).await;
        let webhook = receiver.next().await;
        assert_eq!(webhook.path, "/good");
        assert_eq!(webhook.event()["job_id"], job);
    }
    let log = serve.log();
    assert!(!log.contains("hunter"), "{log}");
    let failures: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("webhook failed"))
        .collect();
    assert_eq!(failures.len(), 1, "{log}");
    let line: Value = serde_json::from_str(failures[0]).unwrap();
    let of_a_job = jobs.iter().any(|job| line["job.id"] == **job);
    assert!(of_a_job, "{line}");
    let endpoint = line["endpoint"].as_str().unwrap();
    assert_eq!(endpoint, waiting["endpoint"]);
}

#[tokio::test]
async fn an_endpoint_that_asks_for_pauses_gets_all_its_webhooks() {
    let environment = Environment::embedded().with("WEBHOOK_RETRY_COUNT", "0");
    let (_serve, api) = serve(&environment).await;
    for (status, pause) in [
        (429, "1"),
        (503, "0.5"),
        (429, "-3"),
        (429, "Wednesday, 21-Oct-15 07:28:00 GMT"),
    ] {
        let mut receiver = Receiver::refusing_first(2, move || {
            HttpResponse::build(StatusCode::from_u16(status).unwrap())
                .insert_header(("Retry-After", pause))
                .finish()
        });
        let mut jobs = Vec::new();
        for _ in 0..4 {
            jobs.push(announce(&api, &receiver.url()).await);
        }
        receiver.take(6).await;
        for job in jobs {
            let webhook = webhook(&api, &job, |webhook| webhook["state"] != "pending").await;
            assert_eq!(webhook["state"], "delivered", "{pause}");
            assert_eq!(webhook["attempts"], 1, "{pause}");
        }
    }
}

#[tokio::test]
async fn a_pause_of_a_day_is_respected_across_restarts() {
    let environment = Environment::embedded().with("WEBHOOK_RETRY_COUNT", "0");
    let (process, api) = serve(&environment).await;
    let mut receiver = Receiver::answering(|path| match path {
        "/good" => HttpResponse::NoContent().finish(),
        _ => HttpResponse::ServiceUnavailable()
            .insert_header(("Retry-After", "86400"))
            .finish(),
    });
    let busy = receiver.at("/busy");
    let job = announce(&api, &busy).await;
    let asked_for_a_day = |webhook: &Value| {
        let error = webhook["last_error"].as_str().unwrap_or_default();
        error.contains("asked for a pause of 86400 s")
    };
    let first = webhook(&api, &job, asked_for_a_day).await;
    assert_eq!(first["attempts"], 0);
    let time = |name: &str| {
        let text = first[name].as_str().unwrap();
        chrono::DateTime::parse_from_rfc3339(text).unwrap()
    };
    let wait = time("next_attempt_at") - time("created_at");
    assert!(
        (24 * 60..24 * 60 + 5).contains(&wait.num_minutes()),
        "{wait}"
    );
    assert!(process.terminate().await.success());

    let serve = environment.serve(&[]).await;
    let api = serve.api();
    let late = announce(&api, &busy).await;
    announce(&api, &receiver.at("/good")).await;
    let paths = receiver
        .take(2)
        .await
        .into_iter()
        .map(|webhook| webhook.path);
    assert_eq!(paths.collect::<Vec<_>>(), ["/busy", "/good"]);
    let late = webhook(&api, &late, asked_for_a_day).await;
    assert_eq!(late["state"], "pending");
    assert!(receiver.so_far().is_empty());
}

#[tokio::test]
async fn the_status_and_the_log_say_why_a_webhook_fails() {
    let environment = Environment::embedded().with("WEBHOOK_RETRY_COUNT", "0");
    let (serve, api) = serve(&environment).await;
    let closed = Receiver::start();
    let closed_port = closed.at("/hunter2?token=hunter3");
    drop(closed);
    let private = TlsReceiver::start().await;
    for (url, host, cause) in [
        (closed_port.as_str(), "127.0.0.1:", "Connection refused"),
        (
            "https://nowhere.invalid/hunter2",
            "nowhere.invalid: ",
            "dns error",
        ),
        (private.url.as_str(), "127.0.0.1:", "UnknownIssuer"),
    ] {
        let job = announce(&api, url).await;
        let given_up = webhook(&api, &job, |webhook| webhook["state"] == "failed").await;
        let error = given_up["last_error"].as_str().unwrap();
        assert!(error.starts_with(host) && error.contains(cause), "{error}");
        serve.says(&[&format!("\"job.id\":\"{job}\"")]).await;
        let line = serve.last_line_with("webhook given up").unwrap();
        assert!(line.contains(cause) && line.contains(&job), "{line}");
    }
    assert!(!serve.log().contains("hunter"), "{}", serve.log());
}

#[tokio::test]
async fn a_private_authority_is_trusted_by_the_systems_variable() {
    let environment = Environment::embedded().with("SSL_CERT_FILE", AUTHORITY);
    let (_serve, api) = serve(&environment).await;
    let mut receiver = TlsReceiver::start().await;
    let job = announce(&api, &receiver.url).await;
    receiver.next().await;
    let delivered = webhook(&api, &job, |webhook| webhook["state"] == "delivered").await;
    assert_eq!(delivered["attempts"], 1);
}
