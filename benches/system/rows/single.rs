//! One match on an idle service, from the call until a polling caller has read its result: on a
//! worker that has just been started, and on one that has been running. No profile is repeated;
//! names are, as in practice.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    environment::{Environment, PROFILES},
    service::Service,
    table::{Latencies, Row, grouped},
};

const MATCHES: i64 = 1_000;
/// The pause between two polls for a result. Without it, polling would take one of two processors
/// from the service.
const PAUSE: Duration = Duration::from_micros(500);

pub async fn measure(environment: &Environment) -> Vec<Row> {
    let database = environment.database("single").await;
    let service = Service::start(environment, &database, true).await;
    let matches = environment.options.size(MATCHES);
    let first = match_and_read(&service, 0..matches).await;
    let before = service.usage(environment);
    let running = match_and_read(&service, matches..2 * matches).await;
    service.tell_cores(environment, &before);
    vec![
        Row {
            name: "single match, from acceptance to reading the result, idle".to_owned(),
            met: Some(running.quantile(0.5) < 5.0 && running.quantile(0.99) < 20.0),
            latencies: Some(running),
            target: "p50 < 5 ms, p99 < 20 ms",
            ..Row::default()
        },
        Row {
            name: format!("the first {} single matches of a worker", grouped(matches)),
            latencies: Some(first),
            ..Row::default()
        },
    ]
}

/// Queues matches one after the other, each after reading the result of the last.
pub async fn match_and_read(service: &Service, matches: Range<i64>) -> Latencies {
    let mut connection = service.connect().await;
    let mut all = Vec::new();
    for number in matches {
        let (candidate, posting) = (1 + number % PROFILES, 1 + number * 7 % PROFILES);
        let body = json!({"candidate_id": candidate, "job_id": posting}).to_string();
        let began = Instant::now();
        let accepted = connection.post("/api/v1/queue-matching", &body).await;
        assert_eq!(accepted.status, 202);
        let accepted = accepted.json();
        let path = format!("/api/v1/result/{}", accepted["job_id"].as_str().unwrap());
        while connection.get(&path).await.json()["status"] != "completed" {
            // Timers of the runtime have a resolution of 1 ms, and no other task needs this thread.
            std::thread::sleep(PAUSE);
        }
        all.push(began.elapsed());
    }
    Latencies::of(all)
}
