//! One match on an idle service, from the call until its result is read by a caller that polls.

use std::time::Instant;

use serde_json::json;

use crate::{
    place::{PROFILES, Place},
    service::Service,
    table::{Latencies, Row},
};

const MATCHES: i64 = 1_000;

pub async fn measure(place: &Place) -> Vec<Row> {
    let database = place.database("single").await;
    let service = Service::start(place, &database, true).await;
    let latencies = match_and_read(&service, place.options.size(MATCHES)).await;
    vec![Row {
        name: "single match, accept → result read, idle".to_owned(),
        met: Some(latencies.quantile(0.5) < 5.0 && latencies.quantile(0.99) < 20.0),
        latencies: Some(latencies),
        target: "p50 < 5 ms, p99 < 20 ms",
        ..Row::default()
    }]
}

/// Queues matches, each when the last one's result was read.
pub async fn match_and_read(service: &Service, matches: i64) -> Latencies {
    let mut connection = service.connect().await;
    let mut all = Vec::new();
    for number in 0..matches {
        let (candidate, posting) = (1 + number % PROFILES, 1 + number * 7 % PROFILES);
        let body = json!({"candidate_id": candidate, "job_id": posting}).to_string();
        let began = Instant::now();
        let accepted = connection.post("/api/v1/queue-matching", &body).await;
        assert_eq!(accepted.status, 202);
        let accepted = accepted.json();
        let path = format!("/api/v1/result/{}", accepted["job_id"].as_str().unwrap());
        while connection.get(&path).await.json()["status"] != "completed" {}
        all.push(began.elapsed());
    }
    Latencies::of(all)
}
